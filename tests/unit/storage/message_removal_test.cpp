// SPDX-License-Identifier: MIT
// Messages removed and brought back, answers gone on with, whole trees out and in.
#include "storage/conversations.h"
#include "storage/folders.h"
#include "storage/schema.h"
#include "storage/search.h"
#include "storage/statement.h"
#include "storage/tags.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;

namespace {

using Texts = std::vector<std::string>;

Answer answer(std::string_view content) {
    Answer value;
    value.content = content;
    return value;
}

/// q1 - a1 - q2 - a2 and a2', q1 again as an edited q1b - a1b.
struct Fixture {
    TestFolder folder;
    Database database{folder.options()};
    Conversations conversations{database};
    ConversationId id = conversations.create("tree").id;
    Turn first = say("q1", "a1");
    Turn second = say("q2", "a2");
    MessageId again = conversations.begin_regeneration(second.answer, "m");
    Turn edited{};

    Fixture() {
        conversations.finish(again, Status::done, answer("a2'"));
        edited = conversations.begin_edit(first.user, "q1b", "m");
        conversations.finish(edited.answer, Status::done, answer("a1b"));
        conversations.set_active_leaf(id, again);
    }
    Turn say(std::string_view question, std::string_view text) {
        const Turn turn = conversations.begin_turn(id, question, "m");
        conversations.finish(turn.answer, Status::done, answer(text));
        return turn;
    }
    Texts shown() const {
        Texts all;
        for (const Message& message : conversations.branch(id))
            all.push_back(message.content);
        return all;
    }
};

} // namespace

TEST_CASE("a removed message takes what is below with it, and all of it comes back") {
    Fixture f;
    REQUIRE(f.shown() == Texts{"q1", "a1", "q2", "a2'"});
    const MessageRemoval removal = f.conversations.remove_message(f.again);
    CHECK(removal.messages == 1);
    CHECK(removal.shown_leaf == f.again);
    CHECK(f.shown() == Texts{"q1", "a1", "q2", "a2"}); // its sibling
    CHECK(f.conversations.branch(f.id).back().sibling_count == 1);
    CHECK(f.conversations.siblings(f.second.answer).size() == 1);
    CHECK(search(f.database, "\"a2'\"").empty());

    const MessageRemoval more = f.conversations.remove_message(f.second.user);
    CHECK(more.messages == 2);             // without the one that had gone before
    CHECK(f.shown() == Texts{"q1", "a1"}); // what stood above
    CHECK(f.conversations.all_messages(f.id).size() == 4);
    REQUIRE(f.conversations.removed_messages(f.id).size() == 2);
    CHECK(f.conversations.removed_messages(f.id)[0].id == f.second.user);
    CHECK(f.conversations.removed_messages(f.id)[1].id == f.again);

    f.conversations.restore_message(f.second.user, more.shown_leaf);
    CHECK(f.shown() == Texts{"q1", "a1", "q2", "a2"});
    f.conversations.restore_message(f.again, removal.shown_leaf);
    CHECK(f.shown() == Texts{"q1", "a1", "q2", "a2'"});
    CHECK(f.conversations.removed_messages(f.id).empty());
    CHECK(search(f.database, "\"a2'\"").size() == 1);

    // In the other order: the one below brings back what it stands on.
    f.conversations.remove_message(f.again);
    f.conversations.remove_message(f.first.user);
    CHECK(f.shown() == Texts{"q1b", "a1b"});
    CHECK(error_of([&] { f.conversations.begin_turn_at(f.id, f.again, "x", "m"); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.conversations.remove_message(f.again); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.conversations.show_branch_of(f.again); }) == ErrorKind::not_found);
    f.conversations.restore_message(f.again);
    CHECK(f.shown() == Texts{"q1", "a1", "q2", "a2'"});
    CHECK(error_of([&] { f.conversations.restore_message(f.again); }) == ErrorKind::not_found);
}

TEST_CASE("a conversation whose every message is removed is empty and goes on") {
    Fixture f;
    f.conversations.remove_message(f.edited.user);
    f.conversations.remove_message(f.first.user);
    CHECK(f.shown().empty());
    CHECK_FALSE(f.conversations.find(f.id)->active_leaf);
    CHECK(f.conversations.list()[0].last_line.empty());
    const Turn turn = f.conversations.begin_turn(f.id, "anew", "m");
    CHECK_FALSE(f.conversations.message(turn.user)->parent);
    CHECK(f.conversations.message(turn.user)->sibling_count == 1);
    CHECK(f.shown() == Texts{"anew", ""});
}

TEST_CASE("removing where another branch is shown changes nothing of what is shown") {
    Fixture f;
    f.conversations.remove_message(f.edited.user);
    CHECK(f.shown() == Texts{"q1", "a1", "q2", "a2'"});
}

TEST_CASE("an answer removed while it streams is stopped, and a late end of it is harmless") {
    Fixture f;
    const Turn turn = f.conversations.begin_turn(f.id, "q3", "m");
    f.conversations.save_partial(turn.answer, answer("beginning"));
    f.conversations.remove_message(turn.answer);
    CHECK_FALSE(f.conversations.save_partial(turn.answer, answer("beginning and")));
    CHECK(f.conversations.finish(turn.answer, Status::interrupted, answer("beginning and more")));
    CHECK(f.shown().back() == "q3");
    CHECK(search(f.database, "beginning").empty());
    f.conversations.restore_message(turn.answer);
    CHECK(f.shown().back() == "beginning and more");
    CHECK(search(f.database, "beginning").size() == 1);
}

TEST_CASE("removed messages are purged for good, in the backups too") {
    TestFolder folder;
    std::vector<Migration> longer(schema_migrations().begin(), schema_migrations().end());
    longer.push_back({longer.back().version + 1, "ALTER TABLE message ADD COLUMN note TEXT"});
    OpenOptions options = folder.options();
    ConversationId id = 0;
    Turn secret;
    {
        Database database(options);
        Conversations conversations(database);
        id = conversations.create("c").id;
        conversations.finish(conversations.begin_turn(id, "kept", "m").answer, Status::done,
                             answer("kept too"));
        secret = conversations.begin_turn(id, "zqpromptzq" + std::string(5000, 'p'), "m");
        conversations.finish(secret.answer, Status::done, answer("zqanswerzq"));
    }
    options.migrations = longer;
    Database database(options);
    Conversations conversations(database);
    REQUIRE(database.backups().size() == 1);
    CHECK(error_of([&] { conversations.purge_message(secret.user); }) == ErrorKind::not_found);
    conversations.remove_message(secret.user);
    CHECK(conversations.purge_removed(0) == 0);
    CHECK(conversations.message(secret.user));
    SECTION("by time") {
        CHECK(conversations.purge_removed(folder.now_ms + 1000) == 0);
    }
    SECTION("by name") {
        conversations.purge_message(secret.user);
    }
    CHECK_FALSE(conversations.message(secret.user));
    CHECK_FALSE(conversations.message(secret.answer));
    CHECK(conversations.branch(id).size() == 2);
    REQUIRE(database.backups().size() == 1);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.data()))
        if (entry.is_regular_file())
            for (const char* word : {"promptzq", "answerzq"})
                if (bytes_of(entry.path()).find(word) != std::string::npos)
                    FAIL_CHECK(word << " is in " << entry.path());
    sqlite3* copy = nullptr;
    REQUIRE(sqlite3_open(database.backups()[0].c_str(), &copy) == SQLITE_OK);
    CHECK(query_integer(copy, "SELECT count(*) FROM message") == 2);
    CHECK(query_integer(copy, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    sqlite3_close(copy);
}

TEST_CASE("an interrupted answer goes on from what it holds") {
    Fixture f;
    const Turn turn = f.conversations.begin_turn(f.id, "count", "m");
    CHECK(error_of([&] { f.conversations.begin_continuation(turn.answer, "m"); }) == ErrorKind::invalid);
    f.conversations.finish(turn.answer, Status::error, answer("un, deux"), "Out of memory.");
    const Message prefix = f.conversations.begin_continuation(turn.answer, "other");
    CHECK(prefix.content == "un, deux");
    CHECK(prefix.status == Status::streaming);
    CHECK(prefix.error.empty());
    CHECK(prefix.model == "other");
    CHECK(prefix.finished_ms == 0);
    CHECK(search(f.database, "deux").empty()); // while it streams
    CHECK(f.conversations.save_partial(turn.answer, answer("un, deux, trois")));
    CHECK(f.conversations.mark_interrupted() == 1); // the program stopped again
    CHECK(f.conversations.message(turn.answer)->content == "un, deux, trois");
    CHECK(search(f.database, "trois").size() == 1);
    f.conversations.begin_continuation(turn.answer, "");
    CHECK(f.conversations.message(turn.answer)->model == "other");
    f.conversations.finish(turn.answer, Status::done, answer("un, deux, trois, quatre"));
    CHECK(search(f.database, "trois quatre").size() == 1);

    CHECK(error_of([&] { f.conversations.begin_continuation(f.first.answer, "m"); }) == ErrorKind::invalid);
    CHECK(error_of([&] { f.conversations.begin_continuation(turn.user, "m"); }) == ErrorKind::invalid);
    CHECK(error_of([&] { f.conversations.begin_continuation(999, "m"); }) == ErrorKind::not_found);
}

TEST_CASE("what an answer was made with is kept") {
    Fixture f;
    const Turn turn = f.conversations.begin_turn(f.id, "q", "m");
    CHECK(f.conversations.replay(turn.answer) == Replay{});
    Replay replay{
        R"({"temperature":0.6,"seed":7})", {0, 1, -1, 128'799, 2'147'483'647}, std::string(64, 'a')};
    Answer partial = answer("x");
    partial.replay = &replay;
    CHECK(f.conversations.save_partial(turn.answer, partial));
    CHECK(f.conversations.replay(turn.answer) == replay);
    replay.token_ids.push_back(5);
    partial.replay = &replay;
    f.conversations.finish(turn.answer, Status::done, partial);
    CHECK(f.conversations.replay(turn.answer) == replay);
    f.conversations.finish(turn.answer, Status::done, answer("y")); // says nothing of it
    CHECK(f.conversations.replay(turn.answer) == replay);
    execute(f.database.handle(), "UPDATE message SET token_ids = x'0100000002'");
    CHECK(f.conversations.replay(turn.answer).token_ids == std::vector<std::int32_t>{1});
}

TEST_CASE("a tree taken out and put in is the same tree") {
    Fixture f;
    const FolderId folder = Folders(f.database).create("Voyages");
    f.conversations.set_folder(f.id, folder);
    Tags(f.database).set(f.id, Texts{"Été", "b"});
    f.conversations.set_draft(f.id, "draft");
    f.conversations.set_source(f.id, {"openwebui", "x"});
    f.conversations.set_archived(f.id, true);
    const Replay replay{"{}", {4, 5}, "hash"};
    Answer last = answer("a2' again");
    last.replay = &replay;
    last.tokens_per_second = 12.5;
    f.conversations.finish(f.again, Status::interrupted, last);
    f.conversations.remove_message(f.edited.answer);
    const Tree out = f.conversations.tree(f.id).value();
    CHECK(out.messages.size() == 6);
    CHECK_FALSE(f.conversations.tree(999));

    TestFolder elsewhere;
    Database database(elsewhere.options());
    Conversations conversations(database);
    conversations.append(conversations.create("other ids").id, std::nullopt, Role::user, "x");
    const std::vector<ConversationId> ids = conversations.insert(std::span(&out, 1));
    REQUIRE(ids.size() == 1);
    const Tree in = conversations.tree(ids[0]).value();
    CHECK(in.conversation.uuid == out.conversation.uuid);
    CHECK(in.conversation.source == out.conversation.source);
    CHECK(in.conversation.is_archived);
    CHECK(in.conversation.created_ms == out.conversation.created_ms);
    CHECK(in.conversation.updated_ms == out.conversation.updated_ms);
    CHECK(in.folder == "Voyages");
    CHECK(in.tags == out.tags);
    CHECK(in.draft == "draft");
    REQUIRE(in.messages.size() == out.messages.size());
    const MessageId shift = in.messages[0].message.id - out.messages[0].message.id;
    CHECK(in.conversation.active_leaf == *out.conversation.active_leaf + shift);
    for (std::size_t i = 0; i < in.messages.size(); ++i) {
        const Message& a = in.messages[i].message;
        const Message& b = out.messages[i].message;
        CHECK(a.parent == (b.parent ? std::optional(*b.parent + shift) : std::nullopt));
        CHECK(a.content == b.content);
        CHECK(a.status == b.status);
        CHECK(a.role == b.role);
        CHECK(a.created_ms == b.created_ms);
        CHECK(a.finished_ms == b.finished_ms);
        CHECK(a.tokens_per_second == b.tokens_per_second);
        CHECK(a.sibling_index == b.sibling_index);
        CHECK(a.sibling_count == b.sibling_count);
        CHECK(in.messages[i].replay == out.messages[i].replay);
    }
    CHECK(search(database, "\"a2' again\"").size() == 1);

    // Once more beside itself: another uuid, the same folder and tags.
    const ConversationId twin = conversations.insert(std::span(&out, 1)).at(0);
    CHECK(conversations.find(twin)->uuid != out.conversation.uuid);
    CHECK(Folders(database).list().size() == 1);
    CHECK(Tags(database).list().size() == 2);
}

TEST_CASE("a tree that contradicts itself adds nothing") {
    Fixture f;
    Tree good = f.conversations.tree(f.id).value();
    Tree empty;
    Tree streaming;
    streaming.messages.resize(1);
    streaming.messages[0].message.status = Status::streaming;
    streaming.messages[0].message.content = "half";
    Tree bad = good;
    std::swap(bad.messages[0], bad.messages[1]);
    const std::size_t before = f.conversations.list().size();
    CHECK(error_of([&] { f.conversations.insert(std::vector{good, bad}); }) == ErrorKind::invalid);
    bad = good;
    bad.messages[1].message.id = bad.messages[0].message.id;
    CHECK(error_of([&] { f.conversations.insert(std::vector{bad}); }) == ErrorKind::invalid);
    CHECK(f.conversations.list().size() == before);
    const std::vector<ConversationId> ids = f.conversations.insert(std::vector{empty, streaming});
    CHECK(f.conversations.branch(ids.at(0)).empty());
    CHECK(f.conversations.find(ids.at(0))->created_ms > 0);
    REQUIRE(f.conversations.branch(ids.at(1)).size() == 1);
    CHECK(f.conversations.branch(ids.at(1))[0].status == Status::interrupted);
}
