// SPDX-License-Identifier: MIT
#include "engine/gguf/printable.h"

#include <cstdint>

namespace spoutnik::engine {
namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 0; ///< 0: not UTF-8
};

/// The character at the start of `text`, which is not empty (RFC 3629: no surrogates, no overlong forms).
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    std::uint32_t code = lead & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const std::uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, bytes};
}

bool may_be_shown(std::uint32_t code) {
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
    if (code >= 0x200B && code <= 0x200F) return false; // zero width, direction marks
    if (code >= 0x2028 && code <= 0x202E) return false; // line separators, direction overrides
    return !(code >= 0x2060 && code <= 0x206F) && code != 0xFEFF;
}

} // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string shown;
    while (!text.empty()) {
        const Character next = first_character(text);
        const std::size_t taken = next.bytes == 0 ? 1 : next.bytes;
        if (shown.size() + taken > limit) return shown + "...";
        if (next.bytes == 0 || !may_be_shown(next.code))
            shown += '?';
        else
            shown += text.substr(0, taken);
        text.remove_prefix(taken);
    }
    return shown;
}

} // namespace spoutnik::engine
