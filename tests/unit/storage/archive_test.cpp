// SPDX-License-Identifier: MIT
// Exports of other programs: what comes in, where it stands in the tree, and what is left out.
#include "storage/archive/branches.h"
#include "storage/archive/import.h"
#include "storage/archive/json_text.h"
#include "storage/archive/timestamp.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

using namespace spoutnik::storage;
using namespace spoutnik::storage::archive;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;

namespace {

struct Read {
    std::vector<Tree> trees;
    Omissions omissions;
};

Read read_text(std::string_view text) {
    Read read;
    read_conversations(
        text, [&](Tree tree) { read.trees.push_back(std::move(tree)); }, read.omissions);
    return read;
}

Read read_file(const std::string& name) {
    return read_text(bytes_of(std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/archive/" + name));
}

/// "user: text" of each message of a branch.
std::vector<std::string> said(const Tree& tree, std::optional<MessageId> leaf) {
    std::vector<std::string> lines;
    for (const std::size_t index : branch_of(tree, leaf)) {
        const Message& message = tree.messages[index].message;
        lines.push_back(std::string(name_of(message.role)) + ": " + message.content);
    }
    return lines;
}

const Message& message_saying(const Tree& tree, const std::string& words) {
    for (const Tree::Node& node : tree.messages)
        if (node.message.content.find(words) != std::string::npos) return node.message;
    FAIL("no message says " << words);
    throw 0;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("ChatGPT: branches, reasoning and tools come in, what is hidden stays out") {
    const Read read = read_file("chatgpt-conversations.json");
    REQUIRE(read.trees.size() == 2);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.title == "Tri fusion en C++");
    CHECK(tree.conversation.source == Source{"chatgpt", "6667a0a0-0000-8000-a000-000000000001"});
    CHECK(tree.conversation.is_archived);
    CHECK(tree.conversation.created_ms == 1718000000123);
    CHECK(tree.conversation.updated_ms == 1718000900500);
    CHECK(leaves_of(tree).size() == 2);
    const Lines shown = said(tree, tree.conversation.active_leaf);
    REQUIRE(shown.size() == 8);
    CHECK(shown[0] == "user: Écris un tri fusion avec #include <iostream>.");
    CHECK_THAT(shown[1], Catch::Contains("```cpp\n#include <iostream>\n"));
    CHECK(shown[2] == "user: Que montre cette image ?");
    CHECK(shown[3] == "user: [image]");
    CHECK(shown[4] == "assistant: Un chat  noir.");
    CHECK(shown[5] == "assistant: ```python\nprint(6 * 7)\n```");
    CHECK(shown[6] == "tool: ```\n42\n```");
    CHECK(shown[7] == "assistant: Le résultat est 42.");
    const Message& cat = message_saying(tree, "Un chat");
    CHECK(cat.reasoning == "**Regarder**\n\nUn chat, sans doute.\n\nOu un chien.");
    CHECK(cat.model == "o3");
    const Message& other = message_saying(tree, "Parce que");
    CHECK(said(tree, other.id) == Lines{shown[0], "assistant: Autre version, sans code.",
                                        "user: Pourquoi sans code ?",
                                        "assistant: Parce que vous l'aviez dit."});

    const Tree& nameless = read.trees[1];
    CHECK(nameless.conversation.title == "Hello? \U0001F680"); // it came without one
    CHECK_FALSE(nameless.conversation.title_is_manual);
    CHECK(nameless.conversation.created_ms == 1719000000000); // its first message's
    // Its first message names a parent that is gone; the root names the message.
    CHECK(said(nameless, nameless.conversation.active_leaf) ==
          Lines{"user: Hello? \U0001F680", "assistant: Hi."});

    for (const auto& [omission, count] : read.omissions)
        UNSCOPED_INFO(in_words(omission, count));
    CHECK(read.omissions == Omissions{{Omission::image, 2},
                                      {Omission::file, 1},
                                      {Omission::search_result, 1},
                                      {Omission::citation_mark, 1},
                                      {Omission::hidden_message, 1},
                                      {Omission::empty_message, 1},
                                      {Omission::empty_conversation, 1},
                                      {Omission::unrecognised_conversation, 1}});
}

TEST_CASE("DeepSeek: fragments become reasoning and answer") {
    const Read read = read_file("deepseek-conversations.json");
    REQUIRE(read.trees.size() == 2);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.source.format == "deepseek");
    CHECK(tree.conversation.created_ms == 1738026754123);
    CHECK(leaves_of(tree).size() == 2);
    CHECK(said(tree, tree.conversation.active_leaf) == Lines{"user: 91 est-il premier ?",
                                                             "assistant: Non, c'est 7 fois 13.",
                                                             "user: Et 97 ?", "assistant: Oui."});
    const Message& thought = message_saying(tree, "Non : ");
    CHECK(thought.reasoning == "91 = 7 × 13.");
    CHECK(thought.reasoning_ms == 2500);
    CHECK(thought.model == "deepseek-reasoner");

    const Tree& older = read.trees[1]; // names no roles
    CHECK(said(older, older.conversation.active_leaf) ==
          Lines{"user: Hello", "assistant: Hello! How can I help?"});
    CHECK(older.messages[1].message.reasoning == "A greeting.");
    CHECK(read.omissions == Omissions{{Omission::search_result, 2}, {Omission::file, 1}});
}

TEST_CASE("Open WebUI: the tree, the system prompt, tags, and reasoning out of its details") {
    const Read read = read_file("open-webui-export.json");
    REQUIRE(read.trees.size() == 2);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.title == "Recette 🥖 <b>pain</b>");
    CHECK(tree.conversation.is_pinned);
    CHECK(tree.tags == Lines{"cuisine", "pain"});
    CHECK(said(tree, tree.conversation.active_leaf) == Lines{"system: Tu es boulanger.",
                                                             "user: Comment faire du pain ?",
                                                             "assistant: Du levain.", "user: Et le sel ?"});
    const Message& thought = message_saying(tree, "Du levain");
    CHECK(thought.reasoning == "Levain ou levure ?\n\nDisons <levain>.");
    CHECK(thought.reasoning_ms == 7000);
    const auto failed = std::find_if(tree.messages.begin(), tree.messages.end(),
                                     [](const auto& node) { return node.message.status == Status::error; });
    REQUIRE(failed != tree.messages.end());
    CHECK(failed->message.error == "Connection refused");
    CHECK(said(tree, failed->message.id).size() == 4);

    const Tree& older = read.trees[1]; // a plain list
    CHECK(said(older, older.conversation.active_leaf) == Lines{"user: Hi", "assistant: Hello!"});
    CHECK(older.messages[1].message.reasoning == "A greeting.");
    CHECK(read.omissions == Omissions{{Omission::image, 1},
                                      {Omission::file, 1},
                                      {Omission::search_result, 1},
                                      {Omission::unreadable_message, 1}});
}

TEST_CASE("LM Studio: versions become branches") {
    const Read read = read_file("lm-studio.conversation.json");
    REQUIRE(read.trees.size() == 1);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.source == Source{"lmstudio", "1730000000123"});
    CHECK(tree.conversation.updated_ms == 1730000060000);
    CHECK(said(tree, tree.conversation.active_leaf) == Lines{"system: Answer in one word.",
                                                             "user: Capital of Peru?", "assistant: Lima.",
                                                             "user: And of Chad?"});
    const Message& chosen = message_saying(tree, "Lima.");
    CHECK(chosen.reasoning == "Peru: Lima.");
    CHECK(chosen.model == "qwen/qwen3-8b");
    CHECK(chosen.tokens_per_second == 30.25);
    CHECK(message_saying(tree, "perhaps").status == Status::interrupted);
    CHECK(read.omissions == Omissions{{Omission::file, 1}, {Omission::unreadable_message, 1}});
}

TEST_CASE("ChatGPT: nulls everywhere, no current node, no name for a conversation") {
    const Read read = read_file("chatgpt-nulls.json");
    REQUIRE(read.trees.size() == 3); // the importer takes each once
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.title == "Météo");
    CHECK(tree.conversation.is_pinned);
    CHECK_FALSE(tree.conversation.is_archived);
    CHECK(tree.conversation.updated_ms == 1721000011000); // its last message's
    const Lines shown = said(tree, tree.conversation.active_leaf);
    REQUIRE(shown.size() == 6);
    CHECK(shown[0] == "system: Réponds en vers.");
    CHECK(shown[1] == "user: Quel temps fait-il ?"); // a transcription beside its recording
    CHECK(shown[2] == "assistant: ````json\n{\"q\": \"météo ``` Brest\"}\n````");
    CHECK(shown[3] == "tool: [image]");
    CHECK(shown[4] == "tool: "); // an error of a tool, in its own place
    CHECK(shown[5] == "assistant: Il fait beau, \n\nœuvre du vent.");
    CHECK(message_saying(tree, "Brest").reasoning == "Regarder dehors.\n\n**Conclure**");
    CHECK(message_saying(tree, "Il pleut").status == Status::interrupted);
    CHECK(leaves_of(tree).size() == 2);
    for (const auto& [omission, count] : read.omissions)
        UNSCOPED_INFO(in_words(omission, count));
    CHECK(read.omissions == Omissions{{Omission::image, 3}, // of three conversations
                                      {Omission::audio, 3},
                                      {Omission::search_result, 6},
                                      {Omission::unknown_part, 3},
                                      {Omission::empty_message, 6},
                                      {Omission::unreadable_message, 3}});
    // A name made of what was said: the same for the same conversation, another for another.
    CHECK(tree.conversation.source.format == "chatgpt");
    CHECK_THAT(tree.conversation.source.id, Catch::StartsWith("content-"));
    CHECK(read.trees[1].conversation.source.id != tree.conversation.source.id);
    CHECK(read.trees[2].conversation.source.id == tree.conversation.source.id);
}

TEST_CASE("Open WebUI: one chat by itself, answers of two models side by side, nulls") {
    const Read read = read_file("open-webui-single.json");
    REQUIRE(read.trees.size() == 1);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.source == Source{"openwebui", "5b1f7c1e-0000-4000-8000-000000000009"});
    CHECK(tree.conversation.title == "Deux modèles");
    CHECK(tree.conversation.is_archived);
    CHECK(tree.tags == Lines{"comparaison", "modèles"});
    CHECK(said(tree, tree.conversation.active_leaf) ==
          Lines{"user: Qui a raison ?", "assistant: Moi.", "user: Et lui ?", "assistant: Lui"});
    CHECK(message_saying(tree, "Lui").status == Status::interrupted);
    const Message& reasoned = message_saying(tree, "<map>");
    CHECK(reasoned.reasoning == "Lui & moi");
    CHECK(reasoned.content == "C'est `#include <map>`.");
    CHECK(reasoned.model == "deepseek-r1:14b");
    CHECK(message_saying(tree, "Sois juste").role == Role::system);
    CHECK(leaves_of(tree).size() == 3);
    for (const auto& [omission, count] : read.omissions)
        UNSCOPED_INFO(in_words(omission, count));
    CHECK(read.omissions == Omissions{{Omission::image, 1},
                                      {Omission::folder, 1},
                                      {Omission::tool_part, 1},
                                      {Omission::empty_message, 1},
                                      {Omission::broken_link, 1}});
}

TEST_CASE("DeepSeek: thoughts between searches, fragments and messages that are null") {
    const Read read = read_file("deepseek-nulls.json");
    REQUIRE(read.trees.size() == 1);
    const Tree& tree = read.trees[0];
    CHECK(tree.conversation.title == "Quoi de neuf ?"); // it came without one
    CHECK_FALSE(tree.conversation.title_is_manual);
    CHECK_THAT(tree.conversation.source.id, Catch::StartsWith("content-"));
    CHECK(tree.conversation.created_ms == 1748736000000); // its first message's
    CHECK(said(tree, tree.conversation.active_leaf) ==
          Lines{"user: Quoi de neuf ?", "assistant: Tout va bien [citation:1].", "user: Lis ceci."});
    const Message& answer = message_saying(tree, "Rien");
    CHECK(answer.reasoning == "Cherchons.\n\nVoilà.");
    CHECK(answer.reasoning_ms == 2000);
    for (const auto& [omission, count] : read.omissions)
        UNSCOPED_INFO(in_words(omission, count));
    CHECK(read.omissions == Omissions{{Omission::file, 1},
                                      {Omission::search_result, 3},
                                      {Omission::empty_message, 2},
                                      {Omission::empty_conversation, 1},
                                      {Omission::unreadable_message, 1}});
}

TEST_CASE("LM Studio: tools, nulls, a selected version that is not there, the draft") {
    const Read read = read_file("lm-studio-nulls.conversation.json");
    REQUIRE(read.trees.size() == 1);
    const Tree& tree = read.trees[0];
    CHECK_THAT(tree.conversation.source.id, Catch::StartsWith("content-"));
    CHECK(tree.draft == "brouillon");
    CHECK(said(tree, tree.conversation.active_leaf) ==
          Lines{"user: Quelle heure est-il ?", "assistant: Douze heures.", "user: Merci <ami>."});
    const Message& answer = message_saying(tree, "Midi");
    CHECK(answer.content == "Midi.");
    CHECK(answer.reasoning == "Il faut une horloge.");
    CHECK(answer.generated_tokens == 4);
    for (const auto& [omission, count] : read.omissions)
        UNSCOPED_INFO(in_words(omission, count));
    CHECK(read.omissions == Omissions{{Omission::image, 1},
                                      {Omission::tool_part, 3},
                                      {Omission::empty_message, 1},
                                      {Omission::unreadable_message, 1}});
}

TEST_CASE("what is no file of conversations is refused in words") {
    for (const std::string text : {"", "hello", "{}", "[1, 2]", "[{\"a\": 1}]", "\"text\"",
                                   "{\"messages\": [{\"role\": \"user\"}]}"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(read_text(text), Error);
    }
    CHECK(read_text("[]").trees.empty());
    try {
        read_text(R"({"format": "spoutnik-conversations", "version": 2, "conversations": []})");
        FAIL("a later version must be refused");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::newer_schema);
    }
}

TEST_CASE("a damaged conversation costs only itself") {
    const std::string good =
        R"({"id": "1", "mapping": {"a": {"message": {"author": {"role": "user"}, "content": {"parts": ["x"]}}}}})";
    const Read cut = read_text('[' + good + ", {\"mapping\": {\"a\": ");
    CHECK(cut.trees.size() == 1);
    CHECK(cut.omissions.at(Omission::unreadable_conversation) == 1);
    const Read odd = read_text('[' + good + ", {\"mapping\": }, " + good + ']');
    CHECK(odd.trees.size() == 2);
    CHECK(odd.omissions.at(Omission::unreadable_conversation) == 1);
    const Read deep = read_text('[' + good + ", " + std::string(200'000, '[') + ']');
    CHECK(deep.trees.size() == 1);
    const Read closed =
        read_text('[' + good + ", " + std::string(100'000, '[') + std::string(100'000, ']') + ']');
    CHECK(closed.trees.size() == 1);
    CHECK(closed.omissions.at(Omission::unreadable_conversation) == 1);
}

TEST_CASE("halves of surrogate pairs and bytes that are no UTF-8 become U+FFFD") {
    const auto value = parse_value("{\"a\": \"\\ud83d x \\uDE80 \\ud83d\\ude80 \xff \\\\ud83d\"}");
    REQUIRE(value);
    CHECK(text_of(*value, "a") == "\uFFFD x \uFFFD \U0001F680 \uFFFD \\ud83d");
    CHECK_FALSE(parse_value("{"));
}

TEST_CASE("circles of messages are cut") {
    const Read read = read_text(
        R"([{"mapping": {
            "a": {"parent": "b", "children": ["b"], "message": {"author": {"role": "user"}, "content": {"parts": ["a"]}}},
            "b": {"parent": "a", "children": ["a"], "message": {"author": {"role": "user"}, "content": {"parts": ["b"]}}},
            "c": {"parent": "c", "children": ["c"], "message": {"author": {"role": "user"}, "content": {"parts": ["c"]}}},
            "d": {"parent": {}, "children": 5, "message": {"author": null, "content": null}}}}])");
    REQUIRE(read.trees.size() == 1);
    CHECK(read.trees[0].messages.size() == 3);
    CHECK(read.omissions.at(Omission::broken_link) == 2);
}

TEST_CASE("a chain of a hundred thousand messages is read without recursion") {
    std::string text = "[{\"mapping\": {";
    for (int i = 0; i < 100'000; ++i) {
        const std::string name = std::to_string(i);
        text += (i == 0 ? "\"" : ",\"") + name + R"(": {"parent": ")" +
                (i == 0 ? "" : std::to_string(i - 1)) +
                R"(", "message": {"author": {"role": "user"}, "content": {"parts": [")" + name + "\"]}}}";
    }
    const Read read = read_text(text + "}}]");
    REQUIRE(read.trees.size() == 1);
    CHECK(branch_of(read.trees[0], read.trees[0].conversation.active_leaf).size() == 100'000);
}

TEST_CASE("times are read in every unit") {
    CHECK(time_from_iso("2025-01-28T09:12:34.123456+08:00") == 1738026754123);
    CHECK(time_from_iso("2025-01-28T01:12:34Z") == 1738026754000);
    CHECK(time_from_iso("2025-01-28 01:12") == 1738026720000);
    CHECK(time_from_iso("2025-01-28") == 1738022400000);
    for (const std::string text : {"", "2025", "2025-13-01", "2025-02-30", "2025-01-28T", "2025-01-28T25:00",
                                   "2025-01-28T01:12:34+", "1969-01-01", "yesterday"}) {
        CAPTURE(text);
        CHECK_FALSE(time_from_iso(text));
    }
    const Json values = Json::parse(
        R"({"s": 1738026754.123, "ms": 1738026754123, "us": 1738026754123000, "ns": 1738026754123000000, "no": -5})");
    for (const char* unit : {"s", "ms", "us", "ns"})
        CHECK(time_of(values, unit) == 1738026754123);
    CHECK(time_of(values, "no") == 0);
    CHECK(readable_time(1738026754123) == "2025-01-28 01:12");
    CHECK(iso_time(1738026754123) == "2025-01-28T01:12:34Z");
    CHECK(readable_time(-1).empty());
    CHECK(readable_time(INT64_MAX).empty());
}
