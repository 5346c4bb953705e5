// SPDX-License-Identifier: MIT
// Out of the database, into files, and back.
#include "storage/archive/branches.h"
#include "storage/archive/import.h"
#include "storage/archive/whole_file.h"
#include "storage/archive/writer.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

using namespace spoutnik::storage;
using namespace spoutnik::storage::archive;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::TestFolder;

namespace {

struct Store {
    TestFolder folder;
    Database database{folder.options()};
    Conversations conversations{database};

    std::string written(Writer& writer) {
        ListFilter filter;
        filter.archived = ListFilter::Archived::also;
        auto rows = conversations.list(filter);
        std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
            return std::tie(a.conversation.created_ms, a.conversation.uuid) <
                   std::tie(b.conversation.created_ms, b.conversation.uuid);
        });
        std::string text = writer.begin(rows.size());
        for (const auto& row : rows)
            text += writer.add(numbered(conversations.tree(row.conversation.id).value()));
        return text + writer.end();
    }
    std::string own_json() { return written(*own_json_writer()); }
    ImportReport import(const std::string& text) { return import_text(conversations, text); }
};

Tree full_tree() {
    Tree tree;
    Conversation& c = tree.conversation;
    c.uuid = "2f3c8a9e-1111-4222-8333-444455556666";
    c.title = "Tout \"garder\" \\ <b>";
    c.title_is_manual = c.is_pinned = c.is_archived = true;
    c.source = {"chatgpt", "abc"};
    c.model = "deepseek-v3";
    c.created_ms = 1700000000001;
    c.updated_ms = 1700000000999;
    c.active_leaf = 4;
    tree.folder = "Travail";
    tree.tags = {"code", "été"};
    tree.draft = "pas encore\nenvoyé";
    const auto add = [&](std::optional<MessageId> parent, Role role,
                         const std::string& content) -> Tree::Node& {
        Tree::Node node;
        node.message.id = static_cast<MessageId>(tree.messages.size()) + 1;
        node.message.parent = parent;
        node.message.role = role;
        node.message.content = content;
        node.message.created_ms = 1700000000000 + node.message.id;
        node.message.finished_ms = node.message.created_ms + 5;
        return tree.messages.emplace_back(std::move(node));
    };
    add(std::nullopt, Role::system, "Sois bref.");
    add(1, Role::user, "Écris\n```cpp\n#include <iostream>\n```");
    Tree::Node& answer = add(2, Role::assistant, "Voilà \U0001F680\u2028.");
    answer.message.reasoning = "Ligne 1\n\n> citée & <b>\n</details>";
    answer.message.reasoning_ms = 12000;
    answer.message.reasoning_tokens = 3;
    answer.message.prompt_tokens = 17;
    answer.message.generated_tokens = 5;
    answer.message.tokens_per_second = 12.3456789;
    answer.message.model = "deepseek-v3";
    answer.replay.sampling = R"({"seed":18446744073709551615,"temperature":0.6000000238418579})";
    answer.replay.token_ids = {5, 0, 2147483647};
    answer.replay.model_hash = "0123456789abcdef";
    Tree::Node& failed = add(2, Role::assistant, "Vo");
    failed.message.status = Status::error;
    failed.message.error = "plus de mémoire";
    add(3, Role::tool, "{\"a\": 1}");
    add(5, Role::user, "");
    return tree;
}

} // namespace

TEST_CASE("own JSON: exporting, importing and exporting again gives the same bytes") {
    Store first;
    first.conversations.insert(std::vector<Tree>{full_tree()});
    for (const char* file : {"chatgpt-conversations.json", "deepseek-conversations.json",
                             "open-webui-export.json", "lm-studio.conversation.json"})
        first.import(bytes_of(std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/archive/" + file));
    const std::string text = first.own_json();
    CHECK_THAT(text, Catch::Contains("\"token_ids\":[5,0,2147483647]") &&
                         Catch::Contains("\"sampling\":{\"seed\":18446744073709551615,") &&
                         Catch::Contains("\"folder\":\"Travail\"") && Catch::Contains("#include <iostream>"));
    Store second;
    const ImportReport report = second.import(text);
    CHECK(report.conversations == 8);
    CHECK(report.omissions.empty());
    CHECK(second.own_json() == text);
    CHECK(second.import(text).already_here == 8);
    CHECK(second.own_json() == text);
}

TEST_CASE("a conversation of another program comes in once") {
    Store store;
    const std::string file =
        bytes_of(std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/archive/chatgpt-conversations.json");
    const ImportReport first = store.import(file);
    CHECK(first.conversations == 2);
    CHECK(first.messages == 13);
    CHECK(first.branches == 3);
    CHECK(first.formats == std::map<std::string, std::int64_t>{{"chatgpt", 2}});
    const ImportReport again = store.import(file);
    CHECK(again.conversations == 0);
    CHECK(again.already_here == 2);
    CHECK(again.omissions == first.omissions);
}

TEST_CASE("Open WebUI's format imports back with its branches") {
    const auto writer = open_webui_writer();
    const Tree tree = full_tree();
    const std::string text = writer->begin(1) + writer->add(tree) + writer->end();
    std::vector<Tree> back;
    Omissions omissions;
    read_conversations(
        text, [&](Tree read) { back.push_back(std::move(read)); }, omissions);
    REQUIRE(back.size() == 1);
    CHECK(omissions == Omissions{{Omission::empty_message, 1}});
    CHECK(back[0].conversation.title == tree.conversation.title);
    CHECK(back[0].tags == tree.tags);
    REQUIRE(back[0].messages.size() == 5); // the empty one is left out
    for (std::size_t i = 0; i < 5; ++i) {
        const Message& message = back[0].messages[i].message;
        const auto original = std::find_if(tree.messages.begin(), tree.messages.end(), [&](const auto& node) {
            return node.message.content == message.content;
        });
        REQUIRE(original != tree.messages.end());
        CHECK(message.role == original->message.role);
        CHECK(message.reasoning == original->message.reasoning);
        CHECK(message.status == original->message.status);
        CHECK(message.error == original->message.error);
    }
    const auto shown = branch_of(back[0], back[0].conversation.active_leaf);
    REQUIRE_FALSE(shown.empty());
    CHECK(back[0].messages[shown.back()].message.content == "Vo");
}

TEST_CASE("Markdown keeps the messages' own, reasoning in <details>") {
    const auto writer = markdown_writer();
    Tree tree = full_tree();
    tree.messages[2].message.reasoning = "Il faut\n```\n<vector>\n```";
    tree.messages[4].message.content = "non fermé\n````cpp\n#include <map>\n```\n";
    const std::string text = writer->begin(1) + writer->add(tree) + writer->end();
    CHECK_THAT(text, Catch::StartsWith("# Tout \"garder\" \\\\ \\<b\\>\n"));
    CHECK_THAT(text, Catch::Contains("Écris\n```cpp\n#include <iostream>\n```\n"));
    CHECK_THAT(text,
               Catch::Contains("<details>\n<summary>Reasoning (12 s)</summary>\n\nIl faut\n```\n<vector>"
                               "\n```\n\n</details>\n"));
    CHECK_THAT(text,
               Catch::Contains("#include <map>\n```\n````\n")); // a fence left open ends with its message
    CHECK_THAT(text, Catch::Contains("plus de mémoire"));
    CHECK_THAT(text, Catch::Contains("version 2/2, in reply to 2"));
}

TEST_CASE("ShareGPT has a line a branch, the shown one alone where that is asked") {
    const auto writer = share_gpt_writer();
    const std::string active = writer->add(active_branch_of(full_tree()));
    CHECK(std::count(active.begin(), active.end(), '\n') == 1);
    CHECK_THAT(active,
               Catch::Contains(R"({"from":"system","value":"Sois bref."},{"from":"human","value":")"));
    CHECK_THAT(active, Catch::Contains(R"({"from":"gpt","value":"Vo"})"));
    const std::string all = writer->add(full_tree());
    CHECK(std::count(all.begin(), all.end(), '\n') == 2);
    CHECK_THAT(all, Catch::Contains("<think>\\nLigne 1"));
}

TEST_CASE("a file appears complete or not at all") {
    const TestFolder folder;
    const auto target = folder.path() / "out.json";
    {
        WholeFile file(target);
        file.write("half");
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    {
        WholeFile file(target);
        file.write("who");
        file.write("le");
        file.commit();
    }
    CHECK(bytes_of(target) == "whole");
    CHECK((std::filesystem::status(target).permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK_THROWS_AS(WholeFile(folder.path()), Error);
    CHECK_THROWS_AS(WholeFile("/dev/full"), Error);
    CHECK_THROWS_AS(WholeFile(folder.path() / "none" / "x"), Error);
    std::filesystem::create_symlink(target, folder.path() / "link");
    WholeFile through(folder.path() / "link");
    through.write("new");
    through.commit();
    CHECK(std::filesystem::is_symlink(folder.path() / "link"));
    CHECK(bytes_of(target) == "new");
}
