// SPDX-License-Identifier: MIT
// What goes a row at a time. Activations of this size come from the second-level cache, here as in a model,
// so that a share above 100 % of the copy bandwidth is no mistake; at one token all of it is the start of a
// kernel.
#include "bench/gpu/device_room.h"
#include "bench/random_weights.h"

#include <string>

#include <fmt/format.h>

namespace spoutnik::bench {
namespace {

using kernels::Format;
using kernels::Tensor;

std::string shape_of(std::int64_t tokens, std::int64_t cols) {
    return fmt::format("{} x {}", tokens, cols);
}

/// Norm, sum and SwiGLU of [tokens, cols].
void time_plain(const DeviceRoom& room, Table& table, std::int64_t tokens, std::int64_t cols) {
    tokens = room.size(tokens, 20);
    cols = room.size(cols, 256);
    const auto x = room.floats(tokens * cols);
    const auto y = room.floats(tokens * cols);
    const auto z = room.floats(tokens * cols);
    const auto gain = room.floats(cols);
    const auto rows = [&](const auto& buffer) { return Tensor{floats_of(buffer), tokens, cols, cols}; };
    const double bytes = 4.0 * static_cast<double>(tokens * cols);
    table.row("RMSNorm", shape_of(tokens, cols), room.seconds_of([&](int) {
        room.backend().rms_norm(rows(x), floats_of(gain), 1e-6F, rows(y));
    }),
              {2 * bytes});
    table.row("add", shape_of(tokens, cols),
              room.seconds_of([&](int) { room.backend().add(rows(x), rows(y)); }), {3 * bytes});
    table.row("SwiGLU", shape_of(tokens, cols),
              room.seconds_of([&](int) { room.backend().swiglu(rows(x), rows(y), rows(z)); }), {3 * bytes});
}

void time_rope(const DeviceRoom& room, Table& table, std::int64_t tokens, std::int64_t heads) {
    constexpr std::int64_t width = 64;
    constexpr std::int64_t head = 192;
    tokens = room.size(tokens, 20);
    heads = room.size(heads, 4);
    const auto x = room.floats(tokens * heads * head);
    // Cosine and sine of no turn at all, or values would grow from call to call.
    std::vector<float> turns(static_cast<std::size_t>(tokens * width));
    for (std::size_t i = 0; i < turns.size(); i += 2)
        turns[i] = 1;
    const auto angles = room.backend().adopt(std::as_bytes(std::span(turns)));
    const double seconds = room.seconds_of([&](int) {
        room.backend().rope({floats_of(x) + head - width, tokens, heads, width, heads * head, head},
                            {floats_of(angles), tokens, width, width}, kernels::RopePairs::adjacent);
    });
    table.row("RoPE", fmt::format("{}, {} heads, {} of {}", token_count(tokens), heads, width, head), seconds,
              {4.0 * static_cast<double>(tokens * width * (2 * heads + 1))});
}

void time_store(const DeviceRoom& room, Table& table, std::int64_t tokens, Format format) {
    constexpr std::int64_t width = 576;
    tokens = room.size(tokens, 20);
    const auto rows = room.floats(tokens * width);
    const auto cache = room.backend().allocate(kernels::bytes_of(format, tokens * width));
    const double seconds = room.seconds_of([&](int) {
        room.backend().store_rows({floats_of(rows), tokens, width, width},
                                  {cache->data(), format, width, tokens}, 0, 0);
    });
    table.row("rows into the cache",
              fmt::format("{}, {}", shape_of(tokens, width), kernels::traits_of(format).name), seconds,
              {4.0 * static_cast<double>(tokens * width) +
               static_cast<double>(kernels::bytes_of(format, tokens * width))});
}

void time_routing(const DeviceRoom& room, Table& table, const char* name, std::int64_t tokens,
                  std::int64_t experts, const kernels::RoutingRule& rule) {
    tokens = room.size(tokens, 20);
    const auto logits = room.floats(tokens * experts);
    const auto bias = room.floats(experts);
    const auto ids = room.floats(tokens * rule.experts_used);
    const auto weights = room.floats(tokens * rule.experts_used);
    const bool is_sigmoid = rule.gate == kernels::GateFunction::sigmoid;
    const double seconds = room.seconds_of([&](int) {
        room.backend().route_experts({floats_of(logits), tokens, experts, experts},
                                     is_sigmoid ? floats_of(bias) : nullptr, rule, ids_of(ids),
                                     floats_of(weights));
    });
    table.row("gate and top-k",
              fmt::format("{}: {} of {}, {}", name, rule.experts_used, experts, token_count(tokens)), seconds,
              {4.0 * static_cast<double>(tokens * (experts + 2 * rule.experts_used))});
}

/// Ids are arguments of the kernel: each call goes by itself, never in a graph.
void time_embedding(const DeviceRoom& room, Table& table, std::int64_t tokens) {
    const std::int64_t hidden = room.size(2048, 256);
    const std::int64_t vocabulary = room.size(102400, 100);
    tokens = room.size(tokens, 20);
    const auto rows = room.backend().adopt(random_weights(Format::q4_k, vocabulary * hidden));
    const auto out = room.floats(tokens * hidden);
    std::vector<std::int32_t> ids;
    for (std::int64_t t = 0; t < tokens; ++t)
        ids.push_back(static_cast<std::int32_t>(t * 7919 % vocabulary));
    const double seconds = room.seconds_of([&](int) {
        room.backend().embed_rows({rows->data(), Format::q4_k, vocabulary, hidden}, ids,
                                  {floats_of(out), tokens, hidden, hidden});
    });
    table.row("embeddings Q4_K", shape_of(tokens, hidden), seconds,
              {static_cast<double>(tokens) * (static_cast<double>(kernels::bytes_of(Format::q4_k, hidden)) +
                                              4.0 * static_cast<double>(hidden))});
}

} // namespace

void time_rows(const DeviceRoom& room, Table& table) {
    table.section("Rows");
    for (const std::int64_t tokens : {1, 512}) {
        time_plain(room, table, tokens, 2048);
        time_plain(room, table, tokens, 7168);
        time_rope(room, table, tokens, 16);
        time_rope(room, table, tokens, 128);
        time_store(room, table, tokens, Format::f16);
        time_store(room, table, tokens, Format::q8_0);
        time_routing(room, table, "V2-Lite", tokens, 64, {.experts_used = 6});
        time_routing(room, table, "V3", tokens, 256,
                     {.gate = kernels::GateFunction::sigmoid,
                      .experts_used = 8,
                      .groups = 8,
                      .groups_used = 4,
                      .group_score = kernels::GroupScore::sum_of_top_2,
                      .normalize_weights = true,
                      .weights_scale = 2.5F});
        time_embedding(room, table, tokens);
    }
}

} // namespace spoutnik::bench
