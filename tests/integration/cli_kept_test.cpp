// SPDX-License-Identifier: MIT
// import, list, search, export and verify, as a person's shell would call them.
#include "tests/integration/program.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include <nlohmann/json.hpp>

using nlohmann::json;
using spoutnik::testing::Run;
using spoutnik::testing::run_cli;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::write_file;

namespace {

std::string sample(const std::string& name) {
    return std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/archive/" + name;
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A data folder with the four samples in it.
struct Kept {
    Kept() {
        const Run run = run_cli({"import", sample("chatgpt-conversations.json"),
                                 sample("deepseek-conversations.json"), sample("open-webui-export.json"),
                                 sample("lm-studio.conversation.json"), "--data", data()});
        INFO(run.err);
        REQUIRE(run.status == 0);
        said = run.out;
    }
    std::string data() const { return (folder / "data").string(); }
    json list() const { return json::parse(run_cli({"list", "--json", "--data", data()}).out); }
    std::string uuid_of(const std::string& title) const {
        for (const json& row : list())
            if (row.at("title") == title) return row.at("uuid");
        FAIL("no conversation is called " << title);
        return {};
    }
    Run export_to(const std::string& format, const std::string& file,
                  std::vector<std::string> what = {"--all"}) const {
        std::vector<std::string> arguments{"export", "--format", format, "--output", (folder / file).string(),
                                           "--data", data()};
        arguments.insert(arguments.end(), what.begin(), what.end());
        return run_cli(arguments);
    }

    TemporaryFolder folder;
    std::string said;
};

} // namespace

TEST_CASE("import says what came in and what was left out, and takes each conversation once") {
    const Kept kept;
    CHECK_THAT(kept.said, Catch::Contains("chatgpt-conversations.json: 2 conversations with 13 messages "
                                          "(1 branch more than one for each) from chatgpt\n"));
    CHECK_THAT(kept.said, Catch::Contains("  left out: 2 images\n") &&
                              Catch::Contains("  left out: 1 conversation without a message\n"));
    const Run again = run_cli({"import", sample("chatgpt-conversations.json"), "--data", kept.data()});
    CHECK(again.status == 0);
    CHECK_THAT(again.out, Catch::Contains("0 conversations") && Catch::Contains("already here: 2"));
    CHECK(kept.list().size() == 7);
    const Run plain = run_cli({"list", "--data", kept.data()});
    CHECK(std::count(plain.out.begin(), plain.out.end(), '\n') == 7);
    CHECK_THAT(plain.out, Catch::Contains("  Tri fusion en C++\n"));
}

TEST_CASE("search finds what was said in a branch that is not shown") {
    const Kept kept;
    const Run run = run_cli({"search", "parce que VOUS", "--json", "--data", kept.data()});
    REQUIRE(run.status == 0);
    const json hits = json::parse(run.out);
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].at("conversation") == kept.uuid_of("Tri fusion en C++"));
    CHECK(hits[0].at("message").is_number_integer());
    CHECK(hits[0].at("role") == "assistant");
    CHECK_THAT(hits[0].at("snippet").get<std::string>(), Catch::Contains("Parce que vous"));
    CHECK_THAT(run_cli({"search", "levain", "--data", kept.data()}).out, Catch::Contains("Du levain."));
    CHECK(run_cli({"search", "nowhere to be found", "--data", kept.data()}).out.empty());
}

TEST_CASE("export, import, export gives the same bytes") {
    const Kept kept;
    REQUIRE(kept.export_to("json", "first.json").status == 0);
    const std::string other = (kept.folder / "other").string();
    REQUIRE(run_cli({"import", (kept.folder / "first.json").string(), "--data", other}).status == 0);
    REQUIRE(run_cli({"export", "--all", "--format", "json", "--data", other, "--output",
                     (kept.folder / "second.json").string()})
                .status == 0);
    const std::string first = bytes_of(kept.folder / "first.json");
    CHECK(first.size() > 5000);
    CHECK(bytes_of(kept.folder / "second.json") == first);
    CHECK(run_cli({"export", "--all", "--format", "json", "--data", other, "--output", "-"}).out == first);
}

TEST_CASE("every format is written, one conversation or all") {
    const Kept kept;
    const std::string uuid = kept.uuid_of("Tri fusion en C++");
    const std::vector<std::string> one{"--conversation", uuid};
    REQUIRE(kept.export_to("markdown", "a.md", one).status == 0);
    CHECK_THAT(bytes_of(kept.folder / "a.md"),
               Catch::Contains("```cpp\n#include <iostream>\n") && !Catch::Contains("Parce que"));
    REQUIRE(kept.export_to("markdown", "b.md", {"--conversation", uuid, "--branch", "all"}).status == 0);
    CHECK_THAT(bytes_of(kept.folder / "b.md"),
               Catch::Contains("Parce que") && Catch::Contains("version 2/2"));
    REQUIRE(kept.export_to("html", "a.html").status == 0);
    CHECK_THAT(bytes_of(kept.folder / "a.html"), Catch::Contains("#include &lt;iostream&gt;"));
    REQUIRE(kept.export_to("pdf", "a.pdf", one).status == 0);
    CHECK_THAT(bytes_of(kept.folder / "a.pdf"), Catch::StartsWith("%PDF") && Catch::Contains("/FontFile"));
    REQUIRE(kept.export_to("sharegpt", "a.jsonl").status == 0);
    const std::string lines = bytes_of(kept.folder / "a.jsonl");
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 7);
    REQUIRE(kept.export_to("openwebui", "ow.json").status == 0);
    const std::string other = (kept.folder / "other").string();
    const Run back = run_cli({"import", (kept.folder / "ow.json").string(), "--data", other});
    CHECK_THAT(back.out, Catch::Contains("7 conversations") && Catch::Contains("from openwebui"));
}

TEST_CASE("what cannot be read or written is one line on stderr, and leaves no file") {
    const Kept kept;
    const auto fails = [](const std::vector<std::string>& arguments, const std::string& words) {
        const Run run = run_cli(arguments);
        CAPTURE(arguments, run.out, run.err);
        CHECK(run.status == 1);
        CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
        CHECK_THAT(run.err, Catch::StartsWith("spoutnik-cli: ") && Catch::Contains(words));
    };
    const std::string nowhere = (kept.folder / "none").string();
    fails({"list", "--data", nowhere}, "no conversations are kept");
    CHECK_FALSE(std::filesystem::exists(nowhere));
    fails({"search", "x", "--data", nowhere}, "no conversations are kept");
    fails({"export", "--all", "--format", "json", "--output", "-", "--data", nowhere}, "no conversations");
    fails({"import", write_file(kept.folder / "x.json", "[1]"), "--data", kept.data()},
          "no file of conversations");
    fails({"import", nowhere, "--data", kept.data()}, "No such file");
    fails({"import", (kept.folder / "").string(), "--data", kept.data()}, "Is a directory");
    fails({"import", write_file(kept.folder / "empty.json", ""), "--data", kept.data()},
          "no file of conversations");
    // A file that is not there keeps no other one out.
    const Run mixed = run_cli({"import", nowhere, sample("deepseek-nulls.json"), "--data", kept.data()});
    CHECK(mixed.status == 1);
    CHECK_THAT(mixed.err, Catch::Contains("No such file"));
    CHECK_THAT(mixed.out, Catch::Contains("deepseek-nulls.json: 1 conversation"));
    fails({"export", "--conversation", "none", "--format", "json", "--output",
           (kept.folder / "y.json").string(), "--data", kept.data()},
          "no such conversation");
    CHECK_FALSE(std::filesystem::exists(kept.folder / "y.json"));
    fails({"export", "--all", "--format", "json", "--output", "/dev/null", "--data", kept.data()},
          "not a regular file");
    fails({"verify", (kept.folder / "x.json").string()}, "no file of conversations");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"import"},
          {"search"},
          {"list", "extra"},
          {"export", "--all"},
          {"export", "--format", "json", "--output", "x"},
          {"export", "--all", "--conversation", "u", "--format", "json", "--output", "x"},
          {"export", "--all", "--format", "docx", "--output", "x"},
          {"verify"}}) {
        CAPTURE(arguments);
        CHECK(run_cli(arguments).status == 2);
    }
}

TEST_CASE("an exported answer is generated again, and the first token that differs is named") {
    if (!std::filesystem::exists(std::string(SPOUTNIK_SOURCE_DIR) +
                                 "/resources/starter/spoutnik-starter.gguf"))
        return;
    const TemporaryFolder folder;
    const std::string file = (folder / "answer.json").string();
    const Run chat = run_cli(
        {"chat", "-p", "What is 17 + 25?", "--system", "Be kind.", "--temperature", "0.9", "--export", file},
        {}, {"SPOUTNIK_STARTER"});
    INFO(chat.err);
    REQUIRE(chat.status == 0);
    const Run same = run_cli({"verify", file, "--threads", "1"}, {}, {"SPOUTNIK_STARTER"});
    CHECK(same.status == 0);
    CHECK_THAT(same.out,
               Catch::Contains("What is 17 + 25?, message 3: ") && Catch::Contains("tokens, the same"));

    json changed = json::parse(bytes_of(file));
    json& message = changed["conversations"][0]["messages"].back();
    REQUIRE(message.at("token_ids").size() > 4);
    message["token_ids"][3] = message["token_ids"][3].get<int>() + 1;
    message["model_hash"] = "0000000000000000";
    const Run other =
        run_cli({"verify", write_file(folder / "changed.json", changed.dump())}, {}, {"SPOUTNIK_STARTER"});
    CHECK(other.status == 1);
    CHECK_THAT(other.out, Catch::Contains("token 4 differs") &&
                              Catch::Contains("another model, program version or instruction set"));
    CHECK(other.err.empty());

    // Wherever it was touched: its first token, its last, one too many, its question, its words.
    const json original = json::parse(bytes_of(file));
    const std::size_t count = original["conversations"][0]["messages"].back()["token_ids"].size();
    const auto verified = [&](const std::function<void(json&)>& tamper, const char* question = nullptr) {
        json tampered = original;
        json& messages = tampered["conversations"][0]["messages"];
        tamper(messages.back());
        if (question != nullptr) messages[1]["content"] = question;
        const Run run = run_cli({"verify", write_file(folder / "tampered.json", tampered.dump())}, {},
                                {"SPOUTNIK_STARTER"});
        CHECK(run.status == 1);
        CHECK_THAT(run.out, !Catch::Contains("another model")); // the model is the same
        return run.out;
    };
    const auto named = [](std::size_t place) { return "token " + std::to_string(place) + " differs"; };
    CHECK_THAT(verified([](json& m) { m["token_ids"][0] = m["token_ids"][0].get<int>() + 1; }),
               Catch::Contains(named(1)));
    CHECK_THAT(verified([](json& m) { m["token_ids"].back() = m["token_ids"].back().get<int>() - 1; }),
               Catch::Contains(named(count)));
    CHECK_THAT(verified([](json& m) { m["token_ids"].push_back(5); }),
               Catch::Contains(named(count + 1)) && Catch::Contains("now it is none"));
    CHECK_THAT(verified([](json& m) { m["token_ids"].erase(2); }), Catch::Contains(named(3)));
    CHECK_THAT(verified([](json&) {}, "What is 2 + 2?"), Catch::Contains(" differs: "));
    CHECK_THAT(verified([](json& m) {
                   m["content"] = "Seventeen, surely. " + m["content"].get<std::string>() + '!';
               }),
               Catch::Contains("the text that was kept is not theirs"));

    // It is a conversation like others.
    const std::string data = (folder / "data").string();
    CHECK(run_cli({"import", file, "--data", data}).status == 0);
    REQUIRE(run_cli({"export", "--all", "--format", "json", "--data", data, "--output",
                     (folder / "again.json").string()})
                .status == 0);
    CHECK(run_cli({"verify", (folder / "again.json").string()}, {}, {"SPOUTNIK_STARTER"}).status == 0);
}
