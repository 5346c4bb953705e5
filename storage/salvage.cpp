// SPDX-License-Identifier: MIT
#include "storage/salvage.h"

#include "storage/connection.h"
#include "storage/conversations.h"
#include "storage/page_carver.h"
#include "storage/search_index.h"
#include "storage/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <system_error>

namespace spoutnik::storage {

namespace fs = std::filesystem;

namespace {

constexpr const char* unfinished_ending = ".salvaging"; ///< being written
constexpr const char* finished_ending = ".salvaged";    ///< whole: the exchange may take place

using Columns = std::vector<std::string>;

Columns columns_of(sqlite3* database, const std::string& table) {
    Columns columns;
    Statement query(database, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
    query.with(table);
    while (query.step())
        columns.push_back(query.text(0));
    return columns;
}

std::string joined(const Columns& columns) {
    std::string list;
    for (const std::string& column : columns)
        list += (list.empty() ? "" : ", ") + column;
    return list;
}

std::string insert_sql(const std::string& table, const Columns& columns) {
    std::string marks;
    for (std::size_t i = 0; i < columns.size(); ++i)
        marks += i == 0 ? "?" : ", ?";
    return "INSERT OR IGNORE INTO " + table + "(" + joined(columns) + ") VALUES(" + marks + ")";
}

/// Whatever reading damaged bytes can give is borne, and the salvage goes on; these two are not about the
/// bytes.
bool ends_salvage(const Error& error) {
    return error.kind() == ErrorKind::disk_full || error.kind() == ErrorKind::locked;
}

/// Copies one table as far as its b-tree can be walked: forward to the first damage, backward to the last,
/// then each id in between by itself.
class TableCopy {
  public:
    TableCopy(sqlite3* from, sqlite3* to, std::string table, std::string key)
        : from_(from), to_(to), table_(std::move(table)), key_(std::move(key)) {}

    /// True when the whole table was read.
    bool run() {
        try {
            Columns known = columns_of(to_, table_);
            // The folded texts are made again: they must agree with what was read.
            std::erase_if(known, [](const std::string& c) { return c == "folded" || c == "title_folded"; });
            for (const std::string& column : columns_of(from_, table_))
                if (std::ranges::find(known, column) != known.end()) columns_.push_back(column);
        } catch (const Error&) {
            return false;
        }
        if (columns_.empty()) return false;
        insert_ = insert_sql(table_, columns_);
        if (scan("")) return true;
        const std::int64_t last_forward = last_key_;
        scan(" DESC");
        if (key_ == "id" && last_key_ > last_forward) probe(last_forward + 1, last_key_ - 1);
        return false;
    }

  private:
    bool scan(const char* direction) {
        Statement insert(to_, insert_);
        try {
            Statement rows(from_, "SELECT " + joined(columns_) + " FROM " + table_ +
                                      " NOT INDEXED ORDER BY " + key_ + direction);
            while (rows.step()) {
                if (key_ == "id") last_key_ = rows.integer(0);
                copy(rows, insert);
            }
            return true;
        } catch (const Error& error) {
            if (ends_salvage(error)) throw;
            return false;
        }
    }

    void probe(std::int64_t first, std::int64_t last) {
        constexpr std::int64_t most = 1'000'000; // a damaged id may claim any number
        last = std::min(last, first + most);
        Statement insert(to_, insert_);
        for (std::int64_t id = first; id <= last; ++id) {
            try {
                Statement row(from_, "SELECT " + joined(columns_) + " FROM " + table_ + " WHERE id = ?");
                if (row.with(id).step()) copy(row, insert);
            } catch (const Error& error) {
                if (ends_salvage(error)) throw;
            }
        }
    }

    void copy(const Statement& row, Statement& insert) {
        insert.reset();
        for (int i = 0; i < static_cast<int>(columns_.size()); ++i)
            sqlite3_bind_value(insert.handle(), i + 1, sqlite3_column_value(row.handle(), i));
        const int code = sqlite3_step(insert.handle());
        if ((code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR) throw_sqlite_error(to_, code);
    }

    sqlite3* from_;
    sqlite3* to_;
    std::string table_;
    std::string key_;
    Columns columns_;
    std::string insert_;
    std::int64_t last_key_ = 0;
};

void bind_carved(Statement& statement, int index, const CarvedValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        statement.bind(index, *integer);
    else if (const auto* real = std::get_if<double>(&value))
        statement.bind(index, *real);
    else if (const auto* text = std::get_if<std::string>(&value))
        statement.bind(index, *text);
    else if (const auto* blob = std::get_if<Blob>(&value))
        statement.bind(index, Statement::Bytes{blob->bytes});
    else
        statement.bind(index, nullptr);
}

bool is_text(const CarvedRow& row, std::size_t column) {
    return std::holds_alternative<std::string>(row.values[column]);
}

/// Rows carry no name of their table: ours are known by their shape (schema.cpp; columns are only ever added
/// at the end).
bool looks_like_message(const CarvedRow& row) {
    if (row.values.size() < 16 || !is_text(row, 3) || !is_text(row, 4)) return false;
    const auto* conversation = std::get_if<std::int64_t>(&row.values[1]);
    const std::string& role = std::get<std::string>(row.values[3]);
    const std::string& status = std::get<std::string>(row.values[4]);
    return std::holds_alternative<std::monostate>(row.values[0]) && conversation != nullptr &&
           *conversation > 0 && name_of(role_named(role)) == role && name_of(status_named(status)) == status;
}

bool is_integer_or_null(const CarvedRow& row, std::size_t column) {
    return std::holds_alternative<std::int64_t>(row.values[column]) ||
           std::holds_alternative<std::monostate>(row.values[column]);
}

bool looks_like_conversation(const CarvedRow& row) {
    constexpr std::size_t uuid_size = 36;
    return row.values.size() >= 8 && std::holds_alternative<std::monostate>(row.values[0]) &&
           is_text(row, 1) && std::get<std::string>(row.values[1]).size() == uuid_size &&
           is_integer_or_null(row, 2) && is_integer_or_null(row, 3);
}

bool looks_like_prompt(const CarvedRow& row) {
    return row.values.size() == 6 && std::holds_alternative<std::monostate>(row.values[0]) &&
           is_integer_or_null(row, 1) && is_integer_or_null(row, 2) && is_integer_or_null(row, 3) &&
           is_text(row, 4) && is_text(row, 5);
}

bool looks_like_folder(const CarvedRow& row) {
    return row.values.size() == 4 && std::holds_alternative<std::monostate>(row.values[0]) &&
           is_integer_or_null(row, 1) && is_integer_or_null(row, 2) && is_text(row, 3);
}

/// Adds the rows that only their pages still hold.
void carve_into(sqlite3* to, const fs::path& file) {
    const Columns conversation = columns_of(to, "conversation");
    const Columns message = columns_of(to, "message");
    const Columns folder = columns_of(to, "folder");
    const Columns prompt = columns_of(to, "prompt");
    const auto insert = [&](const char* table, const Columns& columns, const CarvedRow& row) {
        const std::size_t count = std::min(columns.size(), row.values.size());
        Statement statement(
            to, insert_sql(table,
                           Columns(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(count))));
        statement.bind(1, row.rowid);
        for (std::size_t i = 1; i < count; ++i) {
            const bool is_folded = columns[i] == "folded" || columns[i] == "title_folded";
            bind_carved(statement, static_cast<int>(i + 1), is_folded ? CarvedValue{} : row.values[i]);
        }
        statement.run();
    };
    carve_rows(file, [&](const CarvedRow& row) {
        if (row.rowid <= 0) return;
        if (looks_like_message(row))
            insert("message", message, row);
        else if (looks_like_conversation(row))
            insert("conversation", conversation, row);
        else if (looks_like_prompt(row))
            insert("prompt", prompt, row);
        else if (looks_like_folder(row))
            insert("folder", folder, row);
    });
}

/// Makes whole what the missing rows left loose: every message gets a conversation and a parent of its own.
void mend(sqlite3* database, TimeMs now_ms) {
    std::vector<std::int64_t> lost;
    Statement find(database, "SELECT DISTINCT conversation FROM message"
                             " WHERE conversation NOT IN (SELECT id FROM conversation)");
    while (find.step())
        lost.push_back(find.integer(0));
    for (const std::int64_t id : lost)
        Statement(database, "INSERT INTO conversation(id, uuid, title, created_ms, updated_ms)"
                            " SELECT ?1, ?2, 'Recovered conversation', coalesce(min(created_ms), ?3),"
                            " coalesce(max(created_ms), ?3) FROM message WHERE conversation = ?1")
            .with(id, new_uuid(), now_ms)
            .run();
    execute(database,
            "UPDATE message SET parent = (SELECT max(b.id) FROM message b"
            " WHERE b.conversation = message.conversation AND b.id < message.id"
            " AND (b.removed_ms IS NULL OR message.removed_ms IS NOT NULL))"
            " WHERE parent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message p WHERE p.id = message.parent"
            " AND p.conversation = message.conversation AND p.id < message.id);"
            "UPDATE conversation SET active_leaf = (SELECT max(id) FROM message m"
            " WHERE m.conversation = conversation.id AND m.removed_ms IS NULL)"
            " WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = conversation.active_leaf"
            " AND m.removed_ms IS NULL AND m.conversation = conversation.id);"
            "UPDATE conversation SET folder = NULL WHERE folder NOT IN (SELECT id FROM folder);"
            "DELETE FROM conversation_tag WHERE conversation NOT IN (SELECT id FROM conversation)"
            " OR tag NOT IN (SELECT id FROM tag);"
            "DELETE FROM tag WHERE id NOT IN (SELECT tag FROM conversation_tag)");
    fold_missing(database);
}

struct Table {
    const char* name;
    const char* key; ///< what its rows are in order of
    int since_version;
};
constexpr Table tables[] = {{"folder", "id", 2},  {"conversation", "id", 1},
                            {"message", "id", 1}, {"setting", "key", 1},
                            {"tag", "id", 2},     {"conversation_tag", "conversation", 2},
                            {"prompt", "id", 2}};

/// Fills the new database; true when the old one was read whole.
bool fill(sqlite3* to, const fs::path& file, const std::string& vfs, TimeMs now_ms) {
    Transaction transaction(to);
    bool is_complete = false;
    try {
        const Connection from = connect(file, Access::read, vfs);
        const std::int64_t version = query_integer(from.get(), "PRAGMA user_version");
        is_complete = true;
        for (const Table& table : tables) {
            const bool is_older = version > 0 && version < table.since_version;
            if (!is_older)
                is_complete = TableCopy(from.get(), to, table.name, table.key).run() && is_complete;
        }
    } catch (const Error& error) {
        if (ends_salvage(error)) throw;
        is_complete = false;
    }
    if (!is_complete) carve_into(to, file);
    mend(to, now_ms);
    transaction.commit();
    return is_complete;
}

/// Moves the damaged files into damaged/<time>/, the log before the file it belongs to.
std::vector<fs::path> move_aside(const fs::path& file, TimeMs now_ms) {
    const fs::path folder = file.parent_path() / "damaged" / file_stamp(now_ms);
    fs::create_directories(folder);
    std::vector<fs::path> moved;
    for (const char* ending : {"-shm", "-wal", ""}) {
        const fs::path from = beside(file, ending);
        if (!fs::exists(from)) continue;
        moved.push_back(folder / from.filename());
        fs::rename(from, moved.back());
    }
    sync_folder(folder);
    return moved;
}

std::vector<fs::path> exchange(const fs::path& file, TimeMs now_ms) {
    std::vector<fs::path> moved = move_aside(file, now_ms);
    fs::rename(beside(file, finished_ending), file);
    sync_folder(file.parent_path());
    return moved;
}

} // namespace

Salvage salvage_database(const fs::path& file, TimeMs now_ms, std::span<const Migration> migrations,
                         const std::string& vfs) {
    const fs::path part = beside(file, unfinished_ending);
    remove_with_journals(part);
    Salvage result;
    try {
        create_private_file(part);
        {
            const Connection to = connect(part, Access::write, vfs);
            run_migrations(to.get(), migrations, 0);
            execute(to.get(), "PRAGMA foreign_keys = OFF"); // rows come in any order; mend() joins them
            sqlite3_db_config(to.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr); // written just above
            result.is_complete = fill(to.get(), file, vfs, now_ms);
            result.conversations = query_integer(to.get(), "SELECT count(*) FROM conversation");
            result.messages = query_integer(to.get(), "SELECT count(*) FROM message");
        }
        sync_file(part);
        fs::rename(part, beside(file, finished_ending));
        result.set_aside = exchange(file, now_ms);
    } catch (const fs::filesystem_error& error) {
        remove_with_journals(part);
        throw Error(ErrorKind::input_output,
                    std::string("The damaged conversations could not be moved aside (") + error.what() +
                        "); they are still in their place.");
    } catch (...) {
        remove_with_journals(part);
        throw;
    }
    return result;
}

bool is_exchange_unfinished(const fs::path& file) {
    std::error_code missing;
    return fs::exists(beside(file, finished_ending), missing);
}

void finish_exchange(const fs::path& file, TimeMs now_ms) {
    remove_with_journals(beside(file, unfinished_ending));
    if (!is_exchange_unfinished(file)) return;
    exchange(file, now_ms);
}

} // namespace spoutnik::storage
