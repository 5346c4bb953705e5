// SPDX-License-Identifier: MIT
// Paragraphs that flow over the pages of a PDF, drawn by Cairo with text laid out by Pango: shaping, right to
// left, and a font that has the letter. Lengths are points (1/72 inch), y grows downwards.
#pragma once

#include "app/export/cairo_formulas.h"
#include "app/export/rich_text_reader.h"

#include <memory>
#include <string>
#include <vector>

typedef struct _cairo_surface cairo_surface_t; // NOLINT: cairo's own name

namespace spoutnik::app {

struct Rgb {
    double red = 0, green = 0, blue = 0;
};

struct TextStyle {
    double size = 10;
    bool is_bold = false;
    bool is_italic = false;
    bool is_code = false; ///< fixed width; lines are broken anywhere
    bool is_centered = false;
    bool is_right = false;
    double indent = 0;
    Rgb color{};
    double bar = -1;    ///< where a vertical line accompanies the text; negative: none
    bool panel = false; ///< a grey ground
    double space_after = 5;
};

/// Stands in a RichText's text where a formula is to be drawn (U+FFFC, the object replacement character); the
/// span over it has the TeX.
inline constexpr const char* drawn_formula = "\xEF\xBF\xBC";

class PageFlow {
  public:
    PageFlow();
    ~PageFlow();
    PageFlow(const PageFlow&) = delete;
    PageFlow& operator=(const PageFlow&) = delete;

    void set_title(const std::string& title);
    /// "2026-11-24T10:00:00Z"
    void set_date(const std::string& iso);
    /// A title of the outline, at this place.
    void add_outline(const std::string& title);

    void new_page();
    /// Begins a new page unless so much is free.
    void keep(double height);
    void space(double height);
    void rule();
    void paragraph(const RichText& text, const TextStyle& style);
    /// A formula on a line of its own, in the middle; smaller where the page is too narrow for it.
    void formula(const TexNode& formula, const TextStyle& style);
    /// A marker left of the next paragraph's first line.
    void marker(const std::string& text, const TextStyle& style);
    /// Rows of cells, the first one the head.
    void table(const std::vector<std::vector<RichText>>& rows, const std::vector<TextStyle>& columns,
               double indent);

    /// The bytes so far; after finish() the file is whole.
    std::string take();
    void finish();

  private:
    struct Layout;
    Layout lay_out(const RichText& text, const TextStyle& style, double width) const;
    void draw_line(const Layout& layout, int index, double x, double y) const;
    void draw_page_number();
    std::vector<double> column_widths(const std::vector<std::vector<RichText>>& rows,
                                      const std::vector<TextStyle>& columns, double available) const;

    std::string bytes_;
    cairo_surface_t* surface_ = nullptr;
    cairo_t* cairo_ = nullptr;
    std::unique_ptr<CairoFormulas> formulas_; // draws with cairo_
    double y_ = 0;
    int page_ = 1;
    bool is_finished_ = false;
};

} // namespace spoutnik::app
