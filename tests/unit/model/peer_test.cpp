// SPDX-License-Identifier: MIT
// Against llama.cpp: the tiny models that it reads too, made anew here from the same integers, and the logits
// that it gave for them (tests/peer/make_goldens.mjs), 64 positions each.
//
// F32 files compare the graph: both sides round in F32 only, and differ by 1e-13 or so.
// Quantised files compare what cannot be equal: llama.cpp rounds activations to 8 bits before it multiplies,
// this engine does not. So three distances are printed: the peer's to the engine, the engine's to the naive
// double-precision pass over the file's own values (1e-12: the engine adds nothing), and the peer's to a
// naive pass that rounds activations as it does. The last one says what rounding explains: all of it for a
// dense model (1e-14), and for mixtures of experts about nine tenths and more. What is left there are values
// so close to a rounding boundary that F32 noise decides, and the choices of experts that they tip over.
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace spoutnik;
using testing::Loaded;
using testing::TinyModel;

namespace {

struct Golden {
    std::string checksum;
    std::int64_t vocabulary = 0;
    std::vector<std::int32_t> tokens;
    std::vector<double> logits; ///< [tokens, vocabulary]
};

std::vector<unsigned char> from_base64(const std::string& text) {
    std::vector<unsigned char> bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z')
            value = static_cast<std::uint32_t>(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = static_cast<std::uint32_t>(c - 'a' + 26);
        else if (c >= '0' && c <= '9')
            value = static_cast<std::uint32_t>(c - '0' + 52);
        else if (c == '+' || c == '/')
            value = c == '+' ? 62 : 63;
        else
            break; // padding
        bits = (bits << 6U) | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<unsigned char>(bits >> static_cast<unsigned>(held)));
        }
    }
    return bytes;
}

Golden read_golden(const std::string& name) {
    std::ifstream in(std::string(SPOUTNIK_SOURCE_DIR) + "/tests/data/peer/" + name + ".json");
    REQUIRE(in.is_open());
    const auto json = nlohmann::json::parse(in);
    Golden golden{json.at("file_checksum"), json.at("vocabulary"), json.at("tokens"), {}};
    const auto bytes = from_base64(json.at("logits"));
    std::vector<float> logits(bytes.size() / sizeof(float));
    std::memcpy(logits.data(), bytes.data(), logits.size() * sizeof(float));
    golden.logits.assign(logits.begin(), logits.end());
    REQUIRE(golden.logits.size() == golden.tokens.size() * static_cast<std::size_t>(golden.vocabulary));
    return golden;
}

std::string checksum_of(const std::vector<std::byte>& bytes) { // FNV-1a
    std::uint32_t h = 0x811c9dc5U;
    for (const std::byte b : bytes)
        h = (h ^ static_cast<std::uint32_t>(b)) * 0x01000193U;
    char text[9];
    std::snprintf(text, sizeof text, "%08x", h);
    return text;
}

struct Distance {
    double nmse = 0;
    double mean_kl = 0; ///< nats a position, of the first from the second
    double worst_kl = 0;
    int same_first = 0; ///< positions with the same most probable token
    int positions = 0;
};

std::vector<double> log_softmax(std::span<const double> logits) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double l : logits)
        sum += std::exp(l - top);
    std::vector<double> out;
    for (const double l : logits)
        out.push_back(l - top - std::log(sum));
    return out;
}

Distance distance(std::span<const double> p_logits, std::span<const double> q_logits,
                  std::size_t vocabulary) {
    Distance d;
    std::vector<float> narrow(p_logits.begin(), p_logits.end());
    d.nmse = testing::nmse(narrow, q_logits);
    for (std::size_t at = 0; at < p_logits.size(); at += vocabulary) {
        const auto p = log_softmax(p_logits.subspan(at, vocabulary));
        const auto q = log_softmax(q_logits.subspan(at, vocabulary));
        double kl = 0;
        for (std::size_t i = 0; i < vocabulary; ++i)
            kl += std::exp(p[i]) * (p[i] - q[i]);
        d.mean_kl += kl;
        d.worst_kl = std::max(d.worst_kl, kl);
        const auto first = [](const std::vector<double>& v) {
            return std::max_element(v.begin(), v.end()) - v.begin();
        };
        d.same_first += first(p) == first(q) ? 1 : 0;
        ++d.positions;
    }
    d.mean_kl /= d.positions;
    return d;
}

void print(const char* what, const std::string& name, const Distance& d) {
    std::printf("%-26s %-24s NMSE %8.2e  KL mean %8.2e worst %8.2e  same first token %d of %d\n",
                name.c_str(), what, d.nmse, d.mean_kl, d.worst_kl, d.same_first, d.positions);
}

} // namespace

TEST_CASE("The same logits as llama.cpp") {
    for (const testing::TinySpec& spec : testing::peer_zoo()) {
        DYNAMIC_SECTION(spec.name) {
            const Golden golden = read_golden(spec.name);
            const TinyModel tiny(spec);
            const auto image = tiny.gguf();
            REQUIRE(checksum_of(image) == golden.checksum);
            REQUIRE(golden.vocabulary == spec.vocabulary);

            const auto ours32 = Loaded(image).logits(golden.tokens);
            const std::vector<double> ours(ours32.begin(), ours32.end());
            const auto naive = testing::naive_forward(tiny, golden.tokens, testing::Mistake::none,
                                                      testing::Activations::as_engine);
            const auto vocabulary = static_cast<std::size_t>(spec.vocabulary);
            const Distance to_peer = distance(golden.logits, ours, vocabulary);
            const Distance to_naive = distance(ours, naive, vocabulary);
            print("peer to engine", spec.name, to_peer);
            print("engine to its definition", spec.name, to_naive);

            // Of quantised files some value is rounded apart in 64 positions: see quantized_test.cpp.
            CHECK(to_naive.nmse <= (spec.format == kernels::Format::f32 ? 1e-9 : 2e-2));
            if (spec.format == kernels::Format::f32) {
                CHECK(to_peer.nmse <= 1e-9);
                CHECK(to_peer.mean_kl <= 1e-6);
                CHECK(to_peer.same_first == to_peer.positions);
                continue;
            }
            const auto rounded = testing::naive_forward(tiny, golden.tokens, testing::Mistake::none,
                                                        testing::Activations::as_llama_cpp);
            const Distance unexplained = distance(golden.logits, rounded, vocabulary);
            print("peer to 8-bit activations", spec.name, unexplained);
            CHECK(unexplained.nmse <= (spec.experts == 0 ? 1e-9 : 0.5 * to_peer.nmse));
            CHECK(unexplained.mean_kl <= (spec.experts == 0 ? 1e-9 : 2e-3));
            CHECK(to_peer.mean_kl <= (spec.experts == 0 ? 1e-3 : 5e-2));
            CHECK(to_peer.same_first >= (spec.experts == 0 ? 56 : 40));
        }
    }
}
