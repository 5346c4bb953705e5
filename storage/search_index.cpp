// SPDX-License-Identifier: MIT
#include "storage/search_index.h"

#include "storage/statement.h"
#include "storage/text_folding.h"

#include <vector>

namespace spoutnik::storage {

std::string folded_message(std::string_view content, std::string_view reasoning) {
    std::string folded = fold(content);
    if (!reasoning.empty()) {
        folded += folded_separator;
        folded += fold(reasoning);
    }
    return folded;
}

void fold_missing(sqlite3* database) {
    // Ids first: a statement must not walk a table that the loop changes.
    std::vector<std::int64_t> messages;
    Statement find(database, "SELECT id FROM message WHERE folded IS NULL AND status IS NOT 'streaming'");
    while (find.step())
        messages.push_back(find.integer(0));
    Statement read(database, "SELECT content, reasoning FROM message WHERE id = ?");
    Statement write(database, "UPDATE message SET folded = ? WHERE id = ?");
    for (const std::int64_t id : messages) {
        read.reset();
        if (!read.with(id).step()) continue;
        const std::string folded = folded_message(read.text(0), read.text(1));
        write.reset();
        write.with(folded, id).run();
    }

    std::vector<std::int64_t> conversations;
    Statement find_titles(database, "SELECT id FROM conversation WHERE title_folded IS NULL");
    while (find_titles.step())
        conversations.push_back(find_titles.integer(0));
    Statement read_title(database, "SELECT title FROM conversation WHERE id = ?");
    Statement write_title(database, "UPDATE conversation SET title_folded = ? WHERE id = ?");
    for (const std::int64_t id : conversations) {
        read_title.reset();
        if (!read_title.with(id).step()) continue;
        const std::string folded = fold(read_title.text(0));
        write_title.reset();
        write_title.with(folded, id).run();
    }
}

void rebuild_search_index(sqlite3* database) {
    execute(database, "INSERT INTO message_words(message_words) VALUES('rebuild');"
                      "INSERT INTO message_trigrams(message_trigrams) VALUES('rebuild')");
}

void compact_search_index(sqlite3* database) {
    execute(database, "INSERT INTO message_words(message_words) VALUES('optimize');"
                      "INSERT INTO message_trigrams(message_trigrams) VALUES('optimize')");
}

} // namespace spoutnik::storage
