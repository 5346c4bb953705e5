// SPDX-License-Identifier: MIT
#include "storage/statement.h"

#include <sqlite3.h>

#include <utility>

namespace spoutnik::storage {

void throw_sqlite_error(sqlite3* database, int code) {
    const int extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
    const std::string detail = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    if (code == SQLITE_CORRUPT_VTAB || extended == SQLITE_CORRUPT_VTAB)
        throw Error(ErrorKind::damaged_index, "The search index is damaged; the conversations are not.");
    switch (code & 0xff) {
    case SQLITE_FULL:
        throw Error(ErrorKind::disk_full,
                    "The disk is full: the last change was not saved, everything before it is "
                    "safe; free some space and try again.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        throw Error(ErrorKind::read_only,
                    "The conversations can be read but not written: their file or folder is read-only.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Error(ErrorKind::locked, "Another program is using the conversations; nothing was changed.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw Error(ErrorKind::corrupt, "The file of conversations is damaged (" + detail +
                                            "); restart the program to save what can be read.");
    case SQLITE_CANTOPEN:
        throw Error(ErrorKind::input_output, "The file of conversations can't be opened (" + detail + ").");
    case SQLITE_IOERR:
        throw Error(ErrorKind::input_output,
                    "The disk reported an error (" + detail + "): the last change was not saved.");
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        throw Error(ErrorKind::invalid, "This can't be stored (" + detail + ").");
    default:
        throw Error(ErrorKind::other, "The conversations' database refused an operation (" + detail + ").");
    }
}

void execute(sqlite3* database, const char* sql) {
    if (const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
        throw_sqlite_error(database, code);
}

std::int64_t query_integer(sqlite3* database, const char* sql) {
    Statement statement(database, sql);
    return statement.step() ? statement.integer(0) : 0;
}

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
    check(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr));
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {
}

void Statement::check(int code) const {
    if (code != SQLITE_OK) throw_sqlite_error(database_, code);
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw_sqlite_error(database_, code);
}

std::int64_t Statement::run() {
    while (step()) {
    }
    return sqlite3_changes64(database_);
}

std::optional<std::int64_t> Statement::returned() {
    std::optional<std::int64_t> value;
    while (step())
        if (!value) value = integer(0);
    return value;
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
    // The text first: asking for the size before it could convert and move the bytes.
    const auto* bytes = sqlite3_column_text(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::string Statement::blob(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

void Statement::bind_null(int index) {
    check(sqlite3_bind_null(statement_, index));
}

void Statement::bind_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
}

void Statement::bind_real(int index, double value) {
    check(sqlite3_bind_double(statement_, index, value));
}

void Statement::bind_text(int index, std::string_view value) {
    // A view without data is an empty text, not NULL.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::string_view value) {
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_TRANSIENT));
}

Transaction::Transaction(sqlite3* database) : database_(database) {
    execute(database, "BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    // After some failures (disk full, input/output) SQLite has rolled back by itself.
    if (is_open_ && sqlite3_get_autocommit(database_) == 0)
        sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    execute(database_, "COMMIT");
    is_open_ = false;
}

} // namespace spoutnik::storage
