// SPDX-License-Identifier: MIT
#include "app/export/document_writers.h"
#include "app/export/html_style.h"
#include "app/export/math_ml.h"
#include "app/markdown/markdown.h"
#include "app/markdown/rich_text.h"
#include "storage/archive/timestamp.h"

#include <algorithm>

namespace spoutnik::app {

namespace {

using storage::Message;
using storage::Role;
using storage::Tree;
using storage::archive::Place;
using storage::archive::places_of;
using storage::archive::Words;

std::string escaped(std::string_view text) {
    std::string html;
    markdown::append_escaped(html, text);
    return html;
}

const char* side_class(Alignment alignment) {
    switch (alignment) {
    case Alignment::left:
        return " class=\"left\"";
    case Alignment::center:
        return " class=\"center\"";
    case Alignment::right:
        return " class=\"right\"";
    case Alignment::none:
        break;
    }
    return "";
}

std::string table(const Block& block) {
    std::string html = "<div class=\"wide\"><table>";
    for (std::size_t row = 0; row < block.rows.size(); ++row) {
        const char* cell = row == 0 ? "th" : "td";
        html += row == 0 ? "<thead><tr>" : "<tr>";
        for (std::size_t column = 0; column < block.rows[row].size(); ++column) {
            const Alignment side = column < block.columns.size() ? block.columns[column] : Alignment::none;
            html += '<' + std::string(cell) + side_class(side) + " dir=\"auto\">" +
                    with_math_ml(block.rows[row][column]) + "</" + cell + '>';
        }
        html += row == 0 ? "</tr></thead><tbody>\n" : "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

/// "in2" and the like; deeper than six is drawn as six.
std::string indent_class(int levels) {
    return "in" + std::to_string(std::clamp(levels, 0, 6));
}

std::string list(const Block& block) {
    std::string html = block.loose ? "<ul class=\"list loose\">\n" : "<ul class=\"list\">\n";
    for (const ListItem& item : block.items) {
        const std::string marker = item.check == ListItem::Check::done   ? "☑"
                                   : item.check == ListItem::Check::open ? "☐"
                                                                         : item.marker;
        html += "<li class=\"" + indent_class(item.depth) + "\"><span class=\"marker\">" + escaped(marker) +
                "</span><div dir=\"auto\">" + with_math_ml(item.html) + "</div></li>\n";
    }
    return html + "</ul>\n";
}

std::string code(const Block& block) {
    std::string html = "<figure>";
    if (!block.language.empty()) html += "<figcaption>" + escaped(block.language) + "</figcaption>";
    return html + "<pre dir=\"ltr\"><code>" + escaped(block.text) + "</code></pre></figure>\n";
}

std::string block_html(const Block& block) {
    switch (block.kind) {
    case BlockKind::paragraph:
    case BlockKind::quote:
        return "<p dir=\"auto\">" + with_math_ml(block.html) + "</p>\n";
    case BlockKind::heading: {
        // The page's title and the speakers come first.
        const std::string name = 'h' + std::to_string(std::min(block.level + 2, 6));
        return '<' + name + " dir=\"auto\">" + with_math_ml(block.html) + "</" + name + ">\n";
    }
    case BlockKind::code:
        return code(block);
    case BlockKind::table:
        return table(block);
    case BlockKind::list:
        return list(block);
    case BlockKind::rule:
        return "<hr>\n";
    case BlockKind::math:
        return math_ml(block.text, true) + '\n';
    }
    return {};
}

std::string markdown_html(std::string_view text) {
    std::string html;
    int depth = 0;
    const auto go_to_depth = [&](int wanted) {
        for (; depth < wanted; ++depth)
            html += "<blockquote>\n";
        for (; depth > wanted; --depth)
            html += "</blockquote>\n";
    };
    for (const Block& block : parse_markdown(text)) {
        go_to_depth(block.quote_depth);
        if (block.indent > 0) html += "<div class=\"" + indent_class(block.indent) + "\">";
        html += block_html(block);
        if (block.indent > 0) html += "</div>\n";
    }
    go_to_depth(0);
    return html;
}

class HtmlWriter : public storage::archive::Writer {
  public:
    explicit HtmlWriter(Words words) : words_(std::move(words)) {}

    std::string begin(std::size_t count) override {
        is_folded_ = count != 1;
        return {};
    }

    std::string add(const Tree& tree) override {
        std::string html;
        if (is_first_) html += head(is_folded_ ? words_.contents : title_of(tree, words_));
        is_first_ = false;
        const std::string title = "<h1 dir=\"auto\">" + escaped(title_of(tree, words_)) + "</h1>";
        html +=
            is_folded_ ? "<details class=\"conversation\"><summary>" + title + "</summary>\n" : title + '\n';
        html += about(tree);
        const auto places = places_of(tree);
        for (std::size_t i = 0; i < tree.messages.size(); ++i)
            html += message_html(tree, i, places);
        return html + (is_folded_ ? "</details>\n" : "");
    }

    std::string end() override {
        return (is_first_ ? head(words_.contents) : std::string()) + "</main>\n</body>\n</html>\n";
    }

  private:
    std::string head(const std::string& title) const {
        return "<!DOCTYPE html>\n<html lang=\"" + escaped(words_.language) +
               "\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" "
               "content=\"Spoutnik\">\n"
               "<title>" +
               escaped(title) + "</title>\n<style>" + std::string(html_style) +
               "</style>\n</head>\n<body>\n<main>\n";
    }

    static std::string time_html(storage::TimeMs time) {
        const std::string readable = storage::archive::readable_time(time);
        if (readable.empty()) return {};
        return "<time datetime=\"" + storage::archive::iso_time(time) + "\">" + readable + " UTC</time>";
    }

    static std::string about(const Tree& tree) {
        std::string line = time_html(tree.conversation.created_ms);
        if (!tree.conversation.model.empty())
            line += (line.empty() ? "" : ", ") + escaped(tree.conversation.model);
        return line.empty() ? std::string() : "<p class=\"about\">" + line + "</p>\n";
    }

    std::string message_html(const Tree& tree, std::size_t index, const std::vector<Place>& places) const {
        const Message& message = tree.messages[index].message;
        std::string html = "<article class=\"" + std::string(name_of(message.role)) + "\">\n<header><h2>" +
                           escaped(name_in(words_, message.role)) + "</h2>";
        if (const std::string note = place_note(tree, index, places, words_); !note.empty())
            html += " <span class=\"note\">" + std::to_string(places[index].number) + " (" + escaped(note) +
                    ")</span>";
        html += time_html(message.created_ms) + "</header>\n";
        if (!message.reasoning.empty())
            html += "<details class=\"reasoning\"><summary>" + escaped(reasoning_label(message, words_)) +
                    "</summary>\n<div>\n" + markdown_html(message.reasoning) + "</div></details>\n";
        // What a person typed stands as it was typed, as in the window.
        if (message.role == Role::user || message.role == Role::system)
            html += "<div class=\"plain\" dir=\"auto\">" + escaped(message.content) + "</div>\n";
        else
            html += markdown_html(message.content);
        if (const std::string note = end_note(message, words_); !note.empty())
            html += "<p class=\"note\">" + escaped(note) + "</p>\n";
        return html + "</article>\n";
    }

    Words words_;
    bool is_folded_ = false;
    bool is_first_ = true;
};

} // namespace

std::unique_ptr<storage::archive::Writer> html_writer(Words words) {
    return std::make_unique<HtmlWriter>(std::move(words));
}

} // namespace spoutnik::app
