// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace spoutnik::storage {

/// One step from a schema version to the next: `sql` runs in one transaction, which also writes
/// `user_version`.
struct Migration {
    int version; ///< the version it leads to; they follow each other from 1
    const char* sql;
};

/// Every migration since the empty file, oldest first. A released one is never edited: a change is a new one,
/// and a dump of the version before joins tests/data/.
std::span<const Migration> schema_migrations();

/// Written to the file's header: it tells a database of ours from any other. "SPUT" in ASCII.
inline constexpr std::int32_t application_id = 0x53505554;

} // namespace spoutnik::storage
