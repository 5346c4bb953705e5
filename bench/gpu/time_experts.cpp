// SPDX-License-Identifier: MIT
// Routed experts, and the networks that every token takes.
#include "bench/gpu/device_room.h"
#include "bench/random_weights.h"

#include <numeric>
#include <random>
#include <set>
#include <string>

#include <fmt/format.h>

namespace spoutnik::bench {
namespace {

using kernels::Format;
using kernels::Matrix;

/// Mixtures as their q4_K files hold them: the down-projection in q5_0 where its width is no multiple of 256.
struct Mixture {
    const char* name;
    std::int64_t hidden;
    std::int64_t ff;
    std::int64_t experts;
    std::int64_t used;
    Format down;
};

struct Networks {
    Matrix gate, up, down;

    Networks(const Mixture& m)
        : gate{nullptr, Format::q4_k, m.ff, m.hidden, m.experts, stride(Format::q4_k, m.ff, m.hidden)},
          up(gate), down{nullptr, m.down, m.hidden, m.ff, m.experts, stride(m.down, m.hidden, m.ff)} {}

    static std::size_t stride(Format format, std::int64_t rows, std::int64_t cols) {
        return static_cast<std::size_t>(rows) * kernels::bytes_of(format, cols);
    }
    /// Of one expert.
    double bytes() const { return static_cast<double>(2 * gate.stride_bytes + down.stride_bytes); }
    double values() const { return 3.0 * static_cast<double>(gate.rows * gate.cols); }
};

/// What `tokens` tokens choose in `calls` calls: [calls, tokens, used], all different for a token. One
/// token's calls walk through all experts, so that none is in a cache when it comes again.
std::vector<std::int32_t> choices(const Mixture& m, std::int64_t tokens, std::int64_t calls) {
    std::vector<std::int32_t> ids;
    std::vector<std::int32_t> all(static_cast<std::size_t>(m.experts));
    std::iota(all.begin(), all.end(), 0);
    std::mt19937 random(5);
    for (std::int64_t call = 0; call < calls; ++call)
        for (std::int64_t t = 0; t < tokens; ++t) {
            if (tokens > 1) std::shuffle(all.begin(), all.end(), random);
            for (std::int64_t k = 0; k < m.used; ++k)
                ids.push_back(all[static_cast<std::size_t>((call * m.used + k) % m.experts)]);
        }
    return ids;
}

void time_mixture(const DeviceRoom& room, Table& table, Mixture m, std::int64_t tokens) {
    m.hidden = room.size(m.hidden, 256);
    m.ff = room.size(m.ff, 256);
    m.experts = room.size(m.experts, 8);
    m.used = room.size(m.used, 2);
    tokens = room.size(tokens, 20);
    Networks networks(m);
    const auto fill = [&](Matrix& matrix) {
        auto buffer =
            room.backend().adopt(random_weights(matrix.format, m.experts * matrix.rows * matrix.cols));
        matrix.data = buffer->data();
        return buffer;
    };
    const auto gate = fill(networks.gate);
    const auto up = fill(networks.up);
    const auto down = fill(networks.down);
    // As many calls as one token needs to have met every expert.
    const std::int64_t calls = tokens > 1 ? 2 : std::lcm(m.experts, m.used) / m.used;
    const std::vector<std::int32_t> chosen = choices(m, tokens, calls);
    const auto ids = room.ids(chosen);
    const auto weights = room.floats(tokens * m.used);
    const auto x = room.floats(2 * tokens * m.hidden);
    const auto y = room.floats(tokens * m.hidden);
    const double seconds = room.seconds_of([&](int call) {
        room.backend().expert_ffn(networks.gate, networks.up, networks.down,
                                  {floats_of(x) + call % 2 * tokens * m.hidden, tokens, m.hidden, m.hidden},
                                  ids_of(ids) + call % calls * tokens * m.used, floats_of(weights), m.used,
                                  {floats_of(y), tokens, m.hidden, m.hidden});
    });
    const std::set<std::int32_t> touched(chosen.begin(), chosen.begin() + tokens * m.used);
    const Work work{networks.bytes() * static_cast<double>(touched.size()) +
                        8.0 * static_cast<double>(tokens * m.hidden),
                    2 * networks.values() * static_cast<double>(tokens * m.used), Unit::int8};
    table.row("experts",
              fmt::format("{}: {} of {}, {} x {}, {}", m.name, m.used, m.experts, m.ff, m.hidden,
                          token_count(tokens)),
              seconds, work);
}

/// gate-up-SwiGLU-down of every token: dense layers and shared experts.
void time_network(const DeviceRoom& room, Table& table, Mixture m, std::int64_t tokens) {
    m.hidden = room.size(m.hidden, 256);
    m.ff = room.size(m.ff, 256);
    tokens = room.size(tokens, 20);
    Networks networks(m);
    const Ring gates = room.ring(random_weights(Format::q4_k, m.ff * m.hidden));
    const Ring ups = room.ring(random_weights(Format::q4_k, m.ff * m.hidden));
    const Ring downs = room.ring(random_weights(m.down, m.ff * m.hidden));
    const auto x = room.floats(2 * tokens * m.hidden);
    const auto y = room.floats(tokens * m.hidden);
    const auto between = room.floats(tokens * (2 * m.ff + m.hidden));
    float* free = floats_of(between);
    const kernels::FfnRoom parts{{free, tokens, m.ff, m.ff},
                                 {free + tokens * m.ff, tokens, m.ff, m.ff},
                                 {free + 2 * tokens * m.ff, tokens, m.hidden, m.hidden}};
    const double seconds = room.seconds_of([&](int call) {
        networks.gate.data = gates.at(call);
        networks.up.data = ups.at(call);
        networks.down.data = downs.at(call);
        room.backend().swiglu_ffn(networks.gate, networks.up, networks.down,
                                  {floats_of(x) + call % 2 * tokens * m.hidden, tokens, m.hidden, m.hidden},
                                  parts, {floats_of(y), tokens, m.hidden, m.hidden});
    });
    table.row("gate-up-SwiGLU-down",
              fmt::format("{}: {} x {}, {}", m.name, m.ff, m.hidden, token_count(tokens)), seconds,
              {networks.bytes() + 8.0 * static_cast<double>(tokens * m.hidden),
               2 * networks.values() * static_cast<double>(tokens), Unit::int8});
}

} // namespace

void time_experts(const DeviceRoom& room, Table& table) {
    table.section("Experts and networks (q4_K; down in q5_0 where 256 does not divide its width)");
    for (const std::int64_t tokens : {1, 512}) {
        time_mixture(room, table, {"V2-Lite", 2048, 1408, 64, 6, Format::q5_0}, tokens);
        time_mixture(room, table, {"V3-small", 2048, 352, 256, 8, Format::q5_0}, tokens);
        // V3 has 256 of these, 6 GB a layer; 32 hold any token's 8 as well.
        time_mixture(room, table, {"V3, an eighth of a layer", 7168, 2048, 32, 8, Format::q4_k}, tokens);
        time_network(room, table, {"V2-Lite shared", 2048, 2816, 1, 1, Format::q4_k}, tokens);
        time_network(room, table, {"V2-Lite dense", 2048, 10944, 1, 1, Format::q5_0}, tokens);
    }
}

} // namespace spoutnik::bench
