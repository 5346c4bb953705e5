// SPDX-License-Identifier: MIT
// Operations on rows against double, on odd shapes with gaps between rows.
#include "support.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace spoutnik::kernels;
using test::Grid;
using test::Random;
using test::Worst;

namespace {

const std::vector<std::int64_t> widths{1, 7, 16, 33, 255, 257, 2048};

} // namespace

TEST_CASE("embed_rows decodes the rows of the tokens") {
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const Format format : {Format::f32, Format::f16, Format::q8_0, Format::q4_k}) {
            const test::RandomWeights table(format, 9, 512, 3);
            const std::vector<std::int32_t> tokens{8, 0, 3, 3, 7};
            Grid out(5, 512, 3);
            device->embed_rows(table.matrix(), tokens, out.tensor());
            Worst worst;
            for (std::int64_t t = 0; t < 5; ++t)
                for (std::int64_t c = 0; c < 512; ++c)
                    worst.see(out(t, c), table.at(0, tokens[static_cast<std::size_t>(t)], c), 1e-6);
            CHECK(worst.ratio() <= 1.0);
            CHECK(out.gaps_untouched());
        }
    }
}

TEST_CASE("embed_rows refuses ids outside the table") {
    const auto device = test::backend(CpuIsa::reference);
    const test::RandomWeights table(Format::f32, 4, 8, 3);
    Grid out(1, 8, 0);
    for (const std::int32_t id :
         {-1, 4, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
        const std::vector<std::int32_t> tokens{id};
        CHECK_THROWS_AS(device->embed_rows(table.matrix(), tokens, out.tensor()), std::invalid_argument);
    }
}

TEST_CASE("rms_norm divides by the root of the mean square") {
    Random random(5);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const std::int64_t cols : widths) {
            INFO(name_of(isa) << ' ' << cols);
            const Grid x(3, cols, 5, random, -4.0F, 4.0F);
            const std::vector<float> gain = random.floats(cols);
            Grid out(3, cols, 2);
            Grid in_place = x;
            constexpr float epsilon = 1e-5F;
            device->rms_norm(x.view(), gain.data(), epsilon, out.tensor());
            device->rms_norm(in_place.view(), gain.data(), epsilon, in_place.tensor());
            Worst worst;
            for (std::int64_t t = 0; t < 3; ++t) {
                double squares = 0.0;
                for (std::int64_t c = 0; c < cols; ++c)
                    squares += x(t, c) * x(t, c);
                const double root = std::sqrt(squares / static_cast<double>(cols) + epsilon);
                for (std::int64_t c = 0; c < cols; ++c) {
                    const double expected = x(t, c) / root * gain[static_cast<std::size_t>(c)];
                    worst.see(out(t, c), expected, std::abs(expected) * test::sum_error(cols));
                    if (in_place(t, c) != out(t, c)) FAIL("in place differs");
                }
            }
            CHECK(worst.ratio() <= 1.0);
            CHECK(out.gaps_untouched());
        }
    }
}

TEST_CASE("add, add_bias and swiglu") {
    Random random(6);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const std::int64_t cols : widths) {
            INFO(name_of(isa) << ' ' << cols);
            Grid a(5, cols, 1, random, -20.0F, 20.0F);
            const Grid b(5, cols, 3, random, -3.0F, 3.0F);
            const std::vector<float> bias = random.floats(cols);
            Grid total = a;
            device->add(b.view(), total.tensor());
            Grid biased = a;
            device->add_bias(bias.data(), biased.tensor());
            a.at(0, 0) = -120.0F; // exp(120) is beyond f32
            a.at(1, 0) = 120.0F;
            a.at(2, 0) = 0.0F;
            Grid product(5, cols, 0);
            device->swiglu(a.view(), b.view(), product.tensor());
            Grid in_place = a;
            device->swiglu(in_place.view(), b.view(), in_place.tensor());
            Worst worst;
            for (std::int64_t t = 0; t < 5; ++t) {
                for (std::int64_t c = 0; c < cols; ++c) {
                    const double g = a(t, c);
                    const double expected = g / (1.0 + std::exp(-g)) * b(t, c);
                    worst.see(product(t, c), expected, 16 * test::unit * std::abs(expected) + 1e-36);
                    if (in_place(t, c) != product(t, c)) FAIL("in place differs");
                    if (t < 3 && c == 0) continue; // changed after the sums
                    worst.see(total(t, c), a(t, c) + b(t, c), test::unit * std::abs(a(t, c) + b(t, c)));
                    const double raised = a(t, c) + bias[static_cast<std::size_t>(c)];
                    worst.see(biased(t, c), raised, test::unit * std::abs(raised));
                }
            }
            CHECK(worst.ratio() <= 1.0);
            CHECK(total.gaps_untouched());
            CHECK(biased.gaps_untouched());
            CHECK(product.gaps_untouched());
        }
    }
}

TEST_CASE("rope turns the pairs of each architecture") {
    Random random(8);
    const auto device = test::backend(test::instruction_sets().back());
    constexpr std::int64_t tokens = 5;
    constexpr std::int64_t heads = 3;
    constexpr std::int64_t width = 10;
    const std::vector<float> angles = random.floats(tokens * width / 2, -3.0F, 3.0F);
    Grid cos_sin(tokens, width, 4);
    for (std::int64_t t = 0; t < tokens; ++t)
        for (std::int64_t i = 0; i < width / 2; ++i) {
            cos_sin.at(t, 2 * i) = std::cos(angles[static_cast<std::size_t>(t * width / 2 + i)]);
            cos_sin.at(t, 2 * i + 1) = std::sin(angles[static_cast<std::size_t>(t * width / 2 + i)]);
        }
    // Heads of 16 values of which the last ten turn, as the rope part of a query does.
    constexpr std::int64_t head_stride = 16;
    const std::vector<float> before = random.floats(tokens * heads * head_stride);
    for (const RopePairs pairs : {RopePairs::adjacent, RopePairs::halves}) {
        std::vector<float> x = before;
        device->rope({x.data() + 6, tokens, heads, width, heads * head_stride, head_stride}, cos_sin.view(),
                     pairs);
        Worst worst;
        for (std::int64_t t = 0; t < tokens; ++t)
            for (std::int64_t h = 0; h < heads; ++h) {
                const auto base = static_cast<std::size_t>((t * heads + h) * head_stride);
                for (std::size_t c = 0; c < 6; ++c)
                    if (x[base + c] != before[base + c]) FAIL("a value that does not turn was touched");
                for (std::size_t i = 0; i < width / 2; ++i) {
                    const std::size_t left = base + 6 + (pairs == RopePairs::adjacent ? 2 * i : i);
                    const std::size_t right = pairs == RopePairs::adjacent ? left + 1 : left + width / 2;
                    const double angle = angles[static_cast<std::size_t>(t) * width / 2 + i];
                    const double a = before[left];
                    const double b = before[right];
                    worst.see(x[left], a * std::cos(angle) - b * std::sin(angle), 4 * test::unit * 2);
                    worst.see(x[right], a * std::sin(angle) + b * std::cos(angle), 4 * test::unit * 2);
                }
            }
        CHECK(worst.ratio() <= 1.0);
    }
}

TEST_CASE("operations refuse shapes that do not fit") {
    const auto device = test::backend(CpuIsa::reference, 1);
    Random random(9);
    Grid a(2, 8, 0, random);
    Grid wide(2, 9, 0, random);
    Grid tall(3, 8, 0, random);
    const std::vector<float> gain(8, 1.0F);
    CHECK_THROWS_AS(device->rms_norm(a.view(), gain.data(), 1e-6F, wide.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->rms_norm(a.view(), nullptr, 1e-6F, a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->add(tall.view(), a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->add_bias(nullptr, a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->swiglu(a.view(), wide.view(), a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->add({a.tensor().data, 2, 8, 7}, a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->add({nullptr, 2, 8, 8}, a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(device->rope({a.tensor().data, 2, 1, 7, 8, 8}, wide.view(), RopePairs::halves),
                    std::invalid_argument);
    CHECK_THROWS_AS(device->rope({a.tensor().data, 2, 1, 8, 8, 8}, tall.view(), RopePairs::halves),
                    std::invalid_argument);
    // Nothing to do is not an error.
    device->add({nullptr, 0, 8, 8}, {nullptr, 0, 8, 8});
}
