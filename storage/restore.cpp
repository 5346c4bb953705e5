// SPDX-License-Identifier: MIT
#include "storage/restore.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/file_check.h"
#include "storage/search_index.h"
#include "storage/statement.h"

#include <sqlite3.h>

namespace spoutnik::storage {

namespace fs = std::filesystem;

namespace {

void require_usable(const fs::path& file, const fs::path& backup) {
    std::error_code error;
    if (!fs::is_regular_file(backup, error))
        throw Error(ErrorKind::not_found, "There is no file " + backup.string() + ".");
    if (fs::equivalent(backup, file, error))
        throw Error(ErrorKind::invalid, "This is the file of the present conversations, not a backup.");
    if (fs::file_size(backup, error) == 0)
        throw Error(ErrorKind::foreign_file, backup.string() + " is empty: it is no backup of Spoutnik.");
}

/// The person's file is never opened as a database: that could write beside it, or fail on a read-only disk.
void copy_with_log(const fs::path& backup, const fs::path& part) {
    for (const char* ending : {"", "-wal"}) {
        if (!fs::exists(beside(backup, ending))) continue;
        create_private_file(beside(part, ending));
        fs::copy_file(beside(backup, ending), beside(part, ending), fs::copy_options::overwrite_existing);
        fs::permissions(beside(part, ending), fs::perms::owner_read | fs::perms::owner_write);
    }
}

/// Checks the copy and brings it to the present form.
void prepare(sqlite3* copy, const fs::path& backup, std::span<const Migration> migrations, TimeMs now_ms) {
    const Header header = read_header(copy);
    if (header.is_empty) throw Error(ErrorKind::foreign_file, backup.string() + " is no backup of Spoutnik.");
    require_ours(header, backup);
    if (header.version > last_version(migrations))
        throw Error(ErrorKind::newer_schema,
                    "This backup was written by a later version of Spoutnik; please update the program.");
    if (const std::string damage = damage_in(copy); !damage.empty())
        throw Error(ErrorKind::corrupt, "This backup is damaged (" + damage + ").");
    execute(copy, "PRAGMA secure_delete = ON");
    run_migrations(copy, migrations, static_cast<int>(header.version));
    trust_schema(copy, migrations, backup);
    Transaction transaction(copy);
    Statement(copy, "UPDATE message SET status = 'interrupted', finished_ms = ? WHERE status = 'streaming'")
        .with(now_ms)
        .run();
    fold_missing(copy);
    rebuild_search_index(copy); // it stands in for what quick_check does not see
    transaction.commit();
}

} // namespace

fs::path restore_part(const fs::path& file) {
    return beside(file, ".restoring");
}

RestoreReport restore_database(sqlite3* live, const fs::path& file, const fs::path& backup,
                               const RestoreOptions& options) {
    require_usable(file, backup);
    const fs::path part = restore_part(file);
    RestoreReport report;
    try {
        remove_with_journals(part);
        copy_with_log(backup, part);
        const Connection copy = connect(part, Access::write, options.vfs);
        prepare(copy.get(), backup, options.migrations, options.now_ms);
        fs::create_directories(options.backups);
        fs::permissions(options.backups, fs::perms::owner_all);
        report.previous = options.backups / (file_stamp(options.now_ms) + "-before-restore.db");
        copy_database(live, report.previous, options.vfs);
        rotate_backups(options.backups);
        copy_pages(copy.get(), live); // one transaction in the live file's log
        report.conversations =
            query_integer(live, "SELECT count(*) FROM conversation WHERE deleted_ms IS NULL");
        report.messages = query_integer(live, "SELECT count(*) FROM message WHERE removed_ms IS NULL");
    } catch (...) {
        remove_with_journals(part);
        throw;
    }
    remove_with_journals(part);
    return report;
}

} // namespace spoutnik::storage
