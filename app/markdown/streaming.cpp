// SPDX-License-Identifier: MIT
// Cuts a growing text into pieces that stand alone - a block, a list item, a table row, a line of a fence -
// and parses each once; only the piece at the end is parsed again. The cuts depend on whole lines alone, so
// the result is the same however the text arrived.
#include "app/markdown/block_builder.h"
#include "app/markdown/formulas.h"
#include "app/markdown/lines.h"
#include "app/markdown/markdown.h"

#include <algorithm>
#include <optional>

namespace spoutnik::app {
namespace {

using namespace markdown;

/// No piece grows beyond this, and no line: a hostile text costs no more than a long one.
constexpr std::size_t max_piece = 32768;

} // namespace

struct StreamingMarkdown::Impl {
    /// What the text since `start` is the beginning of.
    enum class Piece { nothing, text, list, table, fence };

    std::string source;
    std::vector<Block> blocks;
    std::size_t parsed = 0;

    // Where the cutting stands. Everything before `start` is settled in blocks[0 .. settled).
    std::size_t start = 0; ///< of the unfinished piece
    std::size_t line = 0;  ///< of the first line that is not whole
    Piece piece = Piece::nothing;
    int lines_in_piece = 0;
    bool after_blank = false;
    bool in_formula = false;
    bool is_quote = false;       ///< text: begins with '>'
    std::string head;            ///< table: its first two lines; text: its first line
    char list_type = 0;          ///< list: its marker
    bool continues_list = false; ///< the piece is a further item of the list before it
    bool stands_apart = false;   ///< ... behind a blank line
    long list_number = 0;        ///< of the list's last item
    std::optional<Fence> fence;  ///< the open fence: the piece itself, or one inside a list item
    std::size_t code_size = 0;   ///< fence: bytes of the block's text that come from whole lines
    std::size_t code_lines = 0;

    // How far blocks are settled, so that what was shown of the unfinished piece can be taken back.
    std::size_t settled = 0;
    std::size_t settled_items = 0;
    std::size_t settled_rows = 0;
    bool settled_loose = false;
    bool finished = false;

    static bool is_outer_list(const Block& block) {
        return block.kind == BlockKind::list && block.quote_depth == 0 && block.indent == 0;
    }

    bool last_may_grow() const {
        if (settled == 0) return false;
        if (piece == Piece::list) return continues_list && is_outer_list(blocks[settled - 1]);
        return piece == Piece::table || piece == Piece::fence;
    }

    void feed(std::string_view text) {
        take_back();
        source += text;
        take_lines();
    }

    void take_back() {
        blocks.resize(settled);
        if (settled == 0) return;
        Block& last = blocks.back();
        last.open = false;
        if (last.kind == BlockKind::list) {
            last.items.resize(settled_items);
            last.loose = settled_loose;
        } else if (last.kind == BlockKind::table) {
            last.rows.resize(settled_rows);
        } else if (piece == Piece::fence) {
            last.text.resize(code_size);
        }
    }

    void note_settled() {
        settled = blocks.size();
        if (settled == 0) return;
        settled_items = blocks.back().items.size();
        settled_rows = blocks.back().rows.size();
        settled_loose = blocks.back().loose;
    }

    void take_lines() {
        while (line < source.size()) {
            const std::size_t end = source.find('\n', line);
            const std::size_t length = std::min(end, source.size()) - line;
            if (length > max_piece) {
                std::size_t cut = line + max_piece;
                while (cut > line && (static_cast<unsigned char>(source[cut]) & 0xC0U) == 0x80U)
                    --cut;
                take_line(cut == line ? line + max_piece : cut);
            } else if (end != std::string::npos) {
                take_line(end + 1);
            } else {
                return;
            }
        }
    }

    /// The line from `line` to `next` (behind its newline) is whole.
    void take_line(std::size_t next) {
        std::string_view text(source.data() + line, next - line);
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        switch (piece) {
        case Piece::fence:
            line_of_fence(text, next);
            break;
        case Piece::table:
            line_of_table(text, next);
            break;
        case Piece::text:
            line_of_text(text, next);
            break;
        case Piece::list:
            line_of_list(text, next);
            break;
        case Piece::nothing:
            begin(text, next);
            break;
        }
        line = next;
        if (piece != Piece::nothing && piece != Piece::fence && next - start >= max_piece) settle(next);
    }

    /// A line that begins a piece.
    void begin(std::string_view text, std::size_t next) {
        start = line;
        lines_in_piece = 1;
        after_blank = false;
        in_formula = false;
        if (is_blank(text)) return void(start = next);
        if (const auto opened = opening_fence(text); opened && opened->indent <= 3)
            return begin_fence(*opened, next);
        if (is_heading(text) || is_rule(text)) {
            piece = Piece::text;
            return settle(next);
        }
        if (const auto marker = list_marker(text); marker && marker->indent <= 3)
            return begin_item(*marker, text, false);
        piece = Piece::text;
        is_quote = trimmed(text).starts_with('>');
        head = text;
        in_formula = stays_in_formula(text, false);
    }

    void begin_item(const ListMarker& marker, std::string_view text, bool continues) {
        piece = Piece::list;
        lines_in_piece = 1;
        continues_list = continues;
        stands_apart = continues && after_blank;
        list_type = marker.type;
        list_number = continues ? list_number + 1 : marker.number;
        after_blank = false;
        note_fence_or_formula(text);
    }

    /// Inside an item: a fence may open on a line of its own or behind a marker.
    void note_fence_or_formula(std::string_view text) {
        std::string_view body = trimmed(text);
        while (true) {
            const auto marker = list_marker(body);
            if (!marker || !marker->has_content) break;
            body = trimmed(body.substr(body.find_first_of(" \t")));
        }
        fence = opening_fence(body);
        if (fence) {
            fence->indent = indent_of(text) + static_cast<std::size_t>(body.data() - trimmed(text).data());
            fence->info = {}; // a view into a string that grows
        }
        in_formula = !fence && stays_in_formula(text, false);
    }

    void begin_fence(const Fence& opened, std::size_t next) {
        piece = Piece::fence;
        fence = opened;
        Block block;
        block.kind = BlockKind::code;
        block.language = opened.info.substr(0, opened.info.find_first_of(" \t"));
        fence->info = {}; // a view into a string that grows
        blocks.push_back(std::move(block));
        code_size = 0;
        code_lines = 0;
        start = next;
        note_settled();
    }

    std::string_view without_fence_indent(std::string_view text) const {
        std::size_t spaces = 0;
        while (spaces < fence->indent && spaces < text.size() && text[spaces] == ' ')
            ++spaces;
        return text.substr(spaces);
    }

    void line_of_fence(std::string_view text, std::size_t next) {
        parsed += next - line;
        if (closes(*fence, text)) {
            fence.reset();
            piece = Piece::nothing;
        } else {
            std::string& code = blocks.back().text;
            if (code_lines++ > 0) code += '\n';
            code += without_fence_indent(text);
            code_size = code.size();
        }
        start = next;
    }

    /// Other blocks that end a paragraph, an item or a table without a blank line between.
    bool interrupts(std::string_view text) const {
        if (indent_of(text) > 3) return false;
        if (opening_fence(text) || is_heading(text) || is_rule(text)) return true;
        if (!is_quote && trimmed(text).starts_with('>')) return true;
        if (piece != Piece::table && !is_quote && begins_with_pipe(text) &&
            !begins_with_pipe(previous_line()))
            return true;
        const auto marker = list_marker(text);
        return marker && marker->has_content &&
               ((marker->type != '.' && marker->type != ')') || marker->number == 1);
    }

    void line_of_text(std::string_view text, std::size_t next) {
        if (is_blank(text)) return settle(next);
        if (in_formula) {
            in_formula = stays_in_formula(text, true);
            ++lines_in_piece;
            return;
        }
        if (lines_in_piece == 1 && !is_quote && head.find('|') != std::string::npos &&
            is_delimiter_row(text)) {
            const std::string two_lines = head + "\n" + std::string(text) + "\n";
            parsed += two_lines.size();
            std::vector<Block> table = build_blocks(two_lines, false);
            if (table.size() == 1 && table[0].kind == BlockKind::table) {
                blocks.push_back(std::move(table[0]));
                head = two_lines;
                piece = Piece::table;
                start = next;
                return note_settled();
            }
        }
        if (!is_quote && is_setext_underline(text)) return settle(next);
        if (interrupts(text)) {
            settle(line);
            return begin(text, next);
        }
        ++lines_in_piece;
        in_formula = stays_in_formula(text, false);
    }

    /// The line of the piece before the current one; empty at its beginning.
    std::string_view previous_line() const {
        if (line <= start) return {};
        const std::string_view before = std::string_view(source).substr(start, line - 1 - start);
        return before.substr(before.rfind('\n') + 1); // npos + 1 == 0
    }

    void line_of_table(std::string_view text, std::size_t next) {
        is_quote = false;
        if (is_blank(text)) {
            piece = Piece::nothing;
            start = next;
            return;
        }
        // Unlike GitHub's tables: models go on with a sentence right below one.
        if (interrupts(text) || text.find('|') == std::string_view::npos) {
            piece = Piece::nothing;
            return begin(text, next);
        }
        add_row(text, false);
        note_settled();
        start = next;
    }

    void add_row(std::string_view text, bool is_live) {
        const std::string rows = head + std::string(text) + "\n";
        parsed += rows.size();
        std::vector<Block> table = build_blocks(rows, is_live);
        if (table.size() == 1 && table[0].kind == BlockKind::table && table[0].rows.size() == 2)
            blocks.back().rows.push_back(std::move(table[0].rows[1]));
    }

    void line_of_list(std::string_view text, std::size_t next) {
        is_quote = false;
        if (is_blank(text)) {
            after_blank = true;
            in_formula = false;
            return;
        }
        const bool is_inside = indent_of(text) >= 2;
        if (fence && is_inside) {
            if (closes(*fence, text)) fence.reset();
            after_blank = false;
            return;
        }
        fence.reset(); // a line outside the item ends it, and the fence within
        if (in_formula) {
            in_formula = stays_in_formula(text, true);
            return;
        }
        if (is_inside) {
            after_blank = false;
            return note_fence_or_formula(text);
        }
        const auto marker = list_marker(text);
        if (marker && !is_rule(text)) {
            const bool continues = marker->type == list_type;
            const bool apart = after_blank;
            settle(line);
            start = line;
            after_blank = apart;
            return begin_item(*marker, text, continues);
        }
        if (after_blank || interrupts(text)) {
            settle(line);
            return begin(text, next);
        }
        in_formula = stays_in_formula(text, false); // a lazy line of the item's paragraph
    }

    /// The piece ends at `end`: its blocks stay as they are.
    void settle(std::size_t end) {
        show(std::string_view(source).substr(start, end - start), false);
        note_settled();
        start = end;
        piece = Piece::nothing;
        fence.reset();
        lines_in_piece = 0;
        after_blank = false;
        in_formula = false;
    }

    /// Parses a piece and adds its blocks, a further item to the list it belongs to.
    void show(std::string_view text, bool is_live) {
        if (is_blank(text)) return;
        parsed += text.size();
        std::vector<Block> made = build_blocks(text, is_live);
        if (piece == Piece::list && continues_list) join_list(made);
        for (Block& block : made)
            blocks.push_back(std::move(block));
    }

    void join_list(std::vector<Block>& made) {
        if (made.empty() || made.front().kind != BlockKind::list || made.front().items.empty()) return;
        Block& more = made.front();
        if (list_type == '.' || list_type == ')') {
            long number = list_number;
            for (ListItem& item : more.items)
                if (item.depth == 0 && item.marker.ends_with(list_type))
                    item.marker = std::to_string(number++) + list_type;
        }
        if (blocks.empty() || !is_outer_list(blocks.back()) || !is_outer_list(more)) return;
        Block& list = blocks.back();
        list.loose = list.loose || more.loose || stands_apart;
        std::move(more.items.begin(), more.items.end(), std::back_inserter(list.items));
        made.erase(made.begin());
    }

    // The unfinished piece as far as it can be told.

    void show_rest() {
        std::string_view rest = std::string_view(source).substr(start);
        const std::string_view partial = std::string_view(source).substr(line);
        if (piece == Piece::fence) {
            show_partial_code(partial);
        } else if (piece == Piece::table) {
            show_partial_row(partial);
        } else if (fence && is_within_item(partial)) {
            if (may_close(*fence, partial)) rest.remove_suffix(partial.size());
            show(rest, true);
        } else if (const std::string table = as_table(rest); !table.empty()) {
            show(table, true);
        } else {
            if (is_undecided(partial)) rest.remove_suffix(partial.size());
            show(rest, true);
        }
        if (blocks.size() > settled || last_may_grow()) blocks.back().open = true;
    }

    static bool is_within_item(std::string_view partial) {
        return is_blank(partial) || indent_of(partial) >= 2;
    }

    void show_partial_row(std::string_view partial) {
        if (is_blank(partial) || is_undecided(partial)) return;
        if (interrupts(partial) || partial.find('|') == std::string_view::npos) {
            show(partial, true);
        } else {
            add_row(partial, true);
        }
    }

    void show_partial_code(std::string_view partial) {
        if (partial.empty() || may_close(*fence, partial)) return;
        std::string& shown = blocks.back().text;
        if (code_lines > 0) shown += '\n';
        shown += without_fence_indent(partial);
    }

    /// The head of a table before its second line is whole, completed; empty when it is none.
    static std::string as_table(std::string_view rest) {
        if (!begins_with_pipe(rest)) return {};
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view first = rest.substr(0, end);
        const std::string_view second = end < rest.size() ? rest.substr(end + 1) : std::string_view();
        if (std::count(first.begin(), first.end(), '|') < 2 ||
            second.find_first_not_of("|:- \t\r") != std::string_view::npos)
            return {};
        return std::string(first) + "\n" + delimiter_row_for(first) + "\n";
    }
};

StreamingMarkdown::StreamingMarkdown() : impl_(std::make_unique<Impl>()) {
}
StreamingMarkdown::~StreamingMarkdown() = default;
StreamingMarkdown::StreamingMarkdown(StreamingMarkdown&&) noexcept = default;
StreamingMarkdown& StreamingMarkdown::operator=(StreamingMarkdown&&) noexcept = default;

void StreamingMarkdown::append(std::string_view text) {
    impl_->feed(text);
    impl_->show_rest();
}

void StreamingMarkdown::finish() {
    if (impl_->finished) return;
    impl_->finished = true;
    impl_->take_back();
    if (impl_->line < impl_->source.size()) impl_->take_line(impl_->source.size());
    if (impl_->piece == Impl::Piece::text || impl_->piece == Impl::Piece::list)
        impl_->settle(impl_->source.size());
    impl_->piece = Impl::Piece::nothing;
    impl_->note_settled();
}

void StreamingMarkdown::clear() {
    *impl_ = Impl{};
}

const std::vector<Block>& StreamingMarkdown::blocks() const {
    return impl_->blocks;
}

std::size_t StreamingMarkdown::stable_count() const {
    return impl_->settled - (impl_->last_may_grow() ? 1 : 0);
}

const std::string& StreamingMarkdown::source() const {
    return impl_->source;
}

std::size_t StreamingMarkdown::parsed_bytes() const {
    return impl_->parsed;
}

std::vector<Block> parse_markdown(std::string_view text) {
    StreamingMarkdown whole;
    whole.append(text);
    whole.finish();
    return whole.blocks();
}

} // namespace spoutnik::app
