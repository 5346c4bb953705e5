// SPDX-License-Identifier: MIT
// Opening SQLite files and the small file operations around them; nothing outside storage/ includes it.
#pragma once

#include "storage/schema.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct sqlite3;

namespace spoutnik::storage {

struct CloseConnection {
    void operator()(sqlite3* database) const noexcept;
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

enum class Access { read, write, create };

/// A connection with extended result codes, defensive mode, no trust in the schema, checked cells and a
/// patience of ten seconds for locks. `vfs` empty: the system's.
Connection connect(const std::filesystem::path& file, Access access, const std::string& vfs);

/// The lines of PRAGMA quick_check that name damage; empty for a whole file. Throws where it can't even run.
std::string damage_in(sqlite3* database);

/// Runs the migrations past `from`, each in its own transaction with its version number.
void run_migrations(sqlite3* database, std::span<const Migration> migrations, int from);

/// Creates an empty file only its owner can read, so that the journals SQLite puts beside it are private too;
/// no-op where it exists.
void create_private_file(const std::filesystem::path& file);

/// Makes file names created, moved or removed in `folder` durable.
void sync_folder(const std::filesystem::path& folder) noexcept;

/// Writes a file's content through to the disk.
void sync_file(const std::filesystem::path& file);

/// "20261122T050612345": UTC, sorts by time, fits any file system.
std::string file_stamp(std::int64_t time_ms);

/// `file` with `ending` added to its name, as "x.db-wal".
std::filesystem::path beside(const std::filesystem::path& file, const char* ending);

/// Removes a database file and what SQLite puts beside it, as far as they exist.
void remove_with_journals(const std::filesystem::path& file) noexcept;

/// A random (version 4) UUID.
std::string new_uuid();

} // namespace spoutnik::storage
