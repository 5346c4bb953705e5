// SPDX-License-Identifier: MIT
#include "storage/conversations.h"
#include "storage/date_group.h"
#include "storage/folders.h"
#include "storage/prompts.h"
#include "storage/schema.h"
#include "storage/search.h"
#include "storage/settings.h"
#include "storage/statement.h"
#include "storage/tags.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

/// Runs SQL on a file without any of storage's care.
void raw(const fs::path& file, const std::string& sql) {
    fs::create_directories(file.parent_path());
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
    INFO((message != nullptr ? message : ""));
    CHECK(code == SQLITE_OK);
    sqlite3_free(message);
    sqlite3_close(database);
}

Answer answer(std::string_view content, std::string_view reasoning = {}) {
    Answer value;
    value.content = content;
    value.reasoning = reasoning;
    return value;
}

/// Every file below `folder` that holds `text`.
std::vector<std::string> files_with(const fs::path& folder, const std::string& text) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && bytes_of(entry.path()).find(text) != std::string::npos)
            files.push_back(entry.path().string());
    return files;
}

/// The released migrations and some that may come.
std::vector<Migration> released_and(std::initializer_list<const char*> more) {
    std::vector<Migration> steps(schema_migrations().begin(), schema_migrations().end());
    for (const char* sql : more)
        steps.push_back({steps.back().version + 1, sql});
    return steps;
}

fs::perms permissions_of(const fs::path& file) {
    return fs::status(file).permissions();
}

} // namespace

TEST_CASE("a first start makes a private folder and a database with the promised settings") {
    TestFolder folder;
    Database database(folder.options());
    CHECK(database.report().was_created);
    CHECK(database.report().schema_found == 0);
    CHECK(database.report().schema == schema_migrations().back().version);
    CHECK(database.report().notices.empty());
    CHECK_FALSE(database.is_read_only());
    CHECK(database.file() == folder.file());
    CHECK(permissions_of(folder.data()) == fs::perms::owner_all);
    constexpr fs::perms owner_only = fs::perms::owner_read | fs::perms::owner_write;
    for (const char* name : {"spoutnik.db", "spoutnik.db-wal", "spoutnik.db-shm", "spoutnik.lock"})
        CHECK(permissions_of(folder.data() / name) == owner_only);

    sqlite3* handle = database.handle();
    Statement mode(handle, "PRAGMA journal_mode");
    REQUIRE(mode.step());
    CHECK(mode.text(0) == "wal");
    CHECK(query_integer(handle, "PRAGMA synchronous") == 2);
    CHECK(query_integer(handle, "PRAGMA foreign_keys") == 1);
    CHECK(query_integer(handle, "PRAGMA secure_delete") == 1);
    CHECK(query_integer(handle, "PRAGMA cell_size_check") == 1);
    CHECK(query_integer(handle, "PRAGMA application_id") == application_id);
}

TEST_CASE("a folder that others could read is closed to them") {
    TestFolder folder;
    fs::create_directories(folder.data());
    fs::permissions(folder.data(), fs::perms::all);
    const Database database(folder.options());
    CHECK(permissions_of(folder.data()) == fs::perms::owner_all);
}

TEST_CASE("what was written is there at the next start") {
    TestFolder folder;
    ConversationId id = 0;
    {
        Database database(folder.options());
        id = Conversations(database).create("kept").id;
        const Turn turn = Conversations(database).begin_turn(id, "prompt", "m");
        Conversations(database).save_partial(turn.answer, answer("half an answ", "thought"));
    }
    {
        Database database(folder.options());
        CHECK_FALSE(database.report().was_created);
        CHECK(database.report().interrupted == 1);
        REQUIRE(database.report().notices.size() == 1);
        const std::vector<Message> branch = Conversations(database).branch(id);
        REQUIRE(branch.size() == 2);
        CHECK(branch[1].status == Status::interrupted);
        CHECK(branch[1].content == "half an answ");
        CHECK(branch[1].finished_ms > 0);
        CHECK(search(database, "half thought").size() == 1);
    }
    Database database(folder.options());
    CHECK(database.report().interrupted == 0);
    CHECK(database.report().notices.empty());
}

TEST_CASE("a second program is told in one sentence; a reader may stand beside the writer") {
    TestFolder folder;
    {
        Database first(folder.options());
        CHECK(error_of([&] { Database second(folder.options()); }) == ErrorKind::locked);
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(error_of([&] { Database second(folder.options()); }) == ErrorKind::locked ? 7 : 8);
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WEXITSTATUS(status) == 7);

        Database reader(folder.reading());
        CHECK(reader.is_read_only());
        CHECK(Conversations(reader).list().empty());
        Conversations(first).create("seen by the reader");
        CHECK(Conversations(reader).list().size() == 1);
        CHECK(search(reader, "reader").size() == 1);
        CHECK(error_of([&] { Conversations(reader).create("x"); }) == ErrorKind::read_only);
        CHECK(error_of([&] { Settings(reader).set("a", "b"); }) == ErrorKind::read_only);
        CHECK(error_of([&] { reader.discard_damaged_files(); }) == ErrorKind::read_only);
    }
    CHECK_NOTHROW(Database(folder.options())); // the lock went with its holder
    TestFolder empty;
    CHECK(error_of([&] { Database reader(empty.reading()); }) == ErrorKind::not_found);
    CHECK_FALSE(fs::exists(empty.data()));
}

TEST_CASE("another program's lock on the file is an error in words, and passes") {
    TestFolder folder;
    Database database(folder.options());
    sqlite3_busy_timeout(database.handle(), 1);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(error_of([&] { Conversations(database).create("x"); }) == ErrorKind::locked);
    REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(other);
    CHECK_NOTHROW(Conversations(database).create("x"));
}

TEST_CASE("a disk full by SQLite's own limit: an error in words, what was there stays") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create("c").id;
    conversations.append(id, std::nullopt, Role::user, "kept");
    execute(database.handle(), "PRAGMA max_page_count = 1");
    const std::string big(2'000'000, 'x');
    CHECK(error_of([&] { conversations.begin_turn(id, big, "m"); }) == ErrorKind::disk_full);
    CHECK(conversations.branch(id).size() == 1);
    execute(database.handle(), "PRAGMA max_page_count = 1000000");
    CHECK(conversations.begin_turn(id, big, "m").user > 0);
    CHECK(conversations.branch(id).size() == 3);
}

TEST_CASE("a file of schema 1 opens with everything in it") {
    TestFolder folder;
    raw(folder.file(), bytes_of(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/data/storage_schema_1.sql"));
    Database database(folder.options());
    CHECK(database.report().schema_found == 1);
    CHECK(database.report().interrupted == 1);
    CHECK_FALSE(database.report().was_damaged);
    CHECK(database.report().backup.has_value() == (schema_migrations().back().version > 1));
    Conversations conversations(database);
    const std::vector<ConversationSummary> list = conversations.list();
    REQUIRE(list.size() == 3);
    CHECK(list[0].conversation.title == "L'été à Köln");
    CHECK(list[0].conversation.title_is_manual);
    CHECK(list[0].last_line == "#include <iostream>");
    CHECK(list[1].last_line == "こんに");
    CHECK(list[2].conversation.title.empty());
    CHECK(conversations.removed().size() == 1);
    const std::vector<Message> branch = conversations.branch(1);
    REQUIRE(branch.size() == 4);
    CHECK(branch[1].reasoning == "Une ville…");
    CHECK(branch[1].tokens_per_second == 20.5);
    CHECK(branch[1].sibling_count == 2);
    CHECK(branch[3].status == Status::error);
    CHECK(branch[3].error == "Out of memory.");
    CHECK(conversations.branch(4).size() == 1);
    CHECK(search(database, "oeuvre").size() == 1);
    CHECK(search(database, "こん").size() == 1);
    CHECK(search(database, "<iostream>").size() == 1);
    CHECK(search(database, "koln").size() == 2);
    CHECK(Settings(database).get("appearance/theme") == "dark");
    CHECK_NOTHROW(conversations.begin_turn(4, "goes on", "m"));

    // What version 2 added is empty, and can be used.
    CHECK_FALSE(list[0].conversation.is_archived);
    CHECK_FALSE(list[0].conversation.folder);
    CHECK(list[0].conversation.source == Source{});
    CHECK(list[0].draft_line.empty());
    CHECK(list[0].tags.empty());
    CHECK(conversations.replay(2) == Replay{});
    CHECK(conversations.removed_messages(1).empty());
    CHECK(conversations.tree(4)->messages.size() == 3);
    conversations.set_folder(1, Folders(database).create("Voyages"));
    conversations.set_draft(4, "à finir");
    const ConversationId first = 1;
    CHECK(Tags(database).add(std::span(&first, 1), "été") == 1);
    CHECK(conversations.list()[0].tags == std::vector<std::string>{"été"});
    CHECK(conversations.remove_message(2).messages == 3);
    CHECK(conversations.branch(1).size() == 2);
}

TEST_CASE("a file of schema 2 opens with everything in it") {
    TestFolder folder;
    raw(folder.file(), bytes_of(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/data/storage_schema_2.sql"));
    Database database(folder.options());
    CHECK(database.report().schema_found == 2);
    CHECK_FALSE(database.report().was_damaged);
    CHECK(database.report().backup.has_value() == (schema_migrations().back().version > 2));
    Conversations conversations(database);
    ListFilter everything;
    everything.archived = ListFilter::Archived::also;
    const std::vector<ConversationSummary> list = conversations.list(everything);
    REQUIRE(list.size() == 2);
    const ConversationSummary& kept = list[0];
    CHECK(kept.conversation.title == "Deux modèles");
    CHECK(kept.conversation.is_archived);
    CHECK(kept.conversation.source == Source{"openwebui", "5b1f7c1e-0000-4000-8000-000000000009"});
    CHECK(kept.tags == std::vector<std::string>{"comparaison", "modèles"});
    CHECK(kept.draft_line == "à finir");
    REQUIRE(kept.conversation.folder);
    CHECK(Folders(database).list().at(0).name == "Travail");
    CHECK(Prompts(database).list().at(0).content == "Traduis en {{langue}} : {{texte}}");
    CHECK(Settings(database).get("appearance/theme") == "dark");
    REQUIRE(conversations.branch(1).size() == 4);
    CHECK(conversations.branch(1).back().status == Status::interrupted);
    CHECK(conversations.replay(2).token_ids == std::vector<std::int32_t>{5, 0, 2147483647});
    CHECK(conversations.replay(2).model_hash == "0123456789abcdef");
    CHECK(conversations.branch(2).size() == 4);
    CHECK(conversations.branch(2)[2].reasoning == "Peru: Lima.");
    CHECK(search(database, "chad").size() == 1);
    CHECK(search(database, "iostream").empty());
    REQUIRE(conversations.removed_messages(1).size() == 1); // gone, and can come back
    CHECK(search(database, "<map>").empty());
    conversations.restore_message(conversations.removed_messages(1)[0].id);
    CHECK(search(database, "<map>").size() == 1);
    CHECK_NOTHROW(conversations.begin_turn(2, "goes on", "m"));
    CHECK(query_integer(database.handle(),
                        "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0);
}

TEST_CASE("a reader opens a file of schema 1 without changing it") {
    TestFolder folder;
    raw(folder.file(), bytes_of(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/data/storage_schema_1.sql"));
    const std::string before = bytes_of(folder.file());
    Database reader(folder.reading());
    CHECK(reader.report().schema_found == 1);
    CHECK(Conversations(reader).list().size() == 3);
    CHECK(Conversations(reader).branch(1).size() == 4);
    CHECK(search(reader, "oeuvre").size() == 1);
    CHECK(error_of([&] { Conversations(reader).create("x"); }) == ErrorKind::read_only);
    CHECK(bytes_of(folder.file()) == before);
}

TEST_CASE("migrations are preceded by a copy; a failing one changes nothing") {
    const int last = schema_migrations().back().version;
    const auto steps = released_and(
        {"ALTER TABLE conversation ADD COLUMN note TEXT", "ALTER TABLE conversation ADD COLUMN colour TEXT"});
    const auto broken = released_and(
        {"ALTER TABLE conversation ADD COLUMN note TEXT", "CREATE TABLE half(x); CREATE GARBAGE"});
    const auto loose = released_and({"INSERT INTO message(conversation) VALUES(999)"});
    const std::span<const Migration> all(steps);
    TestFolder folder;
    const auto open = [&](std::span<const Migration> migrations) {
        OpenOptions options = folder.options();
        options.migrations = migrations;
        return Database(options);
    };
    {
        Database database = open(schema_migrations());
        Conversations(database).create("one");
        CHECK(database.backups().empty());
    }
    CHECK(error_of([&] { open(loose); }) == ErrorKind::other);
    CHECK(error_of([&] { open(broken); }) == ErrorKind::other);
    {
        // The step before the broken one stands; nothing of the broken one does.
        Database database = open(all.first(all.size() - 1));
        CHECK(database.report().schema_found == last + 1);
        CHECK(query_integer(database.handle(), "SELECT count(*) FROM sqlite_schema WHERE name = 'half'") ==
              0);
        CHECK(Conversations(database).list().size() == 1);
        CHECK(database.backups().size() == 2);
    }
    {
        Database database = open(steps);
        REQUIRE(database.report().backup);
        CHECK(database.report().schema_found == last + 1);
        CHECK(database.report().schema == last + 2);
        CHECK(database.report().notices.size() == 1);
        CHECK(database.backups().front() == *database.report().backup);
        sqlite3* copy = nullptr;
        REQUIRE(sqlite3_open(database.report().backup->c_str(), &copy) == SQLITE_OK);
        CHECK(query_integer(copy, "PRAGMA user_version") == last + 1);
        CHECK(query_integer(copy, "SELECT count(*) FROM conversation WHERE title = 'one'") == 1);
        sqlite3_close(copy);
        CHECK(permissions_of(*database.report().backup) == (fs::perms::owner_read | fs::perms::owner_write));
        Conversations(database).create("two");
    }
    // A copy put back in place of the file opens.
    const fs::path newest = open(steps).backups().front();
    for (const char* name : {"spoutnik.db", "spoutnik.db-wal", "spoutnik.db-shm"})
        fs::remove(folder.data() / name);
    fs::copy_file(newest, folder.file());
    Database back = open(steps);
    CHECK(Conversations(back).list().size() == 1);
}

TEST_CASE("only the newest copies are kept") {
    TestFolder folder;
    static std::vector<std::string> sql;
    static std::vector<Migration> steps;
    sql.clear();
    steps.assign(1, schema_migrations()[0]);
    sql.reserve(10);
    for (int version = 2; version <= 10; ++version) { // of a life of its own
        sql.push_back("CREATE TABLE t" + std::to_string(version) + "(x)");
        steps.push_back({version, sql.back().c_str()});
    }
    for (std::size_t count = 1; count <= steps.size(); ++count) {
        OpenOptions options = folder.options();
        options.migrations = std::span<const Migration>(steps.data(), count);
        const Database database(options);
        CHECK(database.backups().size() == std::min<std::size_t>(count - 1, 5));
    }
}

TEST_CASE("a file of a later version opens to be read, and is not changed") {
    TestFolder folder;
    {
        Database database(folder.options());
        const ConversationId id = Conversations(database).create("from the future").id;
        Conversations(database).begin_turn(id, "question", "m");
    }
    raw(folder.file(), "ALTER TABLE message ADD COLUMN mood TEXT; PRAGMA user_version = 99");
    const std::string before = bytes_of(folder.file());
    {
        Database database(folder.options());
        CHECK(database.report().is_newer_schema);
        CHECK(database.is_read_only());
        CHECK(database.report().notices.size() == 1);
        CHECK(Conversations(database).list().size() == 1);
        CHECK(Conversations(database).branch(1).size() == 2);
        CHECK(search(database, "question").size() == 1);
        CHECK(error_of([&] { Conversations(database).create("x"); }) == ErrorKind::read_only);
        CHECK(error_of([&] { Conversations(database).remove(1); }) == ErrorKind::read_only);
        CHECK(error_of([&] { Settings(database).set("a", "b"); }) == ErrorKind::read_only);
    }
    CHECK(bytes_of(folder.file()) == before);
    raw(folder.file(),
        "DROP INDEX message_streaming; DROP TRIGGER message_indexed; DROP TRIGGER message_unindexed;"
        "DROP TRIGGER message_reindexed;"
        "ALTER TABLE message RENAME COLUMN content TO body");
    CHECK(error_of([&] { Database database(folder.options()); }) == ErrorKind::newer_schema);
}

TEST_CASE("another program's database is left alone, and so is a schema with foreign triggers") {
    TestFolder folder;
    raw(folder.file(), "CREATE TABLE bookmarks(url); INSERT INTO bookmarks VALUES('x')");
    const std::string before = bytes_of(folder.file());
    CHECK(error_of([&] { Database database(folder.options()); }) == ErrorKind::foreign_file);
    CHECK(error_of([&] { Database database(folder.reading()); }) == ErrorKind::foreign_file);
    CHECK(bytes_of(folder.file()) == before);

    TestFolder ours;
    { Database database(ours.options()); }
    raw(ours.file(), "CREATE TABLE extra(x)"); // harmless
    CHECK_NOTHROW(Database(ours.options()));
    raw(ours.file(),
        "CREATE TRIGGER spy AFTER INSERT ON message BEGIN INSERT INTO extra VALUES(new.content); END");
    CHECK(error_of([&] { Database database(ours.options()); }) == ErrorKind::foreign_file);
    raw(ours.file(), "DROP TRIGGER spy");
    CHECK_NOTHROW(Database(ours.options()));
}

TEST_CASE("a copy on demand is a whole database") {
    TestFolder folder;
    Database database(folder.options());
    const ConversationId id = Conversations(database).create("copied").id;
    Conversations(database).begin_turn(id, "question", "m");
    TestFolder other;
    fs::create_directories(other.data());
    database.backup_to(other.file());
    CHECK(fs::exists(other.file()));
    CHECK(std::distance(fs::directory_iterator(other.data()), fs::directory_iterator()) == 1);
    Database copy(other.options());
    CHECK(Conversations(copy).branch(id).size() == 2);
    CHECK(error_of([&] { database.backup_to(folder.path() / "missing" / "x.db"); }) ==
          ErrorKind::input_output);
}

TEST_CASE("what is purged is nowhere in the folder any more, backups included") {
    const auto longer = released_and({"ALTER TABLE message ADD COLUMN note TEXT"});
    TestFolder folder;
    OpenOptions options = folder.options();
    options.migrations = schema_migrations();
    ConversationId secret = 0;
    ConversationId kept = 0;
    {
        Database database(options);
        Conversations conversations(database);
        secret = conversations.create("zqtitrezq").id;
        kept = conversations.create("kept").id;
        for (int i = 0; i < 30; ++i) {
            const Turn turn = conversations.begin_turn(secret, "zqpromptzq" + std::string(i * 97, 'p'), "m");
            for (int k = 0; k < 5; ++k)
                conversations.save_partial(turn.answer, answer("zqpartzq" + std::string(k * 1511, 'a')));
            conversations.finish(turn.answer, Status::done, answer("zqcontentzq", "zqreasoningzq"));
            conversations.begin_turn(kept, "still here " + std::to_string(i), "m");
        }
    }
    options.migrations = longer;
    Database database(options);
    REQUIRE(database.backups().size() == 1);
    Conversations conversations(database);
    const std::vector<std::string> words{"zqtitre",   "zqprompt",    "zqpart",
                                         "zqcontent", "zqreasoning", "zqlast"};
    CHECK(conversations.begin_turn(secret, "zqlastzq", "m").user > 0);
    for (const std::string word : {"zqtitre", "zqprompt", "zqcontent", "zqreasoning", "zqlast"})
        CHECK_FALSE(files_with(folder.data(), word.substr(2)).empty());
    conversations.purge(secret);
    for (const std::string& word : words) {
        INFO(word);
        // From the third letter on: an index may share a term's beginning with its neighbour.
        CHECK(files_with(folder.data(), word.substr(2) + "zq") == std::vector<std::string>{});
        CHECK(search(database, word).empty());
    }
    CHECK(conversations.branch(kept).size() == 60);
    CHECK(search(database, "still here", 1000).size() == 30);
    REQUIRE(database.backups().size() == 1);
    sqlite3* copy = nullptr;
    REQUIRE(sqlite3_open(database.backups()[0].c_str(), &copy) == SQLITE_OK);
    CHECK(query_integer(copy, "SELECT count(*) FROM message") == 60);
    sqlite3_close(copy);
}

TEST_CASE("settings") {
    TestFolder folder;
    Database database(folder.options());
    Settings settings(database);
    CHECK_FALSE(settings.get("a"));
    CHECK(settings.get_or("a", "none") == "none");
    settings.set("a", "x");
    settings.set("a", "é\n\"");
    CHECK(settings.get("a") == "é\n\"");
    settings.set("empty", "");
    CHECK(settings.get("empty") == "");
    settings.set_int("n", std::numeric_limits<std::int64_t>::min());
    CHECK(settings.get_int("n", 1) == std::numeric_limits<std::int64_t>::min());
    settings.set_double("d", 0.1);
    CHECK(settings.get_double("d", 0) == 0.1);
    settings.set_bool("b", true);
    CHECK(settings.get_bool("b", false));
    CHECK(settings.get_bool("missing", true));
    for (const char* odd : {"", "12x", " 1", "99999999999999999999", "nan?"}) {
        settings.set("n", odd);
        CHECK(settings.get_int("n", 5) == 5);
    }
    settings.set("window/width", "1");
    settings.set("window/height", "2");
    settings.set("windows", "3");
    CHECK(settings.all("window/") ==
          std::map<std::string, std::string>{{"window/height", "2"}, {"window/width", "1"}});
    CHECK(settings.all().size() == 8);
    settings.remove("a");
    settings.remove("a");
    CHECK_FALSE(settings.get("a"));
}

TEST_CASE("the data folder follows XDG") {
    const auto keep = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    const auto data = keep("XDG_DATA_HOME");
    const auto home = keep("HOME");
    ::setenv("XDG_DATA_HOME", "/somewhere/data", 1);
    CHECK(default_data_folder() == "/somewhere/data/spoutnik");
    ::setenv("HOME", "/home/laika", 1);
    ::setenv("XDG_DATA_HOME", "relative", 1); // the specification says to ignore it
    CHECK(default_data_folder() == "/home/laika/.local/share/spoutnik");
    ::setenv("XDG_DATA_HOME", "", 1);
    CHECK(default_data_folder() == "/home/laika/.local/share/spoutnik");
    ::unsetenv("XDG_DATA_HOME");
    ::unsetenv("HOME");
    CHECK(default_data_folder().is_absolute());
    if (data) ::setenv("XDG_DATA_HOME", data->c_str(), 1);
    if (home) ::setenv("HOME", home->c_str(), 1);
}

TEST_CASE("headings go by local days, also where the clocks change") {
    const char* before = std::getenv("TZ");
    const std::optional<std::string> zone =
        before != nullptr ? std::optional<std::string>(before) : std::nullopt;
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1); // Paris, without needing the zone files
    ::tzset();
    using Kind = DateGroup::Kind;
    constexpr std::int64_t hour = 3'600'000;
    // Monday 31 March 2025, 00:30 in Paris: 22:30 UTC the day before, the night after the clocks went
    // forward.
    constexpr std::int64_t now = 1'743'373'800'000;
    CHECK(date_group(now, now).kind == Kind::today);
    CHECK(date_group(now + 50 * hour, now).kind == Kind::today);
    CHECK(date_group(now - hour, now).kind == Kind::yesterday);
    CHECK(date_group(now - 23 * hour, now).kind == Kind::yesterday); // Sunday had 23 hours
    CHECK(date_group(now - 24 * hour, now).kind == Kind::this_week);
    CHECK(date_group(now - 6 * 24 * hour + hour, now).kind == Kind::this_week);
    CHECK(date_group(now - 8 * 24 * hour, now) == DateGroup{Kind::month, 2025, 3});
    CHECK(date_group(-1, now) == DateGroup{Kind::month, 1970, 1});
    CHECK(date_group(-2 * hour, now) == DateGroup{Kind::month, 1969, 12});
    if (zone)
        ::setenv("TZ", zone->c_str(), 1);
    else
        ::unsetenv("TZ");
    ::tzset();
}
