// SPDX-License-Identifier: MIT
#include "engine/tokenizer/byte_alphabet.h"

#include "engine/tokenizer/utf8.h"

#include <array>
#include <cstdint>

namespace spoutnik::engine {

namespace {

constexpr char32_t first_stand_in = 0x100;
constexpr std::size_t letters_end = 0x144; // 68 bytes have no printable character of their own

constexpr bool stands_for_itself(unsigned byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

struct Alphabet {
    std::array<std::string, 256> letter;             ///< of a byte
    std::array<std::int16_t, letters_end> byte_of{}; ///< of a code point; -1 where it is no letter

    Alphabet() {
        byte_of.fill(-1);
        char32_t next = first_stand_in;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const char32_t code_point = stands_for_itself(byte) ? byte : next++;
            append_utf8(letter[byte], code_point);
            byte_of[code_point] = static_cast<std::int16_t>(byte);
        }
    }
};

const Alphabet& alphabet() {
    static const Alphabet instance;
    return instance;
}

} // namespace

std::string_view letter_of_byte(unsigned char byte) {
    return alphabet().letter[byte];
}

std::string to_byte_letters(std::string_view bytes) {
    const Alphabet& table = alphabet();
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes)
        out += table.letter[static_cast<unsigned char>(byte)];
    return out;
}

std::string from_byte_letters(std::string_view letters) {
    const Alphabet& table = alphabet();
    std::string out;
    out.reserve(letters.size());
    for (std::size_t at = 0; at < letters.size();) {
        const Utf8Step step = utf8_step(letters, at);
        std::size_t code_point = letters_end;
        if (step.kind == Utf8Step::Kind::character && step.bytes == 1) {
            code_point = static_cast<unsigned char>(letters[at]);
        } else if (step.kind == Utf8Step::Kind::character && step.bytes == 2) {
            code_point = (static_cast<std::size_t>(letters[at] & 0x1F) << 6) |
                         static_cast<std::size_t>(letters[at + 1] & 0x3F);
        }
        if (code_point < letters_end && table.byte_of[code_point] >= 0)
            out += static_cast<char>(table.byte_of[code_point]);
        else
            out.append(letters.substr(at, step.bytes));
        at += step.bytes;
    }
    return out;
}

} // namespace spoutnik::engine
