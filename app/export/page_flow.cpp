// SPDX-License-Identifier: MIT
#include "app/export/page_flow.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

namespace spoutnik::app {

namespace {

constexpr double page_width = 595.276; // A4
constexpr double page_height = 841.89;
constexpr double margin = 56;
constexpr double text_width = page_width - 2 * margin;
constexpr double bottom = page_height - margin;
constexpr double cell_padding = 4;
constexpr Rgb panel_color{0.955, 0.96, 0.97};
constexpr Rgb line_color{0.75, 0.77, 0.8};
constexpr Rgb quiet{0.35, 0.38, 0.42};

double points(int pango_units) {
    return static_cast<double>(pango_units) / PANGO_SCALE;
}

void set_color(cairo_t* cairo, const Rgb& color) {
    cairo_set_source_rgb(cairo, color.red, color.green, color.blue);
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

void mark(PangoAttrList* list, PangoAttribute* attribute, const RichSpan& span) {
    attribute->start_index = static_cast<guint>(span.begin);
    attribute->end_index = static_cast<guint>(span.end);
    pango_attr_list_insert(list, attribute);
}

PangoAttrList* attributes_of(const RichText& text) {
    PangoAttrList* list = pango_attr_list_new();
    for (const RichSpan& span : text.spans) {
        switch (span.kind) {
        case RichSpan::Kind::bold:
            mark(list, pango_attr_weight_new(PANGO_WEIGHT_BOLD), span);
            break;
        case RichSpan::Kind::italic:
            mark(list, pango_attr_style_new(PANGO_STYLE_ITALIC), span);
            break;
        case RichSpan::Kind::struck:
            mark(list, pango_attr_strikethrough_new(1), span);
            break;
        case RichSpan::Kind::formula: // one that is drawn has its own attribute
            if (text.text.compare(span.begin, span.end - span.begin, drawn_formula) == 0) break;
            [[fallthrough]];
        case RichSpan::Kind::code:
            mark(list, pango_attr_family_new("monospace"), span);
            break;
        case RichSpan::Kind::link:
            mark(list, pango_attr_underline_new(PANGO_UNDERLINE_SINGLE), span);
            break;
        }
    }
    return list;
}

/// An address between the quotes of Cairo's link attributes.
std::string quoted(const std::string& address) {
    std::string text;
    for (const char c : address) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

} // namespace

namespace {

/// A formula inside a line.
struct InlineFormula {
    FormulaBox box;
    double scale = 1;
    const CairoFormulas* drawer = nullptr;
};

/// Takes the formula's place in the line.
PangoAttribute* shape_of(InlineFormula& formula) {
    const auto units = [&](double length) {
        return static_cast<int>(std::ceil(length * formula.scale * PANGO_SCALE));
    };
    PangoRectangle place{0, -units(formula.box.ascent), units(formula.box.width), 0};
    place.height = units(formula.box.descent) - place.y;
    return pango_attr_shape_new_with_data(&place, &place, &formula, nullptr, nullptr);
}

void draw_shape(cairo_t* cairo, PangoAttrShape* shape, gboolean is_path, gpointer /*data*/) {
    if (is_path != 0 || shape->data == nullptr) return;
    const auto& formula = *static_cast<const InlineFormula*>(shape->data);
    double x = 0;
    double y = 0;
    cairo_get_current_point(cairo, &x, &y);
    formula.drawer->draw(formula.box, x, y, formula.scale);
}

} // namespace

/// A PangoLayout, the links in it, and its formulas.
struct PageFlow::Layout {
    struct Unref {
        void operator()(PangoLayout* layout) const { g_object_unref(layout); }
    };
    std::vector<std::unique_ptr<InlineFormula>> formulas; // the layout knows their addresses
    std::unique_ptr<PangoLayout, Unref> pango;
    std::vector<RichSpan> links;
    Rgb color;

    int lines() const { return pango_layout_get_line_count(pango.get()); }
    PangoRectangle extents(int index) const {
        PangoRectangle logical;
        pango_layout_line_get_extents(pango_layout_get_line_readonly(pango.get(), index), nullptr, &logical);
        return logical;
    }
    double height(int index) const { return points(extents(index).height); }
    double height() const {
        int all = 0;
        pango_layout_get_size(pango.get(), nullptr, &all);
        return points(all);
    }
    double width() const {
        int all = 0;
        pango_layout_get_size(pango.get(), &all, nullptr);
        return points(all);
    }
};

PageFlow::PageFlow() {
    surface_ = cairo_pdf_surface_create_for_stream(&append, &bytes_, page_width, page_height);
    cairo_ = cairo_create(surface_);
    formulas_ = std::make_unique<CairoFormulas>(cairo_);
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATOR, "Spoutnik");
    y_ = margin;
}

PageFlow::~PageFlow() {
    formulas_.reset();
    cairo_destroy(cairo_);
    cairo_surface_destroy(surface_);
}

void PageFlow::set_title(const std::string& title) {
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_TITLE, title.c_str());
}

void PageFlow::set_date(const std::string& iso) {
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATE_DATE, iso.c_str());
}

void PageFlow::add_outline(const std::string& title) {
    const std::string here = "page=" + std::to_string(page_) + " pos=[" +
                             std::to_string(static_cast<int>(margin)) + ' ' +
                             std::to_string(static_cast<int>(y_)) + ']';
    cairo_pdf_surface_add_outline(surface_, CAIRO_PDF_OUTLINE_ROOT, title.c_str(), here.c_str(),
                                  static_cast<cairo_pdf_outline_flags_t>(0));
}

void PageFlow::draw_page_number() {
    TextStyle style;
    style.size = 8;
    style.color = quiet;
    style.is_centered = true;
    const Layout number = lay_out({std::to_string(page_), {}}, style, text_width);
    draw_line(number, 0, margin, page_height - margin / 2 - number.height());
}

void PageFlow::new_page() {
    draw_page_number();
    cairo_show_page(cairo_);
    ++page_;
    y_ = margin;
}

void PageFlow::keep(double height) {
    if (y_ > margin && y_ + height > bottom) new_page();
}

void PageFlow::space(double height) {
    if (y_ > margin) y_ = std::min(y_ + height, bottom);
}

void PageFlow::rule() {
    keep(12);
    set_color(cairo_, line_color);
    cairo_rectangle(cairo_, margin, y_ + 4, text_width, 0.6);
    cairo_fill(cairo_);
    y_ += 12;
}

PageFlow::Layout PageFlow::lay_out(const RichText& text, const TextStyle& style, double width) const {
    Layout result;
    result.color = style.color;
    result.pango.reset(pango_cairo_create_layout(cairo_));
    PangoLayout* layout = result.pango.get();

    PangoFontDescription* font = pango_font_description_new();
    pango_font_description_set_family(font, style.is_code ? "monospace" : "sans-serif");
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    pango_font_description_set_weight(font, style.is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(font, style.is_italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);

    if (width > 0) pango_layout_set_width(layout, static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, style.is_code ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(layout, style.is_code ? 1.15F : 1.25F);
    if (style.is_centered) pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    if (style.is_right) pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    // Foreign bytes: Pango asks for whole characters, and stops at a NUL.
    if (text.text.find('\0') == std::string::npos &&
        g_utf8_validate(text.text.data(), static_cast<gssize>(text.text.size()), nullptr) != 0) {
        pango_layout_set_text(layout, text.text.data(), static_cast<int>(text.text.size()));
        PangoAttrList* attributes = attributes_of(text);
        for (const RichSpan& span : text.spans) {
            if (span.kind != RichSpan::Kind::formula) continue;
            const std::optional<TexNode> tree = parse_tex(span.address);
            if (!tree || text.text.compare(span.begin, span.end - span.begin, drawn_formula) != 0) continue;
            auto formula = std::make_unique<InlineFormula>();
            formula->box = formulas_->lay_out(*tree, style.size, false);
            if (width > 0) formula->scale = std::min(1.0, width / std::max(formula->box.width, 1.0));
            formula->drawer = formulas_.get();
            mark(attributes, shape_of(*formula), span);
            result.formulas.push_back(std::move(formula));
        }
        pango_cairo_context_set_shape_renderer(pango_layout_get_context(layout), &draw_shape, nullptr,
                                               nullptr);
        pango_layout_set_attributes(layout, attributes);
        pango_attr_list_unref(attributes);
        for (const RichSpan& span : text.spans)
            if (span.kind == RichSpan::Kind::link && !span.address.empty()) result.links.push_back(span);
    } else {
        char* valid = g_utf8_make_valid(text.text.data(), static_cast<gssize>(text.text.size()));
        pango_layout_set_text(layout, valid, -1);
        g_free(valid);
    }
    return result;
}

/// Line `index` with its top at y and its margin at x.
void PageFlow::draw_line(const Layout& layout, int index, double x, double y) const {
    PangoLayoutLine* line = pango_layout_get_line_readonly(layout.pango.get(), index);
    PangoRectangle logical;
    pango_layout_line_get_extents(line, nullptr, &logical);
    // A line's own extents begin at its first letter; alignment is the layout's matter.
    const int layout_width = pango_layout_get_width(layout.pango.get());
    double shift = 0;
    if (layout_width > 0) {
        const double free = points(layout_width - logical.width);
        PangoAlignment side = pango_layout_get_alignment(layout.pango.get());
        if (line->resolved_dir == PANGO_DIRECTION_RTL && side == PANGO_ALIGN_LEFT) side = PANGO_ALIGN_RIGHT;
        if (side == PANGO_ALIGN_CENTER) shift = free / 2;
        if (side == PANGO_ALIGN_RIGHT) shift = free;
    }
    set_color(cairo_, layout.color);
    cairo_move_to(cairo_, x + shift, y - points(logical.y));
    pango_cairo_show_layout_line(cairo_, line);

    for (const RichSpan& link : layout.links) {
        const int begin = std::max(static_cast<int>(link.begin), line->start_index);
        const int end = std::min(static_cast<int>(link.end), line->start_index + line->length);
        if (begin >= end) continue;
        int from = 0;
        int to = 0;
        pango_layout_line_index_to_x(line, begin, 0, &from);
        pango_layout_line_index_to_x(line, end, 0, &to);
        char place[160];
        g_snprintf(place, sizeof place, "rect=[%d %d %d %d] uri='",
                   static_cast<int>(x + shift + points(std::min(from, to))), static_cast<int>(y),
                   static_cast<int>(points(std::abs(to - from))) + 1,
                   static_cast<int>(points(logical.height)));
        cairo_tag_begin(cairo_, CAIRO_TAG_LINK, (place + quoted(link.address) + '\'').c_str());
        cairo_tag_end(cairo_, CAIRO_TAG_LINK);
    }
}

void PageFlow::paragraph(const RichText& text, const TextStyle& style) {
    const double padding = style.panel ? 6 : 0;
    const double x = margin + style.indent;
    const Layout layout = lay_out(text, style, text_width - style.indent - 2 * padding);
    for (int i = 0; i < layout.lines(); ++i) {
        const double height = layout.height(i);
        keep(height);
        if (style.panel) {
            set_color(cairo_, panel_color);
            cairo_rectangle(cairo_, x, y_ - 0.1, text_width - style.indent, height + 0.2);
            cairo_fill(cairo_);
        }
        if (style.bar >= 0) {
            set_color(cairo_, line_color);
            cairo_rectangle(cairo_, margin + style.bar, y_ - 0.1, 2, height + 0.2);
            cairo_fill(cairo_);
        }
        draw_line(layout, i, x + padding, y_);
        y_ += height;
    }
    y_ += style.space_after;
}

void PageFlow::formula(const TexNode& formula, const TextStyle& style) {
    constexpr double around = 4;
    const double available = text_width - style.indent;
    const FormulaBox box = formulas_->lay_out(formula, style.size, true);
    const double scale = std::min({1.0, available / std::max(box.width, 1.0),
                                   (bottom - margin - 2 * around) / std::max(box.height(), 1.0)});
    const double height = box.height() * scale + 2 * around;
    keep(height);
    set_color(cairo_, style.color);
    formulas_->draw(box, margin + style.indent + (available - box.width * scale) / 2,
                    y_ + around + box.ascent * scale, scale);
    if (style.bar >= 0) {
        set_color(cairo_, line_color);
        cairo_rectangle(cairo_, margin + style.bar, y_ - 0.1, 2, height + 0.2);
        cairo_fill(cairo_);
    }
    y_ += height + style.space_after;
}

void PageFlow::marker(const std::string& text, const TextStyle& style) {
    const Layout layout = lay_out({text, {}}, style, -1);
    keep(layout.height(0));
    draw_line(layout, 0, margin + std::max(0.0, style.indent - layout.width() - 5), y_);
}

/// What each column would like, cut down where it takes more than its share of a line that is too short.
std::vector<double> PageFlow::column_widths(const std::vector<std::vector<RichText>>& rows,
                                            const std::vector<TextStyle>& columns, double available) const {
    std::vector<double> wanted(columns.size(), 12);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < std::min(row.size(), columns.size()); ++i)
            wanted[i] = std::max(wanted[i], lay_out(row[i], columns[i], -1).width() + 2 * cell_padding + 1);
    double left = available;
    std::size_t open = columns.size();
    std::vector<double> widths(columns.size(), 0);
    // The narrow ones first: what they leave is shared by the wide ones.
    std::vector<std::size_t> order(columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
    for (const std::size_t i : order) {
        widths[i] = std::min(wanted[i], left / static_cast<double>(open--));
        left -= widths[i];
    }
    return widths;
}

void PageFlow::table(const std::vector<std::vector<RichText>>& rows, const std::vector<TextStyle>& columns,
                     double indent) {
    if (columns.empty()) return;
    const std::vector<double> widths = column_widths(rows, columns, text_width - indent);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<Layout> cells;
        double height = 0;
        for (std::size_t i = 0; i < std::min(rows[row].size(), columns.size()); ++i) {
            TextStyle style = columns[i];
            style.is_bold = row == 0;
            cells.push_back(lay_out(rows[row][i], style, std::max(8.0, widths[i] - 2 * cell_padding)));
            height = std::max(height, cells.back().height());
        }
        if (height > bottom - margin) { // no page holds it: its cells below each other
            for (std::size_t i = 0; i < cells.size(); ++i)
                paragraph(rows[row][i], columns[i]);
            continue;
        }
        keep(height + 2 * cell_padding);
        double x = margin + indent;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            double y = y_ + cell_padding;
            for (int line = 0; line < cells[i].lines(); ++line) {
                draw_line(cells[i], line, x + cell_padding, y);
                y += cells[i].height(line);
            }
            x += widths[i];
        }
        y_ += height + 2 * cell_padding;
        set_color(cairo_, line_color);
        cairo_rectangle(cairo_, margin + indent, y_ - 0.5, x - margin - indent, row == 0 ? 1 : 0.5);
        cairo_fill(cairo_);
    }
    y_ += 8;
}

std::string PageFlow::take() {
    return std::exchange(bytes_, {});
}

void PageFlow::finish() {
    if (is_finished_) return;
    draw_page_number();
    cairo_show_page(cairo_);
    cairo_surface_finish(surface_);
    is_finished_ = true;
    const cairo_status_t status = cairo_surface_status(surface_);
    if (status == CAIRO_STATUS_SUCCESS && cairo_status(cairo_) == CAIRO_STATUS_SUCCESS) return;
    throw std::runtime_error(std::string("the PDF could not be drawn: ") + cairo_status_to_string(status));
}

} // namespace spoutnik::app
