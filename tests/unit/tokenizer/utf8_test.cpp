// SPDX-License-Identifier: MIT
#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/utf8.h"

#include <catch2/catch.hpp>

#include <set>

using namespace spoutnik::engine;
using Kind = Utf8Step::Kind;

TEST_CASE("every code point is one character and every surrogate none") {
    bool all_right = true;
    for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
        std::string text;
        append_utf8(text, code_point);
        const Utf8Step step = utf8_step(text, 0);
        const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        all_right = all_right && (surrogate ? step.kind == Kind::invalid
                                            : step.kind == Kind::character && step.bytes == text.size());
    }
    CHECK(all_right);
}

TEST_CASE("what is not UTF-8 is seen as far as it could have been") {
    struct Case {
        std::string_view text;
        Kind kind;
        std::size_t bytes;
    };
    const Case cases[] = {
        {"\x80", Kind::invalid, 1},         // a continuation alone
        {"\xC0\xAF", Kind::invalid, 1},     // overlong
        {"\xC1\x81", Kind::invalid, 1},     //
        {"\xE0\x80\xAF", Kind::invalid, 1}, //
        {"\xE0\xA0", Kind::cut_off, 2},     // could become U+0800
        {"\xED\xA0\x80", Kind::invalid, 1}, // a surrogate
        {"\xF0\x8F\xBF\xBF", Kind::invalid, 1},
        {"\xF4\x90\x80\x80", Kind::invalid, 1}, // above U+10FFFF
        {"\xF5\x80\x80\x80", Kind::invalid, 1},
        {"\xFF", Kind::invalid, 1},
        {"\xC3", Kind::cut_off, 1},
        {"\xC3(", Kind::invalid, 1},
        {"\xF0\x9F\x98", Kind::cut_off, 3},
        {"\xF0\x9F\x98!", Kind::invalid, 3},
        {"\xF0\x9F\x98\x80", Kind::character, 4},
    };
    for (const Case& one : cases) {
        const Utf8Step step = utf8_step(one.text, 0);
        INFO(one.text.size() << " bytes, the first " << int(static_cast<unsigned char>(one.text[0])));
        CHECK(step.kind == one.kind);
        CHECK(step.bytes == one.bytes);
    }
}

TEST_CASE("each byte has one letter, and letters give their bytes back") {
    std::set<std::string_view> letters;
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) {
        letters.insert(letter_of_byte(static_cast<unsigned char>(byte)));
        every_byte += static_cast<char>(byte);
    }
    CHECK(letters.size() == 256);
    CHECK(to_byte_letters(" a\n") == "ĠaĊ");
    CHECK(to_byte_letters("é") == "Ã©");
    CHECK(to_byte_letters("\xAD") == "Ń"); // the soft hyphen does not print: the last of the stand-ins
    CHECK(from_byte_letters(to_byte_letters(every_byte)) == every_byte);
    CHECK(from_byte_letters("中Ġ\xFF") == "中 \xFF"); // outside the alphabet: as it is
}
