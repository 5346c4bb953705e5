// SPDX-License-Identifier: MIT
// The disk fails in the middle of arranging, importing, deleting, restoring: each of these happens whole or
// not at all. A script is played once on a sound disk and what is stored noted after each step; then with
// each of its writes and syncs failing in turn.
#include "storage/archive/branches.h"
#include "storage/archive/import.h"
#include "storage/archive/writer.h"
#include "storage/conversations.h"
#include "storage/folders.h"
#include "storage/prompts.h"
#include "storage/search.h"
#include "storage/settings.h"
#include "storage/statement.h"
#include "storage/tags.h"
#include "tests/unit/storage/faulty_vfs.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::FaultyVfs;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<ConversationId>;

struct Step {
    const char* name;
    std::function<void(Database&)> run;
    bool changes_nothing = false; ///< that anybody can see
};

Answer saying(std::string_view text) {
    Answer answer;
    answer.content = text;
    return answer;
}

Tree small_tree(int number) {
    Tree tree;
    tree.conversation.title = "tree " + std::to_string(number);
    tree.folder = "From a file";
    tree.tags = {"imported"};
    for (int i = 1; i <= 3; ++i) {
        Tree::Node node;
        node.message.id = i;
        if (i > 1) node.message.parent = 1;
        node.message.role = i == 1 ? Role::user : Role::assistant;
        node.message.content = "aiguille " + std::to_string(number) + std::string(2000, 'x');
        tree.messages.push_back(node);
    }
    return tree;
}

std::string sample(const char* name) {
    return bytes_of(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/data/archive" / name);
}

/// Ids are given out in order, so the steps know them: conversations 1 to 3 hold messages 1 to 9.
std::vector<Step> script(const fs::path& copy) {
    const auto conversations = [](auto action) {
        return [action](Database& database) {
            Conversations kept(database);
            action(kept);
        };
    };
    const auto folders = [](auto action) {
        return [action](Database& database) {
            Folders kept(database);
            action(kept);
        };
    };
    const auto tags = [](auto action) {
        return [action](Database& database) {
            Tags kept(database);
            action(kept);
        };
    };
    const auto prompts = [](auto action) {
        return [action](Database& database) {
            Prompts kept(database);
            action(kept);
        };
    };
    const auto import = [](const char* name) {
        return [text = sample(name)](Database& database) {
            Conversations kept(database);
            archive::import_text(kept, text);
        };
    };
    return {
        {"insert three", conversations([](Conversations& c) {
             c.insert(std::vector<Tree>{small_tree(1), small_tree(2), small_tree(3)});
         })},
        {"a folder", folders([](Folders& f) { f.create("Travail"); })},
        {"another", folders([](Folders& f) { f.create("Été"); })},
        {"put in", conversations([](Conversations& c) {
             c.set_folder(Ids{1, 2}, 2);
         })},
        {"rename it", folders([](Folders& f) { f.rename(2, "Bureau"); })},
        {"move it", folders([](Folders& f) { f.move(2, 0); })},
        {"tag", tags([](Tags& t) {
             t.add(Ids{1, 2, 3}, "œuvre");
         })},
        {"another tag", tags([](Tags& t) { t.add(Ids{2}, "seul"); })},
        {"rename the tag", tags([](Tags& t) { t.rename("OEUVRE", "travaux"); })},
        {"untag", tags([](Tags& t) {
             t.remove(Ids{2, 3}, "imported");
         })},
        {"set tags", tags([](Tags& t) {
             t.set(3, std::vector<std::string>{"un", "deux"});
         })},
        {"pin", conversations([](Conversations& c) {
             c.set_pinned(Ids{2, 3}, true);
         })},
        {"archive", conversations([](Conversations& c) { c.set_archived(Ids{3}, true); })},
        {"title", conversations([](Conversations& c) { c.set_automatic_title(2, "by the model"); })},
        {"rename", conversations([](Conversations& c) { c.rename(1, "by the person"); })},
        {"draft", conversations([](Conversations& c) { c.set_draft(1, "not yet"); })},
        {"new draft", conversations([](Conversations& c) { c.set_draft(std::nullopt, "nowhere"); })},
        {"turn", conversations([](Conversations& c) { c.begin_turn(1, "question", "m"); })},
        {"partial", conversations([](Conversations& c) { c.save_partial(11, saying("half")); })},
        {"finish",
         conversations([](Conversations& c) { c.finish(11, Status::done, saying(std::string(9000, 'y'))); })},
        {"regenerate", conversations([](Conversations& c) { c.begin_regeneration(11, "m"); })},
        {"stop", conversations([](Conversations& c) { c.finish(12, Status::interrupted, saying("st")); })},
        {"go on", conversations([](Conversations& c) { c.begin_continuation(12, "m"); }), true},
        {"end",
         conversations([](Conversations& c) { c.finish(12, Status::done, saying("stopped, gone on")); })},
        {"edit", conversations([](Conversations& c) { c.begin_edit(10, "another question", "m"); })},
        {"fail",
         conversations([](Conversations& c) { c.finish(14, Status::error, saying(""), "no memory"); })},
        {"show the first", conversations([](Conversations& c) { c.show_branch_of(10); })},
        {"remove a message", conversations([](Conversations& c) { c.remove_message(10); })},
        {"bring it back", conversations([](Conversations& c) { c.restore_message(10, 11); })},
        {"remove another", conversations([](Conversations& c) { c.remove_message(13); })},
        {"for good", conversations([](Conversations& c) { c.purge_message(13); })},
        {"prompt", prompts([](Prompts& p) { p.add("traduire", "En {{langue}} : {{texte}}"); })},
        {"another prompt", prompts([](Prompts& p) { p.add("relire", std::string(5000, 'r')); })},
        {"change it", prompts([](Prompts& p) { p.update(2, "corriger", "corrige"); })},
        {"before the other", prompts([](Prompts& p) { p.move(2, 0); })},
        {"without it", prompts([](Prompts& p) { p.remove(1); })},
        {"remove two", conversations([](Conversations& c) {
             c.remove(Ids{2, 3});
         })},
        {"undo", conversations([](Conversations& c) { c.restore(Ids{2}); })},
        {"purge one", conversations([](Conversations& c) { c.purge(3); })},
        {"import ChatGPT", import("chatgpt-nulls.json")},
        {"import it again", import("chatgpt-nulls.json"), true},
        {"import Open WebUI", import("open-webui-single.json")},
        {"keep a copy",
         [copy](Database& database) {
             fs::remove(copy);
             database.backup_to(copy);
         },
         true},
        {"import DeepSeek", import("deepseek-conversations.json")},
        {"without the folder", folders([](Folders& f) { f.remove(2); })},
        {"a setting", [](Database& database) { Settings(database).set("app/theme", "dark"); }},
        {"remove all", conversations([](Conversations& c) {
             c.remove(Ids{1, 2, 4, 5, 6, 7, 8});
         })},
        {"purge all", conversations([](Conversations& c) { c.purge_removed(INT64_MAX); })},
        {"restore the copy", [copy](Database& database) { database.restore_from(copy); }},
        {"go on in it", conversations([](Conversations& c) { c.begin_turn(2, "after the restore", "m"); })},
    };
}

/// Everything that is stored, but for names and times that chance or the clock gave.
std::string state_of(Database& database) {
    Conversations conversations(database);
    std::string text;
    const auto writer = archive::own_json_writer();
    ListFilter all;
    all.archived = ListFilter::Archived::also;
    auto rows = conversations.list(all);
    std::ranges::sort(rows, {}, [](const ConversationSummary& row) { return row.conversation.id; });
    for (const ConversationSummary& row : rows) {
        Tree tree = archive::numbered(conversations.tree(row.conversation.id).value());
        tree.conversation.uuid = std::to_string(row.conversation.id);
        tree.conversation.created_ms = tree.conversation.updated_ms = 1;
        for (Tree::Node& node : tree.messages)
            node.message.created_ms = node.message.finished_ms = 1;
        text += writer->add(tree);
        for (const Message& message : conversations.removed_messages(row.conversation.id))
            text += "\nremoved message " + std::to_string(message.id);
    }
    for (const Conversation& removed : conversations.removed())
        text += "\nremoved " + std::to_string(removed.id) + ' ' + removed.title;
    for (const Folder& folder : Folders(database).list())
        text += "\nfolder " + folder.name + ' ' + std::to_string(folder.conversations);
    for (const Tag& tag : Tags(database).list())
        text += "\ntag " + tag.name + ' ' + std::to_string(tag.conversations);
    for (const Prompt& prompt : Prompts(database).list())
        text += "\nprompt " + prompt.title + ": " + prompt.content;
    return text + "\ndraft " + conversations.draft(std::nullopt) + "\nsetting " +
           Settings(database).get("app/theme").value_or("-");
}

void check_whole(const Database& database) {
    Statement check(database.handle(), "PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
    CHECK_NOTHROW(execute(database.handle(), "INSERT INTO message_words(message_words, rank)"
                                             " VALUES('integrity-check', 1);"
                                             "INSERT INTO message_trigrams(message_trigrams, rank)"
                                             " VALUES('integrity-check', 1)"));
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM pragma_foreign_key_check") == 0);
}

/// A database that is there already, so that the faults hit what is done with it.
OpenOptions faulty(TestFolder& folder) {
    FaultyVfs::instance();
    OpenOptions options = folder.options();
    options.vfs = FaultyVfs::name;
    return options;
}

/// What is stored after each step; the first is an empty database's.
std::vector<std::string> states_on_a_sound_disk() {
    TestFolder folder;
    Database database(faulty(folder));
    std::vector<std::string> states{state_of(database)};
    for (const Step& step : script(folder.path() / "copy.db")) {
        INFO(step.name);
        REQUIRE_NOTHROW(step.run(database));
        states.push_back(state_of(database));
    }
    return states;
}

/// Plays the script with its n-th write (or sync) failing; false when it has fewer.
bool fail_at(FaultyVfs::Fault fault, int n, const std::vector<std::string>& states) {
    TestFolder folder;
    const std::vector<Step> steps = script(folder.path() / "copy.db");
    std::size_t done = 0;
    bool has_failed = false;
    std::string left;
    {
        Database database(faulty(folder));
        FaultyVfs::instance().arm(fault, n);
        try {
            for (; done < steps.size(); ++done)
                steps[done].run(database);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::disk_full && error.kind() != ErrorKind::input_output)
                FAIL_CHECK("n = " << n << ": " << error.what());
        }
        has_failed = FaultyVfs::instance().has_failed();
        FaultyVfs::instance().disarm();
        left = state_of(database);
    }
    Database database(faulty(folder));
    CHECK_FALSE(database.report().was_damaged);
    const std::string found = state_of(database);
    check_whole(database);
    CHECK(found == left);
    // The step that failed has happened whole, though it was said to have failed, or not at all.
    const bool is_before = found == states[done];
    const bool is_after = done < steps.size() && found == states[done + 1];
    if (!is_before && !is_after)
        FAIL_CHECK("n = " << n << ", step \"" << steps[std::min(done, steps.size() - 1)].name
                          << "\" is half done:\n"
                          << found << "\n--- before:\n"
                          << states[done]);
    return has_failed;
}

} // namespace

TEST_CASE("a fault at each write of arranging, importing, deleting and restoring: whole or not at all") {
    const std::vector<std::string> states = states_on_a_sound_disk();
    const std::vector<Step> steps = script("none");
    for (std::size_t i = 1; i < states.size(); ++i) {
        const bool changes_nothing = steps[i - 1].changes_nothing;
        CAPTURE(steps[i - 1].name);
        CHECK((states[i] == states[i - 1]) == changes_nothing);
    }
    int failures = 0;
    for (int n = 1; n <= 500; ++n)
        failures += fail_at(FaultyVfs::Fault::write_or_sync, n, states) ? 1 : 0;
    for (int n = 1; n <= 500; n += 3) // a full disk stays full: its places lie close together
        failures += fail_at(FaultyVfs::Fault::disk_full, n, states) ? 1 : 0;
    CHECK(failures == 500 + 167); // the script is longer than that
}
