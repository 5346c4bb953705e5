// SPDX-License-Identifier: MIT
// Putting a backup in the place of the present database; nothing outside storage/ includes it.
#pragma once

#include "storage/database.h"
#include "storage/schema.h"

#include <filesystem>
#include <span>
#include <string>

struct sqlite3;

namespace spoutnik::storage {

struct RestoreOptions {
    std::filesystem::path backups; ///< where the present database is kept
    TimeMs now_ms = 0;
    std::span<const Migration> migrations;
    std::string vfs;
};

/// See Database::restore_from(). `live` is the writing connection to `file`.
RestoreReport restore_database(sqlite3* live, const std::filesystem::path& file,
                               const std::filesystem::path& backup, const RestoreOptions& options);

/// Where a restore prepares its copy, beside `file`; what a stopped one left there is of no use.
std::filesystem::path restore_part(const std::filesystem::path& file);

} // namespace spoutnik::storage
