// SPDX-License-Identifier: MIT
#include "engine/tokenizer/utf8.h"

namespace spoutnik::engine {

Utf8Step utf8_step(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return {Utf8Step::Kind::character, 1};
    std::size_t length = 0;
    // The second byte's range is narrower after some lead bytes: no overlong forms, no surrogates, nothing
    // above 10FFFF.
    unsigned char lowest = 0x80;
    unsigned char highest = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) lowest = 0xA0;
        if (lead == 0xED) highest = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) lowest = 0x90;
        if (lead == 0xF4) highest = 0x8F;
    } else {
        return {Utf8Step::Kind::invalid, 1};
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (at + i >= text.size()) return {Utf8Step::Kind::cut_off, i};
        const auto byte = static_cast<unsigned char>(text[at + i]);
        if (byte < lowest || byte > highest) return {Utf8Step::Kind::invalid, i};
        lowest = 0x80;
        highest = 0xBF;
    }
    return {Utf8Step::Kind::character, length};
}

void append_utf8(std::string& out, char32_t code_point) {
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0 | (code_point >> 6));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xE0 | (code_point >> 12));
        out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (code_point >> 18));
        out += static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    }
}

} // namespace spoutnik::engine
