// SPDX-License-Identifier: MIT
// What keeps the search tables in step with the messages; nothing outside storage/ includes it.
#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace spoutnik::storage {

/// Stands between content and reasoning in message.folded; folding lets it appear nowhere else.
inline constexpr char folded_separator = '\x1f';

/// The text that searches see of a message.
std::string folded_message(std::string_view content, std::string_view reasoning);

/// Folds titles and finished messages that have no folded text yet; the triggers then index them.
void fold_missing(sqlite3* database);

/// Builds both search tables again from the folded texts.
void rebuild_search_index(sqlite3* database);

/// Merges the search tables into one segment: what was deleted from them is then overwritten.
void compact_search_index(sqlite3* database);

} // namespace spoutnik::storage
