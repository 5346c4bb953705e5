// SPDX-License-Identifier: MIT
// Strings as Python sees them: sequences of code points over UTF-8 bytes, with its notions of space and case.
// Bytes that are not UTF-8 count as one code point each and pass through unchanged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine::jinja {

/// One code point at the head of `text` (not empty). A stray byte b is returned as 0x110000 + b, length 1.
struct CodePoint {
    char32_t value;
    std::size_t length;
};
CodePoint next_code_point(std::string_view text);
void append_code_point(std::string& out, char32_t value);

std::size_t count_code_points(std::string_view text);
/// Each element is the bytes of one code point, a view into `text`.
std::vector<std::string_view> split_code_points(std::string_view text);

/// str.isspace of one code point.
bool is_space(char32_t value);
bool is_letter(char32_t value);
bool is_digit(char32_t value);
bool is_upper(char32_t value);
bool is_lower(char32_t value);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
/// First code point upper, the rest lower.
std::string capitalized(std::string_view text);
/// str.title: a capital after everything that is not a letter.
std::string titled(std::string_view text);

std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
/// Strips code points that occur in `set`.
std::string_view strip_left(std::string_view text, std::string_view set);
std::string_view strip_right(std::string_view text, std::string_view set);

std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        std::int64_t at_most = -1);
/// str.split: without a separator when `separator` is empty (runs of space, none at the ends).
std::vector<std::string_view> split(std::string_view text, std::string_view separator, std::int64_t at_most);
std::vector<std::string_view> split_from_right(std::string_view text, std::string_view separator,
                                               std::int64_t at_most);
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends);

/// Python's repr of a str, with its choice of quotes.
std::string string_repr(std::string_view text);
/// A JSON string with its quotes, as json.dumps writes it.
std::string json_string(std::string_view text, bool ensure_ascii);

} // namespace spoutnik::engine::jinja
