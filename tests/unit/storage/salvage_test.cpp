// SPDX-License-Identifier: MIT
// Damaged files: what can be read is saved, what was there is set aside, and the program starts.
#include "storage/conversations.h"
#include "storage/page_carver.h"
#include "storage/search.h"
#include "storage/settings.h"
#include "storage/statement.h"
#include "tests/unit/storage/faulty_vfs.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <map>
#include <random>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::FaultyVfs;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t page_size = 4096;
constexpr int turns = 120;

struct Filled {
    std::map<MessageId, std::string> texts;
    std::map<std::string, std::int64_t> roots; ///< root page of each table and index, from 1
};

/// A database with some hundred messages, short and long, closed and checkpointed.
Filled write_all(TestFolder& folder) {
    Filled filled;
    Database database(folder.options());
    Conversations conversations(database);
    Settings(database).set("theme", "dark");
    for (int i = 0; i < turns; ++i) {
        const ConversationId id = conversations.create("conversation " + std::to_string(i)).id;
        for (int j = 0; j < 2; ++j) {
            const std::string question = "question " + std::to_string(i) + "." + std::to_string(j);
            const Turn turn = conversations.begin_turn(id, question, "m");
            Answer answer;
            const std::string text =
                "answer " + std::to_string(i) + (i % 7 == 0 ? std::string(9000, 'x') : std::string(200, 'y'));
            answer.content = text;
            conversations.finish(turn.answer, Status::done, answer);
            filled.texts[turn.user] = question;
            filled.texts[turn.answer] = text;
        }
    }
    Statement roots(database.handle(), "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0");
    while (roots.step())
        filled.roots[roots.text(0)] = roots.integer(1);
    return filled;
}

/// A copy of that database, made once, in `folder`.
Filled fill(TestFolder& folder) {
    static TestFolder original;
    static const Filled filled = write_all(original);
    fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
    return filled;
}

void overwrite(const fs::path& file, std::size_t at, const std::string& bytes) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at));
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void wipe_page(const fs::path& file, std::int64_t page) {
    overwrite(file, static_cast<std::size_t>(page - 1) * page_size, std::string(page_size, '\xA5'));
}

void check_whole(const Database& database) {
    Statement check(database.handle(), "PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM pragma_foreign_key_check") == 0);
}

/// How many of the texts are there again, unaltered.
std::size_t found_again(Database& database, const Filled& filled) {
    std::size_t found = 0;
    for (const auto& [id, text] : filled.texts) {
        const std::optional<Message> message = Conversations(database).message(id);
        if (message && message->content == text) ++found;
    }
    return found;
}

/// Opens the damaged file and checks what holds whatever the damage.
std::size_t salvage(TestFolder& folder, const Filled& filled) {
    const std::string damaged = bytes_of(folder.file());
    std::size_t found = 0;
    {
        Database database(folder.options());
        const OpenReport& report = database.report();
        REQUIRE(report.was_damaged);
        CHECK(report.notices.size() >= 1);
        REQUIRE_FALSE(report.set_aside.empty());
        bool is_kept = false;
        for (const fs::path& file : report.set_aside)
            is_kept = is_kept || (file.filename() == "spoutnik.db" && bytes_of(file) == damaged);
        CHECK(is_kept);
        CHECK(database.damaged_files().size() == report.set_aside.size());
        check_whole(database);
        found = found_again(database, filled);
        CHECK(static_cast<std::size_t>(report.salvaged_messages) >= found);
        Conversations conversations(database);
        for (const ConversationSummary& row : conversations.list())
            if (row.conversation.active_leaf) CHECK_FALSE(conversations.branch(row.conversation.id).empty());
        const ConversationId id = conversations.create("after").id;
        conversations.begin_turn(id, "works again", "m");
        CHECK(search(database, "works again").size() == 1);
    }
    Database database(folder.options());
    CHECK_FALSE(database.report().was_damaged);
    CHECK(found_again(database, filled) == found);
    database.discard_damaged_files();
    CHECK(database.damaged_files().empty());
    return found;
}

} // namespace

TEST_CASE("damage in an index only: everything is read") {
    TestFolder folder;
    const Filled filled = fill(folder);
    wipe_page(folder.file(), filled.roots.at("message_in_tree"));
    {
        TestFolder copy;
        fs::copy(folder.data(), copy.data(), fs::copy_options::recursive);
        Database database(copy.options());
        CHECK(database.report().is_salvage_complete);
        CHECK(database.report().salvaged_conversations == turns);
        CHECK(database.report().salvaged_messages == 4 * turns);
        CHECK(Settings(database).get("theme") == "dark");
        CHECK(Conversations(database).branch(5).size() == 4);
        CHECK(search(database, "\"question 17.1\"").size() == 1);
    }
    CHECK(salvage(folder, filled) == filled.texts.size());
}

TEST_CASE("the root of the messages is gone: their pages still give every row") {
    TestFolder folder;
    const Filled filled = fill(folder);
    wipe_page(folder.file(), filled.roots.at("message"));
    CHECK(salvage(folder, filled) == filled.texts.size());
}

TEST_CASE("the first page is gone, header and schema with it") {
    TestFolder folder;
    const Filled filled = fill(folder);
    wipe_page(folder.file(), 1);
    CHECK(salvage(folder, filled) == filled.texts.size());
}

TEST_CASE("the header's own marks are damaged, the rest is whole") {
    TestFolder folder;
    const Filled filled = fill(folder);
    SECTION("application id") {
        overwrite(folder.file(), 68, "ABCD");
    }
    SECTION("version, negative") {
        overwrite(folder.file(), 60, "\xFF\xFF\xFF\xFF");
    }
    SECTION("version, none") {
        overwrite(folder.file(), 60, std::string(4, '\0'));
    }
    CHECK(salvage(folder, filled) == filled.texts.size());
}

TEST_CASE("a page in the middle of the messages is gone: only its rows are") {
    TestFolder folder;
    const Filled filled = fill(folder);
    // A leaf of the messages: the page that holds one of the short answers.
    const std::size_t at = bytes_of(folder.file()).find("answer 60yyy");
    REQUIRE(at != std::string::npos);
    wipe_page(folder.file(), static_cast<std::int64_t>(at / page_size) + 1);
    const std::size_t found = salvage(folder, filled);
    CHECK(found < filled.texts.size());
    CHECK(found > filled.texts.size() - 40);
}

TEST_CASE("the conversations' page is gone: their messages get a conversation again") {
    TestFolder folder;
    const Filled filled = fill(folder);
    const std::string bytes = bytes_of(folder.file());
    const std::size_t at = bytes.find("conversation 60");
    REQUIRE(at != std::string::npos);
    wipe_page(folder.file(), static_cast<std::int64_t>(at / page_size) + 1);
    Database database(folder.options());
    REQUIRE(database.report().was_damaged);
    CHECK_FALSE(database.report().is_salvage_complete);
    CHECK(found_again(database, filled) == filled.texts.size());
    CHECK(Conversations(database).list().size() == turns);
    int recovered = 0;
    for (const ConversationSummary& row : Conversations(database).list()) {
        recovered += row.conversation.title == "Recovered conversation" ? 1 : 0;
        CHECK(Conversations(database).branch(row.conversation.id).size() == 4);
    }
    CHECK(recovered > 0);
    check_whole(database);
}

TEST_CASE("a file cut short gives what stands before the cut") {
    TestFolder original;
    const Filled filled = fill(original);
    const auto size = fs::file_size(original.file());
    std::size_t before = filled.texts.size();
    for (const int percent : {90, 60, 30, 5}) {
        TestFolder folder;
        fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
        fs::resize_file(folder.file(), size * static_cast<unsigned>(percent) / 100);
        const std::size_t found = salvage(folder, filled);
        CHECK(found <= before);
        if (percent >= 60) CHECK(found > 0);
        before = found;
    }
}

TEST_CASE("a file that is no database is set aside") {
    TestFolder folder;
    fs::create_directories(folder.data());
    std::ofstream(folder.file()) << "this is not a database, it is a letter to a friend\n"
                                 << std::string(5000, '.');
    CHECK(salvage(folder, {}) == 0);
}

TEST_CASE("rows that stand only in the write-ahead log are saved too") {
    TestFolder live;
    TestFolder folder;
    Filled filled = fill(live);
    {
        Database database(live.options());
        const ConversationId id = Conversations(database).create("late").id;
        const Turn turn = Conversations(database).begin_turn(id, "only in the log", "m");
        filled.texts[turn.user] = "only in the log";
        fs::create_directories(folder.data());
        for (const char* name : {"spoutnik.db", "spoutnik.db-wal"})
            fs::copy_file(live.data() / name, folder.data() / name);
    }
    REQUIRE(fs::file_size(folder.data() / "spoutnik.db-wal") > 0);
    SECTION("an index damaged") {
        wipe_page(folder.file(), filled.roots.at("message_by_parent"));
    }
    SECTION("every page but those in the log damaged") {
        const auto pages = static_cast<std::int64_t>(fs::file_size(folder.file()) / page_size);
        for (std::int64_t page = 1; page <= pages; ++page)
            overwrite(folder.file(), static_cast<std::size_t>(page - 1) * page_size,
                      std::string(100, '\xA5'));
    }
    Database database(folder.options());
    REQUIRE(database.report().was_damaged);
    CHECK(search(database, "only in the log").size() == 1);
    CHECK(database.report().set_aside.size() >= 2); // the log beside the file
    check_whole(database);
}

TEST_CASE("bytes flipped anywhere: the program starts and the database is whole") {
    TestFolder original;
    const Filled filled = fill(original);
    const auto size = fs::file_size(original.file());
    std::mt19937 random(99);
    int damaged = 0;
    for (int round = 0; round < 30; ++round) {
        TestFolder folder;
        fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
        const auto flips = 1 + random() % 40;
        for (unsigned i = 0; i < flips; ++i) {
            // Often in the head of a page, where the structure is.
            std::size_t at = random() % size;
            if (random() % 2 == 0) at = at / page_size * page_size + random() % 64;
            overwrite(folder.file(), at, std::string(1, static_cast<char>(random() % 256)));
        }
        try {
            Database database(folder.options());
            if (!database.report().was_damaged) continue; // the flip hit text or free space
            ++damaged;
            check_whole(database);
            CHECK(found_again(database, filled) > filled.texts.size() / 3);
            for (const ConversationSummary& row : Conversations(database).list())
                Conversations(database).branch(row.conversation.id);
            Conversations(database).create("works");
        } catch (const Error& error) {
            // A flip in the version or the application id may make it another's file: said, and left alone.
            CHECK((error.kind() == ErrorKind::foreign_file || error.kind() == ErrorKind::newer_schema));
        }
    }
    CHECK(damaged > 10);
}

TEST_CASE("the carver reads any bytes") {
    TestFolder original;
    fill(original);
    const std::string whole = bytes_of(original.file());
    std::mt19937 random(5);
    TestFolder folder;
    fs::create_directories(folder.data());
    for (int round = 0; round < 150; ++round) {
        std::string bytes;
        if (round % 3 == 0) {
            bytes.resize(random() % 20'000);
            for (char& byte : bytes)
                byte = static_cast<char>(random() % 4 == 0 ? 0x0D : random() % 256);
        } else {
            const std::size_t start = random() % (whole.size() / page_size) * page_size;
            bytes = whole.substr(0, 100) + whole.substr(start, 100'000);
            for (int i = 0; i < 400; ++i)
                bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        }
        std::ofstream(folder.file(), std::ios::binary) << bytes;
        std::ofstream(folder.data() / "spoutnik.db-wal", std::ios::binary) << bytes.substr(bytes.size() / 2);
        std::size_t total = 0;
        carve_rows(folder.file(), [&](const CarvedRow& row) { total += row.values.size(); });
        CHECK(total < 10'000'000);
    }
    carve_rows(folder.path() / "missing.db", [](const CarvedRow&) { FAIL("a row out of nothing"); });
}

TEST_CASE("a program stopped while it exchanged the files finishes at the next start") {
    TestFolder folder;
    const Filled filled = fill(folder);
    // The salvaged file is whole, the damaged one still half in its place.
    fs::copy_file(folder.file(), folder.data() / "spoutnik.db.salvaged");
    SECTION("before anything was moved") {
        wipe_page(folder.file(), 1);
    }
    SECTION("after the old file was moved") {
        fs::remove(folder.file());
    }
    std::ofstream(folder.data() / "spoutnik.db.salvaging") << "unfinished";
    Database database(folder.options());
    CHECK_FALSE(database.report().was_damaged);
    CHECK_FALSE(database.report().was_created);
    CHECK(found_again(database, filled) == filled.texts.size());
    CHECK_FALSE(fs::exists(folder.data() / "spoutnik.db.salvaged"));
    CHECK_FALSE(fs::exists(folder.data() / "spoutnik.db.salvaging"));
}

TEST_CASE(
    "a disk that fills up while a damaged file is salvaged leaves it where it was, for the next start") {
    TestFolder damaged;
    const Filled filled = fill(damaged);
    wipe_page(damaged.file(), filled.roots.at("message"));
    const std::string bytes = bytes_of(damaged.file());
    FaultyVfs& vfs = FaultyVfs::instance();
    bool has_failed = true;
    for (int n = 1; has_failed; n = n * 3 + 1) {
        TestFolder folder;
        fs::copy(damaged.data(), folder.data(), fs::copy_options::recursive);
        OpenOptions options = folder.options();
        options.vfs = FaultyVfs::name;
        vfs.arm(FaultyVfs::Fault::disk_full, n);
        const std::optional<ErrorKind> error = error_of([&] { Database database(options); });
        has_failed = vfs.has_failed();
        vfs.disarm();
        if (error) CHECK(*error == ErrorKind::disk_full);
        if (error && !fs::exists(folder.data() / "damaged")) CHECK(bytes_of(folder.file()) == bytes);
        Database database(options);
        CHECK(found_again(database, filled) == filled.texts.size());
        check_whole(database);
        REQUIRE(n < 100'000);
    }
}
