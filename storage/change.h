// SPDX-License-Identifier: MIT
// How storage's classes write; nothing outside storage/ includes it.
#pragma once

#include "storage/database.h"
#include "storage/search_index.h"
#include "storage/statement.h"

#include <utility>

namespace spoutnik::storage {

/// Throws where this connection can't write, with the reason.
void require_writable(const Database& database);

/// secure_delete zeroes deleted text in its pages; the old pages stand in the write-ahead log until it is
/// emptied.
void empty_log(Database& database);

/// Runs `body` in one transaction. Where only the search index turns out damaged, builds it again and
/// repeats: an answer is never lost to it.
template <class Body>
auto change(Database& database, Body&& body) {
    require_writable(database);
    const auto attempt = [&] {
        Transaction transaction(database.handle());
        if constexpr (std::is_void_v<decltype(body())>) {
            body();
            transaction.commit();
            database.note_change();
        } else {
            auto result = body();
            transaction.commit();
            database.note_change();
            return result;
        }
    };
    try {
        return attempt();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::damaged_index) throw;
    }
    rebuild_search_index(database.handle());
    return attempt();
}

} // namespace spoutnik::storage
