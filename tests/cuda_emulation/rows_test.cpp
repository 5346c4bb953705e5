// SPDX-License-Identifier: MIT
// Operations on rows against the CPU's reference backend, on odd shapes with gaps between rows.
#include "cuda_emulation/orders.h"
#include "kernels/cuda/ops_rows.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

using namespace spoutnik::kernels;
using spoutnik::cuda_emulation::for_each_order;
using test::Grid;
using test::Random;
using test::Worst;

namespace {

const std::vector<std::int64_t> widths{1, 7, 33, 255, 257, 2048};
constexpr std::int64_t rows = 3;

const cuda::Context context;

} // namespace

TEST_CASE("cuda: rms_norm") {
    Random random(5);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const std::int64_t cols : widths)
        for_each_order(3, [&] {
            INFO(cols);
            const Grid x(rows, cols, 5, random, -4.0F, 4.0F);
            const std::vector<float> gain = random.floats(cols);
            Grid expected(rows, cols, 2);
            Grid out(rows, cols, 2);
            Grid in_place = x;
            reference->rms_norm(x.view(), gain.data(), 1e-5F, expected.tensor());
            cuda::rms_norm(context, x.view(), gain.data(), 1e-5F, out.tensor());
            cuda::rms_norm(context, in_place.view(), gain.data(), 1e-5F, in_place.tensor());
            Worst worst;
            for (std::int64_t t = 0; t < rows; ++t)
                for (std::int64_t c = 0; c < cols; ++c) {
                    const double bound = 2.0 * test::sum_error(cols) * std::abs(expected(t, c));
                    worst.see(out(t, c), expected(t, c), bound);
                    CHECK(in_place(t, c) == out(t, c));
                }
            CHECK(worst.ratio() <= 1.0);
            CHECK(out.gaps_untouched());
        });
}

TEST_CASE("cuda: add") {
    Random random(6);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const std::int64_t cols : widths)
        for_each_order(2, [&] {
            const Grid x(rows, cols, 1, random, -4.0F, 4.0F);
            Grid expected(rows, cols, 3, random, -1.0F, 1.0F);
            Grid out = expected;
            reference->add(x.view(), expected.tensor());
            cuda::add(context, x.view(), out.tensor());
            for (std::int64_t t = 0; t < rows; ++t)
                for (std::int64_t c = 0; c < cols; ++c)
                    CHECK(out(t, c) == expected(t, c));
            CHECK(out.gaps_untouched());
        });
}

TEST_CASE("cuda: add_bias") {
    Random random(7);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const std::int64_t cols : widths) {
        const std::vector<float> bias = random.floats(cols);
        Grid expected(rows, cols, 3, random, -1.0F, 1.0F);
        Grid out = expected;
        reference->add_bias(bias.data(), expected.tensor());
        cuda::add_bias(context, bias.data(), out.tensor());
        CHECK(out == expected);
    }
}

TEST_CASE("cuda: swiglu") {
    Random random(8);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const std::int64_t cols : widths) {
        Grid gate(rows, cols, 1, random, -90.0F, 90.0F); // exp(90) is more than f32 holds
        const Grid up(rows, cols, 0, random, -4.0F, 4.0F);
        Grid expected(rows, cols, 3);
        Grid out(rows, cols, 3);
        reference->swiglu(gate.view(), up.view(), expected.tensor());
        cuda::swiglu(context, gate.view(), up.view(), out.tensor());
        cuda::swiglu(context, gate.view(), up.view(), gate.tensor());
        for (std::int64_t t = 0; t < rows; ++t)
            for (std::int64_t c = 0; c < cols; ++c) {
                CHECK(out(t, c) == Approx(expected(t, c)).epsilon(1e-6).margin(1e-30));
                CHECK(gate(t, c) == out(t, c));
            }
        CHECK(out.gaps_untouched());
    }
}

TEST_CASE("cuda: rope turns pairs with the bits of the CPU") {
    Random random(9);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const RopePairs pairs : {RopePairs::adjacent, RopePairs::halves})
        for (const std::int64_t width : {std::int64_t{2}, std::int64_t{10}, std::int64_t{64}}) {
            constexpr std::int64_t heads = 5;
            const Grid angles(rows, width, 2, random);
            Grid expected(rows, heads * (width + 3), 4, random);
            Grid out = expected;
            const auto by_head = [&](Grid& grid) {
                const Tensor t = grid.tensor();
                return Heads{t.data, rows, heads, width, t.stride, width + 3};
            };
            reference->rope(by_head(expected), angles.view(), pairs);
            cuda::rope(context, by_head(out), angles.view(), pairs);
            CHECK(out == expected);
        }
}

TEST_CASE("cuda: store_rows writes the bits of the CPU, at the place that the device knows") {
    Random random(10);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const Format format : {Format::f32, Format::f16, Format::bf16, Format::q8_0}) {
        constexpr std::int64_t width = 160;
        constexpr std::int64_t stored = 96;
        constexpr std::int64_t first_value = 32;
        Grid x(rows, stored, 5, random, -3.0F, 3.0F);
        x.at(0, 3) = 1e-9F; // beside larger ones: nothing is left of it
        for (std::int64_t c = 32; c < 64; ++c)
            x.at(1, c) = 0.0F;
        x.at(2, 5) = std::numeric_limits<float>::infinity();
        x.at(2, 40) = std::numeric_limits<float>::quiet_NaN();
        x.at(2, 70) = 3e38F;
        const std::size_t bytes = 8 * bytes_of(format, width);
        std::vector<std::byte> expected(bytes, std::byte{0x55});
        std::vector<std::byte> out(bytes, std::byte{0x55});
        const std::int64_t first_row = 4;
        reference->store_rows(x.view(), {expected.data(), format, width, 8}, first_row, first_value);
        for_each_order(2, [&] {
            cuda::store_rows(context, x.view(), {out.data(), format, width, 8}, {&first_row, 8}, first_value);
        });
        INFO(traits_of(format).name);
        CHECK(out == expected);
    }
}

TEST_CASE("cuda: embed_rows decodes every format with the bits of its definition") {
    Random random(11);
    for (const FormatTraits& traits : all_formats()) {
        INFO(traits.name);
        const std::int64_t cols = traits.values_per_block == 1 ? 77 : 512;
        const test::RandomWeights table(traits.format, 9, cols, 3); // at odd addresses
        const std::vector<std::int32_t> tokens{8, 0, 3, 3, 7};
        Grid out(5, cols, 3);
        cuda::embed_rows(context, table.matrix(), tokens, out.tensor());
        std::vector<float> expected(static_cast<std::size_t>(cols));
        for (std::size_t t = 0; t < tokens.size(); ++t) {
            const Matrix m = table.matrix();
            dequantize(m.format, m.data + static_cast<std::size_t>(tokens[t]) * bytes_of(m.format, cols),
                       cols, expected.data());
            for (std::int64_t c = 0; c < cols; ++c)
                CHECK(out(static_cast<std::int64_t>(t), c) == expected[static_cast<std::size_t>(c)]);
        }
        CHECK(out.gaps_untouched());
    }
}

TEST_CASE("cuda: more tokens than one launch takes along are embedded in turn") {
    const test::RandomWeights table(Format::q8_0, 3, 32, 3);
    std::vector<std::int32_t> tokens(cuda::tokens_at_once + 3);
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = static_cast<std::int32_t>(i % 3);
    Grid out(static_cast<std::int64_t>(tokens.size()), 32, 0);
    cuda::embed_rows(context, table.matrix(), tokens, out.tensor());
    for (std::size_t t = 3; t < tokens.size(); ++t)
        CHECK(out(static_cast<std::int64_t>(t), 31) == out(static_cast<std::int64_t>(t % 3), 31));
}

TEST_CASE("cuda: a few bytes travel with a launch") {
    Random random(12);
    std::vector<std::byte> host(2 * cuda::bytes_at_once + 13);
    for (std::byte& b : host)
        b = random.byte();
    std::vector<std::byte> device(host.size() + 1, std::byte{7});
    cuda::store_bytes(context, host, device.data());
    CHECK(std::equal(host.begin(), host.end(), device.begin()));
    CHECK(device.back() == std::byte{7});
    std::int64_t positions[5] = {};
    cuda::write_positions(context, positions, 41, 4);
    CHECK((positions[0] == 41 && positions[3] == 44 && positions[4] == 0));
}
