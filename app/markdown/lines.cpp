// SPDX-License-Identifier: MIT
#include "app/markdown/lines.h"

#include <algorithm>

namespace spoutnik::app::markdown {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

bool consists_of(std::string_view text, std::string_view set) {
    return text.find_first_not_of(set) == std::string_view::npos;
}

std::size_t count_leading(std::string_view text, char c) {
    return std::min(text.find_first_not_of(c), text.size());
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

std::size_t indent_of(std::string_view line) {
    std::size_t column = 0;
    for (const char c : line) {
        if (c == ' ') {
            ++column;
        } else if (c == '\t') {
            column = (column / 4 + 1) * 4;
        } else {
            break;
        }
    }
    return column;
}

bool is_blank(std::string_view line) {
    return consists_of(line, blanks);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<Fence> opening_fence(std::string_view line) {
    const std::string_view body = trimmed(line);
    if (!body.starts_with("```") && !body.starts_with("~~~")) return std::nullopt;
    const std::size_t length = count_leading(body, body.front());
    const std::string_view info = trimmed(body.substr(length));
    // A backtick in the info would make it a code span.
    if (body.front() == '`' && info.find('`') != std::string_view::npos) return std::nullopt;
    return Fence{body.front(), length, indent_of(line), info};
}

bool closes(const Fence& fence, std::string_view line) {
    const std::string_view body = trimmed(line);
    return indent_of(line) <= fence.indent + 3 && body.size() >= fence.length &&
           count_leading(body, fence.mark) == body.size();
}

bool may_close(const Fence& fence, std::string_view line) {
    const std::string_view body = trimmed(line);
    return !body.empty() && indent_of(line) <= fence.indent + 3 &&
           count_leading(body, fence.mark) == body.size();
}

std::optional<ListMarker> list_marker(std::string_view line) {
    const std::string_view body = trimmed(line);
    if (body.empty()) return std::nullopt;
    ListMarker marker{body.front(), indent_of(line), 0, false};
    std::size_t length = 1;
    if (is_digit(body.front())) {
        for (length = 0; length < body.size() && is_digit(body[length]); ++length)
            if (length == 9) return std::nullopt; // more digits are not a marker
        for (const char c : body.substr(0, length))
            marker.number = marker.number * 10 + (c - '0');
        if (length == body.size() || (body[length] != '.' && body[length] != ')')) return std::nullopt;
        marker.type = body[length++];
    } else if (body.front() != '-' && body.front() != '*' && body.front() != '+') {
        return std::nullopt;
    }
    if (length < body.size() && body[length] != ' ' && body[length] != '\t') return std::nullopt;
    marker.has_content = length < body.size();
    return marker;
}

bool is_heading(std::string_view line) {
    const std::string_view body = trimmed(line);
    const std::size_t level = count_leading(body, '#');
    return indent_of(line) <= 3 && level >= 1 && level <= 6 &&
           (level == body.size() || body[level] == ' ' || body[level] == '\t');
}

bool is_setext_underline(std::string_view line) {
    const std::string_view body = trimmed(line);
    return indent_of(line) <= 3 && !body.empty() && (consists_of(body, "=") || consists_of(body, "-"));
}

bool is_rule(std::string_view line) {
    const std::string_view body = trimmed(line);
    if (indent_of(line) > 3 || body.empty() ||
        std::string_view("-*_").find(body.front()) == std::string_view::npos)
        return false;
    return std::count(body.begin(), body.end(), body.front()) >= 3 &&
           std::all_of(body.begin(), body.end(),
                       [&body](char c) { return c == body.front() || c == ' ' || c == '\t'; });
}

bool is_delimiter_row(std::string_view line) {
    const std::string_view body = trimmed(line);
    return body.find('-') != std::string_view::npos && consists_of(body, "|:- \t") &&
           (body.find('|') != std::string_view::npos || body.front() == ':' || body.back() == ':');
}

bool begins_with_pipe(std::string_view line) {
    return indent_of(line) <= 3 && trimmed(line).starts_with('|');
}

std::string delimiter_row_for(std::string_view head) {
    std::string_view body = trimmed(head);
    if (body.starts_with('|')) body.remove_prefix(1);
    if (body.ends_with('|') && !body.ends_with("\\|")) body.remove_suffix(1);
    std::string row = "|---|";
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] == '\\') {
            ++i;
        } else if (body[i] == '|') {
            row += "---|";
        }
    }
    return row;
}

bool is_undecided(std::string_view line) {
    std::string_view body = trimmed(line);
    if (body.empty()) return false;
    if (consists_of(body, "-=*_+#>`~|: \t")) return true;
    body.remove_prefix(std::min(body.find_first_not_of("0123456789"), body.size()));
    return body.empty() || body == "." || body == ")";
}

} // namespace spoutnik::app::markdown
