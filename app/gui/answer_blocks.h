// SPDX-License-Identifier: MIT
// An answer as the blocks that are drawn: its reasoning, then its Markdown. Keeps what a streaming answer has
// settled, so that each batch of text costs only the end of it.
#pragma once

#include "app/gui/view_block.h"
#include "app/markdown/markdown.h"
#include "storage/conversations.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace spoutnik::app {

class AnswerBlocks {
  public:
    /// The blocks of this state of the message.
    std::vector<ViewBlock> of(const storage::Message& message);

  private:
    void read(const storage::Message& message);

    std::unique_ptr<StreamingMarkdown> stream_; ///< while the answer streams
    std::vector<ViewBlock> settled_;            ///< of the stream's stable blocks
    std::size_t settled_count_ = 0;             ///< stable blocks they were made of
};

/// An answer to be pasted where Markdown means nothing: reasoning left out.
QString plain_text_of(const std::vector<ViewBlock>& blocks);

/// A table (cells as rich text) as RFC 4180 wants it: commas, CRLF, quotes where a cell needs them.
QString csv_of(const QList<QStringList>& rows);

/// One block of Markdown as it is drawn: a list becomes a block an item.
void append_view_blocks(const Block& block, std::vector<ViewBlock>& out);

} // namespace spoutnik::app
