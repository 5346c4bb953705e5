// SPDX-License-Identifier: MIT
// The check that opening does not wait for: until the file is found whole, nothing is written into it.
#include "storage/conversations.h"
#include "storage/schema.h"
#include "storage/statement.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t page_size = 4096;

/// What the check said, to be waited for.
class Verdict {
  public:
    OpenOptions of(OpenOptions options, milliseconds after = milliseconds(0)) {
        options.check_after = after;
        options.on_checked = [this](bool is_whole) {
            const std::lock_guard lock(mutex_);
            is_whole_ = is_whole;
            said_.notify_all();
        };
        return options;
    }
    bool wait() {
        std::unique_lock lock(mutex_);
        said_.wait(lock, [this] { return is_whole_.has_value(); });
        return *is_whole_;
    }
    bool is_out() {
        const std::lock_guard lock(mutex_);
        return is_whole_.has_value();
    }

  private:
    std::mutex mutex_;
    std::condition_variable said_;
    std::optional<bool> is_whole_;
};

/// Enough turns that a checkpoint would come by itself, and the text of the last one's answer.
MessageId talk(Database& database, const std::string& word, int turns = 60) {
    Conversations conversations(database);
    const ConversationId id = conversations.create(word).id;
    MessageId last = 0;
    for (int i = 0; i < turns; ++i) {
        const Turn turn = conversations.begin_turn(id, word + " question", "m");
        const std::string text = word + std::string(60'000, 'x');
        Answer answer;
        answer.content = text;
        conversations.finish(turn.answer, Status::done, answer);
        last = turn.answer;
    }
    return last;
}

void wipe_page_of(const fs::path& file, std::int64_t page) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(page - 1) * static_cast<std::streamoff>(page_size));
    const std::string rubbish(page_size, '\xA5');
    out.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
}

/// A closed database with some turns; the root page of `table`.
std::int64_t fill(TestFolder& folder, const std::string& table = "message_in_tree") {
    Database database(folder.options());
    talk(database, "before", 20);
    return Statement(database.handle(), "SELECT rootpage FROM sqlite_schema WHERE name = ?")
        .with(table)
        .returned()
        .value_or(0);
}

} // namespace

TEST_CASE("nothing is written into a file before it is found whole, and nothing is lost by that") {
    TestFolder folder;
    fill(folder);
    const std::string before = bytes_of(folder.file());
    MessageId last = 0;
    {
        Verdict verdict;
        Database database(verdict.of(folder.options(), hours(1)));
        CHECK_FALSE(database.report().was_damaged);
        CHECK_FALSE(database.report().is_checked);
        last = talk(database, "meanwhile");
        CHECK(bytes_of(folder.file()) == before);
        CHECK_FALSE(verdict.is_out());
    }
    CHECK(bytes_of(folder.file()) == before); // nor at the end
    CHECK(fs::exists(folder.data() / "spoutnik.db-wal"));
    Verdict verdict;
    Database database(verdict.of(folder.options()));
    CHECK(verdict.wait());
    CHECK(Conversations(database).message(last)->content.starts_with("meanwhilex"));
    talk(database, "afterwards");
    CHECK(bytes_of(folder.file()) != before); // the log goes into the file again by itself
    database.finish_check();
}

TEST_CASE("what must change the file itself waits for the check") {
    TestFolder folder;
    fill(folder);
    Verdict verdict;
    Database database(verdict.of(folder.options(), hours(1)));
    Conversations conversations(database);
    const ConversationId secret = conversations.create("geheimnis").id;
    conversations.begin_turn(secret, "geheimnis", "m");
    CHECK_FALSE(verdict.is_out());
    SECTION("purging") {
        conversations.purge(secret);
        for (const auto& entry : fs::recursive_directory_iterator(folder.data()))
            if (entry.is_regular_file()) CHECK(bytes_of(entry.path()).find("geheimnis") == std::string::npos);
    }
    SECTION("a copy") {
        database.backup_to(folder.path() / "copy.db");
    }
    SECTION("a restore") {
        database.backup_to(folder.path() / "copy.db");
        conversations.rename(secret, "renamed");
        database.restore_from(folder.path() / "copy.db");
        CHECK(conversations.find(secret)->title == "geheimnis");
    }
    CHECK(verdict.wait());
}

TEST_CASE("a damaged file opens, stays untouched, and is salvaged with what was stored meanwhile") {
    TestFolder folder;
    const std::int64_t index = fill(folder);
    wipe_page_of(folder.file(), index);
    const std::string damaged = bytes_of(folder.file());
    std::string title;
    {
        Verdict verdict;
        Database database(verdict.of(folder.options()));
        CHECK_FALSE(database.report().was_damaged); // opening did not read it
        CHECK_FALSE(verdict.wait());
        Conversations conversations(database);
        for (int i = 0; i < 2000; ++i) // longer than a checkpoint would wait
            title = conversations.create("stored meanwhile " + std::to_string(i)).title;
        CHECK(bytes_of(folder.file()) == damaged);
        CHECK(error_of([&] { database.finish_check(); }) == ErrorKind::corrupt);
        CHECK(error_of([&] { database.backup_to(folder.path() / "copy.db"); }) == ErrorKind::corrupt);
        CHECK_FALSE(fs::exists(folder.path() / "copy.db"));
    }
    CHECK(bytes_of(folder.file()) == damaged);
    Database database(folder.options());
    CHECK(database.report().was_damaged);
    CHECK(database.report().salvaged_messages == 40);
    CHECK(database.report().salvaged_conversations == 2001);
    bool is_set_aside = false;
    for (const fs::path& file : database.report().set_aside)
        is_set_aside = is_set_aside || bytes_of(file) == damaged;
    CHECK(is_set_aside);
    bool is_there = false;
    for (const ConversationSummary& row : Conversations(database).list())
        is_there = is_there || row.conversation.title == title;
    CHECK(is_there);
}

TEST_CASE("damage that opening meets by itself is salvaged at once") {
    TestFolder folder;
    fill(folder);
    wipe_page_of(folder.file(), 1);
    Verdict verdict;
    Database database(verdict.of(folder.options()));
    CHECK(database.report().was_damaged);
    CHECK(database.report().salvaged_messages == 40);
    Conversations(database).create("works");
}

TEST_CASE("what a migration rewrites is checked before") {
    TestFolder folder;
    {
        OpenOptions first = folder.options();
        first.migrations = schema_migrations().first(1);
        Database database(first);
        execute(database.handle(), "INSERT INTO conversation(uuid, title, created_ms) VALUES('u', 't', 1)");
    }
    Verdict verdict;
    Database database(verdict.of(folder.options(), hours(1)));
    CHECK(database.report().schema_found == 1);
    CHECK(database.report().backup);
    CHECK(database.report().is_checked);
    database.finish_check(); // nothing was put off
    CHECK_FALSE(verdict.is_out());
}

TEST_CASE("bytes flipped anywhere: no damage goes unnoticed because the check came later") {
    TestFolder original;
    fill(original);
    const auto size = fs::file_size(original.file());
    std::mt19937 random(7);
    int damaged = 0;
    for (int round = 0; round < 40; ++round) {
        TestFolder folder;
        fs::copy(original.data(), folder.data(), fs::copy_options::recursive);
        {
            std::fstream out(folder.file(), std::ios::binary | std::ios::in | std::ios::out);
            for (auto flips = 1 + random() % 40; flips > 0; --flips) {
                const std::size_t at = random() % size / page_size * page_size + random() % 100;
                out.seekp(static_cast<std::streamoff>(at));
                out.put(static_cast<char>(random() % 256));
            }
        }
        TestFolder twin;
        fs::copy(folder.data(), twin.data(), fs::copy_options::recursive);
        bool is_whole = false;
        const auto refused = error_of([&] {
            const Database first(twin.options());
            is_whole = !first.report().was_damaged;
        });
        Verdict verdict;
        const auto refused_later = error_of([&] {
            Database later(verdict.of(folder.options()));
            if (later.report().was_damaged) {
                CHECK_FALSE(is_whole);
                return;
            }
            CHECK(error_of([&] { later.finish_check(); }) ==
                  (is_whole ? std::optional<ErrorKind>() : ErrorKind::corrupt));
        });
        CHECK(refused_later == refused);
        damaged += !refused && !is_whole ? 1 : 0;
    }
    CHECK(damaged > 10);
}

TEST_CASE("closing does not wait for a check that has not begun") {
    TestFolder folder;
    fill(folder);
    for (int i = 0; i < 50; ++i) {
        Verdict verdict; // delays on both sides of its beginning
        Database database(verdict.of(folder.options(), milliseconds(i % 2 == 0 ? i / 10 : 3'600'000)));
        Conversations(database).create("one more");
    }
    const Database database(folder.options());
    CHECK_FALSE(database.report().was_damaged);
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM conversation") == 51);
}
