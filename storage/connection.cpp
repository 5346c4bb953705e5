// SPDX-License-Identifier: MIT
#include "storage/connection.h"

#include "storage/error.h"
#include "storage/statement.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <system_error>

namespace spoutnik::storage {

namespace {

/// SQLite's own waits grow to 100 ms: beside a program that imports for minutes they would miss nearly all of
/// the moments in between.
int wait_for_lock(void*, int tries) {
    constexpr int wait_ms = 5;
    constexpr int longest_ms = 10'000;
    if (tries >= longest_ms / wait_ms) return 0;
    sqlite3_sleep(wait_ms);
    return 1;
}

[[noreturn]] void throw_system_error(const std::filesystem::path& file, int number) {
    const std::string sentence =
        "Spoutnik can't write " + file.string() + " (" + std::strerror(number) + ").";
    if (number == ENOSPC || number == EDQUOT) throw Error(ErrorKind::disk_full, sentence);
    if (number == EACCES || number == EROFS || number == EPERM) throw Error(ErrorKind::read_only, sentence);
    throw Error(ErrorKind::input_output, sentence);
}

} // namespace

void CloseConnection::operator()(sqlite3* database) const noexcept {
    sqlite3_close(database);
}

Connection connect(const std::filesystem::path& file, Access access, const std::string& vfs) {
    int flags = SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
    Connection database(raw);
    if (code != SQLITE_OK) throw_sqlite_error(raw, code);
    sqlite3_busy_handler(raw, wait_for_lock, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    execute(raw, "PRAGMA cell_size_check = ON");
    return database;
}

std::string damage_in(sqlite3* database) {
    Statement check(database, "PRAGMA quick_check(10)");
    std::string damage;
    while (check.step()) {
        const std::string line = check.text(0);
        if (line == "ok") continue;
        if (!damage.empty()) damage += "; ";
        damage += line;
    }
    return damage;
}

void run_migrations(sqlite3* database, std::span<const Migration> migrations, int from) {
    for (const Migration& migration : migrations) {
        if (migration.version <= from) continue;
        // Rebuilding a table that others refer to needs this off, and it can't change inside a transaction.
        execute(database, "PRAGMA foreign_keys = OFF");
        {
            Transaction transaction(database);
            execute(database, ("PRAGMA application_id = " + std::to_string(application_id)).c_str());
            execute(database, migration.sql);
            execute(database, ("PRAGMA user_version = " + std::to_string(migration.version)).c_str());
            Statement violations(database, "PRAGMA foreign_key_check");
            if (violations.step())
                throw Error(ErrorKind::other, "The conversations could not be brought to version " +
                                                  std::to_string(migration.version) +
                                                  ": rows refer to missing ones; they stay as they were.");
            transaction.commit();
        }
    }
    execute(database, "PRAGMA foreign_keys = ON");
}

void create_private_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) throw_system_error(file, errno);
    ::close(descriptor);
}

void sync_folder(const std::filesystem::path& folder) noexcept {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

void sync_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) throw_system_error(file, errno);
    const int result = ::fsync(descriptor);
    const int number = errno;
    ::close(descriptor);
    if (result != 0) throw_system_error(file, number);
}

std::string file_stamp(std::int64_t time_ms) {
    const auto seconds = static_cast<std::time_t>(time_ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &utc);
    std::array<char, 8> milliseconds{};
    std::snprintf(milliseconds.data(), milliseconds.size(), "%03d", static_cast<int>(time_ms % 1000));
    return std::string(text.data()) + milliseconds.data();
}

std::filesystem::path beside(const std::filesystem::path& file, const char* ending) {
    std::filesystem::path other = file;
    other += ending;
    return other;
}

void remove_with_journals(const std::filesystem::path& file) noexcept {
    std::error_code ignored;
    for (const char* ending : {"", "-journal", "-wal", "-shm"})
        std::filesystem::remove(beside(file, ending), ignored);
}

std::string new_uuid() {
    std::array<unsigned char, 16> bytes{};
    sqlite3_randomness(static_cast<int>(bytes.size()), bytes.data());
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 0x0FU];
    }
    return text;
}

} // namespace spoutnik::storage
