// SPDX-License-Identifier: MIT
// Rows that the person puts in order; nothing outside storage/ includes it.
#pragma once

#include "storage/statement.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace spoutnik::storage {

/// Gives the rows of `table` (columns id, position) the positions 0, 1, 2... with `moved` at `index`; false
/// where `moved` is not there. Inside the caller's transaction.
inline bool put_at(sqlite3* database, const std::string& table, std::int64_t moved, std::size_t index) {
    std::vector<std::int64_t> ids;
    Statement read(database, "SELECT id FROM " + table + " ORDER BY position, id");
    while (read.step())
        ids.push_back(read.integer(0));
    if (std::erase(ids, moved) == 0) return false;
    ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(std::min(index, ids.size())), moved);
    Statement write(database, "UPDATE " + table + " SET position = ? WHERE id = ?");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        write.reset();
        write.with(i, ids[i]).run();
    }
    return true;
}

} // namespace spoutnik::storage
