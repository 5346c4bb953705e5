// SPDX-License-Identifier: MIT
// Conversations of other programs, and Spoutnik's own files, into the database.
#pragma once

#include "storage/archive/omissions.h"
#include "storage/conversations.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage::archive {

/// Told before each conversation of a file: how many were read, of how many. What it throws ends the reading.
using Progress = std::function<void(std::size_t read, std::size_t all)>;

/// Reads a file's text, whatever its bytes. Its format is recognised by content: ChatGPT's, DeepSeek's and
/// Open WebUI's arrays (each conversation by itself), a conversation of LM Studio, Spoutnik's own JSON. Gives
/// each conversation that could be read, as a numbered tree; what could not is counted. Throws Error(invalid)
/// where the text holds no conversation of any format, Error(newer_schema) for a later version of our own.
void read_conversations(std::string_view text, const std::function<void(Tree)>& take, Omissions& omissions,
                        const Progress& progress = {});

struct ImportReport {
    std::int64_t conversations = 0; ///< new ones
    std::int64_t messages = 0;
    std::int64_t branches = 0;     ///< ends of branches in them
    std::int64_t already_here = 0; ///< from the same source, or of the same uuid: left as they are
    std::map<std::string, std::int64_t> formats; ///< conversations of each: "chatgpt", "spoutnik" ...
    Omissions omissions;
};

/// Conversations that come in together, in one transaction: enough that syncing the disk is not what takes
/// the time, few enough that other writers don't wait long for their turn.
class ImportBatch {
  public:
    void add(Tree tree);
    bool is_full() const;
    bool is_empty() const { return trees_.empty(); }
    /// Adds those that are not here yet to the database, and the report; empty afterwards.
    void insert_into(Conversations& conversations, ImportReport& report);

  private:
    std::vector<Tree> trees_;
    std::size_t bytes_ = 0;
};

/// Adds a file's conversations to the database, a batch at a time. What was added before a failure stays: an
/// import can be repeated, since each conversation comes in once.
ImportReport import_text(Conversations& conversations, std::string_view text);

} // namespace spoutnik::storage::archive
