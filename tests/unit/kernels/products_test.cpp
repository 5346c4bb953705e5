// SPDX-License-Identifier: MIT
// Matrix products: against double, the same bits however the work is cut, and instruction sets side by side.
#include "support.h"

#include <catch2/catch.hpp>

using namespace spoutnik::kernels;
using test::Grid;
using test::Random;
using test::RandomWeights;
using test::Worst;

namespace {

/// A width near `wanted` that the format's blocks allow.
std::int64_t width_for(Format format, std::int64_t wanted) {
    const std::int64_t block = traits_of(format).values_per_block;
    return (wanted + block - 1) / block * block;
}

void check_product(const RandomWeights& weights, const Grid& x, const Grid& out, Worst& worst) {
    const Matrix matrix = weights.matrix();
    for (std::int64_t t = 0; t < x.view().rows; ++t) {
        for (std::int64_t r = 0; r < matrix.rows; ++r) {
            double expected = 0.0;
            double magnitude = 0.0;
            for (std::int64_t c = 0; c < matrix.cols; ++c) {
                const double term = weights.at(0, r, c) * x(t, c);
                expected += term;
                magnitude += std::abs(term);
            }
            // The weights themselves carry up to two roundings; both terms of a weight can be larger than it.
            worst.see(out(t, r), expected, test::sum_error(matrix.cols) * magnitude + 16 * test::unit);
        }
    }
}

} // namespace

TEST_CASE("matmul of every format equals the product in double") {
    Random random(31);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const FormatTraits& traits : all_formats()) {
            Worst worst;
            bool untouched = true;
            const auto try_shape = [&](std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
                const RandomWeights weights(traits.format, rows, width_for(traits.format, cols), 37);
                const Grid x(tokens, weights.matrix().cols, 3, random);
                Grid out(tokens, rows, 5);
                device->matmul(weights.matrix(), x.view(), out.tensor());
                check_product(weights, x, out, worst);
                untouched = untouched && out.gaps_untouched();
            };
            try_shape(1, 1, 1);
            try_shape(7, 33, 1);
            try_shape(33, 300, 1);
            try_shape(33, 257, 5);
            try_shape(7, 1100, 3);
            try_shape(70, 64, 50);
            INFO(name_of(isa) << ' ' << traits.name);
            CHECK(worst.ratio() <= 1.0);
            CHECK(untouched);
        }
    }
}

TEST_CASE("matmul on many odd shapes") {
    Random random(41);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa, 3);
        for (const std::int64_t rows : {1, 7, 33, 255, 257})
            for (const std::int64_t cols : {1, 15, 16, 255, 257})
                for (const std::int64_t tokens : {1, 2, 3, 7, 13}) {
                    const RandomWeights weights(Format::f16, rows, cols, 43);
                    const Grid x(tokens, cols, cols % 3, random);
                    Grid out(tokens, rows, 1);
                    device->matmul(weights.matrix(), x.view(), out.tensor());
                    Worst worst;
                    check_product(weights, x, out, worst);
                    if (worst.ratio() > 1.0 || !out.gaps_untouched())
                        FAIL(name_of(isa)
                             << ' ' << rows << ' ' << cols << ' ' << tokens << ' ' << worst.ratio());
                }
    }
}

TEST_CASE("a token's product has the same bits alone, in any batch and with any number of threads") {
    Random random(47);
    for (const CpuIsa isa : test::instruction_sets()) {
        for (const FormatTraits& traits : all_formats()) {
            INFO(name_of(isa) << ' ' << traits.name);
            const std::int64_t cols =
                width_for(traits.format, 1290); // more than two passes of columns, and a tail
            const RandomWeights weights(traits.format, 77, cols, 53);
            constexpr std::int64_t tokens = 57; // more than a panel
            Grid x(tokens, cols, 7, random);
            Grid expected(tokens, 77, 2);
            test::backend(isa, 1)->matmul(weights.matrix(), x.view(), expected.tensor());
            for (const int threads : {1, 2, 3}) {
                const auto device = test::backend(isa, threads);
                for (const std::int64_t batch : {1, 2, 3, 4, 5, 6, 7, 20, 57}) {
                    // Every way to cut for two formats, the telling ones for the others.
                    const bool all = traits.format == Format::f16 || traits.format == Format::q4_k;
                    if (!(all && threads == 2) && batch != 1 && batch != 7) continue;
                    Grid out(tokens, 77, 2);
                    for (std::int64_t t = 0; t < tokens; t += batch) {
                        const std::int64_t count = std::min(batch, tokens - t);
                        device->matmul(weights.matrix(), x.rows(t, count), out.rows(t, count));
                    }
                    if (!(out == expected)) FAIL(threads << " threads, batches of " << batch);
                }
            }
        }
    }
}

TEST_CASE("instruction sets agree on a product") {
    Random random(59);
    for (const FormatTraits& traits : all_formats()) {
        INFO(traits.name);
        const std::int64_t cols = width_for(traits.format, 700);
        const RandomWeights weights(traits.format, 9, cols, 61);
        const Grid x(4, cols, 0, random);
        Grid reference(4, 9, 0);
        test::backend(CpuIsa::reference)->matmul(weights.matrix(), x.view(), reference.tensor());
        for (const CpuIsa isa : test::instruction_sets()) {
            Grid out(4, 9, 0);
            test::backend(isa)->matmul(weights.matrix(), x.view(), out.tensor());
            Worst worst;
            for (std::int64_t t = 0; t < 4; ++t)
                for (std::int64_t r = 0; r < 9; ++r) {
                    double magnitude = 0.0;
                    for (std::int64_t c = 0; c < cols; ++c)
                        magnitude += std::abs(weights.at(0, r, c) * x(t, c));
                    worst.see(out(t, r), reference(t, r), 2 * test::sum_error(cols) * magnitude + 1e-6);
                }
            CHECK(worst.ratio() <= 1.0);
        }
    }
}

TEST_CASE("matmul_per_head gives each head its own matrix") {
    Random random(67);
    for (const CpuIsa isa : test::instruction_sets()) {
        for (const Format format : {Format::f16, Format::q8_0, Format::q5_0}) {
            for (const std::int64_t tokens : {1, 5}) {
                INFO(name_of(isa) << ' ' << traits_of(format).name << ' ' << tokens);
                constexpr std::int64_t heads = 5;
                constexpr std::int64_t in = 64;
                constexpr std::int64_t rows = 39;
                const RandomWeights weights(format, rows, in, 71, heads);
                // Heads as slices of a wider query: 70 values a head, of which 64 are read.
                const std::vector<float> x = random.floats(tokens * heads * 70);
                std::vector<float> out(static_cast<std::size_t>(tokens * heads * 41), 5.0F);
                // The tensors only say where to read; nothing writes to x.
                const Heads queries{
                    const_cast<float*>(x.data()), tokens, heads, in, heads * 70, 70}; // NOLINT
                const Heads results{out.data(), tokens, heads, rows, heads * 41, 41};
                test::backend(isa)->matmul_per_head(weights.matrix(), queries, results);
                Worst worst;
                for (std::int64_t t = 0; t < tokens; ++t)
                    for (std::int64_t h = 0; h < heads; ++h) {
                        const float* head = x.data() + (t * heads + h) * 70;
                        const float* result = out.data() + (t * heads + h) * 41;
                        for (std::int64_t r = 0; r < rows; ++r) {
                            double expected = 0.0;
                            double magnitude = 0.0;
                            for (std::int64_t c = 0; c < in; ++c) {
                                expected += weights.at(h, r, c) * head[c];
                                magnitude += std::abs(weights.at(h, r, c) * head[c]);
                            }
                            worst.see(result[r], expected, test::sum_error(in) * magnitude);
                        }
                        if (result[39] != 5.0F || result[40] != 5.0F) FAIL("wrote beyond a head");
                    }
                CHECK(worst.ratio() <= 1.0);
                // The same bits with other threads and one token at a time.
                std::vector<float> again(out.size(), 5.0F);
                const auto other = test::backend(isa, 3);
                for (std::int64_t t = 0; t < tokens; ++t)
                    other->matmul_per_head(weights.matrix(),
                                           {queries.data + t * heads * 70, 1, heads, in, heads * 70, 70},
                                           {again.data() + t * heads * 41, 1, heads, rows, heads * 41, 41});
                CHECK(again == out);
            }
        }
    }
}

TEST_CASE("products refuse shapes that do not fit") {
    const auto device = test::backend(CpuIsa::reference, 1);
    Random random(73);
    const RandomWeights weights(Format::q8_0, 4, 64, 79, 2);
    const Matrix matrix = weights.matrix();
    Grid x(2, 64, 0, random);
    Grid narrow(2, 32, 0, random);
    Grid out(2, 4, 0);
    Grid wrong(2, 5, 0);
    Grid fewer(1, 4, 0);
    CHECK_THROWS_AS(device->matmul(matrix, narrow.view(), out.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->matmul(matrix, x.view(), wrong.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->matmul(matrix, x.view(), fewer.tensor()), std::invalid_argument);
    Matrix bad = matrix;
    bad.cols = 33; // not whole blocks
    CHECK_THROWS_AS(device->matmul(bad, x.view(), out.tensor()), std::invalid_argument);
    bad = matrix;
    bad.format = static_cast<Format>(5);
    CHECK_THROWS_AS(device->matmul(bad, x.view(), out.tensor()), std::invalid_argument);
    bad = matrix;
    bad.stride_bytes -= 1; // matrices would overlap
    const Heads queries{x.tensor().data, 1, 2, 64, 128, 64};
    const Heads results{out.tensor().data, 1, 2, 4, 8, 4};
    device->matmul_per_head(matrix, queries, results);
    CHECK_THROWS_AS(device->matmul_per_head(bad, queries, results), std::invalid_argument);
    CHECK_THROWS_AS(device->matmul_per_head(matrix, {x.tensor().data, 1, 1, 64, 64, 64}, results),
                    std::invalid_argument);
    // No columns: sums of nothing.
    const RandomWeights empty(Format::f32, 4, 0, 1);
    Grid zeros(2, 4, 0);
    device->matmul(empty.matrix(), {x.tensor().data, 2, 0, 0}, zeros.tensor());
    CHECK(zeros(1, 3) == 0.0);
}
