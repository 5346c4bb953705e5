// SPDX-License-Identifier: MIT
// What a delimiter looks like at a height where a glyph would have to be stretched.
#include "app/markdown/formula_layout.h"

#include <array>
#include <string_view>

namespace spoutnik::app {

namespace {

constexpr std::array<std::string_view, 14> signs{"(", ")", "[", "]", "{", "}", "|",
                                                 "‖", "⟨", "⟩", "⌊", "⌋", "⌈", "⌉"};

} // namespace

bool can_stretch(const std::string& sign) {
    for (const std::string_view known : signs)
        if (sign == known) return true;
    return false;
}

FormulaPath stretched_delimiter(const std::string& sign, double height, double wide) {
    FormulaPath path;
    const double middle = wide / 2;
    if (sign == "(" || sign == ")") {
        path.move_to(wide, 0);
        path.cubic_to({wide * 0.1, height * 0.22}, {wide * 0.1, height * 0.78}, {wide, height});
    } else if (sign == "[" || sign == "]") {
        path.move_to(wide, 0);
        path.line_to(wide * 0.3, 0);
        path.line_to(wide * 0.3, height);
        path.line_to(wide, height);
    } else if (sign == "⌊" || sign == "⌋") {
        path.move_to(wide * 0.3, 0);
        path.line_to(wide * 0.3, height);
        path.line_to(wide, height);
    } else if (sign == "⌈" || sign == "⌉") {
        path.move_to(wide, 0);
        path.line_to(wide * 0.3, 0);
        path.line_to(wide * 0.3, height);
    } else if (sign == "{" || sign == "}") {
        path.move_to(wide, 0);
        path.cubic_to({wide * 0.3, 0}, {middle, height * 0.1}, {middle, height * 0.25});
        path.cubic_to({middle, height * 0.42}, {wide * 0.45, height * 0.5}, {0, height * 0.5});
        path.cubic_to({wide * 0.45, height * 0.5}, {middle, height * 0.58}, {middle, height * 0.75});
        path.cubic_to({middle, height * 0.9}, {wide * 0.3, height}, {wide, height});
    } else if (sign == "⟨" || sign == "⟩") {
        path.move_to(wide, 0);
        path.line_to(wide * 0.2, height / 2);
        path.line_to(wide, height);
    } else if (sign == "‖") {
        path.move_to(wide * 0.3, 0);
        path.line_to(wide * 0.3, height);
        path.move_to(wide * 0.8, 0);
        path.line_to(wide * 0.8, height);
    } else {
        path.move_to(middle, 0);
        path.line_to(middle, height);
    }
    for (const char* mirrored : {")", "]", "}", "⟩", "⌋", "⌉"})
        if (sign == mirrored) path.mirror(wide);
    return path;
}

} // namespace spoutnik::app
