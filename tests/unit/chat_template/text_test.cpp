// SPDX-License-Identifier: MIT
// The pieces below the interpreter: text as code points, and the shortest decimal of a double.
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

using namespace spoutnik::engine::jinja;

TEST_CASE("Code points are read strictly and stray bytes stay what they were", "[chat_template]") {
    for (const char32_t value :
         {U'\0', U'a', U'\x7F', U'\x80', U'é', U'\x7FF', U'\x800', U'\xFFFD', U'😀', U'\x10FFFF'}) {
        std::string bytes;
        append_code_point(bytes, value);
        CHECK(next_code_point(bytes).value == value);
        CHECK(next_code_point(bytes).length == bytes.size());
    }
    // Overlong, surrogate, beyond the last, truncated, lone continuation.
    for (const std::string& bad :
         {std::string("\xC0\x80"), std::string("\xE0\x80\x80"), std::string("\xED\xA0\x80"),
          std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82"), std::string("\x80")}) {
        CHECK(next_code_point(bad).length == 1);
        CHECK(count_code_points(bad) == bad.size());
        std::string back;
        for (const std::string_view one : split_code_points(bad))
            append_code_point(back, next_code_point(one).value);
        CHECK(back == bad);
        CHECK(to_lower(to_upper(bad)) == bad);
        CHECK(strip_right(bad) == bad);
    }
}

TEST_CASE("Space is Python's", "[chat_template]") {
    CHECK(strip_left("\t\n\v\f\r \x1C\x85x") == "\x85x"); // a stray 0x85 byte is not U+0085
    CHECK(strip_left("\u0085\u00A0\u2003\u3000x") == "x");
    CHECK(strip_right("x\u2028\u202F") == "x");
    CHECK(strip_right("x\u200B") == "x\u200B");
    CHECK(strip_left("éàé-", "éà") == "-");
    CHECK(strip_right("-éàé", "éà") == "-");
}

TEST_CASE("A double is printed with the fewest digits that read back the same", "[chat_template]") {
    CHECK(float_repr(0.1) == "0.1");
    CHECK(float_repr(1e16) == "1e+16");
    CHECK(float_repr(9999999999999998.0) == "9999999999999998.0");
    CHECK(float_repr(1e-5) == "1e-05");
    CHECK(float_repr(0.0001) == "0.0001");
    CHECK(float_repr(-0.0) == "-0.0");
    CHECK(float_repr(5e-324) == "5e-324");
    CHECK(float_repr(1.7976931348623157e308) == "1.7976931348623157e+308");
    CHECK(float_repr(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(float_repr(std::nan("")) == "nan");
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        const double value =
            std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 130);
        CHECK(std::stod(float_repr(value)) == value);
    }
}
