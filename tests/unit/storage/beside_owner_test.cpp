// SPDX-License-Identifier: MIT
// Two programs that write the same conversations: a window, and an import on the command line beside it.
#include "storage/archive/import.h"
#include "storage/archive/writer.h"
#include "storage/conversations.h"
#include "storage/schema.h"
#include "storage/search.h"
#include "storage/statement.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <optional>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

OpenOptions beside(TestFolder& folder) {
    OpenOptions options = folder.options();
    options.beside_owner = true;
    return options;
}

bool is_whole(const Database& database) {
    Statement check(database.handle(), "PRAGMA integrity_check");
    return check.step() && check.text(0) == "ok";
}

/// The exit status of a process that does the work: 0, or what ended_with() says.
int in_another_process(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            work();
            ::_exit(0);
        } catch (const Error& error) {
            ::_exit(10 + static_cast<int>(error.kind()));
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ended_with(ErrorKind kind) {
    return 10 + static_cast<int>(kind);
}

} // namespace

TEST_CASE("a guest writes beside the owner, and the owner notices") {
    TestFolder folder;
    Database owner(folder.options());
    Conversations mine(owner);
    const ConversationId id = mine.create("mine").id;
    const Turn turn = mine.begin_turn(id, "question", "m"); // streams all the while
    CHECK_FALSE(owner.was_changed_elsewhere());
    REQUIRE(fs::exists(owner.guests_file()));
    const auto size_before = fs::file_size(owner.guests_file());

    REQUIRE(in_another_process([&] {
                Database guest(beside(folder));
                Conversations(guest).create("theirs");
            }) == 0);
    CHECK(fs::file_size(owner.guests_file()) > size_before);
    CHECK(owner.was_changed_elsewhere());
    CHECK_FALSE(owner.was_changed_elsewhere());
    CHECK(mine.list().size() == 2);
    CHECK(search(owner, "theirs").size() == 1);
    CHECK(mine.message(turn.answer)->status == Status::streaming); // a guest is no start of the program
    CHECK(mine.finish(turn.answer, Status::done, Answer{}));
    CHECK(is_whole(owner));
}

TEST_CASE("owner and guest write at the same time and neither is refused") {
    TestFolder folder;
    Database owner(folder.options());
    constexpr int count = 150;
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            Database guest(beside(folder));
            for (int i = 0; i < count; ++i)
                Conversations(guest).create("theirs " + std::to_string(i));
            ::_exit(0);
        } catch (const Error&) {
            ::_exit(1);
        }
    }
    Conversations mine(owner);
    for (int i = 0; i < count; ++i)
        mine.create("mine " + std::to_string(i));
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(mine.list().size() == 2 * count);
    CHECK(is_whole(owner));
}

TEST_CASE("a window starts while a guest is writing, and after it was killed") {
    TestFolder folder;
    { const Database first(folder.options()); }
    Database guest(beside(folder));
    Conversations(guest).create("before the window");
    Database owner(folder.options());
    Conversations(guest).create("beside the window");
    CHECK(Conversations(owner).list().size() == 2);

    const pid_t child = ::fork();
    if (child == 0) {
        Database other(beside(folder));
        Conversations(other).create("acknowledged");
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(Conversations(owner).list().size() == 3);
}

TEST_CASE("a guest makes what is not there yet, and is the owner then") {
    TestFolder folder;
    Database guest(beside(folder));
    CHECK(guest.report().was_created);
    CHECK(in_another_process([&] { const Database second(folder.options()); }) ==
          ended_with(ErrorKind::locked));
    // One more may come beside it.
    CHECK(in_another_process([&] {
              Database other(beside(folder));
              Conversations(other).create("x");
          }) == 0);
}

TEST_CASE("what only an owner may do waits until the guests are gone") {
    TestFolder folder;
    std::vector<Migration> steps(schema_migrations().begin(), schema_migrations().end());
    { const Database first(folder.options()); }
    std::optional<Database> guest(beside(folder));
    Conversations(*guest).create("kept");
    SECTION("a migration") {
        steps.push_back({steps.back().version + 1, "CREATE TABLE t(x)"});
        OpenOptions later = folder.options();
        later.migrations = steps;
        CHECK(error_of([&] { const Database owner(later); }) == ErrorKind::locked);
        Conversations(*guest).create("kept too");
        guest.reset();
        const Database owner(later);
        CHECK(owner.report().backup.has_value());
    }
    SECTION("a salvage") {
        Conversations(*guest).create(std::string(50'000, 'x'));
        Statement(guest->handle(), "PRAGMA wal_checkpoint(TRUNCATE)").step();
        {
            std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(4096 + 8);
            file << std::string(12'000, '\x7f');
        }
        CHECK(error_of([&] { const Database owner(folder.options()); }) == ErrorKind::locked);
        CHECK_FALSE(fs::exists(folder.data() / "damaged"));
        guest.reset();
        const Database owner(folder.options());
        CHECK(owner.report().was_damaged);
    }
}

TEST_CASE("a guest is refused in words where the file has to be changed first and a window has it") {
    TestFolder folder;
    std::vector<Migration> steps(schema_migrations().begin(), schema_migrations().end());
    steps.push_back({steps.back().version + 1, "CREATE TABLE t(x)"});
    Database owner(folder.options());
    OpenOptions newer = beside(folder);
    newer.migrations = steps;
    CHECK(error_of([&] { const Database guest(newer); }) == ErrorKind::locked);
    Conversations(owner).create("still mine");
}

TEST_CASE("a restore beside a guest: both see the same conversations afterwards") {
    TestFolder folder;
    Database owner(folder.options());
    Conversations(owner).create("old");
    owner.backup_to(folder.path() / "kept.db");
    Conversations(owner).create("new");
    Database guest(beside(folder));
    CHECK(Conversations(guest).list().size() == 2);
    owner.restore_from(folder.path() / "kept.db");
    CHECK(Conversations(guest).list().size() == 1);
    Conversations(guest).create("after");
    CHECK(Conversations(owner).list().size() == 2);
    CHECK(is_whole(owner));
}

TEST_CASE("an import tells how far it has come and can be ended midway; what came in stays") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const auto writer = archive::own_json_writer();
    std::string text = writer->begin(200);
    for (int i = 0; i < 200; ++i) {
        Tree tree;
        tree.conversation.uuid = "00000000-0000-4000-8000-" + std::to_string(100000000000 + i);
        tree.conversation.title = "t" + std::to_string(i);
        tree.messages.resize(1);
        tree.messages[0].message.id = 1;
        tree.messages[0].message.content = "text " + std::to_string(i);
        text += writer->add(tree);
    }
    text += writer->end();

    struct Cancelled {};
    archive::Omissions omissions;
    archive::ImportReport report;
    archive::ImportBatch batch;
    const auto take = [&](Tree tree) {
        batch.add(std::move(tree));
        if (batch.is_full()) batch.insert_into(conversations, report);
    };
    std::size_t seen = 0;
    CHECK_THROWS_AS(archive::read_conversations(text, take, omissions,
                                                [&](std::size_t read, std::size_t all) {
                                                    CHECK(all == 200);
                                                    CHECK(read == seen++);
                                                    if (read == 150) throw Cancelled();
                                                }),
                    Cancelled);
    CHECK(report.conversations == 128); // two whole batches
    CHECK(conversations.list().size() == 128);
    const archive::ImportReport again = archive::import_text(conversations, text);
    CHECK(again.already_here == 128);
    CHECK(again.conversations == 72);
    CHECK(conversations.list().size() == 200);

    // Long texts make a batch full before it has many conversations.
    Tree large;
    large.messages.resize(1);
    large.messages[0].message.content = std::string(std::size_t{2} << 20U, 'x');
    archive::ImportBatch other;
    other.add(std::move(large));
    CHECK(other.is_full());
}
