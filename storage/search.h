// SPDX-License-Identifier: MIT
#pragma once

#include "storage/conversations.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

/// Bytes [begin, end) of a snippet.
struct ByteRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool operator==(const ByteRange&) const = default;
};

struct SearchHit {
    enum class Where { title, content, reasoning };
    Where where = Where::content;
    ConversationId conversation = 0;
    std::string conversation_title;
    std::optional<MessageId> message; ///< none for a title
    Role role = Role::user;
    TimeMs created_ms = 0; ///< of the message; of the last update for a title
    std::string snippet;   ///< one line of the original text around the first hit, "…" where it was cut
    std::vector<ByteRange> hits; ///< what to highlight in `snippet`, in order, on character borders
};

/// Searches titles and messages of every branch, reasoning included, without regard to case, diacritics and
/// ligatures. Terms are separated by spaces, "a phrase" stays together; all of them must be there, each
/// anywhere in a word. Nothing in `text` is an operator. What comes first:
/// 1. titles: the very words, then those that begin with them, hold them at a word, hold them, hold each;
/// 2. messages that hold the very words, one after the other and whole;
/// 3. messages where each term begins a word; 4. the others. Among equals the last written is first. Text
/// still streaming is found once it is finished.
std::vector<SearchHit> search(Database& database, std::string_view text, std::size_t limit = 100);

/// Where the terms of `query` stand in `text`, in order and apart, on character borders: what search() marks.
std::vector<ByteRange> find_words(std::string_view text, std::string_view query);

} // namespace spoutnik::storage
