// SPDX-License-Identifier: MIT
#pragma once

#include "storage/error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct sqlite3;

namespace spoutnik::storage {

struct Migration;

/// Milliseconds since 1970-01-01 UTC, as every time in the database.
using TimeMs = std::int64_t;

/// Where the person's data lives: $XDG_DATA_HOME/spoutnik, or ~/.local/share/spoutnik where the variable is
/// unset, empty or relative (XDG Base Directory Specification 0.8). Creates nothing.
std::filesystem::path default_data_folder();

struct OpenOptions {
    /// Holds spoutnik.db, its lock, backups/ and damaged/. Created with mode 0700. Empty:
    /// default_data_folder().
    std::filesystem::path folder;
    /// A second connection that only reads (allowed beside the writer, from another thread or process): takes
    /// no lock, creates, migrates and repairs nothing.
    bool read_only = false;
    /// A writer that stands beside the owner, from another program: no lock is asked for, so that neither has
    /// to wait for the other to end. Where the file has to be made, mended or migrated first it opens as the
    /// owner, which fails while there is one.
    bool beside_owner = false;
    /// Not set: the file is read through for damage before opening returns, which takes a second or two for
    /// years of conversations. Set: opening does not wait for it; the check runs on a thread of its own, this
    /// long after. Until it has found the file whole nothing is written into the file: what changes stands in
    /// the write-ahead log beside it, and purging or restoring waits for the check. A file that a migration
    /// would rewrite is checked first all the same.
    std::optional<std::chrono::milliseconds> check_after;
    /// With check_after: called once from that thread when the check is through. False: the file is damaged;
    /// to be closed and opened again without check_after, which salvages it, with what was stored meanwhile.
    std::function<void(bool is_whole)> on_checked;
    /// The time source; replaced in tests. Empty: the system clock.
    std::function<TimeMs()> now_ms;
    /// Tests only: the name of a registered SQLite VFS, and a longer or shorter list of migrations.
    std::string vfs;
    std::optional<std::span<const Migration>> migrations;
};

/// What opening found and did. The figures let the interface speak in its own language; `notices` says the
/// same in English sentences (empty when there is nothing to say).
struct OpenReport {
    bool was_created = false;
    bool is_checked = true;       ///< false: OpenOptions::check_after put the check off; on_checked follows
    int schema_found = 0;         ///< user_version of the file before opening; 0 for a new one
    int schema = 0;               ///< after migrations
    bool is_newer_schema = false; ///< written by a later version: opened read-only
    std::optional<std::filesystem::path> backup; ///< made before migrating

    bool was_damaged = false;
    std::vector<std::filesystem::path> set_aside; ///< the damaged files, kept together in damaged/
    std::int64_t salvaged_conversations = 0;
    std::int64_t salvaged_messages = 0;
    bool is_salvage_complete = true; ///< false: some rows could not be read

    std::int64_t interrupted = 0; ///< answers that were being written when the program last stopped
    std::vector<std::string> notices;
};

/// What restoring did.
struct RestoreReport {
    std::filesystem::path previous; ///< the conversations as they were before, in backups/
    std::int64_t conversations = 0; ///< there now
    std::int64_t messages = 0;
};

/// The connection that writes: the owner's, of which there is one, or a guest's (OpenOptions::beside_owner),
/// whose changes come in between. Not thread-safe: use it from one thread at a time. Every commit is on the
/// disk before the call returns (WAL, synchronous=FULL). Throws storage::Error.
class Database {
  public:
    /// Opens or creates spoutnik.db: takes the single-writer lock, checks the file (quick_check), salvages a
    /// damaged one, backs up and migrates an older one, marks answers left in mid-stream as interrupted.
    explicit Database(OpenOptions options = {});
    ~Database();
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const OpenReport& report() const noexcept;
    bool is_read_only() const noexcept;
    const std::filesystem::path& folder() const noexcept;
    std::filesystem::path file() const;
    TimeMs now_ms() const;

    /// Written to whenever a guest has changed something: for the owner to watch.
    std::filesystem::path guests_file() const;
    /// Whether another connection has changed the database since this was last asked (since opening, at
    /// first).
    bool was_changed_elsewhere();
    /// For storage's own classes, after each commit: a guest tells the owner.
    void note_change() const noexcept;

    /// Copies the whole database, consistent, into a new file (SQLite's backup API): `target` appears
    /// complete or not at all.
    void backup_to(const std::filesystem::path& target);

    /// Puts the conversations and settings of a backup in the place of the present ones. The backup is read
    /// from a copy of its own, checked whole (it may be of an older version, not of a later one) and brought
    /// to the present form; the present conversations are kept in backups/; then all pages change in one
    /// transaction. Whatever stops it, the conversations are the old ones or the new ones, and the backup is
    /// untouched. Ids mean other things afterwards: everything shown must be read again. Throws
    /// ErrorKind::foreign_file, newer_schema, corrupt, not_found or invalid for a file that can't be
    /// restored.
    RestoreReport restore_from(const std::filesystem::path& backup);

    /// Copies made before migrations and restores, newest first.
    std::vector<std::filesystem::path> backups() const;

    /// Damaged files that were moved aside; they stay until the person discards them.
    std::vector<std::filesystem::path> damaged_files() const;
    void discard_damaged_files();

    /// Waits for the check that check_after put off: what follows writes into the file itself. Throws
    /// ErrorKind::corrupt where it is damaged, input_output where it could not be read.
    void finish_check();

    /// The SQLite connection, for storage's own classes.
    sqlite3* handle() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace spoutnik::storage
