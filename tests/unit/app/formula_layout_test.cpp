// SPDX-License-Identifier: MIT
// Where the pieces of a formula stand, with letters of a known size: each as wide as half its height.
#include "app/markdown/formula_layout.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spoutnik::app;

namespace {

/// Every character is half an em wide and 0.7 em tall; it stands on the baseline.
class BlockFonts : public FormulaFonts {
  public:
    FormulaInk measure(const std::string& utf8, const FormulaFont& font) const override {
        const auto characters = std::count_if(utf8.begin(), utf8.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        });
        const double width = 0.5 * font.size * static_cast<double>(characters);
        return {0, -0.7 * font.size, width, 0, width};
    }
    double x_height(double size) const override { return 0.5 * size; }
    double least_size() const override { return 4; }
    double least_line() const override { return 0.4; }
    double line_width(double size) const override { return size / 20; }
};

FormulaBox laid(const char* tex, bool is_displayed = true) {
    const auto tree = parse_tex(tex);
    REQUIRE(tree);
    return lay_out(*tree, BlockFonts(), 10, is_displayed);
}

const FormulaBox::Glyphs& letter(const FormulaBox& box, const std::string& text) {
    const auto found = std::find_if(box.glyphs.begin(), box.glyphs.end(),
                                    [&](const FormulaBox::Glyphs& g) { return g.text == text; });
    if (found == box.glyphs.end()) FAIL("no glyph " << text);
    return *found;
}

double right_of(const FormulaBox::Glyphs& glyphs) {
    return glyphs.at.x + BlockFonts().measure(glyphs.text, glyphs.font).right;
}

} // namespace

TEST_CASE("a fraction: one above the line, one below, both in its middle") {
    const FormulaBox box = laid("\\frac{a}{bcd}");
    REQUIRE(box.rules.size() == 1);
    const auto& line = box.rules[0];
    const auto& above = letter(box, "a");
    CHECK(above.at.y < line.at.y);
    CHECK(letter(box, "b").at.y - 0.7 * letter(box, "b").font.size > line.at.y + line.height);
    CHECK(std::abs((above.at.x + right_of(above)) / 2 - (line.at.x + line.width / 2)) < 0.01);
    CHECK(line.at.x <= letter(box, "b").at.x);
    CHECK(line.at.x + line.width >= right_of(letter(box, "d")));
    CHECK(box.ascent >= -above.at.y + 0.7 * above.font.size);
    // In a line of text its parts are smaller; a binomial has brackets in the place of the line.
    CHECK(letter(laid("\\frac{a}{b}", false), "a").font.size < 10);
    const FormulaBox binomial = laid("\\binom{n}{k}");
    CHECK(binomial.rules.empty());
    CHECK(binomial.strokes.size() == 2);
}

TEST_CASE("scripts are smaller, raised and lowered; limits stand above and below") {
    const FormulaBox box = laid("x_i^2");
    CHECK(letter(box, "2").font.size < 10);
    CHECK(letter(box, "2").at.y < 0);
    CHECK(letter(box, "i").at.y > 0);
    CHECK(letter(box, "2").at.x >= right_of(letter(box, "x")));
    const FormulaBox sum = laid("\\sum_{i=1}^n i");
    CHECK(letter(sum, "n").at.y < letter(sum, "∑").at.y - 0.7 * letter(sum, "∑").font.size);
    CHECK(letter(sum, "1").at.y > letter(sum, "∑").at.y);
    const FormulaBox inline_sum = laid("\\sum_{i=1}^n i", false);
    CHECK(letter(inline_sum, "n").at.x >= right_of(letter(inline_sum, "∑")) - 0.01);
}

TEST_CASE("a root reaches over what is under it; an accent stands above") {
    const FormulaBox box = laid("\\sqrt[3]{xy}");
    REQUIRE(box.strokes.size() == 1);
    const FormulaPath& sign = box.strokes[0];
    CHECK(sign.top() < -7);
    CHECK(sign.steps.back().to.x >= right_of(letter(box, "y")));
    CHECK(letter(box, "3").at.x < letter(box, "x").at.x);
    CHECK(box.ascent >= -sign.top());
    for (const char* accent : {"\\hat{x}", "\\tilde{x}", "\\vec{x}"}) {
        CAPTURE(accent);
        const FormulaBox accented = laid(accent);
        REQUIRE(accented.strokes.size() == 1);
        CHECK(accented.strokes[0].top() < -7);
    }
    CHECK(laid("\\overline{x}").rules.size() == 1);
    CHECK(letter(laid("\\dot{x}"), "˙").at.y < 0);
}

TEST_CASE("delimiters grow with what they hold, mirrored at the end") {
    const FormulaBox box = laid("\\left( \\frac{\\frac{a}{b}}{c} \\right)");
    REQUIRE(box.strokes.size() == 2);
    const auto height = [](const FormulaPath& path) {
        double low = path.steps.front().to.y;
        for (const auto& step : path.steps)
            low = std::max(low, step.to.y);
        return low - path.top();
    };
    CHECK(height(box.strokes[0]) > 20);
    CHECK(std::abs(height(box.strokes[0]) - height(box.strokes[1])) < 0.01);
    // The opening one bulges to the left of its ends, the closing one to the right.
    const auto middle = [](const FormulaPath& path) { return path.steps[1].control1.x - path.steps[0].to.x; };
    CHECK(middle(box.strokes[0]) < 0);
    CHECK(middle(box.strokes[1]) > 0);
    CHECK(laid("(a)").strokes.empty());
}

TEST_CASE("a matrix keeps its columns and rows") {
    const FormulaBox box = laid("\\begin{pmatrix} a & bbb \\\\ ccc & d \\end{pmatrix}");
    const auto center = [&](const char* text) {
        const auto& glyphs = letter(box, text);
        return (glyphs.at.x + right_of(glyphs)) / 2;
    };
    CHECK(letter(box, "a").at.y < letter(box, "d").at.y);
    CHECK(center("a") < center("d"));
    CHECK(box.strokes.size() == 2);
    CHECK(box.ascent - box.descent > 0); // about the axis, a little above the baseline
    CHECK(box.width > 30);
}

TEST_CASE("a box holds what is in it") {
    for (const char* tex :
         {"\\int_0^1 f(x)\\,dx", "\\lim_{x \\to 0} \\frac{\\sin x}{x} = 1", "e^{i\\pi} + 1 = 0",
          "\\begin{cases} 1 & x > 0 \\\\ 0 & x \\le 0 \\end{cases}", "\\mathbb{R}^n",
          "\\begin{aligned} a &= b \\\\ &= c \\end{aligned}", "\\underline{a}", ""}) {
        CAPTURE(tex);
        for (const bool is_displayed : {true, false}) {
            const FormulaBox box = laid(tex, is_displayed);
            for (const auto& part : box.glyphs) {
                CHECK(part.at.x >= -0.01);
                CHECK(right_of(part) <= box.width + 0.01);
                CHECK(part.at.y <= box.descent + 0.01);
                CHECK(-part.at.y + 0.7 * part.font.size <= box.ascent + 0.01);
                CHECK(part.font.size >= 4);
            }
            for (const auto& rule : box.rules)
                CHECK(rule.at.x + rule.width <= box.width + 0.01);
        }
    }
}
