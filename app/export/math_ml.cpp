// SPDX-License-Identifier: MIT
#include "app/export/math_ml.h"

#include "app/export/rich_text_reader.h"
#include "app/markdown/rich_text.h"
#include "app/markdown/tex.h"

#include <algorithm>
#include <cstdio>

namespace spoutnik::app {

namespace {

using Kind = TexNode::Kind;
using Role = TexNode::Role;

std::string element(const char* name, const std::string& content, const std::string& attributes = {}) {
    return '<' + std::string(name) + attributes + '>' + content + "</" + name + '>';
}

std::string escaped(std::string_view text) {
    std::string html;
    markdown::append_escaped(html, text);
    return html;
}

std::string sign(const std::string& text, const std::string& attributes = {}) {
    return text.empty() ? std::string() : element("mo", escaped(text), attributes);
}

class MathMl {
  public:
    explicit MathMl(bool is_displayed) : is_displayed_(is_displayed) {}

    std::string of(const TexNode& node) const {
        switch (node.kind) {
        case Kind::row:
            return element("mrow", all(node));
        case Kind::atom:
            return atom(node);
        case Kind::space: {
            char width[64];
            std::snprintf(width, sizeof width, " width=\"%.3fem\"", node.width);
            return element("mspace", {}, width);
        }
        case Kind::fraction:
            return between(node, element("mfrac", child(node, 0) + child(node, 1),
                                         node.has_line ? "" : " linethickness=\"0\""));
        case Kind::root:
            return is_empty(node, 1) ? element("msqrt", child(node, 0))
                                     : element("mroot", child(node, 0) + child(node, 1));
        case Kind::scripts:
            return scripts(node);
        case Kind::fenced:
            return between(node, all(node));
        case Kind::accent:
            return accent(node);
        case Kind::matrix:
            return between(node, matrix(node));
        }
        return {};
    }

  private:
    std::string all(const TexNode& node) const {
        std::string text;
        for (const TexNode& part : node.children)
            text += of(part);
        return text;
    }
    std::string child(const TexNode& node, std::size_t index) const {
        return index < node.children.size() ? of(node.children[index]) : element("mrow", {});
    }
    static bool is_empty(const TexNode& node, std::size_t index) {
        return index >= node.children.size() ||
               (node.children[index].kind == Kind::row && node.children[index].children.empty());
    }

    static std::string atom(const TexNode& node) {
        const std::string bold =
            node.style == TexNode::Style::bold ? " style=\"font-weight:bold\"" : std::string();
        const bool is_number =
            !node.text.empty() && std::all_of(node.text.begin(), node.text.end(), [](char c) {
                return (c >= '0' && c <= '9') || c == '.' || c == ',';
            });
        if (node.role != Role::ordinary && node.role != Role::function) return sign(node.text, bold);
        if (is_number) return element("mn", escaped(node.text), bold);
        if (node.style == TexNode::Style::italic) return element("mi", escaped(node.text));
        const bool is_words = node.text.find(' ') != std::string::npos;
        return element(is_words ? "mtext" : "mi", escaped(node.text),
                       is_words ? bold : " mathvariant=\"normal\"" + bold);
    }

    static std::string between(const TexNode& node, const std::string& content) {
        if (node.open.empty() && node.close.empty()) return element("mrow", content);
        constexpr const char* grows = " stretchy=\"true\" fence=\"true\"";
        return element("mrow", sign(node.open, grows) + content + sign(node.close, grows));
    }

    std::string scripts(const TexNode& node) const {
        const bool has_below = !is_empty(node, 1);
        const bool has_above = !is_empty(node, 2);
        const bool is_stacked = node.has_limits && is_displayed_;
        const std::string parts = child(node, 0) + (has_below ? child(node, 1) : std::string()) +
                                  (has_above ? child(node, 2) : std::string());
        if (has_below && has_above) return element(is_stacked ? "munderover" : "msubsup", parts);
        if (has_below) return element(is_stacked ? "munder" : "msub", parts);
        return has_above ? element(is_stacked ? "mover" : "msup", parts) : child(node, 0);
    }

    std::string accent(const TexNode& node) const {
        if (node.text == "_") return element("munder", child(node, 0) + sign("_"), " accentunder=\"true\"");
        return element("mover", child(node, 0) + sign(node.text), " accent=\"true\"");
    }

    std::string matrix(const TexNode& node) const {
        std::string rows;
        const std::size_t columns = std::max<std::size_t>(node.columns, 1);
        for (std::size_t first = 0; first < node.children.size(); first += columns) {
            std::string cells;
            for (std::size_t column = 0; column < columns; ++column)
                cells += element("mtd", child(node, first + column), side(node.alignment, column));
            rows += element("mtr", cells);
        }
        return element("mtable", rows);
    }

    static std::string side(TexNode::Columns alignment, std::size_t column) {
        if (alignment == TexNode::Columns::centered) return {};
        const bool is_right = alignment == TexNode::Columns::pairs && column % 2 == 0;
        return is_right ? " style=\"text-align:right\"" : " style=\"text-align:left\"";
    }

    bool is_displayed_;
};

} // namespace

std::string math_ml(std::string_view tex, bool is_displayed) {
    const std::optional<TexNode> formula = parse_tex(tex);
    if (!formula) return element("code", escaped(tex), " class=\"tex\"");
    const std::string source = element("annotation", escaped(tex), " encoding=\"application/x-tex\"");
    return element("math", element("semantics", MathMl(is_displayed).of(*formula) + source),
                   is_displayed ? " display=\"block\"" : "");
}

std::string with_math_ml(std::string_view html) {
    constexpr std::string_view open = "<span class=\"math\">";
    constexpr std::string_view close = "</span>";
    std::string text;
    for (;;) {
        const std::size_t begin = html.find(open);
        const std::size_t end = begin == std::string_view::npos ? begin : html.find(close, begin);
        if (end == std::string_view::npos) return text.append(html);
        text += html.substr(0, begin);
        text += math_ml(unescaped(html.substr(begin + open.size(), end - begin - open.size())), false);
        html.remove_prefix(end + close.size());
    }
}

} // namespace spoutnik::app
