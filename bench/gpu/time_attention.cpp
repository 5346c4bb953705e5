// SPDX-License-Identifier: MIT
// Attention over latents (DeepSeek) and over grouped heads, of one token and of a prompt.
#include "bench/gpu/device_room.h"
#include "bench/random_weights.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace spoutnik::bench {
namespace {

using kernels::CacheRows;
using kernels::Format;
using kernels::Heads;

constexpr std::int64_t latent = 512;
constexpr std::int64_t key = latent + 64;

/// `queries` tokens, the last of which sees `context` rows.
struct Stretch {
    std::int64_t queries;
    std::int64_t context;

    std::int64_t first() const { return context - queries; }
    /// Pairs of a query and a row it sees.
    double pairs() const {
        return static_cast<double>(queries) *
               (static_cast<double>(first()) + 0.5 * static_cast<double>(queries + 1));
    }
    std::string text() const { return fmt::format("{}, {} rows", token_count(queries), context); }
};

Stretch fitted(const DeviceRoom& room, const Stretch& full) {
    const std::int64_t queries = room.size(full.queries, 10);
    return {queries, std::max(queries, room.size(full.context, 40))};
}

void time_latent(const DeviceRoom& room, Table& table, std::int64_t heads, Stretch stretch, Format format,
                 double target = 0) {
    stretch = fitted(room, stretch);
    heads = room.size(heads, 4);
    Ring rows = room.ring(random_weights(format, stretch.context * key));
    const auto q = room.floats(stretch.queries * heads * key);
    const auto out = room.floats(stretch.queries * heads * latent);
    const float scale = 1.0F / std::sqrt(192.0F);
    const double seconds = room.seconds_of([&](int call) {
        room.backend().latent_attention(
            Heads{floats_of(q), stretch.queries, heads, key, heads * key, key},
            CacheRows{rows.at(call), format, key, stretch.context}, stretch.first(), latent, scale,
            Heads{floats_of(out), stretch.queries, heads, latent, heads * latent, latent});
    });
    const double bytes = static_cast<double>(kernels::bytes_of(format, stretch.context * key)) +
                         4.0 * static_cast<double>(stretch.queries * heads * (key + latent));
    table.row(
        "latent attention",
        fmt::format("{} heads, {}, {}", heads, stretch.text(), kernels::traits_of(format).name), seconds,
        {bytes, 2.0 * static_cast<double>(heads * (key + latent)) * stretch.pairs(), Unit::half}, target);
}

void time_grouped(const DeviceRoom& room, Table& table, Stretch stretch) {
    constexpr std::int64_t width = 128;
    stretch = fitted(room, stretch);
    const std::int64_t heads = room.size(32, 4);
    const std::int64_t kv_heads = room.size(4, 2);
    Ring keys = room.ring(random_weights(Format::f16, stretch.context * kv_heads * width));
    Ring values = room.ring(random_weights(Format::f16, stretch.context * kv_heads * width));
    const auto q = room.floats(stretch.queries * heads * width);
    const auto out = room.floats(stretch.queries * heads * width);
    const double seconds = room.seconds_of([&](int call) {
        room.backend().head_attention(
            Heads{floats_of(q), stretch.queries, heads, width, heads * width, width},
            CacheRows{keys.at(call), Format::f16, kv_heads * width, stretch.context},
            CacheRows{values.at(call), Format::f16, kv_heads * width, stretch.context}, kv_heads,
            stretch.first(), 1.0F / std::sqrt(128.0F),
            Heads{floats_of(out), stretch.queries, heads, width, heads * width, width});
    });
    table.row("grouped attention", fmt::format("{} heads on {}, {}, f16", heads, kv_heads, stretch.text()),
              seconds,
              {4.0 * static_cast<double>(stretch.context * kv_heads * width) +
                   8.0 * static_cast<double>(stretch.queries * heads * width),
               4.0 * static_cast<double>(heads * width) * stretch.pairs(), Unit::half});
}

} // namespace

void time_attention(const DeviceRoom& room, Table& table) {
    table.section("Attention");
    for (const std::int64_t heads : {16, 32, 128}) { // V2-Lite, V3-small, V3
        time_latent(room, table, heads, {1, 4096}, Format::f16);
        time_latent(room, table, heads, {1, 32768}, Format::f16, 0.6);
    }
    time_latent(room, table, 16, {1, 32768}, Format::bf16);
    time_latent(room, table, 16, {1, 32768}, Format::q8_0);
    for (const std::int64_t heads : {16, 32, 128}) {
        time_latent(room, table, heads, {512, 512}, Format::f16);
        time_latent(room, table, heads, {512, 4608}, Format::f16);
    }
    time_grouped(room, table, {1, 4096}); // Qwen3-30B-A3B
    time_grouped(room, table, {1, 32768});
    time_grouped(room, table, {512, 512});
}

} // namespace spoutnik::bench
