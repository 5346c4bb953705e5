// SPDX-License-Identifier: MIT
#include "app/markdown/tex.h"
#include "app/markdown/tex_symbols.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace spoutnik::app;
using Kind = TexNode::Kind;

namespace {

std::string words(const std::string& tex) {
    const auto formula = parse_tex(tex);
    return formula ? tex_in_words(*formula) : "unknown";
}

} // namespace

TEST_CASE("A formula is read as a person would say it", "[tex]") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"x", "x"},
        {"O(\\log n)", "O(log n)"},
        {"O(n \\log n)", "O(n log n)"},
        {"\\frac{a+b}{2}", "(a + b)/2"},
        {"\\frac12", "1/2"}, // one character each, as TeX takes them
        {"e^{i\\pi} + 1 = 0", "e^(iπ) + 1 = 0"},
        {"a_1^2", "a_1^2"},
        {"\\sqrt[3]{x+1}", "^3√(x + 1)"},
        {"\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}", "∑_(i = 1)^n i = (n(n + 1))/2"},
        {"f'(x)", "f^′(x)"},
        {"\\text{if } x \\in \\mathbb{R}", "if x ∈ ℝ"},
        {"\\left( \\frac{1}{2} \\right)", "(1/2)"},
        {"\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", "(a, b; c, d)"},
        {"\\vec{v}", "v→"},
        {"-x", "−x"},
        {"y = -x", "y = −x"},
        {"(-1)^n", "(−1)^n"},
        {"\\operatorname{rank}(A)", "rank(A)"},
        {"3.14", "3.14"},
        {"50\\%", "50%"},
        {"x \\not= y", "x =\xCC\xB8 y"},
    };
    for (const auto& [tex, expected] : cases) {
        INFO(tex);
        CHECK(words(tex) == expected);
    }
}

TEST_CASE("The tree says what stands where", "[tex]") {
    const auto fraction = parse_tex("\\frac{a}{b+1}");
    REQUIRE(fraction);
    CHECK(fraction->kind == Kind::fraction);
    REQUIRE(fraction->children.size() == 2);
    CHECK(fraction->children[0].text == "a");
    CHECK(fraction->children[1].children.size() == 3);

    const auto sum = parse_tex("\\sum_{i=1}^n");
    REQUIRE(sum);
    CHECK(sum->kind == Kind::scripts);
    CHECK(sum->has_limits);
    CHECK_FALSE(parse_tex("\\int_0^1")->has_limits);
    CHECK(parse_tex("\\int\\limits_0^1")->has_limits);

    const auto lines = parse_tex("a &= b \\\\ &= c");
    REQUIRE(lines);
    CHECK(lines->kind == Kind::matrix);
    CHECK(lines->columns == 2);
    CHECK(lines->children.size() == 4);
    CHECK(lines->alignment == TexNode::Columns::pairs);

    const auto cases = parse_tex("\\begin{cases} 1 & x > 0 \\\\ 0 \\\\ \\end{cases}");
    REQUIRE(cases);
    CHECK(cases->open == "{");
    CHECK(cases->close.empty());
    CHECK(cases->children.size() == 4); // the short row is filled, the empty last one is none
}

TEST_CASE("What is not known is refused as a whole", "[tex]") {
    for (const auto* tex :
         {"\\nosuchcommand", "\\frac{a}", "{a", "a}", "\\left( a", "\\begin{tikz} \\end{tikz}", "a ^",
          "\\begin{matrix} a \\end{pmatrix}", "\\sqrt[3", "\\mathbb{a}", "a & b}", "\\", "#1",
          "\\text{a $x$}", "\\underbrace{x}"}) {
        INFO(tex);
        CHECK_FALSE(parse_tex(tex));
    }
    CHECK_FALSE(parse_tex(std::string(5000, 'x')));
    CHECK(parse_tex(""));
}

TEST_CASE("Deep nesting is refused, not followed", "[tex]") {
    for (const auto& piece :
         {std::string("{"), std::string("\\sqrt{"), std::string("\\frac{1}{"), std::string("\\hat "),
          std::string("x^{"), std::string("\\left("), std::string("\\begin{matrix}")}) {
        std::string deep;
        while (deep.size() + piece.size() < 4000)
            deep += piece;
        INFO(piece);
        CHECK_FALSE(parse_tex(deep));
    }
    CHECK(parse_tex("\\sqrt{\\sqrt{\\sqrt{\\sqrt{\\sqrt{x}}}}}"));
}

TEST_CASE("Every prefix of a formula is read or refused", "[tex]") {
    const std::string tex =
        "\\left\\{ \\begin{aligned} x_{1}^{2} &= \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a} \\\\ \\hat{y} "
        "&\\approx \\sum_{k=0}^{\\infty} \\binom{n}{k} \\text{é} \\end{aligned} \\right.";
    REQUIRE(parse_tex(tex));
    for (std::size_t i = 0; i < tex.size(); ++i)
        if (const auto formula = parse_tex(tex.substr(0, i))) CHECK(tex_in_words(*formula).size() < 500);
}

TEST_CASE("Commands have their signs", "[tex]") {
    CHECK(markdown::tex_symbol("alpha")->text == "α");
    CHECK(markdown::tex_symbol("leq")->role == TexNode::Role::relation);
    CHECK_FALSE(markdown::tex_symbol("alph"));
    CHECK(markdown::tex_blackboard("R") == "ℝ");
    CHECK(markdown::tex_blackboard("x").empty());
}
