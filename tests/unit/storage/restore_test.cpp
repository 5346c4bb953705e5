// SPDX-License-Identifier: MIT
// A backup in the place of the present conversations: never both lost.
#include "storage/conversations.h"
#include "storage/search.h"
#include "storage/settings.h"
#include "storage/statement.h"
#include "tests/unit/storage/faulty_vfs.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <sys/wait.h>
#include <unistd.h>

#include <signal.h>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::FaultyVfs;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

/// `count` turns that say `word`.
void fill(Database& database, const std::string& word, int count) {
    Conversations conversations(database);
    const ConversationId id = conversations.create(word).id;
    for (int i = 0; i < count; ++i) {
        const Turn turn = conversations.begin_turn(id, word + " question", "m");
        const std::string text = word + " answer " + std::string(3000, 'x');
        Answer answer;
        answer.content = text;
        conversations.finish(turn.answer, Status::done, answer);
    }
}

std::int64_t messages_of(Database& database, const char* word) {
    return static_cast<std::int64_t>(search(database, std::string(word) + " answer", 1000).size());
}

void check_whole(const Database& database) {
    Statement check(database.handle(), "PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
}

/// A database that says "old", its backup, and then "new".
struct Fixture {
    TestFolder folder;
    fs::path backup = folder.path() / "kept.db";

    explicit Fixture(Database& database) {
        Settings(database).set("theme", "old");
        fill(database, "old", 3);
        database.backup_to(backup);
        Settings(database).set("theme", "new");
        fill(database, "new", 6);
    }
};

} // namespace

TEST_CASE("a backup is restored, and what was there is kept") {
    TestFolder folder;
    Database database(folder.options());
    const Fixture f(database);
    const std::string before = bytes_of(f.backup);
    Database reader(folder.reading());
    REQUIRE(messages_of(reader, "new") == 6);

    const RestoreReport report = database.restore_from(f.backup);
    CHECK(report.conversations == 1);
    CHECK(report.messages == 6);
    CHECK(messages_of(database, "old") == 3);
    CHECK(messages_of(database, "new") == 0);
    CHECK(Settings(database).get("theme") == "old");
    CHECK(messages_of(reader, "new") == 0); // a reader beside it sees the change
    CHECK(bytes_of(f.backup) == before);
    CHECK(database.backups().front() == report.previous);
    check_whole(database);
    fill(database, "later", 1);
    CHECK(messages_of(database, "later") == 1);

    // And back again.
    database.restore_from(report.previous);
    CHECK(messages_of(database, "new") == 6);
    CHECK(messages_of(database, "old") == 3);
    CHECK(messages_of(database, "later") == 0);
    CHECK(database.backups().size() == 2);
    for (const auto& entry : fs::directory_iterator(folder.data()))
        CHECK(entry.path().string().find("restoring") == std::string::npos);
}

TEST_CASE("a restored database is there at the next start") {
    TestFolder folder;
    fs::path backup;
    std::optional<Fixture> f;
    {
        Database database(folder.options());
        f.emplace(database);
        database.restore_from(f->backup);
    }
    Database database(folder.options());
    CHECK_FALSE(database.report().was_damaged);
    CHECK(messages_of(database, "old") == 3);
    CHECK(messages_of(database, "new") == 0);
    check_whole(database);
}

TEST_CASE("a backup of schema 1 is brought to the present form") {
    TestFolder folder;
    TestFolder elsewhere;
    fs::create_directories(elsewhere.data());
    sqlite3* old = nullptr;
    REQUIRE(sqlite3_open(elsewhere.file().c_str(), &old) == SQLITE_OK);
    const std::string sql = bytes_of(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/data/storage_schema_1.sql");
    REQUIRE(sqlite3_exec(old, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(old);
    const std::string before = bytes_of(elsewhere.file());
    Database database(folder.options());
    CHECK(database.restore_from(elsewhere.file()).conversations == 3);
    CHECK(search(database, "oeuvre").size() == 1);
    CHECK(search(database, "こんに").size() == 1); // its answer had been streaming
    Conversations(database).set_archived(1, true);
    CHECK(bytes_of(elsewhere.file()) == before);
}

TEST_CASE("what is no good backup is refused in words, and nothing changes") {
    TestFolder folder;
    Database database(folder.options());
    const Fixture f(database);
    const fs::path file = f.folder.path() / "x.db";
    const auto alter = [&](const char* sql) {
        fs::copy_file(f.backup, file, fs::copy_options::overwrite_existing);
        sqlite3* altered = nullptr;
        REQUIRE(sqlite3_open(file.c_str(), &altered) == SQLITE_OK);
        CHECK(sqlite3_exec(altered, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(altered);
    };
    const auto refused = [&] { return error_of([&] { database.restore_from(file); }); };

    CHECK(refused() == ErrorKind::not_found);
    CHECK(error_of([&] { database.restore_from(folder.data()); }) == ErrorKind::not_found);
    CHECK(error_of([&] { database.restore_from(database.file()); }) == ErrorKind::invalid);
    std::ofstream(file) << "";
    CHECK(refused() == ErrorKind::foreign_file);
    std::ofstream(file) << "dear diary";
    CHECK(refused() == ErrorKind::corrupt);
    alter("PRAGMA application_id = 7; DROP TABLE setting");
    CHECK(refused() == ErrorKind::foreign_file);
    alter("PRAGMA user_version = 99");
    CHECK(refused() == ErrorKind::newer_schema);
    alter("CREATE TRIGGER spy AFTER INSERT ON message BEGIN DELETE FROM setting; END");
    CHECK(refused() == ErrorKind::foreign_file);
    fs::copy_file(f.backup, file, fs::copy_options::overwrite_existing);
    fs::resize_file(file, fs::file_size(file) / 2);
    CHECK(refused() == ErrorKind::corrupt);

    CHECK(messages_of(database, "new") == 6);
    CHECK(Settings(database).get("theme") == "new");
    CHECK(database.backups().empty());
    CHECK_FALSE(fs::exists(folder.data() / "spoutnik.db.restoring"));
    Database reader(folder.reading());
    CHECK(error_of([&] { reader.restore_from(f.backup); }) == ErrorKind::read_only);
}

TEST_CASE("a disk that fails at any write of a restore: the old conversations or the new ones, whole") {
    TestFolder original;
    fs::path backup;
    std::optional<Fixture> f;
    {
        Database database(original.options());
        f.emplace(database);
    }
    FaultyVfs& vfs = FaultyVfs::instance();
    int failures = 0;
    for (const auto fault : {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::write_or_sync}) {
        bool has_failed = true;
        for (int n = 1; has_failed; n += 7) {
            TestFolder folder;
            fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
            OpenOptions options = folder.options();
            options.vfs = FaultyVfs::name;
            {
                Database database(options);
                vfs.arm(fault, n);
                const auto error = error_of([&] { database.restore_from(f->backup); });
                has_failed = vfs.has_failed();
                vfs.disarm();
                if (error) {
                    ++failures;
                    CHECK((*error == ErrorKind::disk_full || *error == ErrorKind::input_output));
                    CHECK(messages_of(database, "new") == 6);
                }
            }
            Database database(options);
            CHECK_FALSE(database.report().was_damaged);
            check_whole(database);
            const auto news = messages_of(database, "new");
            CHECK((news == 6 || news == 0));
            CHECK(messages_of(database, "old") == 3);
            REQUIRE(n < 10'000);
        }
    }
    CHECK(failures > 20);
}

TEST_CASE("a program killed while it restores: the old conversations or the new ones, whole") {
    TestFolder original;
    std::optional<Fixture> f;
    {
        Database database(original.options());
        f.emplace(database);
    }
    for (int round = 0; round < 15; ++round) {
        TestFolder folder;
        fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                Database database(folder.options());
                database.restore_from(f->backup);
            } catch (...) {
                ::_exit(3);
            }
            ::_exit(0);
        }
        ::usleep(static_cast<useconds_t>(2000 * round));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        Database database(folder.options());
        CHECK_FALSE(database.report().was_damaged);
        check_whole(database);
        const auto news = messages_of(database, "new");
        CHECK((news == 6 || news == 0));
        CHECK(messages_of(database, "old") == 3);
        CHECK_FALSE(fs::exists(folder.data() / "spoutnik.db.restoring"));
    }
}
