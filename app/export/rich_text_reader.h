// SPDX-License-Identifier: MIT
// The small HTML that app/markdown writes (markdown.h), read back into text and marks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app {

struct RichSpan {
    enum class Kind { bold, italic, struck, code, link, formula };
    Kind kind = Kind::bold;
    std::size_t begin = 0, end = 0; ///< bytes of RichText::text
    std::string address;            ///< link; of a formula its TeX
};

struct RichText {
    std::string text; ///< line breaks as '\n'
    std::vector<RichSpan> spans;
};

/// `formula`: the text that stands for a formula's TeX.
RichText read_rich_text(std::string_view html,
                        const std::function<std::string(const std::string& tex)>& formula);

/// The characters of escaped text.
std::string unescaped(std::string_view html);

} // namespace spoutnik::app
