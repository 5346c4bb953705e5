// SPDX-License-Identifier: MIT
// What a single line of Markdown can be, as far as cutting a text into pieces needs it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace spoutnik::app::markdown {

/// Columns of white space at the head of a line; a tab goes to the next multiple of four.
std::size_t indent_of(std::string_view line);
bool is_blank(std::string_view line);
std::string_view trimmed(std::string_view text);

/// An opening fence: ``` or ~~~ with what follows it.
struct Fence {
    char mark;
    std::size_t length;
    std::size_t indent;
    std::string_view info;
};
std::optional<Fence> opening_fence(std::string_view line);
bool closes(const Fence& fence, std::string_view line);
/// The line could still become the closing fence once it is whole.
bool may_close(const Fence& fence, std::string_view line);

struct ListMarker {
    char type; ///< '-', '*', '+', or '.' and ')' behind a number
    std::size_t indent;
    long number; ///< ordered lists only
    bool has_content;
};
std::optional<ListMarker> list_marker(std::string_view line);

bool is_heading(std::string_view line);
/// A line under a paragraph that makes it a heading: === or ---.
bool is_setext_underline(std::string_view line);
bool is_rule(std::string_view line);
/// |---|:--:| and the like.
bool is_delimiter_row(std::string_view line);
bool begins_with_pipe(std::string_view line);
/// A delimiter row with as many cells as this head of a table.
std::string delimiter_row_for(std::string_view head);

/// A line that may yet turn into several things, such as "-", "##" or "1.": better not shown at all.
bool is_undecided(std::string_view line);

} // namespace spoutnik::app::markdown
