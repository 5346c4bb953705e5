// SPDX-License-Identifier: MIT
// Backups as a person sees them: when and why each was made, what is in it.
#pragma once

#include "storage/database.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace spoutnik::storage {

/// A copy in the folder backups/.
struct BackupFile {
    enum class Reason {
        update,  ///< before a migration
        restore, ///< before another backup was restored
        asked,   ///< the person wanted it
        other    ///< a file that somebody put there
    };
    std::filesystem::path file;
    TimeMs made_ms = 0;
    Reason reason = Reason::other;
    std::int64_t bytes = 0;
};

/// What is in a backup, read without changing anything in or beside it.
struct BackupContents {
    std::int64_t conversations = 0;
    std::int64_t messages = 0;
    TimeMs updated_ms = 0; ///< the latest change of a conversation; 0 where there is none
    int schema = 0;
};

/// Newest first.
std::vector<BackupFile> backup_files(const Database& database);

/// A copy of everything, in backups/. It stays until remove_backup(), and forgets with the others what is
/// purged (Conversations::purge).
BackupFile make_backup(Database& database);

/// Throws ErrorKind::invalid for a file that is not in backups/.
void remove_backup(const Database& database, const std::filesystem::path& file);

/// Throws ErrorKind::not_found, foreign_file, corrupt or newer_schema for what can't be restored.
BackupContents contents_of_backup(const std::filesystem::path& file);

} // namespace spoutnik::storage
