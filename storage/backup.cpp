// SPDX-License-Identifier: MIT
#include "storage/backup.h"

#include "storage/connection.h"
#include "storage/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <exception>

namespace spoutnik::storage {

namespace fs = std::filesystem;

namespace {

void copy_pages(sqlite3* source, const fs::path& target, const std::string& vfs) {
    create_private_file(target);
    const Connection copy = connect(target, Access::write, vfs);
    sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", source, "main");
    if (backup == nullptr) throw_sqlite_error(copy.get(), sqlite3_errcode(copy.get()));
    const int step = sqlite3_backup_step(backup, -1);
    const int finish = sqlite3_backup_finish(backup);
    if (step != SQLITE_DONE) throw_sqlite_error(nullptr, step);
    if (finish != SQLITE_OK) throw_sqlite_error(nullptr, finish);
}

} // namespace

void copy_database(sqlite3* source, const fs::path& target, const std::string& vfs) {
    const fs::path part = beside(target, ".part");
    remove_with_journals(part);
    try {
        copy_pages(source, part, vfs);
        sync_file(part);
        fs::rename(part, target);
    } catch (...) {
        remove_with_journals(part);
        throw;
    }
    sync_folder(target.parent_path());
}

std::vector<fs::path> list_backups(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing))
        if (entry.path().extension() == ".db") files.push_back(entry.path());
    std::ranges::sort(files, std::greater{}); // the names begin with the time
    return files;
}

void rotate_backups(const fs::path& folder) {
    const std::vector<fs::path> files = list_backups(folder);
    for (std::size_t i = backups_kept; i < files.size(); ++i)
        remove_with_journals(files[i]);
}

void purge_from_backup(const fs::path& backup, const std::string& uuid) noexcept {
    try {
        const Connection database = connect(backup, Access::write, {});
        // The triggers that keep the search tables write to virtual tables; the copy was verified when it was
        // made.
        sqlite3_db_config(database.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr);
        execute(database.get(), "PRAGMA secure_delete = ON");
        Transaction transaction(database.get());
        Statement(database.get(),
                  "DELETE FROM message WHERE conversation = (SELECT id FROM conversation WHERE uuid = ?)")
            .with(uuid)
            .run();
        const std::int64_t found =
            Statement(database.get(), "DELETE FROM conversation WHERE uuid = ?").with(uuid).run();
        transaction.commit();
        if (found == 0) return;
        execute(database.get(), "INSERT INTO message_words(message_words) VALUES('rebuild');"
                                "INSERT INTO message_trigrams(message_trigrams) VALUES('rebuild');"
                                "VACUUM");
    } catch (const std::exception&) {
        remove_with_journals(backup);
    }
}

} // namespace spoutnik::storage
