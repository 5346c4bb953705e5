// SPDX-License-Identifier: MIT
// Out of the database, into files, and back.
#include "storage/archive/branches.h"
#include "storage/archive/import.h"
#include "storage/archive/whole_file.h"
#include "storage/archive/writer.h"
#include "storage/statement.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
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

std::string sample(const std::string& name) {
    return bytes_of(std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/archive/" + name);
}

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
    for (const char* file :
         {"chatgpt-conversations.json", "chatgpt-nulls.json", "deepseek-conversations.json",
          "deepseek-nulls.json", "open-webui-export.json", "open-webui-single.json",
          "lm-studio.conversation.json", "lm-studio-nulls.conversation.json"})
        first.import(sample(file));
    const std::string text = first.own_json();
    CHECK_THAT(text, Catch::Contains("\"token_ids\":[5,0,2147483647]") &&
                         Catch::Contains("\"sampling\":{\"seed\":18446744073709551615,") &&
                         Catch::Contains("\"folder\":\"Travail\"") && Catch::Contains("#include <iostream>"));
    Store second;
    const ImportReport report = second.import(text);
    CHECK(report.conversations == 13);
    CHECK(report.omissions.empty());
    CHECK(second.own_json() == text);
    CHECK(second.import(text).already_here == 13);
    CHECK(second.own_json() == text);
}

TEST_CASE("a conversation of another program comes in once") {
    Store store;
    const std::string file = sample("chatgpt-conversations.json");
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

TEST_CASE("a conversation that no file gives a name comes in once too") {
    Store store;
    for (const char* file :
         {"chatgpt-nulls.json", "deepseek-nulls.json", "lm-studio-nulls.conversation.json"}) {
        CAPTURE(file);
        const ImportReport first = store.import(sample(file));
        CHECK(first.conversations == (file[0] == 'c' ? 2 : 1)); // ChatGPT's holds one of its two twice
        CHECK(first.already_here == (file[0] == 'c' ? 1 : 0));
        CHECK(store.import(sample(file)).conversations == 0);
    }
    // One that has gone on since is another: what is new is never taken for what is here.
    std::string longer = sample("lm-studio-nulls.conversation.json");
    const std::string thanks = "Merci <ami>.";
    longer.replace(longer.find(thanks), thanks.size(), "Merci beaucoup.");
    CHECK(store.import(longer).conversations == 1);
}

TEST_CASE("what was exported for Open WebUI is known when it comes back") {
    Store store;
    store.conversations.insert(std::vector<Tree>{full_tree()});
    const std::string text = store.written(*open_webui_writer());
    CHECK(store.import(text).already_here == 1);
    const auto id = store.conversations.find_uuid(full_tree().conversation.uuid).value().id;
    store.conversations.remove(id); // until it is taken out of the list
    CHECK(store.import(text).conversations == 1);
}

namespace {

/// A conversation as no person writes one: any tree, any characters, any of the figures missing.
Tree random_tree(std::mt19937& random) {
    const auto below = [&](std::uint32_t end) { return static_cast<int>(random() % end); };
    const auto any_text = [&] {
        static const std::vector<std::string> pieces{"a",          " ",
                                                     "\n",         "\r\n",
                                                     "\t",         "\"",
                                                     "\\",         "</details>",
                                                     "\u2028",     "é",
                                                     "e\u0301",    "œ",
                                                     "日本",       "\U0001F680",
                                                     "\x1f",       "\x7f",
                                                     "<iostream>", "```",
                                                     "\xff",       "\xed\xa0\x80",
                                                     "{{x}}",      std::string(1, '\0'),
                                                     "&lt;",       "null"};
        std::string text;
        for (int i = below(8); i > 0; --i)
            text += pieces[random() % pieces.size()];
        return text;
    };
    Tree tree;
    Conversation& c = tree.conversation;
    c.title = any_text();
    c.title_is_manual = below(2) == 0;
    c.is_pinned = below(2) == 0;
    c.is_archived = below(2) == 0;
    c.model = any_text();
    if (below(2) == 0) c.source = {"chatgpt", "id" + std::to_string(random())};
    if (below(2) == 0) tree.folder = "folder " + std::to_string(below(3));
    for (int i = below(4); i > 0; --i)
        tree.tags.push_back("tag " + std::to_string(below(9)));
    tree.draft = any_text();
    c.created_ms = below(4) == 0 ? 0 : 1'700'000'000'000 + below(1000);
    c.updated_ms = below(4) == 0 ? 0 : c.created_ms + below(1000);
    const int count = below(20);
    for (int i = 0; i < count; ++i) {
        Tree::Node node;
        Message& message = node.message;
        message.id = i + 1;
        if (i > 0 && below(8) != 0) message.parent = 1 + below(static_cast<std::uint32_t>(i));
        message.role = static_cast<Role>(below(4));
        message.status = static_cast<Status>(below(4));
        message.content = any_text();
        message.reasoning = any_text();
        message.model = any_text();
        message.error = any_text();
        message.created_ms = below(3) == 0 ? 0 : 1'700'000'000'000 + below(100'000);
        message.finished_ms = below(3) == 0 ? 0 : message.created_ms + below(1000);
        message.reasoning_ms = below(3);
        message.reasoning_tokens = below(3);
        message.prompt_tokens = below(3);
        message.generated_tokens = below(3);
        message.tokens_per_second = below(2) == 0 ? 0 : 1.0 / (1 + below(1000));
        if (below(2) == 0) {
            node.replay.sampling = below(2) == 0 ? any_text() : R"({"top_p":0.9499999880790710,"seed":7})";
            node.replay.model_hash = any_text();
            for (int token = below(5); token > 0; --token)
                node.replay.token_ids.push_back(below(200'000));
        }
        tree.messages.push_back(std::move(node));
    }
    if (count > 0 && below(3) != 0) c.active_leaf = 1 + below(static_cast<std::uint32_t>(count));
    return tree;
}

} // namespace

TEST_CASE("own JSON: whatever a conversation holds, export, import, export gives the same bytes") {
    std::mt19937 random(20251124);
    Store first;
    std::vector<Tree> trees;
    for (int i = 0; i < 300; ++i)
        trees.push_back(random_tree(random));
    const auto ids = first.conversations.insert(trees);
    // Rows as a salvage leaves them, and one being written now.
    execute(first.database.handle(),
            "UPDATE message SET created_ms = NULL, finished_ms = NULL WHERE id % 5 = 0;"
            "UPDATE message SET status = 'streaming', finished_ms = 0 WHERE id % 11 = 0;"
            "UPDATE message SET role = 'oracle', content = NULL WHERE id % 13 = 0;"
            "UPDATE conversation SET active_leaf = NULL WHERE id % 6 = 0;"
            "UPDATE conversation SET updated_ms = NULL, model = NULL, draft = NULL WHERE id % 7 = 0");
    const std::string text = first.own_json();
    Store second;
    const ImportReport report = second.import(text);
    CHECK(report.conversations == static_cast<std::int64_t>(ids.size()));
    CHECK(report.omissions.empty());
    const std::string again = second.own_json();
    const auto difference = std::mismatch(text.begin(), text.end(), again.begin(), again.end());
    const auto at = static_cast<std::size_t>(difference.first - text.begin());
    INFO("at " << at << ": " << text.substr(at - std::min<std::size_t>(at, 200), 300) << "\n--- "
               << again.substr(at - std::min<std::size_t>(at, 200), 300));
    CHECK(again == text);
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
    CHECK(omissions.empty());
    CHECK(back[0].conversation.title == tree.conversation.title);
    CHECK(back[0].tags == tree.tags);
    REQUIRE(back[0].messages.size() == 5); // the empty one is not written
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

TEST_CASE("Open WebUI's format: export, import, export gives the same bytes") {
    Store first;
    Tree grown = full_tree();
    // Versions of messages above come later than what stands below: not the order in which an import walks.
    for (const MessageId parent : {1, 2, 1, 3}) {
        Tree::Node node;
        node.message.id = static_cast<MessageId>(grown.messages.size()) + 1;
        node.message.parent = parent;
        node.message.role = parent == 2 ? Role::assistant : Role::user;
        node.message.content = "version " + std::to_string(node.message.id);
        node.message.created_ms = 1700000000000 + node.message.id;
        grown.messages.push_back(std::move(node));
    }
    first.conversations.insert(std::vector<Tree>{grown});
    for (const char* file :
         {"chatgpt-conversations.json", "chatgpt-nulls.json", "deepseek-conversations.json",
          "deepseek-nulls.json", "open-webui-export.json", "open-webui-single.json",
          "lm-studio.conversation.json", "lm-studio-nulls.conversation.json"})
        REQUIRE(first.import(sample(file)).conversations > 0);
    const std::string text = first.written(*open_webui_writer());
    CHECK_THAT(text, Catch::Contains(R"("id":"5b1f7c1e-0000-4000-8000-000000000009")")); // its name there
    Store second;
    const ImportReport report = second.import(text);
    CHECK(report.omissions.empty());
    const std::string again = second.written(*open_webui_writer());
    const auto at = static_cast<std::size_t>(
        std::mismatch(text.begin(), text.end(), again.begin(), again.end()).first - text.begin());
    INFO("at " << at << ": " << text.substr(at - std::min<std::size_t>(at, 200), 300) << "\n--- "
               << again.substr(at - std::min<std::size_t>(at, 200), 300));
    CHECK(again == text);
}

TEST_CASE("a conversation without a title takes the first words that were said") {
    const auto title_with = [](const std::string& said) {
        Store store;
        store.import(R"([{"title": null, "mapping": {"a": {"message": {"author": {"role": "user"},
            "content": {"parts": [")" +
                     said + R"("]}}}}}])");
        return store.conversations.list().at(0).conversation.title;
    };
    CHECK(title_with("\\n  Bonjour,   Zoë \\nla suite") == "Bonjour, Zoë");
    CHECK(title_with("Pourquoi le ciel est-il noir la nuit quand il y a tant d’étoiles ?") ==
          "Pourquoi le ciel est-il noir la nuit quand il y a tant…");
    std::string long_word;
    for (int i = 0; i < 60; ++i)
        long_word += "日";
    CHECK(title_with(long_word) == long_word.substr(0, std::size_t{56} * 3) + "…");
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
