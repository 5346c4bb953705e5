// SPDX-License-Identifier: MIT
#include "app/export/document_writers.h"
#include "app/export/page_flow.h"
#include "app/markdown/markdown.h"
#include "app/markdown/tex.h"
#include "storage/archive/timestamp.h"

#include <algorithm>
#include <optional>

namespace spoutnik::app {

namespace {

using storage::Message;
using storage::Role;
using storage::Tree;
using storage::archive::Place;
using storage::archive::places_of;
using storage::archive::Words;

constexpr double body_size = 10;
constexpr double indent_width = 16;
constexpr Rgb quiet{0.35, 0.38, 0.42};
/// A layout of a whole long listing would be kept in memory at once.
constexpr std::size_t lines_a_layout = 40;

/// The place where a formula will be drawn; its source where that cannot be read.
std::string formula_text(const std::string& tex) {
    return parse_tex(tex) ? drawn_formula : tex;
}

RichText rich(const std::string& html) {
    return read_rich_text(html, formula_text);
}

class PdfWriter : public storage::archive::Writer {
  public:
    explicit PdfWriter(Words words) : words_(std::move(words)) {}

    std::string begin(std::size_t count) override {
        count_ = count;
        return {};
    }

    std::string add(const Tree& tree) override {
        const std::string title = title_of(tree, words_);
        if (is_first_) {
            page_.set_title(count_ == 1 ? title : words_.contents);
            // The file says when the conversation was, not when it was written down: the same bytes each
            // time.
            const std::string date =
                storage::archive::iso_time(std::max<storage::TimeMs>(tree.conversation.updated_ms, 1000));
            page_.set_date(date);
        } else {
            page_.new_page();
        }
        is_first_ = false;
        page_.add_outline(title);
        TextStyle heading;
        heading.size = 17;
        heading.is_bold = true;
        page_.paragraph({title, {}}, heading);
        add_about(tree);
        const auto places = places_of(tree);
        for (std::size_t i = 0; i < tree.messages.size(); ++i)
            add_message(tree, i, places);
        return page_.take();
    }

    std::string end() override {
        page_.finish();
        return page_.take();
    }

  private:
    void add_about(const Tree& tree) {
        std::string line = storage::archive::readable_time(tree.conversation.created_ms);
        if (!line.empty()) line += " UTC";
        if (!tree.conversation.model.empty()) line += (line.empty() ? "" : ", ") + tree.conversation.model;
        if (!line.empty()) add_note(line, 0);
    }

    void add_note(const std::string& text, double indent) {
        TextStyle style;
        style.size = 8.5;
        style.color = quiet;
        style.indent = indent;
        page_.paragraph({text, {}}, style);
    }

    void add_message(const Tree& tree, std::size_t index, const std::vector<Place>& places) {
        const Message& message = tree.messages[index].message;
        page_.space(8);
        page_.keep(44); // a name does not stand alone at the end of a page
        TextStyle name;
        name.is_bold = true;
        name.size = 11;
        name.space_after = 3;
        std::string label = name_in(words_, message.role);
        if (const std::string note = place_note(tree, index, places, words_); !note.empty())
            label += "  " + std::to_string(places[index].number) + " (" + note + ')';
        page_.paragraph({label, {}}, name);
        if (!message.reasoning.empty()) {
            TextStyle style;
            style.size = 8.5;
            style.color = quiet;
            style.indent = 12;
            style.bar = 2;
            TextStyle head = style;
            head.is_bold = true;
            page_.paragraph({reasoning_label(message, words_), {}}, head);
            add_markdown(message.reasoning, style);
            page_.space(4);
        }
        TextStyle style;
        style.size = body_size;
        if (message.role == Role::user || message.role == Role::system) {
            style.panel = true;
            add_lines(message.content, style);
        } else {
            add_markdown(message.content, style);
        }
        if (const std::string note = storage::archive::end_note(message, words_); !note.empty())
            add_note(note, 0);
    }

    /// Text as it stands, in pieces of some lines.
    void add_lines(const std::string& text, const TextStyle& style) {
        TextStyle piece_style = style;
        piece_style.space_after = 0;
        std::string_view rest = text;
        while (!rest.empty()) {
            std::size_t end = 0;
            for (std::size_t lines = 0; lines < lines_a_layout && end < rest.size(); ++lines)
                end = std::min(rest.find('\n', end), rest.size() - 1) + 1;
            std::string piece(rest.substr(0, end));
            rest.remove_prefix(end);
            if (piece.ends_with('\n')) piece.pop_back();
            page_.paragraph({std::move(piece), {}}, piece_style);
        }
        page_.space(style.space_after);
    }

    void add_markdown(const std::string& text, const TextStyle& base) {
        for (const Block& block : parse_markdown(text)) {
            TextStyle style = base;
            style.indent += indent_width * std::min(block.indent + block.quote_depth, 8);
            if (block.quote_depth > 0) {
                style.bar = style.indent - 9;
                style.color = quiet;
            }
            add_block(block, style);
        }
    }

    void add_block(const Block& block, TextStyle style) {
        switch (block.kind) {
        case BlockKind::paragraph:
        case BlockKind::quote:
            page_.paragraph(rich(block.html), style);
            break;
        case BlockKind::heading:
            style.is_bold = true;
            style.size *= block.level <= 1 ? 1.4 : block.level == 2 ? 1.25 : block.level == 3 ? 1.1 : 1.0;
            page_.space(4);
            page_.keep(36);
            page_.paragraph(rich(block.html), style);
            break;
        case BlockKind::code:
            style.is_code = true;
            style.panel = true;
            style.size *= 0.88;
            if (!block.language.empty()) add_note(block.language, style.indent);
            add_lines(block.text.empty() ? std::string(" ") : block.text, style);
            break;
        case BlockKind::table:
            add_table(block, style);
            break;
        case BlockKind::list:
            for (const ListItem& item : block.items)
                add_item(item, style);
            page_.space(3);
            break;
        case BlockKind::rule:
            page_.rule();
            break;
        case BlockKind::math:
            if (const std::optional<TexNode> formula = parse_tex(block.text)) {
                page_.formula(*formula, style);
            } else {
                style.is_centered = true;
                style.is_code = true;
                page_.paragraph({block.text, {}}, style);
            }
            break;
        }
    }

    void add_item(const ListItem& item, TextStyle style) {
        style.indent += indent_width * (std::min(item.depth, 8) + 1);
        style.space_after = 2;
        const std::string marker = item.check == ListItem::Check::done   ? "☑"
                                   : item.check == ListItem::Check::open ? "☐"
                                                                         : item.marker;
        if (!marker.empty()) page_.marker(marker, style);
        page_.paragraph(rich(item.html), style);
    }

    void add_table(const Block& block, const TextStyle& style) {
        std::vector<TextStyle> columns(block.columns.size(), style);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i].size = style.size * 0.92;
            columns[i].is_centered = block.columns[i] == Alignment::center;
            columns[i].is_right = block.columns[i] == Alignment::right;
        }
        std::vector<std::vector<RichText>> rows;
        for (const auto& cells : block.rows) {
            rows.emplace_back();
            for (const std::string& cell : cells)
                rows.back().push_back(rich(cell));
        }
        page_.table(rows, columns, style.indent);
    }

    Words words_;
    PageFlow page_;
    std::size_t count_ = 1;
    bool is_first_ = true;
};

} // namespace

std::unique_ptr<storage::archive::Writer> pdf_writer(Words words) {
    return std::make_unique<PdfWriter>(std::move(words));
}

} // namespace spoutnik::app
