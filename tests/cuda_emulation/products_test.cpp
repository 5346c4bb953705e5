// SPDX-License-Identifier: MIT
// Matrix products against the CPU's reference backend: the same bits for quantised weights.
#include "cuda_emulation/orders.h"
#include "cuda_emulation/placed_weights.h"
#include "kernels/cuda/float_products.cuh"
#include "kernels/cuda/ops_products.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace spoutnik::kernels;
using spoutnik::cuda_emulation::for_each_order;
using test::Grid;
using test::PlacedWeights;
using test::Random;
using test::RandomWeights;

namespace {

Grid emulated_matmul(const Matrix& weight, const Grid& x,
                     std::size_t shared_bytes = test::h200_shared_bytes) {
    Grid out(x.view().rows, weight.rows, 5);
    Grid rows = x;
    const test::CudaScratch scratch(cuda::matmul_scratch_bytes(weight, x.view().rows), shared_bytes);
    cuda::matmul(scratch.context(), weight, rows.view(), out.tensor());
    return out;
}

Grid reference_matmul(Backend& reference, const Matrix& weight, const Grid& x) {
    Grid out(x.view().rows, weight.rows, 5);
    reference.matmul(weight, x.view(), out.tensor());
    return out;
}

/// The same bits for whole numbers, an f32 sum's error for floats.
void check_matmul(Backend& reference, const RandomWeights& weights, std::size_t offset, const Grid& x,
                  std::size_t shared_bytes = test::h200_shared_bytes) {
    const PlacedWeights placed(weights.matrix(), offset);
    const Matrix weight = placed.matrix();
    const Grid expected = reference_matmul(reference, weights.matrix(), x);
    const Grid out = emulated_matmul(weight, x, shared_bytes);
    INFO(traits_of(weight.format).name << " [" << weight.rows << ", " << weight.cols << "] at " << offset
                                       << ", " << x.view().rows << " tokens");
    if (test::is_quantised(weight.format)) {
        CHECK(out == expected);
        return;
    }
    CHECK(test::float_error(weights, x, expected, out) <= 1.0);
    CHECK(out.gaps_untouched());
}

} // namespace

TEST_CASE("cuda: matmul of every format gives the reference's numbers") {
    Random random(11);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const FormatTraits& traits : all_formats()) {
        const auto try_shape = [&](std::int64_t rows, std::int64_t wanted, std::int64_t tokens,
                                   std::size_t offset, std::size_t shared_bytes = test::h200_shared_bytes) {
            const std::int64_t cols = test::width_for(traits.format, wanted);
            const RandomWeights weights(traits.format, rows, cols, 37);
            check_matmul(*reference, weights, offset, Grid(tokens, cols, 3, random), shared_bytes);
        };
        try_shape(1, 1, 1, 0);
        try_shape(19, 1100, 1, 4); // rows at words, 16 rows a tile, two steps
        try_shape(19, 300, 3, 1);  // rows anywhere
        try_shape(70, 224, 9, 8);  // one chunk, 64 rows a tile, two groups of tokens
        try_shape(5, 2560, 2, 16); // more steps than stages
        // One token, too many blocks or columns for them to round it themselves.
        try_shape(150, 96, 1, 0);
        try_shape(3, 4352, 1, 0);
        // Many tokens: tiles of 16 and of 64, and a device whose blocks have too little shared memory for
        // them.
        try_shape(70, 800, 13, 0);
        try_shape(66, 352, 67, 2);
        try_shape(17, 288, 19, 0, test::least_shared_bytes);
    }
}

TEST_CASE("cuda: matmul does not depend on the order of threads") {
    Random random(12);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const Format format : {Format::q4_k, Format::q5_1, Format::bf16})
        for_each_order(4, [&] {
            for (const std::int64_t tokens : {1, 4, 18}) {
                const RandomWeights weights(format, 18, 1536, 38);
                check_matmul(*reference, weights, 0, Grid(tokens, 1536, 3, random));
            }
        });
}

TEST_CASE("cuda: a token has the same bits alone and among others") {
    Random random(13);
    constexpr std::int64_t tokens = 20;
    for (const FormatTraits& traits : all_formats()) {
        const std::int64_t cols = test::width_for(traits.format, 520);
        const PlacedWeights weights(RandomWeights(traits.format, 21, cols, 39).matrix(), 0);
        const Grid x(tokens, cols, 0, random);
        const Grid together = emulated_matmul(weights.matrix(), x);
        for (const std::int64_t t : {0, 7, 19}) {
            Grid alone(1, cols, 0);
            for (std::int64_t c = 0; c < cols; ++c)
                alone.at(0, c) = static_cast<float>(x(t, c));
            const Grid out = emulated_matmul(weights.matrix(), alone);
            bool is_same = true;
            for (std::int64_t r = 0; r < 21; ++r)
                is_same = is_same && out(0, r) == together(t, r);
            INFO(traits.name << ", token " << t);
            CHECK(is_same);
        }
    }
}

TEST_CASE("cuda: more rows of floats than a grid goes down come in several launches") {
    Random random(15);
    constexpr std::int64_t rows = 27; // two launches of three tiles, and a part of a third
    constexpr std::int64_t cols = 130;
    for (const std::int64_t tokens : {1, 9}) {
        const RandomWeights weights(Format::f16, rows, cols, 42);
        const Grid x(tokens, cols, 0, random);
        const Grid expected = emulated_matmul(weights.matrix(), x);
        Grid out(tokens, rows, 5);
        Grid in = x;
        cuda::FloatCall call;
        call.job.weight = reinterpret_cast<const unsigned char*>(weights.matrix().data);
        call.job.row_bytes = bytes_of(Format::f16, cols);
        call.job.rows = rows;
        call.job.cols = cols;
        call.job.tokens = tokens;
        call.job.out = out.tensor().data;
        call.job.out_stride = out.tensor().stride;
        call.x = in.view().data;
        call.x_stride = in.view().stride;
        const test::CudaScratch scratch(0);
        cuda::launch_float_products(scratch.context(), Format::f16, call,
                                    (tokens + cuda::float_tokens - 1) / cuda::float_tokens, tokens == 1, 3);
        CHECK(out == expected);
        CHECK(out.gaps_untouched());
    }
}

TEST_CASE("cuda: activations at the edges of rounding") {
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const Format format : {Format::q4_0, Format::q4_k, Format::q2_k, Format::q6_k}) {
        const std::int64_t cols = 512;
        const RandomWeights weights(format, 3, cols, 40);
        const PlacedWeights placed(weights.matrix(), 0);
        for (const float large : {0.0F, 0x1p-101F, 0x1p-100F, 3e38F, std::numeric_limits<float>::infinity(),
                                  std::numeric_limits<float>::quiet_NaN()}) {
            Grid x(2, cols, 0);
            for (std::int64_t c = 0; c < cols; ++c) {
                x.at(0, c) = c == 300 ? large : 0.0F;
                x.at(1, c) = c % 2 == 0 ? large : -large; // the largest sums of codes there are
            }
            const Grid expected = reference_matmul(*reference, weights.matrix(), x);
            const Grid out = emulated_matmul(placed.matrix(), x);
            INFO(traits_of(format).name << ' ' << large);
            for (std::int64_t t = 0; t < 2; ++t)
                for (std::int64_t r = 0; r < 3; ++r)
                    CHECK((out(t, r) == expected(t, r) ||
                           (std::isnan(out(t, r)) && std::isnan(expected(t, r)))));
        }
    }
}

TEST_CASE("cuda: matmul_per_head of every format") {
    Random random(14);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const FormatTraits& traits : all_formats()) {
        constexpr std::int64_t heads = 3;
        constexpr std::int64_t rows = 20;
        const std::int64_t cols = test::width_for(traits.format, 128);
        const RandomWeights weights(traits.format, rows, cols, 41, heads);
        for (const std::size_t offset : {0U, 3U}) {
            const PlacedWeights placed(weights.matrix(), offset);
            for (const std::int64_t tokens : {1, 9}) {
                std::vector<float> x = random.floats(tokens * heads * (cols + 4));
                std::vector<float> expected(static_cast<std::size_t>(tokens * heads * rows));
                std::vector<float> out = expected;
                const Heads in{x.data(), tokens, heads, cols, heads * (cols + 4), cols + 4};
                // Results in the order [head][token], to see both strides at work.
                const auto to = [&](std::vector<float>& target) {
                    return Heads{target.data(), tokens, heads, rows, rows, tokens * rows};
                };
                reference->matmul_per_head(weights.matrix(), in, to(expected));
                const test::CudaScratch scratch(cuda::matmul_per_head_scratch_bytes(placed.matrix(), tokens));
                cuda::matmul_per_head(scratch.context(), placed.matrix(), in, to(out));
                INFO(traits.name << ' ' << tokens << " tokens at " << offset);
                if (test::is_quantised(traits.format)) {
                    CHECK(out == expected);
                } else {
                    double worst = 0.0;
                    for (std::size_t i = 0; i < out.size(); ++i)
                        worst = std::max(worst, std::abs(static_cast<double>(out[i]) - expected[i]));
                    CHECK(worst <= 2.0 * test::sum_error(cols) * static_cast<double>(cols));
                }
            }
        }
    }
}
