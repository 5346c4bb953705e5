// SPDX-License-Identifier: MIT
// Copies of the database; nothing outside storage/ includes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

struct sqlite3;

namespace spoutnik::storage {

/// How many copies made before migrations and restores are kept.
inline constexpr std::size_t backups_kept = 5;

/// Copies every page of `source` into the open, empty `target`.
void copy_pages(sqlite3* source, sqlite3* target);

/// Copies the database into `target` through SQLite's backup API, under another name until it is whole and on
/// disk.
void copy_database(sqlite3* source, const std::filesystem::path& target, const std::string& vfs);

/// The copies in a folder of backups, newest first.
std::vector<std::filesystem::path> list_backups(const std::filesystem::path& folder);

/// The end of the names of copies that the person asked for: those are never rotated away.
inline constexpr const char* asked_ending = "-asked.db";

/// Removes all but the newest `backups_kept` of those that nobody asked for.
void rotate_backups(const std::filesystem::path& folder);

/// Deletes a conversation from a copy for good. A copy where that fails is removed whole: the person asked
/// for the text to be gone.
void purge_from_backup(const std::filesystem::path& backup, const std::string& uuid) noexcept;

/// A message as a copy holds it. The id alone does not tell: after a restore another message may have it.
struct BackedUpMessage {
    std::string conversation_uuid;
    std::int64_t id = 0;
    std::int64_t created_ms = 0;
};
/// The same for single messages.
void purge_from_backup(const std::filesystem::path& backup,
                       std::span<const BackedUpMessage> messages) noexcept;

} // namespace spoutnik::storage
