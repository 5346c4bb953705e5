// SPDX-License-Identifier: MIT
#include "storage/backup_file.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/error.h"
#include "storage/file_check.h"
#include "storage/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace spoutnik::storage {

namespace fs = std::filesystem;

namespace {

/// The inverse of file_stamp(); 0 for another name.
TimeMs time_of_stamp(const std::string& name) {
    std::tm utc{};
    constexpr std::size_t seconds_end = 15; // of "20261122T050612345"
    constexpr std::size_t stamp_end = 18;
    if (name.size() < stamp_end) return 0;
    const std::string seconds = name.substr(0, seconds_end);
    if (strptime(seconds.c_str(), "%Y%m%dT%H%M%S", &utc) != seconds.c_str() + seconds_end) return 0;
    const std::string milliseconds = name.substr(seconds_end, stamp_end - seconds_end);
    if (milliseconds.find_first_not_of("0123456789") != std::string::npos) return 0;
    return static_cast<TimeMs>(timegm(&utc)) * 1000 + std::stoi(milliseconds);
}

BackupFile::Reason reason_of(const std::string& name) {
    if (name.ends_with(asked_ending)) return BackupFile::Reason::asked;
    if (name.ends_with("-before-restore.db")) return BackupFile::Reason::restore;
    return name.find("-v") != std::string::npos ? BackupFile::Reason::update : BackupFile::Reason::other;
}

TimeMs file_time_ms(const fs::path& file) {
    std::error_code missing;
    const auto written = fs::last_write_time(file, missing);
    if (missing) return 0;
    const auto since = std::chrono::file_clock::to_sys(written).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

BackupFile described(const fs::path& file) {
    const std::string name = file.filename().string();
    BackupFile backup{file, time_of_stamp(name), reason_of(name), 0};
    if (backup.made_ms == 0) backup = {file, file_time_ms(file), BackupFile::Reason::other, 0};
    std::error_code missing;
    const std::uintmax_t bytes = fs::file_size(file, missing);
    if (!missing) backup.bytes = static_cast<std::int64_t>(bytes);
    return backup;
}

/// As a URI says it (RFC 3986).
std::string percent_encoded(const std::string& path) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '/' || c == '-' || c == '_' || c == '.' || c == '~';
        if (is_plain) {
            text += c;
            continue;
        }
        text += '%';
        text += digits[byte >> 4U];
        text += digits[byte & 0x0FU];
    }
    return text;
}

/// `immutable`: SQLite neither locks the file nor writes anything beside it, also on a read-only disk.
Connection look_at(const fs::path& file) {
    const std::string uri = "file:" + percent_encoded(fs::absolute(file).string()) + "?immutable=1";
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(uri.c_str(), &raw,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, nullptr);
    Connection database(raw);
    if (code != SQLITE_OK) throw_sqlite_error(raw, code);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return database;
}

} // namespace

std::vector<BackupFile> backup_files(const Database& database) {
    std::vector<BackupFile> backups;
    for (const fs::path& file : database.backups())
        backups.push_back(described(file));
    std::ranges::sort(backups, [](const auto& a, const auto& b) { return a.made_ms > b.made_ms; });
    return backups;
}

BackupFile make_backup(Database& database) {
    const fs::path folder = database.folder() / "backups";
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        throw Error(error == std::errc::no_space_on_device ? ErrorKind::disk_full : ErrorKind::read_only,
                    "Spoutnik can't make its folder " + folder.string() + " (" + error.message() + ").");
    const fs::path file = folder / (file_stamp(database.now_ms()) + asked_ending);
    database.backup_to(file);
    return described(file);
}

void remove_backup(const Database& database, const fs::path& file) {
    const auto all = database.backups();
    if (std::ranges::find(all, file) == all.end())
        throw Error(ErrorKind::invalid, file.string() + " is no backup in Spoutnik's folder.");
    remove_with_journals(file);
}

BackupContents contents_of_backup(const fs::path& file) {
    std::error_code missing;
    if (!fs::is_regular_file(file, missing))
        throw Error(ErrorKind::not_found, "There is no file " + file.string() + ".");
    const Connection copy = look_at(file);
    const Header header = read_header(copy.get());
    require_ours(header, file);
    if (header.is_empty || !header.has_our_tables)
        throw Error(ErrorKind::foreign_file, file.string() + " is no backup of Spoutnik.");
    if (header.version > last_version(schema_migrations()))
        throw Error(ErrorKind::newer_schema,
                    "This backup was written by a later version of Spoutnik; please update the program.");
    BackupContents contents;
    contents.schema = static_cast<int>(header.version);
    contents.conversations =
        query_integer(copy.get(), "SELECT count(*) FROM conversation WHERE deleted_ms IS NULL");
    contents.messages = query_integer(copy.get(), "SELECT count(*) FROM message");
    contents.updated_ms = query_integer(
        copy.get(), "SELECT coalesce(max(updated_ms), 0) FROM conversation WHERE deleted_ms IS NULL");
    return contents;
}

} // namespace spoutnik::storage
