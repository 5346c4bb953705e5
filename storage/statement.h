// SPDX-License-Identifier: MIT
// The room's own thin layer over the SQLite C interface; nothing outside storage/ includes it.
#pragma once

#include "storage/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3;
struct sqlite3_stmt;

namespace spoutnik::storage {

/// Turns the failure `code` of `database` (may be null) into an Error with a sentence for the person.
[[noreturn]] void throw_sqlite_error(sqlite3* database, int code);

/// Runs one or several statements without parameters or results.
void execute(sqlite3* database, const char* sql);

/// First column of the first row of a query without parameters; 0 where there is none.
std::int64_t query_integer(sqlite3* database, const char* sql);

/// A prepared statement, finalised at the end of its scope. Parameters are numbered from 1 as in SQL, columns
/// from 0. A NULL column reads as an empty text or 0: a row written by other hands still opens.
class Statement {
  public:
    /// Bytes to bind as a BLOB.
    struct Bytes {
        std::string_view view;
    };

    Statement(sqlite3* database, std::string_view sql);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;

    /// Binds all parameters in order.
    template <class... Values>
    Statement& with(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    template <class Value>
    void bind(int index, const Value& value) {
        if constexpr (std::is_same_v<Value, std::nullptr_t>)
            bind_null(index);
        else if constexpr (std::is_floating_point_v<Value>)
            bind_real(index, value);
        else if constexpr (std::is_integral_v<Value>)
            bind_integer(index, static_cast<std::int64_t>(value));
        else if constexpr (std::is_same_v<Value, Bytes>)
            bind_blob(index, value.view);
        else
            bind_text(index, std::string_view(value));
    }
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value)
            bind(index, *value);
        else
            bind_null(index);
    }

    /// Goes to the next row; false after the last.
    bool step();
    /// Runs a statement that gives no rows; how many rows it changed.
    std::int64_t run();
    /// Runs a statement with a RETURNING clause to its end (left halfway it would be undone); the first value
    /// of its first row, nothing where it gives none.
    std::optional<std::int64_t> returned();
    /// Back to before the first row, parameters kept.
    void reset();

    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    std::string blob(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;

    sqlite3_stmt* handle() const noexcept { return statement_; }

  private:
    void bind_null(int index);
    void bind_integer(int index, std::int64_t value);
    void bind_real(int index, double value);
    void bind_text(int index, std::string_view value);
    void bind_blob(int index, std::string_view value);
    void check(int code) const;

    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

/// A write transaction: rolled back at the end of its scope unless committed.
class Transaction {
  public:
    explicit Transaction(sqlite3* database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    sqlite3* database_;
    bool is_open_ = true;
};

} // namespace spoutnik::storage
