// SPDX-License-Identifier: MIT
// Matrix products: against double, the same bits however the work is cut, and instruction sets side by side.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/int8_rows.h"
#include "support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <numeric>

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

/// Compares y with W x in double, x as the format's products take it: only the f32 sums may be off.
void check_row(const RandomWeights& weights, std::int64_t index, const float* x, const float* y,
               Worst& worst) {
    const Matrix matrix = weights.matrix();
    const test::Multiplied seen(matrix.format, x, matrix.cols);
    for (std::int64_t r = 0; r < matrix.rows; ++r) {
        double expected = 0.0;
        double magnitude = 0.0;
        for (std::int64_t c = 0; c < matrix.cols; ++c) {
            const double value = seen.values[static_cast<std::size_t>(c)];
            expected += weights.at(index, r, c) * value;
            magnitude += weights.size_at(index, r, c) * std::abs(value);
        }
        worst.see(y[r], expected, test::sum_error(matrix.cols) * magnitude + 16 * test::unit);
    }
}

void check_product(const RandomWeights& weights, const Grid& x, const Grid& out, Worst& worst) {
    for (std::int64_t t = 0; t < x.view().rows; ++t)
        check_row(weights, 0, x.view().data + t * x.view().stride, out.view().data + t * out.view().stride,
                  worst);
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

TEST_CASE("instruction sets agree on a product of floats") {
    Random random(59);
    for (const Format format : {Format::f32, Format::f16, Format::bf16}) {
        INFO(traits_of(format).name);
        constexpr std::int64_t cols = 700;
        const RandomWeights weights(format, 9, cols, 61);
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

TEST_CASE("every instruction set gives the same bits for a product of a quantised weight") {
    Random random(61);
    for (const FormatTraits& traits : all_formats()) {
        if (traits.values_per_block == 1) continue;
        for (const std::int64_t wanted : {1, 300, 513}) {
            const std::int64_t cols = width_for(traits.format, wanted);
            for (const std::int64_t rows : {1, 5, 16, 39}) {
                const RandomWeights weights(traits.format, rows, cols, 63);
                for (const std::int64_t tokens : {1, 2, 5, 13, 29}) {
                    const Grid x(tokens, cols, 3, random, -3.0F, 3.0F);
                    Grid expected(tokens, rows, 1);
                    test::backend(CpuIsa::reference)->matmul(weights.matrix(), x.view(), expected.tensor());
                    for (const CpuIsa isa : test::instruction_sets()) {
                        Grid out(tokens, rows, 1);
                        test::backend(isa)->matmul(weights.matrix(), x.view(), out.tensor());
                        if (!(out == expected))
                            FAIL(name_of(isa)
                                 << ' ' << traits.name << ' ' << rows << 'x' << cols << ", " << tokens);
                    }
                }
            }
        }
    }
}

TEST_CASE("every instruction set gives the same bits for long rows and for any number of blocks in one") {
    // AVX-512 goes through some formats' blocks by fours across the ends of rows, and takes long rows in
    // parts.
    Random random(67);
    for (const Format format :
         {Format::q2_k, Format::q3_k, Format::q4_k, Format::q5_k, Format::q6_k, Format::iq4_xs}) {
        for (const std::int64_t blocks : {1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 67, 127, 128, 129, 131, 259}) {
            for (const std::int64_t rows : {1, 3, 6, 8}) {
                const std::int64_t cols = 256 * blocks;
                const RandomWeights weights(format, rows, cols, 69);
                const Grid x(1, cols, 0, random, -3.0F, 3.0F);
                Grid expected(1, rows, 0);
                test::backend(CpuIsa::reference)->matmul(weights.matrix(), x.view(), expected.tensor());
                for (const CpuIsa isa : test::instruction_sets()) {
                    Grid out(1, rows, 0);
                    test::backend(isa, 1)->matmul(weights.matrix(), x.view(), out.tensor());
                    if (!(out == expected))
                        FAIL(name_of(isa) << ' ' << traits_of(format).name << ' ' << rows << 'x' << cols);
                }
            }
        }
    }
}

TEST_CASE("rows in blocks of 32 give the same bits with and without AVX-512's permutations of bytes") {
    // There a row is gone through by four blocks at a time, and longer ones in another way than shorter ones.
    std::vector<const Int8Table*> tables;
    for (const CpuIsa isa : test::instruction_sets())
        tables.push_back(&int8_table_of(isa));
#ifdef SPOUTNIK_X86_VARIANTS
    if (cpu_supports(CpuIsa::avx512)) tables.push_back(&int8_avx512_table());
#endif
    Random random(71);
    for (const FormatTraits& traits : all_formats()) {
        if (traits.values_per_block != 32) continue;
        for (const std::int64_t blocks : {1, 2, 3, 4, 5, 6, 7, 8, 44, 127, 128, 129, 131, 132, 259}) {
            const std::int64_t cols = 32 * blocks;
            const std::vector<float> values = random.floats(cols);
            RoundedRows rounded;
            rounded.resize(1, cols, 32);
            int8_reference_table().round_row(32, values.data(), cols, rounded.memory_of(0));
            for (const std::int64_t rows : {1, 3, 4, 6, 8}) {
                const RandomWeights weights(traits.format, rows, cols, 73);
                const auto product = [&](const Int8Table& table) {
                    std::vector<float> out(static_cast<std::size_t>(rows));
                    table.dot_rows(traits.format, weights.matrix().data, bytes_of(traits.format, cols), rows,
                                   cols, rounded.row(0), out.data(), nullptr);
                    return out;
                };
                const std::vector<float> expected = product(int8_reference_table());
                for (const Int8Table* table : tables)
                    if (product(*table) != expected)
                        FAIL(traits.name << ' ' << rows << 'x' << cols << ", table "
                                         << std::find(tables.begin(), tables.end(), table) - tables.begin());
            }
        }
    }
}

TEST_CASE("the largest codes overflow nowhere") {
    // Every bit of the weights alike, activations at both ends: the largest sums there can be.
    const std::uint16_t scale = f32_to_f16(1.0F / 1024);
    for (const FormatTraits& traits : all_formats()) {
        if (traits.values_per_block == 1) continue;
        for (const int fill : {0x00, 0xFF, 0x80, 0x7F, 0xF0, 0x0F, 0x77, 0x88}) {
            constexpr std::int64_t cols = 512;
            constexpr std::int64_t rows = 17;
            std::vector<std::byte> bytes(rows * bytes_of(traits.format, cols), static_cast<std::byte>(fill));
            for (std::size_t at = 0; at < bytes.size(); at += traits.bytes_per_block)
                test::set_scales(traits.format, bytes.data() + at, scale);
            const Matrix weight{bytes.data(), traits.format, rows, cols};
            Grid x(14, cols, 0);
            for (std::int64_t t = 0; t < 14; ++t)
                for (std::int64_t c = 0; c < cols; ++c)
                    x.at(t, c) = t < 5 ? 1.0F : t < 10 ? -1.0F : (c + t) % 2 == 0 ? 1.0F : -1.0F;
            std::vector<float> row(cols);
            dequantize(traits.format, bytes.data(), cols, row.data());
            for (const CpuIsa isa : test::instruction_sets()) {
                const auto device = test::backend(isa);
                for (const std::int64_t tokens : {1, 14}) {
                    Grid out(14, rows, 0);
                    for (std::int64_t t = 0; t < 14; t += tokens)
                        device->matmul(weight, x.rows(t, tokens), out.rows(t, tokens));
                    for (std::int64_t t = 0; t < 14; ++t) {
                        double expected = 0.0;
                        double magnitude = 0.0;
                        for (std::int64_t c = 0; c < cols; ++c) {
                            expected += static_cast<double>(row[static_cast<std::size_t>(c)]) * x(t, c);
                            magnitude += 2.0 * std::abs(row[static_cast<std::size_t>(c)]) + 1.0 / 8;
                        }
                        // 1 / 127 * 127 is 1 but for one rounding.
                        const double error = std::abs(out(t, rows - 1) - expected);
                        if (!(error <= 2 * test::sum_error(cols) * magnitude))
                            FAIL(name_of(isa) << ' ' << traits.name << ' ' << fill << ": " << out(t, rows - 1)
                                              << ", not " << expected);
                    }
                }
            }
        }
    }
}

TEST_CASE("activations are rounded alike by every instruction set, as the definition says") {
    Random random(67);
    const float infinity = std::numeric_limits<float>::infinity();
    for (const std::int64_t block : {32, 256}) {
        constexpr std::int64_t cols = 2048;
        std::vector<float> x = random.floats(cols, -5.0F, 5.0F);
        const auto fill = [&](std::int64_t number, float value) {
            std::fill_n(x.begin() + number * block, block, value);
        };
        fill(0, 0.0F);
        fill(1, 1e-40F);                                  // too small for an inverse
        fill(2, 0x1p-99F);                                // just large enough
        x[static_cast<std::size_t>(3 * block)] = 3.0e38F; // the others vanish beside it
        x[static_cast<std::size_t>(4 * block + 5)] = infinity;
        x[static_cast<std::size_t>(5 * block + 31)] = std::numeric_limits<float>::quiet_NaN();
        for (std::int64_t i = 0; i < block; ++i) // halves, which go to the even neighbour
            x[static_cast<std::size_t>(6 * block + i)] = static_cast<float>(i % 128) - 0.5F;
        x[static_cast<std::size_t>(6 * block)] = 127.0F;

        const auto blocks = static_cast<std::size_t>(cols / block);
        for (const CpuIsa isa : test::instruction_sets()) {
            INFO(name_of(isa) << ' ' << block);
            alignas(64) std::int8_t codes[cols];
            std::vector<float> scales(blocks);
            std::vector<std::int16_t> sums(blocks * sums_per_256);
            std::vector<std::int32_t> block_sums(blocks);
            int8_table_of(isa).round_row(block, x.data(), cols,
                                         {codes, scales.data(), sums.data(), block_sums.data()});
            bool same = true;
            for (std::size_t b = 0; b < blocks; ++b) {
                const std::size_t first = b * static_cast<std::size_t>(block);
                float largest = 0.0F;
                bool finite = true;
                for (std::size_t i = first; i < first + static_cast<std::size_t>(block); ++i) {
                    finite = finite && std::isfinite(x[i]);
                    largest = std::max(largest, std::abs(x[i]));
                }
                const bool empty = !finite || largest < 0x1p-100F;
                if (finite)
                    same = same && scales[b] == (empty ? 0.0F : largest / 127.0F);
                else
                    same = same && std::isnan(scales[b]);
                int sum = 0;
                for (std::size_t i = first; i < first + static_cast<std::size_t>(block); ++i) {
                    const float code = empty ? 0.0F : std::nearbyint(x[i] * (127.0F / largest));
                    same = same && static_cast<float>(codes[i]) == code;
                    sum += codes[i];
                    if (block == 256 && i % 16 == 15) {
                        same = same && sums[b * sums_per_256 + (i - first) / 16] ==
                                           std::accumulate(codes + i - 15, codes + i + 1, 0);
                        if (i % 32 == 31)
                            same = same && sums[b * sums_per_256 + 16 + (i - first) / 32] ==
                                               std::accumulate(codes + i - 31, codes + i + 1, 0);
                    }
                }
                if (block == 32) same = same && block_sums[b] == sum;
            }
            CHECK(same);
        }
    }
}

TEST_CASE("a NaN among the activations is seen in the result") {
    Random random(69);
    const RandomWeights weights(Format::q4_k, 3, 512, 71);
    for (const CpuIsa isa : test::instruction_sets()) {
        Grid x(2, 512, 0, random);
        x.at(1, 300) = std::numeric_limits<float>::quiet_NaN();
        Grid out(2, 3, 0);
        test::backend(isa)->matmul(weights.matrix(), x.view(), out.tensor());
        CHECK(std::isfinite(out(0, 2)));
        CHECK(std::isnan(out(1, 2)));
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
                        const float* result = out.data() + (t * heads + h) * 41;
                        check_row(weights, h, x.data() + (t * heads + h) * 70, result, worst);
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
