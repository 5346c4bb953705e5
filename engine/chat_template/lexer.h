// SPDX-License-Identifier: MIT
// Template source to tokens, with the whitespace rules that chat templates are written for:
// trim_blocks and lstrip_blocks on, `-` and `+` beside a tag, one newline at the end of the source dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine::jinja {

struct Token {
    enum class Type {
        data, ///< text between tags, to be printed as it is
        variable_begin,
        variable_end,
        block_begin,
        block_end,
        name,
        string, ///< text: after escapes
        integer,
        real,
        symbol, ///< text: the operator
        end
    };
    Type type = Type::end;
    int line = 0;
    std::string text = {};
    std::int64_t integer = 0;
    double real = 0;
};

/// The last token is always `end`. Throws Error "line L: ...".
std::vector<Token> tokenize(std::string_view source);

} // namespace spoutnik::engine::jinja
