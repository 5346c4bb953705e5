// SPDX-License-Identifier: MIT
#include "storage/conversations.h"

#include "storage/statement.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <set>

using namespace spoutnik::storage;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;

namespace {

Answer answer(std::string_view content, std::string_view reasoning = {}) {
    Answer value;
    value.content = content;
    value.reasoning = reasoning;
    return value;
}

std::vector<std::string> contents(const std::vector<Message>& messages) {
    std::vector<std::string> all;
    for (const Message& message : messages)
        all.push_back(message.content);
    return all;
}

std::vector<std::string> titles(const std::vector<ConversationSummary>& list) {
    std::vector<std::string> all;
    for (const ConversationSummary& row : list)
        all.push_back(row.conversation.title);
    return all;
}

using Texts = std::vector<std::string>;

int statements = 0;

int count_statement(unsigned, void*, void*, void*) {
    return ++statements, 0;
}

} // namespace

TEST_CASE("a turn is stored before its answer begins, and the answer grows until it is finished") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const Conversation made = conversations.create("", "starter");
    CHECK(made.uuid.size() == 36);
    CHECK(made.uuid[14] == '4');
    CHECK(made.model == "starter");
    CHECK_FALSE(made.active_leaf);
    CHECK(conversations.branch(made.id).empty());

    const Turn turn = conversations.begin_turn(made.id, "Bonjour\xF0\x9F\x9A\x80 !", "starter-q8");
    std::vector<Message> branch = conversations.branch(made.id);
    REQUIRE(branch.size() == 2);
    CHECK(branch[0].id == turn.user);
    CHECK(branch[0].content == "Bonjour\xF0\x9F\x9A\x80 !");
    CHECK(branch[0].role == Role::user);
    CHECK(branch[0].status == Status::done);
    CHECK_FALSE(branch[0].parent);
    CHECK(branch[1].id == turn.answer);
    CHECK(branch[1].parent == turn.user);
    CHECK(branch[1].status == Status::streaming);
    CHECK(branch[1].model == "starter-q8");
    CHECK(branch[1].finished_ms == 0);
    CHECK(conversations.find(made.id)->model == "starter-q8");
    CHECK(conversations.find(made.id)->active_leaf == turn.answer);
    CHECK(conversations.list().at(0).is_streaming);

    Answer partial = answer("Bon", "the person greets");
    partial.reasoning_ms = 600;
    CHECK(conversations.save_partial(turn.answer, partial));
    CHECK(conversations.message(turn.answer)->content == "Bon");
    CHECK(conversations.message(turn.answer)->reasoning == "the person greets");
    CHECK(conversations.message(turn.answer)->status == Status::streaming);

    Answer last = answer("Bonjour !", "the person greets me");
    last.reasoning_ms = 700;
    last.reasoning_tokens = 5;
    last.prompt_tokens = 11;
    last.generated_tokens = 9;
    last.tokens_per_second = 41.5;
    CHECK(conversations.finish(turn.answer, Status::done, last));
    const Message done = conversations.message(turn.answer).value();
    CHECK(done.content == "Bonjour !");
    CHECK(done.reasoning == "the person greets me");
    CHECK(done.status == Status::done);
    CHECK(done.reasoning_ms == 700);
    CHECK(done.reasoning_tokens == 5);
    CHECK(done.prompt_tokens == 11);
    CHECK(done.generated_tokens == 9);
    CHECK(done.tokens_per_second == 41.5);
    CHECK(done.finished_ms > done.created_ms);
    CHECK_FALSE(conversations.list().at(0).is_streaming);

    // A save that was still on its way changes nothing.
    CHECK_FALSE(conversations.save_partial(turn.answer, answer("late")));
    CHECK(conversations.message(turn.answer)->content == "Bonjour !");
    CHECK_FALSE(conversations.finish(9999, Status::done, answer("nowhere")));
    CHECK(error_of([&] { conversations.finish(turn.answer, Status::streaming, answer("")); }) ==
          ErrorKind::invalid);
}

TEST_CASE("text is kept byte for byte") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create().id;
    const std::string odd =
        std::string("a\0b", 3) + "\r\n<iostream> & \"quotes\" 'x' \xC3\x28 \xED\xA0\x80 \xE2\x80\xAE";
    const Turn turn = conversations.begin_turn(id, odd, "m");
    CHECK(conversations.message(turn.user)->content == odd);
    CHECK(conversations.finish(turn.answer, Status::error, answer(odd, odd), "Out of memory."));
    CHECK(conversations.message(turn.answer)->content == odd);
    CHECK(conversations.message(turn.answer)->reasoning == odd);
    CHECK(conversations.message(turn.answer)->error == "Out of memory.");
    CHECK(conversations.message(turn.answer)->status == Status::error);
    const std::string big(3'000'000, 'x');
    const Turn large = conversations.begin_turn(id, big, "m");
    CHECK(conversations.message(large.user)->content == big);
    CHECK(conversations.begin_turn(id, "", "m").user > 0);
}

TEST_CASE("editing and generating again make siblings, and branches can be shown in turn") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create().id;
    const MessageId system = conversations.append(id, std::nullopt, Role::system, "be brief");
    const Turn first = conversations.begin_turn(id, "q1", "m");
    conversations.finish(first.answer, Status::done, answer("a1"));
    const Turn second = conversations.begin_turn(id, "q2", "m");
    conversations.finish(second.answer, Status::done, answer("a2"));
    CHECK(contents(conversations.branch(id)) == Texts{"be brief", "q1", "a1", "q2", "a2"});

    const MessageId again = conversations.begin_regeneration(second.answer, "other");
    conversations.finish(again, Status::interrupted, answer("a2'"));
    CHECK(contents(conversations.branch(id)) == Texts{"be brief", "q1", "a1", "q2", "a2'"});
    CHECK(conversations.siblings(again) == std::vector<MessageId>{second.answer, again});
    CHECK(conversations.siblings(second.answer) == std::vector<MessageId>{second.answer, again});
    const std::vector<Message> shown = conversations.branch(id);
    CHECK(shown.back().sibling_index == 1);
    CHECK(shown.back().sibling_count == 2);
    CHECK(shown.front().sibling_count == 1);

    const Turn edited = conversations.begin_edit(first.user, "q1 edited", "m");
    conversations.finish(edited.answer, Status::done, answer("a1 edited"));
    CHECK(contents(conversations.branch(id)) == Texts{"be brief", "q1 edited", "a1 edited"});
    CHECK(conversations.message(edited.user)->parent == system);
    CHECK(conversations.message(edited.user)->sibling_index == 1);

    // Back to the first question: its branch down to the latest leaf.
    CHECK(conversations.show_branch_of(first.user) == again);
    CHECK(contents(conversations.branch(id)) == Texts{"be brief", "q1", "a1", "q2", "a2'"});
    conversations.set_active_leaf(id, second.answer);
    CHECK(contents(conversations.branch(id)) == Texts{"be brief", "q1", "a1", "q2", "a2"});
    CHECK(contents(conversations.branch_to(first.answer)) == Texts{"be brief", "q1", "a1"});
    CHECK(conversations.all_messages(id).size() == 8);

    // An edited first message is a second root.
    const Turn root = conversations.begin_turn_at(id, std::nullopt, "another root", "m");
    CHECK(conversations.siblings(root.user) == std::vector<MessageId>{system, root.user});
    CHECK(contents(conversations.branch(id)) == Texts{"another root", ""});

    CHECK(error_of([&] { conversations.begin_edit(first.answer, "x", "m"); }) == ErrorKind::invalid);
    CHECK(error_of([&] { conversations.begin_regeneration(first.user, "m"); }) == ErrorKind::invalid);
    CHECK(error_of([&] { conversations.begin_edit(4242, "x", "m"); }) == ErrorKind::not_found);
    CHECK(error_of([&] { conversations.begin_turn(4242, "x", "m"); }) == ErrorKind::not_found);
    const ConversationId other = conversations.create().id;
    CHECK(error_of([&] { conversations.begin_turn_at(other, system, "x", "m"); }) == ErrorKind::invalid);
    CHECK(error_of([&] { conversations.set_active_leaf(other, system); }) == ErrorKind::invalid);
    CHECK(conversations.all_messages(other).empty());
}

TEST_CASE("the list: pinned first, latest updated next, one line of the last message") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId a = conversations.create("a").id;
    const ConversationId b = conversations.create("b").id;
    const ConversationId c = conversations.create("c").id;
    CHECK(titles(conversations.list()) == Texts{"c", "b", "a"});
    const Turn turn = conversations.begin_turn(a, "# A *title*\n\n```cpp\nint main()\n```", "m");
    CHECK(titles(conversations.list()) == Texts{"a", "c", "b"});
    CHECK(conversations.list()[0].last_line == "A *title* int main()");
    CHECK(conversations.list()[0].last_role == Role::user);
    conversations.save_partial(turn.answer, answer("  \n> Voilà\t la   réponse\nsuite"));
    CHECK(conversations.list()[0].last_line == "Voilà la réponse suite");
    CHECK(conversations.list()[0].last_role == Role::assistant);

    std::string wide;
    for (int i = 0; i < 500; ++i)
        wide += "é";
    conversations.finish(turn.answer, Status::done, answer(wide));
    const std::string line = conversations.list()[0].last_line;
    CHECK(line.size() <= 200);
    CHECK(line.size() % 2 == 0); // no half character
    CHECK(wide.starts_with(line));

    conversations.set_pinned(b, true);
    CHECK(titles(conversations.list()) == Texts{"b", "a", "c"});
    CHECK(conversations.list()[0].group.kind == DateGroup::Kind::pinned);
    CHECK(conversations.list()[1].group.kind == DateGroup::Kind::today);
    conversations.rename(c, "renamed");
    CHECK(titles(conversations.list()) == Texts{"b", "a", "renamed"});
    conversations.set_pinned(b, false);
    CHECK(titles(conversations.list()) == Texts{"a", "renamed", "b"});
    folder.now_ms += 24LL * 3600 * 1000 * 40;
    CHECK(conversations.list()[0].group.kind == DateGroup::Kind::month);
    CHECK(conversations.list()[0].group.year == 2025);
    CHECK(conversations.list()[0].group.month == 6);
    conversations.set_model(c, "other");
    CHECK(conversations.find(c)->model == "other");
    CHECK(conversations.find_uuid(conversations.find(c)->uuid)->id == c);
    CHECK_FALSE(conversations.find(777));
    CHECK(error_of([&] { conversations.rename(777, "x"); }) == ErrorKind::not_found);
}

TEST_CASE("a title the person chose is never replaced") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create().id;
    CHECK(conversations.set_automatic_title(id, "made by the program"));
    CHECK(conversations.find(id)->title == "made by the program");
    conversations.rename(id, "mine");
    CHECK(conversations.find(id)->title_is_manual);
    CHECK_FALSE(conversations.set_automatic_title(id, "again"));
    CHECK(conversations.find(id)->title == "mine");
    conversations.rename(id, "");
    CHECK(conversations.set_automatic_title(id, "again"));
    CHECK(conversations.find(id)->title == "again");
}

TEST_CASE("removing can be undone until it is purged") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId a = conversations.create("a").id;
    const ConversationId b = conversations.create("b").id;
    conversations.begin_turn(a, "question", "m");
    conversations.remove(a);
    CHECK(titles(conversations.list()) == Texts{"b"});
    REQUIRE(conversations.removed().size() == 1);
    const TimeMs when = *conversations.removed()[0].deleted_ms;
    conversations.remove(a); // twice is once
    CHECK(*conversations.removed()[0].deleted_ms == when);
    conversations.restore(a);
    CHECK(conversations.removed().empty());
    CHECK(conversations.branch(a).size() == 2);

    conversations.remove(a);
    CHECK(conversations.purge_removed(0) == 0);
    CHECK(conversations.purge_removed(folder.now_ms + 1) == 1);
    CHECK_FALSE(conversations.find(a));
    CHECK(conversations.all_messages(a).empty());
    CHECK(conversations.find(b));
    CHECK(error_of([&] { conversations.purge(a); }) == ErrorKind::not_found);
    CHECK(error_of([&] { conversations.restore(a); }) == ErrorKind::not_found);
}

TEST_CASE("a conversation of a thousand turns loads its branch with one query, and can be purged") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create().id;
    execute(database.handle(), "BEGIN");
    std::optional<MessageId> parent;
    for (int i = 0; i < 1500; ++i) {
        const Role role = i % 2 == 0 ? Role::user : Role::assistant;
        Statement insert(database.handle(), "INSERT INTO message(conversation, parent, role, status, content)"
                                            " VALUES(?, ?, ?, 'done', ?) RETURNING id");
        parent = insert.with(id, parent, name_of(role), std::to_string(i)).returned();
    }
    execute(database.handle(), "COMMIT");
    conversations.set_active_leaf(id, *parent);

    statements = 0;
    sqlite3_trace_v2(database.handle(), SQLITE_TRACE_STMT, count_statement, nullptr);
    const std::vector<Message> branch = conversations.branch(id);
    sqlite3_trace_v2(database.handle(), 0, nullptr, nullptr);
    CHECK(statements == 1);
    REQUIRE(branch.size() == 1500);
    for (std::size_t i = 0; i < branch.size(); ++i)
        REQUIRE(branch[i].content == std::to_string(i));
    CHECK(conversations.show_branch_of(branch[3].id) == *parent);
    conversations.purge(id);
    CHECK(conversations.list().empty());
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM message") == 0);
}

TEST_CASE("rows with null or unknown fields open") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    execute(database.handle(), "INSERT INTO conversation(id, uuid) VALUES(5, 'u');"
                               "INSERT INTO message(id, conversation) VALUES(1, 5);"
                               "INSERT INTO message(id, conversation, parent, role, status, content)"
                               " VALUES(2, 5, 1, 'oracle', 'pondering', 42)");
    const Conversation conversation = conversations.find(5).value();
    CHECK(conversation.title.empty());
    CHECK(conversation.updated_ms == 0);
    REQUIRE(conversations.list().size() == 1);
    const std::vector<Message> branch = conversations.branch(5);
    REQUIRE(branch.size() == 2);
    CHECK(branch[0].content.empty());
    CHECK(branch[0].status == Status::done);
    CHECK(branch[1].role == Role::assistant);
    CHECK(branch[1].content == "42");
    const Turn turn = conversations.begin_turn(5, "goes on", "m");
    CHECK(conversations.message(turn.user)->parent == 2);

    SECTION("a circle of parents ends") {
        execute(database.handle(), "UPDATE message SET parent = 4 WHERE id = 1");
        CHECK(conversations.branch(5).size() == 4);
        CHECK(conversations.show_branch_of(1) == turn.answer);
    }
    SECTION("an active leaf of another conversation is not shown") {
        execute(database.handle(), "INSERT INTO conversation(id, uuid, active_leaf) VALUES(6, 'v', 2)");
        CHECK(conversations.branch(6).empty());
    }
}

TEST_CASE("names of roles and states are read back") {
    for (const Role role : {Role::system, Role::user, Role::assistant, Role::tool})
        CHECK(role_named(name_of(role)) == role);
    for (const Status status : {Status::streaming, Status::done, Status::interrupted, Status::error})
        CHECK(status_named(name_of(status)) == status);
}
