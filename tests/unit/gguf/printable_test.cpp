// SPDX-License-Identifier: MIT
#include "engine/gguf/printable.h"

#include <catch2/catch.hpp>

using spoutnik::engine::printable;

TEST_CASE("foreign text is shown without what could deceive or break a line") {
    CHECK(printable("blk.0.attn_q.weight") == "blk.0.attn_q.weight");
    CHECK(printable("été 漢字 😀") == "été 漢字 😀");
    CHECK(printable("a\nb\tc\x1b[31m") == "a?b?c?[31m");
    CHECK(printable(std::string_view("\0x", 2)) == "?x");
    CHECK(printable("\x7f\xc2\x85") == "??");
    CHECK(printable("\u202Eevil\u2066\u200B") == "?evil??");
    CHECK(printable("\xff\xfe") == "??");
    CHECK(printable("\xc0\xaf") == "??");           // overlong
    CHECK(printable("\xed\xa0\x80") == "???");      // surrogate
    CHECK(printable("\xf4\x90\x80\x80") == "????"); // above U+10FFFF
    CHECK(printable("\xe2\x82") == "??");           // cut short
    CHECK(printable("").empty());
}

TEST_CASE("long text is cut between characters") {
    CHECK(printable("abcdef", 3) == "abc...");
    CHECK(printable("abc", 3) == "abc");
    CHECK(printable("aéé", 2) == "a...");
}
