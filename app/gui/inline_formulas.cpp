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

/// Where a formula sits in an image that stands in the middle of its line: Qt Quick puts the image's middle
/// halfway between the top and the bottom of the line, and the line reaches as far as its letters and the
/// image do (an inline object with AlignMiddle).
struct Place {
    double height = 0;
    double baseline = 0; ///< from the top
};
Place place_of(const FormulaDrawing& drawing, double size) {
    QFont font = QGuiApplication::font();
    font.setPixelSize(static_cast<int>(std::lround(size)));
    const QFontMetricsF metrics(font);
    const double half_x = metrics.xHeight() / 2;
    Place place;
    // A taller image moves the line's middle, so the height that fits is looked for.
    for (place.height = std::ceil(drawing.height()) + 2;; place.height += 1) {
        const double above = std::max(metrics.ascent(), (place.height + half_x) / 2);
        const double below = std::max(metrics.descent(), (place.height - half_x) / 2);
        place.baseline = place.height / 2 + (above - below) / 2;
        const bool fits =
            place.baseline >= drawing.ascent + 1 && place.height - place.baseline >= drawing.descent + 1;
        if (fits || place.height > 4 * drawing.height() + 2 * size) return place;
    }
}

/// What letters of the line can write: no fractions, no roots, one level of scripts.
bool is_writable(const TexNode& node, bool is_script) {
    switch (node.kind) {
    case TexNode::Kind::row:
    case TexNode::Kind::fenced:
        return std::all_of(node.children.begin(), node.children.end(),
                           [is_script](const TexNode& child) { return is_writable(child, is_script); });
    case TexNode::Kind::atom:
        return node.role != TexNode::Role::big_operator;
    case TexNode::Kind::space:
        return node.width > 0;
    case TexNode::Kind::scripts: {
        // One script: two would have to stand above each other.
        const auto is_empty = [](const TexNode& script) {
            return script.kind == TexNode::Kind::row && script.children.empty();
        };
        return !is_script && !node.has_limits && (is_empty(node.children[1]) || is_empty(node.children[2])) &&
               is_writable(node.children[0], false) && is_writable(node.children[1], true) &&
               is_writable(node.children[2], true);
    }
    default:
        return false;
    }
}

QString written(const TexNode& node);

QString written_row(const TexNode& node) {
    QString out;
    bool begins = true;
    for (const auto& child : node.children) {
        using Role = TexNode::Role;
        const bool joins = child.role == Role::relation || (child.role == Role::binary && !begins);
        const QString gap = joins ? QString(QChar(0x2005)) : QString(); // a quarter of an em
        const bool names = child.role == Role::function;
        if (names && !begins) out += QChar(0x2009); // thin
        out += gap + written(child) + gap;
        if (child.role == Role::punctuation ||
            (names && &child != &node.children.back() && (&child)[1].role != Role::opening &&
             (&child)[1].kind != TexNode::Kind::fenced))
            out += QChar(0x2009);
        begins = joins || child.role == Role::opening || child.role == Role::punctuation;
    }
    return out;
}

QString written(const TexNode& node) {
    switch (node.kind) {
    case TexNode::Kind::row:
        return written_row(node);
    case TexNode::Kind::atom: {
        const QString text = QString::fromStdString(node.text).toHtmlEscaped();
        if (node.style == TexNode::Style::italic) return QLatin1String("<i>") + text + QLatin1String("</i>");
        return node.style == TexNode::Style::bold ? QLatin1String("<b>") + text + QLatin1String("</b>")
                                                  : text;
    }
    case TexNode::Kind::space:
        return QString(QChar(node.width > 0.5 ? 0x2003 : node.width > 0.2 ? 0x2005 : 0x2009));
    case TexNode::Kind::scripts: {
        const QString below = written(node.children[1]);
        const QString above = written(node.children[2]);
        return written(node.children[0]) +
               (below.isEmpty() ? QString() : QLatin1String("<sub>") + below + QLatin1String("</sub>")) +
               (above.isEmpty() ? QString() : QLatin1String("<sup>") + above + QLatin1String("</sup>"));
    }
    case TexNode::Kind::fenced:
        return QString::fromStdString(node.open).toHtmlEscaped() + written(node.children[0]) +
               QString::fromStdString(node.close).toHtmlEscaped();
    default:
        return {};
    }
}

} // namespace

QImage FormulaProvider::requestImage(const QString& id, QSize* size, const QSize&) {
    const double pixels = id.section(QLatin1Char('/'), 0, 0).toDouble();
    const QColor color(QLatin1Char('#') + id.section(QLatin1Char('/'), 1, 1));
    const auto tex = QByteArray::fromBase64(id.section(QLatin1Char('/'), 2).toLatin1(), encoding);
    const auto formula = parse_tex(std::string_view(tex.data(), static_cast<std::size_t>(tex.size())));
    const auto drawing = formula ? lay_out(*formula, pixels, false) : FormulaDrawing();
    const Place place = place_of(drawing, pixels);
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
        if (is_writable(*formula, false))
            return QLatin1String("<span style=\"font-family:serif\">") + written(*formula) +
                   QLatin1String("</span>");
        const auto drawing = lay_out(*formula, size, false);
        return QStringLiteral("<img src=\"image://formulas/%1/%2/%3\" width=\"%4\" height=\"%5\" "
                              "style=\"vertical-align: middle\">")
            .arg(QString::number(size), rrggbb, QString::fromLatin1(tex.toUtf8().toBase64(encoding)),
                 QString::number(std::ceil(drawing.width) + 2),
                 QString::number(place_of(drawing, size).height));
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
