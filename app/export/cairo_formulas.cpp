// SPDX-License-Identifier: MIT
#include "app/export/cairo_formulas.h"

#include "app/markdown/formula_layout.h"

#include <algorithm>

#include <pango/pangocairo.h>

namespace spoutnik::app {

namespace {

double points(int pango_units) {
    return static_cast<double>(pango_units) / PANGO_SCALE;
}

void stroke(cairo_t* cairo, const FormulaPath& path) {
    cairo_new_path(cairo);
    for (const FormulaPath::Step& step : path.steps) {
        switch (step.kind) {
        case FormulaPath::Step::Kind::move:
            cairo_move_to(cairo, step.to.x, step.to.y);
            break;
        case FormulaPath::Step::Kind::line:
            cairo_line_to(cairo, step.to.x, step.to.y);
            break;
        case FormulaPath::Step::Kind::cubic:
            cairo_curve_to(cairo, step.control1.x, step.control1.y, step.control2.x, step.control2.y,
                           step.to.x, step.to.y);
            break;
        }
    }
    cairo_set_line_width(cairo, path.width);
    cairo_stroke(cairo);
}

} // namespace

CairoFormulas::CairoFormulas(cairo_t* cairo) : cairo_(cairo), layout_(pango_cairo_create_layout(cairo)) {
    pango_layout_set_single_paragraph_mode(layout_, 1);
}

CairoFormulas::~CairoFormulas() {
    g_object_unref(layout_);
}

FormulaBox CairoFormulas::lay_out(const TexNode& formula, double size, bool is_displayed) const {
    return app::lay_out(formula, *this, size, is_displayed);
}

void CairoFormulas::set(const std::string& utf8, const FormulaFont& font) const {
    PangoFontDescription* description = pango_font_description_new();
    pango_font_description_set_family(description, "serif");
    pango_font_description_set_absolute_size(description, std::max(font.size, 1.0) * PANGO_SCALE);
    if (font.style == TexNode::Style::italic)
        pango_font_description_set_style(description, PANGO_STYLE_ITALIC);
    if (font.style == TexNode::Style::bold) pango_font_description_set_weight(description, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout_, description);
    pango_font_description_free(description);
    pango_layout_set_text(layout_, utf8.data(), static_cast<int>(utf8.size()));
}

FormulaInk CairoFormulas::measure(const std::string& utf8, const FormulaFont& font) const {
    set(utf8, font);
    PangoRectangle ink;
    PangoRectangle logical;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(layout_, 0), &ink, &logical);
    return {points(ink.x), points(ink.y), points(ink.x + ink.width), points(ink.y + ink.height),
            points(logical.width)};
}

double CairoFormulas::x_height(double size) const {
    return -measure("x", {size, TexNode::Style::upright}).top;
}

double CairoFormulas::least_size() const {
    return 5;
}

double CairoFormulas::least_line() const {
    return 0.4; // what The TeXbook draws among letters of ten points
}

double CairoFormulas::line_width(double size) const {
    return std::max(least_line(), size / 18);
}

void CairoFormulas::draw(const FormulaBox& box, double x, double y, double scale) const {
    cairo_save(cairo_);
    cairo_translate(cairo_, x, y);
    cairo_scale(cairo_, scale, scale);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    for (const FormulaBox::Glyphs& part : box.glyphs) {
        set(part.text, part.font);
        cairo_move_to(cairo_, part.at.x, part.at.y);
        pango_cairo_show_layout_line(cairo_, pango_layout_get_line_readonly(layout_, 0));
    }
    for (const FormulaBox::Rule& rule : box.rules) {
        cairo_rectangle(cairo_, rule.at.x, rule.at.y, rule.width, rule.height);
        cairo_fill(cairo_);
    }
    for (const FormulaPath& path : box.strokes)
        stroke(cairo_, path);
    cairo_restore(cairo_);
}

} // namespace spoutnik::app
