// SPDX-License-Identifier: MIT
#include "app/gui/inline_formulas.h"

#include "app/gui/formula_drawing.h"

#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace spoutnik::app {

namespace {

const QLatin1String span_begin("<span class=\"math\">");
const QLatin1String span_end("</span>");
constexpr auto encoding = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QString unescaped(QString text) {
    text.replace(QLatin1String("&lt;"), QLatin1String("<"));
    text.replace(QLatin1String("&gt;"), QLatin1String(">"));
    text.replace(QLatin1String("&quot;"), QLatin1String("\""));
    text.replace(QLatin1String("&#39;"), QLatin1String("'"));
    text.replace(QLatin1String("&amp;"), QLatin1String("&")); // last: it makes new ones
    return text;
}

/// Replaces every formula of the text by what `draw` makes of its TeX.
template <class Draw>
QString replace_formulas(const QString& html, Draw draw) {
    qsizetype begin = html.indexOf(span_begin);
    if (begin < 0) return html;
    QString out;
    qsizetype at = 0;
    for (; begin >= 0; begin = html.indexOf(span_begin, at)) {
        const qsizetype tex = begin + span_begin.size();
        const qsizetype end = html.indexOf(span_end, tex);
        if (end < 0) break;
        out += QStringView(html).mid(at, begin - at);
        out += draw(unescaped(html.mid(tex, end - tex)), html.mid(begin, end + span_end.size() - begin));
        at = end + span_end.size();
    }
    out += QStringView(html).mid(at);
    return out;
}

/// Where a formula sits in an image that Qt centres on the line: half the letters' x-height above the
/// baseline (QTextDocumentLayout, an inline object with AlignMiddle).
struct Place {
    double height = 0;
    double baseline = 0; ///< from the top
};
Place place_of(const FormulaDrawing& drawing) {
    const double x = QFontMetricsF(QGuiApplication::font()).xHeight() / 2;
    const double height = std::ceil(std::max(2 * drawing.descent + x, 2 * drawing.ascent - x)) + 2;
    return {height, (height + x) / 2};
}

} // namespace

QImage FormulaProvider::requestImage(const QString& id, QSize* size, const QSize&) {
    const double pixels = id.section(QLatin1Char('/'), 0, 0).toDouble();
    const QColor color(QLatin1Char('#') + id.section(QLatin1Char('/'), 1, 1));
    const auto tex = QByteArray::fromBase64(id.section(QLatin1Char('/'), 2).toLatin1(), encoding);
    const auto formula = parse_tex(std::string_view(tex.data(), static_cast<std::size_t>(tex.size())));
    const auto drawing = formula ? lay_out(*formula, pixels, false) : FormulaDrawing();
    const Place place = place_of(drawing);
    const double ratio = std::max(1.0, qGuiApp->devicePixelRatio());
    const QSize whole(static_cast<int>(std::ceil((std::ceil(drawing.width) + 2) * ratio)),
                      static_cast<int>(std::ceil(place.height * ratio)));
    QImage image(whole, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.scale(ratio, ratio);
    drawing.paint(painter, {1, place.baseline}, color);
    if (size) *size = whole;
    return image;
}

QString with_formulas(const QString& html, int size, const QString& rrggbb) {
    return replace_formulas(html, [&](const QString& tex, const QString& source) -> QString {
        const auto formula = parse_tex(tex.toStdString());
        if (!formula) return source;
        const auto drawing = lay_out(*formula, size, false);
        return QStringLiteral("<img src=\"image://formulas/%1/%2/%3\" width=\"%4\" height=\"%5\" "
                              "style=\"vertical-align: middle\">")
            .arg(QString::number(size), rrggbb, QString::fromLatin1(tex.toUtf8().toBase64(encoding)),
                 QString::number(std::ceil(drawing.width) + 2), QString::number(place_of(drawing).height));
    });
}

QString formula_in_words(const QString& tex) {
    const auto formula = parse_tex(tex.toStdString());
    return formula ? QString::fromStdString(tex_in_words(*formula)) : tex;
}

QString plain_text(const QString& html) {
    const QString text = replace_formulas(
        html, [](const QString& tex, const QString&) { return formula_in_words(tex).toHtmlEscaped(); });
    QString out;
    bool is_tag = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == QLatin1Char('<')) {
            is_tag = true;
            if (QStringView(text).mid(i, 3) == QLatin1String("<br")) out += QLatin1Char('\n');
        }
        if (!is_tag) out += text[i];
        if (text[i] == QLatin1Char('>')) is_tag = false;
    }
    return unescaped(out);
}

} // namespace spoutnik::app
