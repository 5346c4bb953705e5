// SPDX-License-Identifier: MIT
#include "app/markdown/rich_text.h"

#include <algorithm>
#include <array>

namespace spoutnik::app::markdown {

void append_escaped(std::string& html, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&':
            html += "&amp;";
            break;
        case '<':
            html += "&lt;";
            break;
        case '>':
            html += "&gt;";
            break;
        case '"':
            html += "&quot;";
            break;
        case '\'':
            html += "&#39;";
            break;
        case '\0':
            html += "\xEF\xBF\xBD";
            break;
        default:
            html += c;
        }
    }
}

std::string without_bidi_controls(std::string_view text) {
    // U+061C; U+200E, U+200F; U+202A to U+202E; U+2066 to U+2069.
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t k) {
            return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
        };
        if (byte(0) == 0xD8 && byte(1) == 0x9C) {
            i += 2;
        } else if (byte(0) == 0xE2 && ((byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F ||
                                                            (byte(2) >= 0xAA && byte(2) <= 0xAE))) ||
                                       (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9))) {
            i += 3;
        } else {
            out += text[i++];
        }
    }
    return out;
}

std::string safe_address(std::string_view address) {
    std::string plain;
    for (const char c : without_bidi_controls(address)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte != 0x7F) plain += c;
        if (c == ' ') plain += "%20";
    }
    const std::size_t colon = plain.find(':');
    if (colon == std::string::npos) return {};
    std::string scheme = plain.substr(0, colon);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const bool is_web = (scheme == "http" || scheme == "https") && plain.substr(colon).starts_with("://");
    if (!is_web && scheme != "mailto") return {};
    std::string html;
    append_escaped(html, scheme + plain.substr(colon));
    return html;
}

std::string decoded_entity(std::string_view entity) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known{
        {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}}};
    for (const auto& [name, text] : known)
        if (entity == name) return std::string(text);
    return std::string(entity);
}

} // namespace spoutnik::app::markdown
