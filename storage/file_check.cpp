// SPDX-License-Identifier: MIT
#include "storage/file_check.h"

#include "storage/connection.h"
#include "storage/error.h"
#include "storage/statement.h"

#include <sqlite3.h>

#include <set>
#include <string>
#include <utility>

namespace spoutnik::storage {

namespace fs = std::filesystem;

Header read_header(sqlite3* database) {
    Header header;
    header.application = query_integer(database, "PRAGMA application_id");
    header.version = query_integer(database, "PRAGMA user_version");
    header.is_empty = query_integer(database, "SELECT count(*) FROM sqlite_schema") == 0;
    header.has_our_tables =
        query_integer(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                                " AND name IN ('conversation', 'message', 'setting')") == 3;
    return header;
}

void require_ours(const Header& header, const fs::path& file) {
    if (header.is_empty) return;
    if (header.application == application_id && header.version > 0) return;
    if (header.has_our_tables)
        throw Error(ErrorKind::corrupt, "The header of " + file.string() + " is damaged.");
    throw Error(ErrorKind::foreign_file,
                file.string() +
                    " belongs to another program; Spoutnik leaves it as it is and can't start with it.");
}

namespace {

using SchemaObject = std::pair<std::string, std::string>; ///< "type name", SQL

std::set<SchemaObject> schema_of(sqlite3* database) {
    Statement query(database,
                    "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'");
    std::set<SchemaObject> objects;
    while (query.step())
        objects.emplace(query.text(0), query.text(1));
    return objects;
}

} // namespace

void trust_schema(sqlite3* database, std::span<const Migration> migrations, const fs::path& file) {
    const Connection model = connect(":memory:", Access::create, {});
    run_migrations(model.get(), migrations, 0);
    const std::set<SchemaObject> expected = schema_of(model.get());
    const std::set<SchemaObject> found = schema_of(database);
    for (const SchemaObject& object : expected)
        if (!found.contains(object))
            throw Error(ErrorKind::corrupt, "The database's " + object.first + " is missing or altered.");
    for (const SchemaObject& object : found) {
        const bool runs_by_itself = object.first.starts_with("trigger ") || object.first.starts_with("view ");
        if (runs_by_itself && !expected.contains(object))
            throw Error(ErrorKind::foreign_file, file.string() + " holds a " + object.first +
                                                     " that Spoutnik did not make; remove it to go on.");
    }
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr);
}

int last_version(std::span<const Migration> migrations) {
    return migrations.empty() ? 0 : migrations.back().version;
}

} // namespace spoutnik::storage
