// SPDX-License-Identifier: MIT
// Products with one weight: of one token (bound by the weight's bytes), of many, and of each head's own
// matrix.
#include "bench/gpu/device_room.h"
#include "bench/random_weights.h"

#include <string>

#include <fmt/format.h>

namespace spoutnik::bench {
namespace {

using kernels::Format;
using kernels::Heads;
using kernels::Matrix;

/// What multiplies weights of a format (kernels/cuda/README.md).
Unit unit_of(Format format) {
    const bool is_float = format == Format::f32 || format == Format::f16 || format == Format::bf16;
    return is_float ? Unit::f32 : Unit::int8;
}

Work work_of(const Matrix& weight, std::int64_t tokens) {
    const auto values = static_cast<double>(weight.rows * weight.cols * weight.count);
    const auto rows = static_cast<double>(tokens * weight.count * (weight.rows + weight.cols));
    return {static_cast<double>(kernels::bytes_of(weight.format, weight.cols)) *
                    static_cast<double>(weight.rows * weight.count) +
                4 * rows,
            2 * values * static_cast<double>(tokens), unit_of(weight.format)};
}

std::string name_of(Format format) {
    return std::string(kernels::traits_of(format).name);
}

struct Shape {
    const char* name;
    std::int64_t in;
    std::int64_t out;
};

void time_matmul(const DeviceRoom& room, Table& table, Format format, const Shape& shape, std::int64_t tokens,
                 double target) {
    const std::int64_t in = room.size(shape.in, 256);
    const std::int64_t out = room.size(shape.out, 64);
    tokens = room.size(tokens, 20);
    const Ring weights = room.ring(random_weights(format, in * out));
    // Two inputs in turn: the next product rounds its activations as one of another input does.
    const auto x = room.floats(2 * tokens * in);
    const auto y = room.floats(tokens * out);
    Matrix weight{nullptr, format, out, in};
    const double seconds = room.seconds_of([&](int call) {
        weight.data = weights.at(call);
        room.backend().matmul(weight, {floats_of(x) + call % 2 * tokens * in, tokens, in, in},
                              {floats_of(y), tokens, out, out});
    });
    table.row("product " + name_of(format),
              fmt::format("{}: {} x {}, {}", shape.name, out, in, token_count(tokens)), seconds,
              work_of(weight, tokens), target);
}

void time_per_head(const DeviceRoom& room, Table& table, Format format, std::int64_t heads,
                   const Shape& shape, std::int64_t tokens) {
    heads = room.size(heads, 4);
    const std::int64_t in = room.size(shape.in, 64);
    const std::int64_t out = room.size(shape.out, 64);
    tokens = room.size(tokens, 20);
    const Ring weights = room.ring(random_weights(format, heads * in * out));
    const auto x = room.floats(2 * tokens * heads * in);
    const auto y = room.floats(tokens * heads * out);
    Matrix weight{nullptr, format, out,
                  in,      heads,  static_cast<std::size_t>(out) * kernels::bytes_of(format, in)};
    const double seconds = room.seconds_of([&](int call) {
        weight.data = weights.at(call);
        room.backend().matmul_per_head(
            weight, Heads{floats_of(x) + call % 2 * tokens * heads * in, tokens, heads, in, heads * in, in},
            Heads{floats_of(y), tokens, heads, out, heads * out, out});
    });
    table.row("product a head " + name_of(format),
              fmt::format("{}: {} heads, {} x {}, {}", shape.name, heads, out, in, token_count(tokens)),
              seconds, work_of(weight, tokens));
}

} // namespace

void time_products(const DeviceRoom& room, Table& table) {
    constexpr double target = 0.75;
    table.section("One token");
    for (const kernels::FormatTraits& traits : kernels::all_formats())
        for (const Shape& shape :
             {Shape{"V2-Lite W_q", 2048, 3072}, Shape{"V2-Lite dense gate", 2048, 10944}})
            time_matmul(room, table, traits.format, shape, 1, target);
    for (const Format format : {Format::q4_k, Format::q6_k})
        time_matmul(room, table, format, {"V2-Lite head", 2048, 102400}, 1, target);
    for (const Shape& shape : {Shape{"V3-small W_dq", 2048, 768}, Shape{"V3-small W_uq", 768, 6144},
                               Shape{"V3 W_uq", 1536, 24576}, Shape{"V3 W_o", 16384, 7168}})
        time_matmul(room, table, Format::q4_k, shape, 1, target);
    time_matmul(room, table, Format::q4_k, {"V2-Lite dense gate", 2048, 10944}, 4, 0);
    for (const std::int64_t heads : {16, 128}) {
        time_per_head(room, table, Format::q5_0, heads, {"W_uk", 128, 512}, 1);
        time_per_head(room, table, Format::q8_0, heads, {"W_uv", 512, 128}, 1);
    }

    table.section("512 tokens");
    for (const kernels::FormatTraits& traits : kernels::all_formats())
        time_matmul(room, table, traits.format, {"V2-Lite dense gate", 2048, 10944}, 512, 0);
    for (const Shape& shape :
         {Shape{"V2-Lite W_q", 2048, 3072}, Shape{"V3-small W_uq", 768, 6144}, Shape{"V3 W_o", 16384, 7168}})
        time_matmul(room, table, Format::q4_k, shape, 512, 0);
    time_per_head(room, table, Format::q5_0, 16, {"W_uk", 128, 512}, 512);
    time_per_head(room, table, Format::q8_0, 16, {"W_uv", 512, 128}, 512);
}

} // namespace spoutnik::bench
