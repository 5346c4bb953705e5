// SPDX-License-Identifier: MIT
// Markdown of an answer as a list of typed blocks, parsed while it streams. Plain C++: models for QML wrap
// it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app {

/// Rich text, wherever it says so below, is the small HTML that Qt Quick's `Text.RichText` shows:
/// <b> <i> <s> <code> <a href> <br/> and <span class="math">TeX source</span>, everything else escaped. Style
/// it with a sheet in front, e.g. "<style>code { white-space: pre-wrap; font-family: ... }</style>".
/// - HTML the model wrote appears as text; an image as a link with its alternative text, never fetched.
/// - Links are http, https or mailto, without control and bidirectional-override characters; others are text.
/// - A single line break in the source is shown as one: models break lines on purpose.
enum class BlockKind {
    paragraph, ///< html
    heading,   ///< html, level
    code,      ///< text verbatim, without its last newline; language
    table,     ///< rows, columns
    quote,     ///< html: a paragraph inside a quotation, quote_depth >= 1
    list,      ///< items
    rule,      ///< a horizontal line
    math       ///< text: TeX of a displayed formula, without its delimiters
};

enum class Alignment { none, left, center, right };

struct ListItem {
    enum class Check { none, open, done };

    int depth = 0;             ///< 0 for the outermost list
    std::string marker;        ///< "•" or "3." as to be shown; empty: another paragraph of the item above
    Check check = Check::none; ///< a task's box, in place of the marker
    std::string html;          ///< rich text

    bool operator==(const ListItem&) const = default;
};

struct Block {
    BlockKind kind = BlockKind::paragraph;
    int level = 0;       ///< heading: 1 to 6
    int quote_depth = 0; ///< quotations around the block, whatever its kind
    int indent = 0;      ///< list levels around a block inside a list item (code, math, table, quote)
    std::string html;
    std::string text;
    std::string language; ///< code: first word of the fence's info, "" when none
    std::vector<std::vector<std::string>>
        rows;                       ///< table: cells in rich text, all rows as wide as the head, rows[0]
    std::vector<Alignment> columns; ///< table
    std::vector<ListItem> items;    ///< list
    bool loose = false;             ///< list: items stand apart
    /// Still being written: an unclosed fence or formula, or the block at the end of the stream.
    bool open = false;

    bool operator==(const Block&) const = default;
};

/// All of a finished text at once.
std::vector<Block> parse_markdown(std::string_view text);

/// A text that grows. Blocks before stable_count() never change again; the others may at each append.
/// Each append parses again only what follows the last settled piece (block, list item, table row or line of
/// a fence), so that a long answer costs linear time.
class StreamingMarkdown {
  public:
    StreamingMarkdown();
    ~StreamingMarkdown();
    StreamingMarkdown(StreamingMarkdown&&) noexcept;
    StreamingMarkdown& operator=(StreamingMarkdown&&) noexcept;

    /// UTF-8; characters are not split between two calls. Must not follow finish().
    void append(std::string_view text);
    /// Nothing more will come: what was left open is read as it stands, and blocks() equals parse_markdown of
    /// the whole text.
    void finish();
    void clear();

    const std::vector<Block>& blocks() const;
    std::size_t stable_count() const;
    /// All the text appended so far.
    const std::string& source() const;
    /// Bytes handed to the Markdown parser so far: for tests of the cost.
    std::size_t parsed_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spoutnik::app
