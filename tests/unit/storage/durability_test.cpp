// SPDX-License-Identifier: MIT
// What was acknowledged is there: after a kill, a full disk, a failing disk, a power loss.
#include "storage/archive/import.h"
#include "storage/conversations.h"
#include "storage/folders.h"
#include "storage/schema.h"
#include "storage/search.h"
#include "storage/settings.h"
#include "storage/statement.h"
#include "storage/tags.h"
#include "tests/unit/storage/faulty_vfs.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace spoutnik::storage;
using spoutnik::storage::testing::FaultyVfs;
using spoutnik::storage::testing::TestFolder;

namespace {

/// The text of an answer after its k-th partial save: each longer than the one before.
std::string partial_text(int k) {
    std::string text;
    for (int i = 0; i <= k; ++i)
        text += "morceau " + std::to_string(i) + ", œuvre; ";
    return text;
}

Answer answer(std::string_view content) {
    Answer value;
    value.content = content;
    value.reasoning = "because";
    return value;
}

void check_whole(const Database& database) {
    Statement check(database.handle(), "PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
    // The search tables agree with the texts.
    CHECK_NOTHROW(execute(database.handle(), "INSERT INTO message_words(message_words, rank)"
                                             " VALUES('integrity-check', 1);"
                                             "INSERT INTO message_trigrams(message_trigrams, rank)"
                                             " VALUES('integrity-check', 1)"));
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    // A prompt and its answer are stored at once or not at all.
    CHECK(query_integer(database.handle(),
                        "SELECT count(*) FROM message u WHERE u.role = 'user'"
                        " AND NOT EXISTS (SELECT 1 FROM message a WHERE a.parent = u.id)") == 0);
}

/// One line to the parent after each acknowledged write.
void tell(int pipe, const std::string& line) {
    if (::write(pipe, line.data(), line.size()) < 0) ::_exit(3);
}

/// An export of ChatGPT's with one conversation of this name.
std::string foreign_file(const std::string& name) {
    return R"([{"id": ")" + name + R"(", "title": ")" + name + R"(", "mapping": {
        "a": {"children": ["b"], "message": {"author": {"role": "user"}, "content": {"parts": ["question"]}}},
        "b": {"parent": "a", "message": {"author": {"role": "assistant"}, "content": {"parts": ["answer"]}}}}}])";
}

/// What is done with a conversation beside talking: a folder, the archive, an import, a deletion.
void arrange(Database& database, Conversations& conversations, ConversationId id, int pipe) {
    const FolderId folder = Folders(database).create("folder");
    conversations.set_folder(std::span(&id, 1), folder);
    conversations.set_archived(std::span(&id, 1), true);
    tell(pipe, "A " + std::to_string(id) + "\n");
    if (query_integer(database.handle(), "SELECT count(*) FROM folder") > 5)
        Folders(database).remove(Folders(database).list().front().id);
    const std::string name = "f" + std::to_string(id);
    archive::import_text(conversations, foreign_file(name));
    tell(pipe, "I " + std::to_string(id) + "\n");
    const ConversationId doomed = conversations.create("doomed").id;
    conversations.begin_turn(doomed, "to be purged", "m");
    conversations.remove(std::span(&doomed, 1));
    conversations.purge(doomed);
    tell(pipe, "G " + std::to_string(doomed) + "\n");
}

/// A program that is used until it is killed: turns with partial saves, drafts, answers gone on with, other
/// branches, tags, messages removed and brought back, folders, imports and deletions.
[[noreturn]] void stream_until_killed(const OpenOptions& options, int pipe) {
    try {
        Database database(options);
        Conversations conversations(database);
        ConversationId id = 0;
        for (int turns = 0;; ++turns) {
            if (turns % 5 == 0) id = conversations.create("killed").id;
            conversations.set_draft(id, "quest");
            Turn turn = conversations.begin_turn(id, "question " + std::to_string(turns), "m");
            if (turns % 4 == 3) {
                conversations.finish(turn.answer, Status::interrupted, answer(""));
                turn.answer = conversations.begin_regeneration(turn.answer, "m");
            }
            tell(pipe, "B " + std::to_string(turn.answer) + "\n");
            int k = 0;
            for (; k < 12; ++k) {
                conversations.save_partial(turn.answer, answer(partial_text(k)));
                tell(pipe, "P " + std::to_string(turn.answer) + " " + std::to_string(k) + "\n");
                if (k == 6 && turns % 3 == 1) {
                    conversations.finish(turn.answer, Status::interrupted, answer(partial_text(k)));
                    conversations.begin_continuation(turn.answer, "m");
                }
            }
            conversations.finish(turn.answer, Status::done, answer(partial_text(k)));
            tell(pipe, "F " + std::to_string(turn.answer) + " " + std::to_string(k) + "\n");
            Tags(database).add(std::span(&id, 1), "tag " + std::to_string(turns % 7));
            if (turns % 3 == 0) arrange(database, conversations, id, pipe);
            if (turns % 3 == 2) {
                const MessageRemoval removal = conversations.remove_message(turn.answer);
                conversations.restore_message(turn.answer, removal.shown_leaf);
            }
        }
    } catch (...) {
        ::_exit(4);
    }
}

/// How many kills: SPOUTNIK_KILLS, else what fits in some ten seconds.
int kills() {
    const char* wanted = std::getenv("SPOUTNIK_KILLS");
    return wanted != nullptr ? std::max(1, std::atoi(wanted)) : 100;
}

struct Acknowledged {
    int last_partial = -1;
    bool is_finished = false;
};

} // namespace

TEST_CASE("kill -9 in mid-answer: every acknowledged write is there") {
    TestFolder folder;
    std::mt19937 random(20251122);
    std::map<MessageId, Acknowledged> acknowledged;
    std::size_t arranged = 0;
    int interrupted_seen = 0;
    const int rounds = kills();
    for (int round = 0; round < rounds; ++round) {
        std::set<MessageId> told; // in this round
        std::vector<std::pair<char, ConversationId>> of_conversations;
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(ends[0]);
            OpenOptions options = folder.options();
            if (round % 2 == 1) options.check_after = std::chrono::milliseconds(5); // as the window opens it
            stream_until_killed(options, ends[1]);
        }
        ::close(ends[1]);
        std::string said;
        char buffer[4096];
        ssize_t got = ::read(ends[0], buffer, sizeof buffer); // until it has begun
        if (got > 0) said.append(buffer, static_cast<std::size_t>(got));
        ::usleep(static_cast<useconds_t>(random() % 20'000));
        ::kill(child, SIGKILL);
        while ((got = ::read(ends[0], buffer, sizeof buffer)) > 0)
            said.append(buffer, static_cast<std::size_t>(got));
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFSIGNALED(status));
        std::istringstream lines(said);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            char what = 0;
            MessageId id = 0;
            int k = -1;
            words >> what >> id >> k;
            if (what == 'A' || what == 'I' || what == 'G') { // of a conversation
                of_conversations.emplace_back(what, id);
                continue;
            }
            told.insert(id);
            Acknowledged& entry = acknowledged[id];
            if (what != 'B') entry.last_partial = k;
            if (what == 'F') entry.is_finished = true;
        }

        Database database(folder.options());
        CHECK_FALSE(database.report().was_damaged);
        CHECK(database.report().interrupted <= 1);
        interrupted_seen += static_cast<int>(database.report().interrupted);
        CHECK(query_integer(database.handle(), "SELECT count(*) FROM message WHERE status = 'streaming'") ==
              0);
        const bool is_thorough = round % 25 == 24 || round == rounds - 1;
        if (is_thorough) {
            check_whole(database);
        } else {
            Statement check(database.handle(), "PRAGMA integrity_check");
            REQUIRE(check.step());
            REQUIRE(check.text(0) == "ok");
        }
        Conversations conversations(database);
        arranged += of_conversations.size();
        for (const auto& [what, id] : of_conversations) {
            const auto found = conversations.find(id);
            if (what == 'G' && found) FAIL_CHECK("what was purged is there again");
            if (what == 'A' && !(found && found->is_archived)) FAIL_CHECK("what was archived is not");
            if (what == 'I' && !conversations.find_source({"chatgpt", "f" + std::to_string(id)}))
                FAIL_CHECK("what was imported is missing");
        }
        for (const auto& [id, entry] : acknowledged) {
            if (!is_thorough && !told.contains(id)) continue; // those before: all of them every 25 rounds
            const std::optional<Message> message = conversations.message(id);
            if (!message) FAIL("an acknowledged answer is missing");
            const std::string least = entry.last_partial < 0 ? "" : partial_text(entry.last_partial);
            if (!message->content.starts_with(least)) FAIL_CHECK("an acknowledged text is missing");
            if (entry.is_finished && message->status != Status::done)
                FAIL_CHECK("a finished answer is not done");
            if (!conversations.message(*message->parent)) FAIL_CHECK("a prompt is missing");
        }
    }
    CHECK(acknowledged.size() >= static_cast<std::size_t>(rounds) / 2);
    CHECK(interrupted_seen > rounds / 5);
    CHECK(arranged > 0);
    WARN(rounds << " kills: " << acknowledged.size() << " acknowledged answers, " << interrupted_seen
                << " of them cut in the middle, " << arranged << " conversations arranged, all there");
}

namespace {

/// What the script below has been told is stored.
struct Told {
    std::map<MessageId, std::string> texts;
    std::map<MessageId, Status> states;
    std::string title;
    std::optional<std::string> setting;
};

/// A short life of a program; stops with the Error of the write that failed.
void live(Database& database, Told& told) {
    Conversations conversations(database);
    Settings settings(database);
    const ConversationId id = conversations.create("first").id;
    for (int i = 0; i < 14; ++i) {
        const std::string question = "question " + std::to_string(i) + std::string(3000, 'q');
        const Turn turn = conversations.begin_turn(id, question, "m");
        told.texts[turn.user] = question;
        told.texts[turn.answer] = "";
        for (int k = 0; k < 3; ++k) {
            const std::string text = partial_text(40 * k);
            conversations.save_partial(turn.answer, answer(text));
            told.texts[turn.answer] = text;
        }
        const std::string last = partial_text(160);
        conversations.finish(turn.answer, Status::done, answer(last));
        told.texts[turn.answer] = last;
        told.states[turn.answer] = Status::done;
        const std::string title = "title " + std::to_string(100 + i);
        conversations.rename(id, title);
        told.title = title;
        settings.set("last", title);
        told.setting = title;
        Tags(database).add(std::span(&id, 1), title);
        if (i % 4 == 1) {
            const MessageRemoval removal = conversations.remove_message(turn.answer);
            conversations.restore_message(turn.answer, removal.shown_leaf);
        }
        if (i % 4 == 3) execute(database.handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    const ConversationId gone = conversations.create("gone").id;
    conversations.begin_turn(gone, "to be purged", "m");
    conversations.purge(gone);
}

void check_told(Database& database, const Told& told) {
    Conversations conversations(database);
    for (const auto& [id, text] : told.texts) {
        const std::optional<Message> message = conversations.message(id);
        if (!message) FAIL("an acknowledged message is missing");
        // A later write may have reached the disk although it was reported as failed.
        if (!message->content.starts_with(text)) FAIL_CHECK("an acknowledged text is missing");
        if (told.states.contains(id) && message->status != told.states.at(id))
            FAIL_CHECK("a state is missing");
    }
    if (!told.title.empty()) {
        bool is_there = false;
        for (const ConversationSummary& row : conversations.list())
            is_there = is_there || row.conversation.title >= told.title;
        CHECK(is_there);
    }
    if (told.setting) CHECK(Settings(database).get("last") >= told.setting);
}

OpenOptions faulty(TestFolder& folder) {
    FaultyVfs::instance();
    OpenOptions options = folder.options();
    options.vfs = FaultyVfs::name;
    return options;
}

bool is_expected(const Error& error) {
    return error.kind() == ErrorKind::disk_full || error.kind() == ErrorKind::input_output;
}

/// Lets the n-th write (or sync) of a life fail; false when the life had fewer.
bool fail_once_at(FaultyVfs::Fault fault, int n) {
    TestFolder folder;
    Told told;
    bool has_failed = false;
    {
        Database database(faulty(folder));
        FaultyVfs::instance().arm(fault, n);
        try {
            live(database, told);
        } catch (const Error& error) {
            if (!is_expected(error)) FAIL_CHECK("n = " << n << ": " << error.what());
            // Still open, and everything said to be stored can be read.
            check_told(database, told);
        }
        has_failed = FaultyVfs::instance().has_failed();
        FaultyVfs::instance().disarm();
        check_told(database, told);
        Conversations(database).create("there is room again");
    }
    Database database(faulty(folder));
    CHECK_FALSE(database.report().was_damaged);
    check_told(database, told);
    check_whole(database);
    return has_failed;
}

} // namespace

TEST_CASE(
    "a disk that fills up at any write: an error in words, the database whole, nothing acknowledged lost") {
    int failures = 0;
    for (int n = 1; n <= 500; ++n)
        failures += fail_once_at(FaultyVfs::Fault::disk_full, n) ? 1 : 0;
    CHECK(failures == 500); // the life is longer than that
}

TEST_CASE("a write or a sync that fails once, at any place") {
    int failures = 0;
    for (int n = 1; n <= 500; ++n)
        failures += fail_once_at(FaultyVfs::Fault::write_or_sync, n) ? 1 : 0;
    CHECK(failures == 500); // the life is longer than that
}

TEST_CASE("a fault while the database is made leaves nothing that can't be opened") {
    for (const auto fault : {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::write_or_sync}) {
        bool has_failed = true;
        for (int n = 1; has_failed; ++n) {
            TestFolder folder;
            FaultyVfs::instance().arm(fault, n);
            try {
                const Database database(faulty(folder));
            } catch (const Error& error) {
                if (!is_expected(error)) FAIL_CHECK("n = " << n << ": " << error.what());
            }
            has_failed = FaultyVfs::instance().has_failed();
            FaultyVfs::instance().disarm();
            Database again(faulty(folder));
            CHECK_FALSE(again.report().was_damaged);
            Conversations(again).create("works");
            REQUIRE(n < 500);
        }
    }
}

TEST_CASE("a fault while a migration runs: the old database is whole, and the next start migrates it") {
    std::vector<Migration> longer(schema_migrations().begin(), schema_migrations().end());
    longer.push_back({longer.back().version + 1,
                      "ALTER TABLE message ADD COLUMN note TEXT; UPDATE message SET note = content;"
                      "CREATE INDEX message_by_note ON message(note)"});
    TestFolder old;
    Told told;
    {
        OpenOptions first = faulty(old);
        first.migrations = schema_migrations();
        Database database(first);
        live(database, told);
    }
    for (const auto fault : {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::write_or_sync}) {
        bool has_failed = true;
        for (int n = 1; has_failed; n += 3) {
            TestFolder folder;
            std::filesystem::copy(old.data(), folder.data(), std::filesystem::copy_options::recursive);
            OpenOptions options = faulty(folder);
            options.migrations = longer;
            FaultyVfs::instance().arm(fault, n);
            try {
                const Database database(options);
            } catch (const Error& error) {
                if (!is_expected(error)) FAIL_CHECK("n = " << n << ": " << error.what());
            }
            has_failed = FaultyVfs::instance().has_failed();
            FaultyVfs::instance().disarm();
            Database again(options);
            CHECK_FALSE(again.report().was_damaged);
            CHECK(again.report().schema == longer.back().version);
            check_told(again, told);
            check_whole(again);
            REQUIRE(n < 1000);
        }
    }
}

TEST_CASE("a power loss takes back only what was not acknowledged") {
    TestFolder folder;
    FaultyVfs& vfs = FaultyVfs::instance();
    vfs.forget();
    Database database(faulty(folder));
    Conversations conversations(database);
    const ConversationId id = conversations.create("power").id;
    int places = 0;
    for (int i = 0; i < 8; ++i) {
        const Turn turn = conversations.begin_turn(id, "question", "m");
        for (int k = 0; k < 4; ++k) {
            conversations.save_partial(turn.answer, answer(partial_text(20 * k)));
            if (i == 5 && k == 2) execute(database.handle(), "PRAGMA wal_checkpoint(PASSIVE)");
            TestFolder after;
            vfs.copy_after_power_loss(folder.data(), after.data());
            Database survivor(after.options());
            CHECK_FALSE(survivor.report().was_damaged);
            CHECK(survivor.report().interrupted == 1);
            check_whole(survivor);
            const std::optional<Message> message = Conversations(survivor).message(turn.answer);
            REQUIRE(message);
            CHECK(message->content == partial_text(20 * k));
            CHECK(message->status == Status::interrupted);
            CHECK_FALSE(search(survivor, "morceau").empty());
            ++places;
        }
        conversations.finish(turn.answer, Status::done, answer("done"));
    }
    CHECK(places == 32);
}

TEST_CASE("the power fails at any write, the disk having written what it pleased since the last sync") {
    FaultyVfs& vfs = FaultyVfs::instance();
    std::mt19937 random(20251123);
    int cuts = 0;
    while (cuts < 400) {
        TestFolder folder;
        vfs.forget();
        Database database(faulty(folder));
        Told told;
        vfs.watch([&] {
            if (random() % 20 != 0) return;
            ++cuts;
            TestFolder after;
            vfs.copy_after_power_loss(folder.data(), after.data(), random);
            Database survivor(after.options());
            if (survivor.report().was_damaged) FAIL_CHECK("cut " << cuts << ": damaged");
            check_whole(survivor);
            check_told(survivor, told);
        });
        live(database, told);
        vfs.watch(nullptr);
    }
    CHECK(cuts >= 400);
}
