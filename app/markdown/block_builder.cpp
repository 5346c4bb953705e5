// SPDX-License-Identifier: MIT
// From md4c's callbacks to blocks: containers are flattened into depths, spans become rich text.
#include "app/markdown/block_builder.h"

#include "app/markdown/formulas.h"
#include "app/markdown/lines.h"
#include "app/markdown/rich_text.h"

#include <md4c.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace spoutnik::app::markdown {
namespace {

constexpr std::string_view line_break = "<br/>";

std::string attribute_text(const MD_ATTRIBUTE& attribute) {
    std::string out;
    if (attribute.text == nullptr) return out;
    for (std::size_t i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
        const std::string_view part(attribute.text + attribute.substr_offsets[i],
                                    attribute.substr_offsets[i + 1] - attribute.substr_offsets[i]);
        out += attribute.substr_types[i] == MD_TEXT_ENTITY ? decoded_entity(part) : std::string(part);
    }
    return out;
}

/// Takes line breaks and spaces off both ends.
void trim_html(std::string& html) {
    while (true) {
        while (!html.empty() && (html.back() == ' ' || html.back() == '\n'))
            html.pop_back();
        if (!html.ends_with(line_break)) break;
        html.resize(html.size() - line_break.size());
    }
    std::string_view rest = html;
    while (true) {
        while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\n'))
            rest.remove_prefix(1);
        if (!rest.starts_with(line_break)) break;
        rest.remove_prefix(line_break.size());
    }
    html.erase(0, html.size() - rest.size());
}

/// Models write <br> for a line break inside a cell, where Markdown has none. The one tag that is honoured.
void honour_breaks(std::string& cell) {
    for (const std::string_view tag : {"&lt;br&gt;", "&lt;br/&gt;", "&lt;br /&gt;"})
        for (std::size_t at = cell.find(tag); at != std::string::npos; at = cell.find(tag, at)) {
            const std::size_t code = cell.rfind("<code>", at);
            if (code != std::string::npos && cell.find("</code>", code) > at) {
                at += tag.size();
            } else {
                cell.replace(at, tag.size(), line_break);
            }
        }
}

class Builder {
  public:
    explicit Builder(const std::vector<Formula>& formulas) : formulas_(formulas) {}

    std::vector<Block> take() {
        flush();
        return std::move(blocks_);
    }

    void enter_block(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
        case MD_BLOCK_QUOTE:
            leave_text();
            enter({Container::quote});
            break;
        case MD_BLOCK_UL:
            leave_text();
            enter_list({Container::bullets, static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight == 0});
            break;
        case MD_BLOCK_OL: {
            leave_text();
            const auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
            enter_list({Container::numbers, list->is_tight == 0, list->start, list->mark_delimiter});
            break;
        }
        case MD_BLOCK_LI:
            enter_item(*static_cast<MD_BLOCK_LI_DETAIL*>(detail));
            break;
        case MD_BLOCK_HR:
            leave_text();
            push(BlockKind::rule);
            break;
        case MD_BLOCK_H:
            leave_text();
            heading_level_ = static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
            break;
        case MD_BLOCK_CODE: {
            leave_text();
            Block& code = push(BlockKind::code);
            const std::string language = attribute_text(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang);
            code.language = restored(language, formulas_);
            in_code_ = true;
            break;
        }
        case MD_BLOCK_TABLE: {
            leave_text();
            const auto* table = static_cast<MD_BLOCK_TABLE_DETAIL*>(detail);
            push(BlockKind::table).columns.assign(table->col_count, Alignment::none);
            break;
        }
        case MD_BLOCK_TR:
            blocks_.back().rows.emplace_back();
            break;
        case MD_BLOCK_TH:
        case MD_BLOCK_TD:
            in_cell_ = true;
            if (type == MD_BLOCK_TH) align_column(static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align);
            break;
        default:
            flush();
            break; // a paragraph begins; its text follows
        }
    }

    void leave_block(MD_BLOCKTYPE type) {
        switch (type) {
        case MD_BLOCK_QUOTE:
        case MD_BLOCK_UL:
        case MD_BLOCK_OL:
            flush();
            containers_.pop_back();
            break;
        case MD_BLOCK_LI:
            leave_text();
            break;
        case MD_BLOCK_H: {
            Block& heading = push(BlockKind::heading);
            heading.level = std::exchange(heading_level_, 0);
            heading.html = taken_html();
            break;
        }
        case MD_BLOCK_CODE: {
            in_code_ = false;
            std::string& text = blocks_.back().text;
            text = restored(text, formulas_);
            if (text.ends_with('\n')) text.pop_back();
            break;
        }
        case MD_BLOCK_TH:
        case MD_BLOCK_TD: {
            std::string cell = taken_html();
            honour_breaks(cell);
            blocks_.back().rows.back().push_back(std::move(cell));
            in_cell_ = false;
            break;
        }
        case MD_BLOCK_P:
            flush();
            break;
        default:
            break;
        }
    }

    void enter_span(MD_SPANTYPE type, void* detail) {
        std::string open;
        std::string close;
        switch (type) {
        case MD_SPAN_EM:
            open = "<i>", close = "</i>";
            break;
        case MD_SPAN_STRONG:
            open = "<b>", close = "</b>";
            break;
        case MD_SPAN_DEL:
            open = "<s>", close = "</s>";
            break;
        case MD_SPAN_CODE:
            open = "<code>", close = "</code>";
            break;
        case MD_SPAN_A:
            enter_link(static_cast<MD_SPAN_A_DETAIL*>(detail)->href, open, close);
            break;
        case MD_SPAN_IMG:
            enter_link(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src, open, close);
            break;
        default:
            break;
        }
        html_ += open;
        spans_.push_back({type, std::move(close)});
    }

    // md4c 0.4.8 can report spans that overlap (an autolink inside a broken link): what is open inside the
    // one that ends is closed with it, and an end without a beginning is ignored.
    void leave_span(MD_SPANTYPE type) {
        const auto matches = [type](const Span& span) { return span.type == type; };
        if (std::none_of(spans_.begin(), spans_.end(), matches)) return;
        while (!matches(spans_.back()))
            close_span();
        close_span();
    }

    void text(MD_TEXTTYPE type, std::string_view text) {
        if (in_code_) {
            blocks_.back().text += text;
            return;
        }
        switch (type) {
        case MD_TEXT_NULLCHAR:
            html_ += "\xEF\xBF\xBD";
            break;
        case MD_TEXT_BR:
        case MD_TEXT_SOFTBR:
            html_ += line_break;
            break;
        case MD_TEXT_ENTITY:
            html_ += text;
            break;
        case MD_TEXT_CODE:
            append_code(restored(text, formulas_));
            break;
        default:
            append_text(text);
            break;
        }
    }

  private:
    struct Span {
        MD_SPANTYPE type;
        std::string close;
    };

    struct Container {
        enum Type { quote, bullets, numbers };
        Type type;
        bool is_loose = false; ///< this list or one around it
        unsigned next_number = 0;
        char delimiter = '.';
        // Counted with this one, so that deep nesting costs nothing.
        int quotes = 0;
        int lists = 0;
        int lists_around_quote = 0;
    };

    int quotes() const { return containers_.empty() ? 0 : containers_.back().quotes; }
    int lists() const { return containers_.empty() ? 0 : containers_.back().lists; }
    /// Lists outside the innermost quotation: an item's depth counts from there.
    int lists_around_quote() const { return containers_.empty() ? 0 : containers_.back().lists_around_quote; }

    void enter(Container container) {
        container.quotes = quotes() + (container.type == Container::quote ? 1 : 0);
        container.lists = lists() + (container.type == Container::quote ? 0 : 1);
        container.lists_around_quote = container.type == Container::quote ? lists() : lists_around_quote();
        container.is_loose = container.is_loose || (!containers_.empty() && containers_.back().is_loose);
        containers_.push_back(container);
    }

    void close_span() {
        const Span span = std::move(spans_.back());
        spans_.pop_back();
        if ((span.type == MD_SPAN_A || span.type == MD_SPAN_IMG) && !span.close.empty()) {
            // A picture or a link without words shows where it is.
            if (html_.size() == link_text_begin_) html_ += link_address_;
            in_link_ = false;
        }
        html_ += span.close;
    }

    Block& push(BlockKind kind) {
        Block block;
        block.kind = kind;
        block.quote_depth = quotes();
        block.indent = kind == BlockKind::list ? lists_around_quote() : lists();
        blocks_.push_back(std::move(block));
        return blocks_.back();
    }

    void enter_list(Container list) {
        if (lists() == lists_around_quote()) begins_list_ = true;
        enter(list);
    }

    void enter_item(const MD_BLOCK_LI_DETAIL& detail) {
        Container& list = containers_.back();
        ListItem item;
        item.depth = lists() - lists_around_quote() - 1;
        item.marker =
            list.type == Container::numbers ? std::to_string(list.next_number++) + list.delimiter : "•";
        if (detail.is_task != 0)
            item.check = detail.task_mark == ' ' ? ListItem::Check::open : ListItem::Check::done;
        pending_item_ = std::move(item);
    }

    std::string taken_html() {
        while (!spans_.empty())
            close_span();
        std::string html = std::exchange(html_, {});
        trim_html(html);
        return html;
    }

    /// Ends the text before another block; a list item without text of its own still has its marker.
    void leave_text() {
        flush();
        if (pending_item_) push_item({});
    }

    void flush() {
        std::string html = taken_html();
        if (html.empty()) return;
        if (lists() > lists_around_quote()) {
            push_item(std::move(html));
        } else {
            push(quotes() > 0 ? BlockKind::quote : BlockKind::paragraph).html = std::move(html);
        }
    }

    void push_item(std::string html) {
        ListItem item = pending_item_ ? *std::exchange(pending_item_, std::nullopt) : ListItem{};
        if (item.marker.empty()) item.depth = lists() - lists_around_quote() - 1;
        item.html = std::move(html);
        const bool continues = !begins_list_ && !blocks_.empty() && blocks_.back().kind == BlockKind::list &&
                               blocks_.back().quote_depth == quotes();
        Block& list = continues ? blocks_.back() : push(BlockKind::list);
        begins_list_ = false;
        list.loose = list.loose || (!containers_.empty() && containers_.back().is_loose);
        list.items.push_back(std::move(item));
    }

    void align_column(MD_ALIGN align) {
        Block& table = blocks_.back();
        const std::size_t column = table.rows.back().size();
        if (column >= table.columns.size()) return;
        table.columns[column] = align == MD_ALIGN_LEFT     ? Alignment::left
                                : align == MD_ALIGN_CENTER ? Alignment::center
                                : align == MD_ALIGN_RIGHT  ? Alignment::right
                                                           : Alignment::none;
    }

    void enter_link(const MD_ATTRIBUTE& attribute, std::string& open, std::string& close) {
        if (in_link_) return; // a picture inside a link is its words
        link_address_ = safe_address(restored(attribute_text(attribute), formulas_));
        if (link_address_.empty()) return;
        in_link_ = true;
        open = "<a href=\"" + link_address_ + "\">";
        close = "</a>";
        link_text_begin_ = html_.size() + open.size();
    }

    void append_text(std::string_view text) {
        while (!text.empty()) {
            std::size_t next = 0;
            Placeholder place;
            for (; next < text.size(); ++next) {
                if (text[next] != '\xEF') continue;
                place = placeholder_at(text.substr(next));
                if (place.length > 0 && place.formula < formulas_.size()) break;
                place = {};
            }
            append_escaped(html_,
                           in_link_ ? without_bidi_controls(text.substr(0, next)) : text.substr(0, next));
            text.remove_prefix(next);
            if (place.length == 0) continue;
            append_formula(formulas_[place.formula]);
            text.remove_prefix(place.length);
        }
    }

    /// In a cell even code writes a bar as \|.
    void append_code(std::string code) {
        if (in_cell_)
            for (std::size_t at = code.find("\\|"); at != std::string::npos; at = code.find("\\|", at))
                code.erase(at, 1);
        append_escaped(html_, code);
    }

    void append_formula(const Formula& formula) {
        if (formula.is_display && spans_.empty() && heading_level_ == 0 && !in_cell_) {
            leave_text();
            Block& math = push(BlockKind::math);
            math.text = formula.tex;
            math.open = formula.is_open;
            return;
        }
        html_ += "<span class=\"math\">";
        append_escaped(html_, formula.tex);
        html_ += "</span>";
    }

    const std::vector<Formula>& formulas_;
    std::vector<Block> blocks_;
    std::vector<Container> containers_;
    std::optional<ListItem> pending_item_;
    bool begins_list_ = false;
    std::string html_;
    std::vector<Span> spans_;
    bool in_link_ = false;
    std::size_t link_text_begin_ = 0;
    std::string link_address_;
    int heading_level_ = 0;
    bool in_code_ = false;
    bool in_cell_ = false;
};

} // namespace

std::vector<Block> build_blocks(std::string_view piece, bool is_live) {
    const Extracted extracted = extract_formulas(piece, is_live);
    Builder builder(extracted.formulas);
    MD_PARSER parser{};
    parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEAUTOLINKS |
                   MD_FLAG_NOHTML | MD_FLAG_NOINDENTEDCODEBLOCKS;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
        static_cast<Builder*>(self)->enter_block(type, detail);
        return 0;
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void* /*detail*/, void* self) {
        static_cast<Builder*>(self)->leave_block(type);
        return 0;
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) {
        static_cast<Builder*>(self)->enter_span(type, detail);
        return 0;
    };
    parser.leave_span = [](MD_SPANTYPE type, void* /*detail*/, void* self) {
        static_cast<Builder*>(self)->leave_span(type);
        return 0;
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
        static_cast<Builder*>(self)->text(type, {text, size});
        return 0;
    };
    md_parse(extracted.text.data(), static_cast<MD_SIZE>(extracted.text.size()), &parser, &builder);
    return builder.take();
}

} // namespace spoutnik::app::markdown
