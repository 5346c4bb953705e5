// SPDX-License-Identifier: MIT
#include "app/markdown/formula_box.h"

#include <algorithm>
#include <utility>

namespace spoutnik::app {

void FormulaPath::move_to(double x, double y) {
    steps.push_back({Step::Kind::move, {x, y}, {}, {}});
}

void FormulaPath::line_to(double x, double y) {
    steps.push_back({Step::Kind::line, {x, y}, {}, {}});
}

void FormulaPath::cubic_to(FormulaPoint control1, FormulaPoint control2, FormulaPoint to) {
    steps.push_back({Step::Kind::cubic, to, control1, control2});
}

void FormulaPath::translate(double x, double y) {
    for (Step& step : steps)
        for (FormulaPoint* point : {&step.to, &step.control1, &step.control2}) {
            point->x += x;
            point->y += y;
        }
}

void FormulaPath::mirror(double wide) {
    for (Step& step : steps)
        for (FormulaPoint* point : {&step.to, &step.control1, &step.control2})
            point->x = wide - point->x;
}

double FormulaPath::top() const {
    if (steps.empty()) return 0;
    double top = steps.front().to.y;
    for (const Step& step : steps) {
        top = std::min(top, step.to.y);
        if (step.kind == Step::Kind::cubic) top = std::min({top, step.control1.y, step.control2.y});
    }
    return top;
}

void FormulaBox::add(FormulaBox other, FormulaPoint at) {
    for (Glyphs& part : other.glyphs) {
        part.at.x += at.x;
        part.at.y += at.y;
        glyphs.push_back(std::move(part));
    }
    for (Rule& rule : other.rules) {
        rule.at.x += at.x;
        rule.at.y += at.y;
        rules.push_back(rule);
    }
    for (FormulaPath& stroke : other.strokes) {
        stroke.translate(at.x, at.y);
        strokes.push_back(std::move(stroke));
    }
    width = std::max(width, at.x + other.width);
    ascent = std::max(ascent, other.ascent - at.y);
    descent = std::max(descent, other.descent + at.y);
}

} // namespace spoutnik::app
