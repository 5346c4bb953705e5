// SPDX-License-Identifier: MIT
// Exit statuses and where messages go: 0 and help on stdout, 2 for wrong usage, 1 with one line on stderr.
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"

#include <catch2/catch.hpp>

#include <algorithm>

using spoutnik::testing::GgufWriter;
using spoutnik::testing::Run;
using spoutnik::testing::run_cli;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::write_file;

namespace {

void check_usage_error(const std::vector<std::string>& arguments) {
    const Run run = run_cli(arguments);
    CAPTURE(arguments, run.out, run.err);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK_FALSE(run.err.empty());
}

void check_error(const std::vector<std::string>& arguments, const std::string& words,
                 const std::vector<std::string>& environment = {}) {
    const Run run = run_cli(arguments, {}, environment);
    CAPTURE(arguments, run.out, run.err);
    CHECK(run.status == 1);
    CHECK(run.out.empty());
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    CHECK_THAT(run.err, Catch::StartsWith("spoutnik-cli: ") && Catch::Contains(words));
}

} // namespace

TEST_CASE("help and version are no errors") {
    for (const std::string command :
         {"", "info", "tokenize", "detokenize", "render", "probs", "chat", "bench"}) {
        std::vector<std::string> arguments{"--help"};
        if (!command.empty()) arguments.insert(arguments.begin(), command);
        const Run run = run_cli(arguments);
        CHECK(run.status == 0);
        CHECK_FALSE(run.out.empty());
        CHECK(run.err.empty());
    }
    CHECK(run_cli({"--version"}).status == 0);
}

TEST_CASE("wrong usage ends with 2") {
    check_usage_error({});
    check_usage_error({"dance"});
    check_usage_error({"info"});
    check_usage_error({"info", "a.gguf", "--colour"});
    check_usage_error({"tokenize"});
    check_usage_error({"render", "a.gguf"});
    check_usage_error({"render", "--input", "x.json"});
    check_usage_error({"probs", "a.gguf"});
    check_usage_error({"probs", "a.gguf", "--tokens", "one"});
    check_usage_error({"probs", "a.gguf", "--tokens", "1", "--top", "-3"});
    check_usage_error({"chat", "--temperature", "hot"});
    check_usage_error({"chat", "--seed", "-1"});
    check_usage_error({"bench", "a.gguf", "-r", "0"});
    check_usage_error({"bench", "a.gguf", "--depth", "0,-1"});
}

TEST_CASE("errors are one line on stderr and end with 1") {
    const TemporaryFolder folder;
    const std::string missing = (folder / "none.gguf").string();
    for (const std::string command : {"info", "tokenize", "bench"})
        check_error({command, missing}, "none.gguf: No such file or directory");
    check_error({"detokenize", missing, "1"}, "No such file");
    check_error({"probs", missing, "--tokens", "1"}, "No such file");
    check_error({"chat", missing, "-p", "x"}, "No such file");
    check_error({"chat", "-p", "x"}, "No such file", {"SPOUTNIK_STARTER=" + missing});
    check_error({"info", write_file(folder / "text.gguf", "hello")}, "text.gguf: not a GGUF file");
    check_error({"info", folder.operator/("").string()}, "not a regular file");

    GgufWriter().set("general.architecture", "deepseek4").write(folder / "v4.gguf");
    check_error({"info", (folder / "v4.gguf").string()}, "deepseek4");
    GgufWriter().set("general.architecture", "a\nb\x1b[2J").write(folder / "odd.gguf");
    check_error({"info", (folder / "odd.gguf").string()}, "architecture");
    GgufWriter().set("general.architecture", "llama").write(folder / "empty.gguf");
    check_error({"tokenize", (folder / "empty.gguf").string()}, "tokenizer.ggml");
    check_error({"render", (folder / "empty.gguf").string(), "--input", "/dev/null"},
                "tokenizer.chat_template");
}

TEST_CASE("an output that cannot be written is an error") {
    const TemporaryFolder folder;
    const std::string input = write_file(folder / "case.json", "{}");
    const std::string source = write_file(folder / "t.jinja", "hello");
    CHECK(run_cli({"render", "--template", source, "--input", input}).out == "hello");
    const std::string command = std::string(SPOUTNIK_BINARY_DIR) + "/bin/spoutnik-cli render --template " +
                                source + " --input " + input + " > /dev/full 2> " + (folder / "err").string();
    CHECK(WEXITSTATUS(std::system(command.c_str())) == 1); // NOLINT
}
