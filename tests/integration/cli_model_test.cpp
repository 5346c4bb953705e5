// SPDX-License-Identifier: MIT
// info, probs, chat and bench on tiny models with random weights: shapes of the output and its agreement with
// itself.
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <sstream>

#include <nlohmann/json.hpp>

using nlohmann::ordered_json;
using spoutnik::testing::GgufWriter;
using spoutnik::testing::Run;
using spoutnik::testing::run_cli;
using spoutnik::testing::run_cli_on_terminal;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::tiny_spec;
using spoutnik::testing::TinyModel;

namespace {

/// The file of a tiny model that has a vocabulary.
struct ModelFile {
    explicit ModelFile(const std::string& name) : path((folder / (name + ".gguf")).string()) {
        GgufWriter::save(path, TinyModel(tiny_spec(name)).gguf());
    }
    TemporaryFolder folder;
    std::string path;
};

} // namespace

TEST_CASE("info describes a model and what its cache saves") {
    const ModelFile model("peer-v3-f32");
    const auto& spec = tiny_spec("peer-v3-f32");
    const Run json = run_cli({"info", model.path, "--json"});
    REQUIRE(json.status == 0);
    const auto info = ordered_json::parse(json.out);
    CHECK(info.at("architecture") == "deepseek2");
    CHECK(info.at("layers") == spec.layers);
    CHECK(info.at("experts") == spec.experts);
    CHECK(info.at("experts_used") == spec.experts_used);
    CHECK(info.at("parameters_active") < info.at("parameters_total"));
    CHECK(info.at("kv_bytes_per_token") == spec.layers * (spec.latent + spec.position) * 2);
    CHECK(info.at("kv_bytes_per_token_full_heads") ==
          spec.layers * spec.heads * (spec.key() + spec.value) * 2);
    CHECK(info.at("formats").at("F32").get<std::int64_t>() > 1000);
    const auto isa = info.at("isa").get<std::string>();
    CHECK_FALSE(isa.empty());
    const Run text = run_cli({"info", model.path});
    CHECK(text.status == 0);
    CHECK_THAT(text.out, Catch::Contains("deepseek2") && Catch::Contains("full heads would take") &&
                             Catch::Contains("instructions    " + isa));
}

TEST_CASE("info says of a vocabulary what it is") {
    const ModelFile model("peer-v3-f32");
    const auto& spec = tiny_spec("peer-v3-f32");
    const std::string path = (model.folder / "vocabulary.gguf").string();
    GgufWriter writer = TinyModel(spec).writer();
    for (const auto& [name, tensor] : TinyModel(spec).tensors)
        writer.drop_tensor(name);
    writer.set("tokenizer.chat_template", "{{ messages }}").write(path);
    const Run json = run_cli({"info", path, "--json"});
    CAPTURE(json.err);
    REQUIRE(json.status == 0);
    const auto info = ordered_json::parse(json.out);
    CHECK(info.at("vocabulary_only") == true);
    CHECK(info.at("vocabulary") == spec.vocabulary);
    CHECK(info.at("tokenizer").at("model") == "gpt2");
    CHECK(info.at("tokenizer").at("chat_template") == true);
    const Run text = run_cli({"info", path});
    CHECK(text.status == 0);
    CHECK_THAT(text.out, Catch::StartsWith("vocabulary only: no weights") &&
                             Catch::Contains("byte-level BPE (gpt2, gpt-2), " +
                                             std::to_string(spec.vocabulary) + " tokens"));
    // Tensors that lack the first one are another matter: a damaged model.
    TinyModel(spec).writer().drop_tensor("token_embd.weight").write(path);
    CHECK_THAT(run_cli({"info", path}).err, Catch::Contains("token_embd.weight"));
}

TEST_CASE("info describes every vocabulary of the reference data") {
    const auto folder = spoutnik::testing::shared_data("vocab");
    if (folder.empty()) return;
    for (const std::string name : {"deepseek-v3", "deepseek-llm", "qwen2", "llama-spm"}) {
        const Run run = run_cli({"info", (folder / ("vocab-" + name + ".gguf")).string(), "--json"});
        CAPTURE(name, run.err);
        REQUIRE(run.status == 0);
        CHECK(ordered_json::parse(run.out).at("vocabulary").get<int>() >= 32000);
    }
}

TEST_CASE("probs gives the most probable tokens of every position") {
    const ModelFile model("peer-v3-f32");
    const auto vocabulary = tiny_spec("peer-v3-f32").vocabulary;
    const Run run = run_cli({"probs", model.path, "--tokens", "5,6,7", "--top", std::to_string(vocabulary)});
    REQUIRE(run.status == 0);
    std::istringstream lines(run.out);
    std::string line;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(std::getline(lines, line));
        const auto position = ordered_json::parse(line);
        CHECK(position.at("i") == i);
        CHECK(position.at("token") == 5 + i);
        REQUIRE(position.at("top").size() == static_cast<std::size_t>(vocabulary));
        double total = 0, last = 1;
        for (const auto& [token, p] : position.at("top").get<std::vector<std::pair<int, double>>>()) {
            CHECK(p <= last);
            last = p;
            total += p;
        }
        CHECK(total == Approx(1.0).epsilon(1e-6));
    }
    CHECK_FALSE(std::getline(lines, line));
    const Run beyond = run_cli({"probs", model.path, "--tokens", "99999999"});
    CHECK(beyond.status == 1);
    CHECK_FALSE(beyond.err.empty());
}

TEST_CASE("chat answers once, the same for a seed, whatever the threads") {
    const ModelFile model("peer-v2-lite-f32");
    const std::vector<std::string> arguments{"chat", model.path,     "-p", "hello", "--seed",
                                             "7",    "--max-tokens", "12", "--json"};
    const Run first = run_cli(arguments);
    REQUIRE(first.status == 0);
    CHECK(first.err.empty());
    const auto answer = ordered_json::parse(first.out);
    CHECK(answer.at("seed") == 7);
    CHECK(answer.at("reasoning_tokens").get<int>() + answer.at("answer_tokens").get<int>() <= 12);
    for (const std::string threads : {"1", "2"}) {
        auto again = arguments;
        again.insert(again.end(), {"-t", threads});
        const auto repeated = ordered_json::parse(run_cli(again).out);
        CHECK(repeated.at("answer") == answer.at("answer"));
        CHECK(repeated.at("answer_tokens") == answer.at("answer_tokens"));
    }
    // Without --json the answer alone, on stdout; the question may come on stdin.
    const Run plain = run_cli({"chat", model.path, "--seed", "7", "--max-tokens", "12"}, "hello");
    CHECK(plain.status == 0);
    CHECK_THAT(plain.out, Catch::StartsWith(answer.at("answer").get<std::string>()));
}

TEST_CASE("chat says the same with drafts as without, and how many there were") {
    auto spec = tiny_spec("peer-v3-f32");
    spec.next_token_head = true;
    const TemporaryFolder folder;
    const std::string path = (folder / "model.gguf").string();
    GgufWriter::save(path, TinyModel(spec).gguf());
    const auto chat = [&](const std::string& speculation, const std::string& temperature) {
        const Run run = run_cli({"chat", path, "-p", "the thin thing, the thin thing, the", "--seed", "7",
                                 "--temperature", temperature, "--max-tokens", "30", "--json",
                                 "--speculation", speculation});
        INFO(run.err);
        REQUIRE(run.status == 0);
        return ordered_json::parse(run.out);
    };
    for (const std::string temperature : {"0", "0.8"}) {
        const auto plain = chat("off", temperature);
        CHECK(plain.at("drafted_tokens") == 0);
        for (const std::string speculation : {"auto", "lookup", "mtp"}) {
            const auto said = chat(speculation, temperature);
            CHECK(said.at("answer") == plain.at("answer"));
            CHECK(said.at("answer_tokens") == plain.at("answer_tokens"));
            CHECK(said.at("accepted_tokens") <= said.at("drafted_tokens"));
        }
        CHECK(chat("mtp", temperature).at("drafted_tokens") > 20);
    }
    const ModelFile without("peer-v3-f32");
    const Run refused = run_cli({"chat", without.path, "-p", "q", "--speculation", "mtp"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Catch::Contains("MTP"));
    CHECK(run_cli({"chat", without.path, "-p", "q", "--speculation", "sometimes"}).status == 2);

    const Run bench = run_cli(
        {"bench", path, "-p", "4", "-n", "2", "-t", "1", "-r", "1", "--json", "--speculation", "mtp"});
    REQUIRE(bench.status == 0);
    const auto checks = ordered_json::parse(bench.out).at("checks");
    CHECK(checks.at("passes").size() == 9);
    CHECK(checks.at("passes").at(8).at("tokens") == 9);
    CHECK(checks.at("passes").at(8).at("ms").get<double>() > 0);
    CHECK(checks.at("draft_ms").get<double>() > 0);
}

TEST_CASE("a question that is longer than the context is refused in a sentence") {
    const ModelFile model("peer-v2-lite-f32");
    const Run run = run_cli({"chat", model.path, "--context", "64"}, std::string(500, 'q'));
    CHECK(run.status == 1);
    CHECK(run.out.find_first_not_of('\n') == std::string::npos);
    CHECK_THAT(run.err, Catch::Contains("too long"));
}

TEST_CASE("a conversation on a terminal goes on until Ctrl+D") {
    const ModelFile model("peer-v2-lite-f32");
    const Run run =
        run_cli_on_terminal({"chat", model.path, "--seed", "1", "--max-tokens", "4"},
                            {{"\n> ", "hello\n"}, {"\n> ", "\n"}, {"\n> ", "again\n"}, {"\n> ", "\x04"}});
    CAPTURE(run.out);
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::Contains("Ctrl+D leaves"));
}

TEST_CASE("Ctrl+C stops an answer and not the conversation") {
    const ModelFile model("peer-v2-lite-f32"); // its answer has thousands of tokens: time enough to stop it
    // Only once words of the answer are on the screen: a terminal forgets what was typed before a Ctrl+C.
    const std::string answer =
        ordered_json::parse(
            run_cli({"chat", model.path, "-p", "hello", "--temperature", "0", "--max-tokens", "40", "--json"})
                .out)
            .at("answer");
    std::string word;
    for (const char letter : answer) {
        if (letter >= '!' && letter <= '~')
            word += letter;
        else
            word.clear();
        if (word.size() == 2) break;
    }
    REQUIRE(word.size() == 2);
    const Run run =
        run_cli_on_terminal({"chat", model.path, "--temperature", "0"},
                            {{"\n> ", "hello\n"}, {"hello\r\n", ""}, {word, "\x03"}, {"> ", "\x04"}});
    CAPTURE(run.out);
    CHECK(run.status == 0);
}

TEST_CASE("bench measures") {
    const ModelFile model("peer-v3-q8_0");
    const Run run =
        run_cli({"bench", model.path, "-p", "16", "-n", "4", "--depth", "8", "-t", "1", "-r", "2", "--json"});
    REQUIRE(run.status == 0);
    const auto bench = ordered_json::parse(run.out);
    for (const std::string key : {"load_ms", "prefill_tps", "decode_tps", "peak_mb"})
        CHECK(bench.at(key).get<double>() > 0);
    CHECK(bench.at("warm_ms") >= bench.at("load_ms"));
    CHECK(bench.at("threads") == 1);
    CHECK(bench.at("depth") == 8);
    CHECK_FALSE(bench.at("isa").get<std::string>().empty());
}

TEST_CASE("the KV cache is kept in the format asked for") {
    const ModelFile model("peer-llama-q4_K"); // heads of 32 values
    const auto& spec = tiny_spec("peer-llama-q4_K");
    const auto bench_in = [&](const std::string& format) {
        const Run run = run_cli({"bench", model.path, "-p", "4", "-n", "2", "-t", "1", "-r", "1", "--json",
                                 "--cache-format", format});
        INFO(run.err);
        REQUIRE(run.status == 0);
        return ordered_json::parse(run.out);
    };
    CHECK(bench_in("q8_0").at("kv_format") == "Q8_0");
    CHECK(bench_in("f16").at("kv_format") == "F16");
    CHECK(bench_in("q8_0").at("kv_mb").get<double>() ==
          Approx(bench_in("f16").at("kv_mb").get<double>() * 34 / 64));

    const Run info = run_cli({"info", model.path, "--json", "--context", "1000", "--cache-format", "q8_0"});
    REQUIRE(info.status == 0);
    const auto plan = ordered_json::parse(info.out).at("plan");
    const std::int64_t values = spec.layers * 2 * spec.kv_heads * spec.head;
    CHECK(plan.at("kv_format") == "Q8_0");
    CHECK(plan.at("devices").at(0).at("kv_cache_bytes") == 1000 * values / 32 * 34);
    CHECK(ordered_json::parse(info.out).at("kv_bytes_per_token_q8_0") == values / 32 * 34);

    const Run chat =
        run_cli({"chat", model.path, "-p", "hello", "--max-tokens", "3", "--json", "--cache-format", "q8_0"});
    CHECK(chat.status == 0);
    CHECK(run_cli({"probs", model.path, "--tokens", "1,2", "--cache-format", "q8_0"}).status == 0);
    CHECK(run_cli({"bench", model.path, "--cache-format", "q4_0"}).status == 2);

    const ModelFile narrow("peer-qwen3moe-f32"); // heads of 24
    for (const std::string command : {"bench", "info"}) {
        const Run refused = run_cli({command, narrow.path, "--cache-format", "q8_0"});
        CHECK(refused.status == 1);
        CHECK_THAT(refused.err, Catch::Contains("cannot be kept in Q8_0") && Catch::Contains("24 values"));
    }
}

TEST_CASE("bench measures at several depths, the least first") {
    const ModelFile model("peer-v3-q8_0");
    const Run run = run_cli(
        {"bench", model.path, "-p", "4", "-n", "2", "--depth", "24,0,8", "-t", "1", "-r", "1", "--json"});
    REQUIRE(run.status == 0);
    const auto bench = ordered_json::parse(run.out);
    std::vector<std::int64_t> depths;
    for (const auto& speed : bench.at("at")) {
        depths.push_back(speed.at("depth").get<std::int64_t>());
        CHECK(speed.at("prefill_tps").get<double>() > 0);
        CHECK(speed.at("decode_tps").get<double>() > 0);
    }
    CHECK(depths == std::vector<std::int64_t>{0, 8, 24});
    CHECK(bench.at("depth") == 0);
    CHECK(bench.at("decode_tps") == bench.at("at").at(0).at("decode_tps"));
}
