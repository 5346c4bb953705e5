// SPDX-License-Identifier: MIT
#include "storage/archive/open_webui_details.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace spoutnik::storage::archive {

namespace {

constexpr std::array<std::pair<char, std::string_view>, 5> entities{
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#x27;"}}};

std::string html_unescaped(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const auto named = std::find_if(entities.begin(), entities.end(),
                                        [&](const auto& entity) { return text.starts_with(entity.second); });
        if (named != entities.end()) {
            plain += named->first;
            text.remove_prefix(named->second.size());
        } else if (text.starts_with("&#39;")) {
            plain += '\'';
            text.remove_prefix(5);
        } else {
            plain += text.front();
            text.remove_prefix(1);
        }
    }
    return plain;
}

std::string_view attribute(std::string_view tag, std::string_view name) {
    const std::string wanted = ' ' + std::string(name) + "=\"";
    const std::size_t at = tag.find(wanted);
    if (at == std::string_view::npos) return {};
    tag.remove_prefix(at + wanted.size());
    return tag.substr(0, tag.find('"'));
}

std::string_view without_leading_space(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text;
}

/// Takes the quote mark off each line.
std::string unquoted(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("> "))
            line.remove_prefix(2);
        else if (line == ">")
            line = {};
        plain += line;
        if (!text.empty()) plain += '\n';
    }
    return plain;
}

struct Details {
    std::string_view tag;  ///< <details ...>
    std::string_view body; ///< without its summary
    std::size_t size = 0;
};

/// The block at the beginning of `text`; size 0 where there is none of Open WebUI's.
Details details_at(std::string_view text) {
    constexpr std::string_view open = "<details type=\"";
    constexpr std::string_view close = "</details>";
    if (!text.starts_with(open)) return {};
    const std::size_t tag_end = text.find('>');
    const std::size_t end = text.find(close, std::min(tag_end, text.size()));
    if (tag_end == std::string_view::npos || end == std::string_view::npos) return {};
    Details details{text.substr(0, tag_end), text.substr(tag_end + 1, end - tag_end - 1), end + close.size()};
    const std::size_t summary = details.body.find("</summary>");
    if (summary != std::string_view::npos) details.body.remove_prefix(summary + 10);
    if (details.body.starts_with('\n')) details.body.remove_prefix(1);
    if (details.body.ends_with('\n')) details.body.remove_suffix(1);
    return details;
}

} // namespace

void append_html_escaped(std::string& html, std::string_view text) {
    for (const char c : text) {
        const auto found = std::find_if(entities.begin(), entities.end(),
                                        [c](const auto& entity) { return entity.first == c; });
        if (found == entities.end())
            html += c;
        else
            html += found->second;
    }
}

void take_reasoning(Message& message, Omissions& omissions) {
    const std::string content = std::move(message.content);
    std::string_view rest = content;
    for (Details details = details_at(rest); details.size > 0; details = details_at(rest)) {
        if (attribute(details.tag, "type") == "reasoning") {
            if (!message.reasoning.empty()) message.reasoning += "\n\n";
            message.reasoning += unquoted(html_unescaped(details.body));
            const double seconds =
                std::strtod(std::string(attribute(details.tag, "duration")).c_str(), nullptr);
            if (seconds > 0 && seconds < 1e9)
                message.reasoning_ms += static_cast<std::int64_t>(seconds * 1000);
        } else {
            ++omissions[Omission::tool_part];
        }
        rest.remove_prefix(details.size);
        rest = without_leading_space(rest);
    }
    message.content = rest;
}

std::string with_reasoning(const Message& message) {
    if (message.reasoning.empty()) return message.content;
    const std::string seconds = std::to_string((message.reasoning_ms + 500) / 1000);
    std::string text = "<details type=\"reasoning\" done=\"true\" duration=\"" + seconds +
                       "\">\n<summary>Thought for " + seconds + " seconds</summary>\n";
    std::string_view rest = message.reasoning;
    for (;;) {
        const std::size_t end = rest.find('\n');
        std::string line = "> " + std::string(rest.substr(0, end));
        append_html_escaped(text, line);
        text += '\n';
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return text + "</details>\n" + message.content;
}

} // namespace spoutnik::storage::archive
