// SPDX-License-Identifier: MIT
// Formulas (app/markdown/formula_layout.h) with Pango's fonts, drawn by Cairo. Lengths are points.
#pragma once

#include "app/markdown/formula_box.h"

typedef struct _cairo cairo_t;           // NOLINT: cairo's own names
typedef struct _PangoLayout PangoLayout; // NOLINT

namespace spoutnik::app {

class CairoFormulas : public FormulaFonts {
  public:
    /// Keeps a reference to `cairo`.
    explicit CairoFormulas(cairo_t* cairo);
    ~CairoFormulas() override;
    CairoFormulas(const CairoFormulas&) = delete;
    CairoFormulas& operator=(const CairoFormulas&) = delete;

    FormulaBox lay_out(const TexNode& formula, double size, bool is_displayed) const;
    /// With its origin at (x, y), `scale` times as large, in the present colour.
    void draw(const FormulaBox& box, double x, double y, double scale) const;

    FormulaInk measure(const std::string& utf8, const FormulaFont& font) const override;
    double x_height(double size) const override;
    double least_size() const override;
    double least_line() const override;
    double line_width(double size) const override;

  private:
    void set(const std::string& utf8, const FormulaFont& font) const;

    cairo_t* cairo_;
    PangoLayout* layout_; ///< one for every piece of every formula
};

} // namespace spoutnik::app
