// SPDX-License-Identifier: MIT
// tokenize, detokenize and render against reference results, through the built program.
#include "tests/integration/program.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

using nlohmann::ordered_json;
using spoutnik::testing::Run;
using spoutnik::testing::run_cli;
using spoutnik::testing::shared_data;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::write_file;

namespace {

std::string joined(const ordered_json& ids) {
    std::string line;
    for (const auto& id : ids)
        line += (line.empty() ? "" : " ") + id.dump();
    return line + "\n";
}

} // namespace

TEST_CASE("tokenize gives the reference ids, byte for byte") {
    const auto folder = shared_data("vocab");
    if (folder.empty()) return;
    for (const std::string name : {"deepseek-v3", "deepseek-llm", "qwen2", "llama-spm"}) {
        const std::string model = (folder / ("vocab-" + name + ".gguf")).string();
        const auto cases = ordered_json::parse(std::ifstream(folder / ("vocab-" + name + ".tokens.json")));
        REQUIRE(cases.size() > 10);
        // The unit tests go through all of them; a process each for some, spread over the list.
        for (std::size_t c = 0; c < cases.size(); c += cases.size() / 4) {
            const std::string text = cases[c].at("text");
            CAPTURE(name, c, text);
            const Run plain = run_cli({"tokenize", model}, text);
            CHECK(plain.status == 0);
            CHECK(plain.err.empty());
            CHECK(plain.out == joined(cases[c].at("plain")));
            CHECK(run_cli({"tokenize", model, "--special"}, text).out == joined(cases[c].at("special")));
        }
    }
}

TEST_CASE("detokenize gives the text back") {
    const auto folder = shared_data("vocab");
    if (folder.empty()) return;
    const std::string model = (folder / "vocab-deepseek-v3.gguf").string();
    const std::string text = "L’été, 漢字 et 😀:\n\tfin.";
    std::istringstream ids(run_cli({"tokenize", model}, text).out);
    std::vector<std::string> arguments{"detokenize", model};
    for (std::string id; ids >> id;)
        arguments.push_back(id);
    CHECK(run_cli(arguments).out == text);
    CHECK(run_cli({"detokenize", model, "0", "128803"}).out == "<｜begin▁of▁sentence｜><｜User｜>");
    const Run beyond = run_cli({"detokenize", model, "99999999"});
    CHECK(beyond.status == 1);
    CHECK_THAT(beyond.err, Catch::Contains("99999999"));
}

TEST_CASE("render gives every reference prompt and error") {
    const auto folder = shared_data("templates");
    if (folder.empty()) return;
    const TemporaryFolder work;
    const auto cases = ordered_json::parse(std::ifstream(folder / "expected.json"));
    REQUIRE(cases.size() == 153);
    std::size_t errors = 0;
    for (const ordered_json& example : cases) {
        const std::string source = (folder / example.at("template").get<std::string>()).string();
        const std::string input = write_file(work / "case.json", example.at("variables").dump());
        CAPTURE(source, example.at("case"));
        // The reference was made on 2 January 2026, which templates with strftime_now show.
        const Run run =
            run_cli({"render", "--template", source, "--input", input}, {}, {"SOURCE_DATE_EPOCH=1767312000"});
        if (example.contains("error")) {
            ++errors;
            CHECK(run.status == 1);
            CHECK(run.out.empty());
            CHECK_FALSE(run.err.empty());
        } else {
            CHECK(run.status == 0);
            CHECK(run.out == example.at("text").get<std::string>());
        }
    }
    CHECK(errors == 5);
}

TEST_CASE("render takes its date from SOURCE_DATE_EPOCH, in UTC") {
    const TemporaryFolder work;
    const std::string source = write_file(work / "t.jinja", "{{ strftime_now('%Y-%m-%d %H:%M:%S') }}");
    const std::string input = write_file(work / "case.json", "{}");
    const auto render = [&](const std::string& variable) {
        return run_cli({"render", "--template", source, "--input", input}, {}, {variable, "TZ=Asia/Tokyo"});
    };
    CHECK(render("SOURCE_DATE_EPOCH=0").out == "1970-01-01 00:00:00");
    CHECK(render("SOURCE_DATE_EPOCH=1767312000").out == "2026-01-02 00:00:00");
    CHECK(render("SOURCE_DATE_EPOCH").out.size() == 19);
    for (const std::string wrong : {"today", "-1", "12x", "99999999999999999999"}) {
        const Run run = render("SOURCE_DATE_EPOCH=" + wrong);
        CHECK(run.status == 1);
        CHECK_THAT(run.err, Catch::Contains("SOURCE_DATE_EPOCH"));
    }
}

TEST_CASE("render says what is wrong with a case") {
    const TemporaryFolder work;
    const std::string source = write_file(work / "t.jinja", "{{ messages[0].content }}");
    const auto error_of = [&](const std::string& content) {
        const Run run =
            run_cli({"render", "--template", source, "--input", write_file(work / "case.json", content)});
        CHECK(run.status == 1);
        return run.err;
    };
    CHECK_THAT(error_of("{"), Catch::Contains("case.json"));
    CHECK_THAT(error_of("[]"), Catch::Contains("expected a JSON object"));
    CHECK_THAT(error_of(R"({"messages": 3})"), Catch::Contains("line 1"));
}
