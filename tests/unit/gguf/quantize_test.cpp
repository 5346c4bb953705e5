// SPDX-License-Identifier: MIT
// The tests' encoders and the engine's decoders were written apart from the same description: they must meet.
#include "tests/support/quantize.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using spoutnik::kernels::Format;

TEST_CASE("blocks decode to about the floats they were made from") {
    // Relative error (root mean square) that a format's bits allow on normal random values, doubled.
    const std::map<Format, double> allowed{
        {Format::f32, 0},     {Format::f16, 1e-3},    {Format::bf16, 8e-3},   {Format::q4_0, 0.2},
        {Format::q4_1, 0.18}, {Format::q5_0, 0.1},    {Format::q5_1, 0.09},   {Format::q8_0, 0.013},
        {Format::q2_k, 0.75}, {Format::q3_k, 0.4},    {Format::q4_k, 0.18},   {Format::q5_k, 0.09},
        {Format::q6_k, 0.05}, {Format::iq4_nl, 0.18}, {Format::iq4_xs, 0.18}, {Format::mxfp4, 0.3},
    };
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(2048);
    for (float& value : values)
        value = normal(random);
    std::fill_n(values.begin() + 512, 256, 0.0F); // a block of nothing must stay nothing
    double norm = 0;
    for (const float value : values)
        norm += static_cast<double>(value) * value;
    REQUIRE(allowed.size() == spoutnik::kernels::all_formats().size());
    for (const auto& [format, limit] : allowed) {
        const auto blocks = spoutnik::testing::quantize(format, values);
        REQUIRE(blocks.size() == spoutnik::kernels::bytes_of(format, 2048));
        std::vector<float> decoded(values.size());
        spoutnik::kernels::dequantize(format, blocks.data(), 2048, decoded.data());
        double error = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            error += std::pow(static_cast<double>(decoded[i]) - values[i], 2);
        CAPTURE(spoutnik::kernels::traits_of(format).name);
        CHECK(std::sqrt(error / norm) <= limit);
        for (std::size_t i = 512; i < 768; ++i)
            REQUIRE(decoded[i] == 0.0F);
    }
}

TEST_CASE("rows that do not fill blocks are not encoded") {
    CHECK_THROWS(spoutnik::testing::quantize(Format::q8_0, std::vector<float>(33)));
}
