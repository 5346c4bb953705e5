// SPDX-License-Identifier: MIT
// Formats: the table, the 16-bit floats, and every block decoder against the test's own double one.
#include "kernels/cpu/table.h"
#include "support.h"

#include <catch2/catch.hpp>

#include <bit>
#include <limits>

using namespace spoutnik::kernels;
using test::Random;

namespace {

std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

/// Same bits, or both NaN.
bool same(float a, float b) {
    return bits_of(a) == bits_of(b) || (std::isnan(a) && std::isnan(b));
}

/// Right within the roundings of its terms; infinities and NaN exactly where the definition has them.
bool close_to(float actual, const test::ExactValue& expected) {
    if (std::isnan(expected.value)) return std::isnan(actual);
    if (std::abs(expected.value) > std::numeric_limits<float>::max())
        return std::isinf(actual) && std::signbit(actual) == std::signbit(expected.value);
    return std::abs(actual - expected.value) <= 4 * test::unit * expected.magnitude + 0x1p-149;
}

/// Random bytes in which every kind of f16 appears often: zero, subnormal, huge, infinite, NaN.
std::vector<std::byte> hostile_blocks(Format format, std::int64_t values, std::uint32_t seed) {
    Random random(seed);
    std::vector<std::byte> bytes(bytes_of(format, values));
    for (std::byte& byte : bytes)
        byte = random.byte();
    static constexpr std::uint16_t special[] = {0x0000, 0x8000, 0x0001, 0x83FF, 0x0400,
                                                0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E01};
    const std::size_t size = traits_of(format).bytes_per_block;
    for (std::size_t at = 0; at + size <= bytes.size(); at += 3 * size) {
        for (const std::size_t offset : {std::size_t{0}, std::size_t{2}, std::size_t{80}, std::size_t{82},
                                         std::size_t{108}, std::size_t{208}}) {
            if (offset + 2 > size) continue;
            std::memcpy(bytes.data() + at + offset, &special[random.whole(0, 9)], 2);
        }
    }
    return bytes;
}

} // namespace

TEST_CASE("the table of formats is whole and finds its rows") {
    CHECK(all_formats().size() == 16);
    for (const FormatTraits& traits : all_formats()) {
        CHECK(&traits_of(traits.format) == &traits);
        CHECK(format_from_gguf_id(static_cast<std::uint32_t>(traits.format)) == traits.format);
        CHECK(bytes_of(traits.format, 3 * 256) ==
              3U * 256U / traits.values_per_block * traits.bytes_per_block);
    }
    for (const std::uint32_t id : {4U, 5U, 9U, 15U, 24U, 31U, 36U, 97U, 0xFFFFFFFFU})
        CHECK_FALSE(format_from_gguf_id(id).has_value());
    CHECK_THROWS_AS(traits_of(static_cast<Format>(4)), std::invalid_argument);
}

TEST_CASE("every f16 and bf16 pattern survives the way to f32 and back") {
    for (std::uint32_t word = 0; word < 65536; ++word) {
        const auto half = static_cast<std::uint16_t>(word);
        std::byte bytes[2];
        std::memcpy(bytes, &half, 2);
        for (const Format format : {Format::f16, Format::bf16}) {
            const bool is_f16 = format == Format::f16;
            const float value = is_f16 ? f16_to_f32(half) : bf16_to_f32(half);
            const double expected = test::weight_value(format, bytes, 0).value;
            const std::uint16_t back = is_f16 ? f32_to_f16(value) : f32_to_bf16(value);
            if (std::isnan(expected)) {
                if (!std::isnan(value)) FAIL("not a NaN: " << word);
                if (!std::isnan(is_f16 ? f16_to_f32(back) : bf16_to_f32(back))) FAIL("NaN lost: " << word);
            } else {
                if (static_cast<double>(value) != expected || std::signbit(value) != std::signbit(expected))
                    FAIL("wrong value: " << word);
                if (back != half) FAIL("wrong way back: " << word);
            }
        }
    }
}

TEST_CASE("conversions to 16 bits round to the nearest, ties to even") {
    CHECK(f32_to_f16(1.0F + 0x1p-11F) == 0x3C00);            // tie, even below
    CHECK(f32_to_f16(1.0F + 0x3p-11F) == 0x3C02);            // tie, even above
    CHECK(f32_to_f16(1.0F + 0x1p-11F + 0x1p-20F) == 0x3C01); // just above a tie
    CHECK(f32_to_f16(65519.0F) == 0x7BFF);
    CHECK(f32_to_f16(65520.0F) == 0x7C00);
    CHECK(f32_to_f16(-1e30F) == 0xFC00);
    CHECK(f32_to_f16(0x1p-25F) == 0x0000); // half the smallest: to even, zero
    CHECK(f32_to_f16(0x1.8p-25F) == 0x0001);
    CHECK(f32_to_f16(0x3p-25F) == 0x0002);     // a tie between subnormals
    CHECK(f32_to_f16(0x1.FFFp-15F) == 0x0400); // a subnormal that rounds to a normal number
    CHECK(f32_to_f16(-0.0F) == 0x8000);
    CHECK(f32_to_bf16(1.0F + 0x1p-8F) == 0x3F80);
    CHECK(f32_to_bf16(1.0F + 0x3p-8F) == 0x3F82);
    CHECK(f32_to_bf16(std::numeric_limits<float>::max()) == 0x7F80);
    CHECK(std::isnan(bf16_to_f32(f32_to_bf16(std::bit_cast<float>(0x7F800001U)))));

    Random random(7);
    for (int i = 0; i < 20000; ++i) {
        const float value = std::ldexp(random.uniform(-1.0F, 1.0F), random.whole(-27, 17));
        const auto neighbours_no_closer = [&](std::uint16_t chosen, float (*widen)(std::uint16_t)) {
            const double error = std::abs(static_cast<double>(widen(chosen)) - value);
            for (const int step : {-1, 1}) {
                const float other = widen(static_cast<std::uint16_t>(chosen + step));
                if (std::abs(static_cast<double>(other) - value) < error) return false;
            }
            return true;
        };
        if (std::abs(value) < 65504.0F && !neighbours_no_closer(f32_to_f16(value), f16_to_f32))
            FAIL("f16 of " << value);
        if (!neighbours_no_closer(f32_to_bf16(value), bf16_to_f32)) FAIL("bf16 of " << value);
    }
}

TEST_CASE("every format decodes random bytes as its description says") {
    for (const FormatTraits& traits : all_formats()) {
        INFO(traits.name);
        constexpr std::int64_t values = 256 * 60;
        const std::vector<std::byte> bytes = hostile_blocks(traits.format, values, 11);
        std::vector<float> decoded(values);
        dequantize(traits.format, bytes.data(), values, decoded.data());
        int wrong = 0;
        int finite = 0;
        for (std::int64_t i = 0; i < values; ++i) {
            const float value = decoded[static_cast<std::size_t>(i)];
            const test::ExactValue expected = test::weight_value(traits.format, bytes.data(), i);
            finite += std::isfinite(value) ? 1 : 0;
            if (!close_to(value, expected)) ++wrong;
        }
        CHECK(wrong == 0);
        CHECK(finite > values / 2);
    }
}

TEST_CASE("MXFP4 scales reach both ends of the exponent") {
    std::vector<std::byte> block(17, std::byte{0x21}); // codes 1 (0.5) and 2 (1.0)
    float values[32];
    for (const int e : {0, 1, 2, 127, 254, 255}) {
        block[0] = static_cast<std::byte>(e);
        dequantize(Format::mxfp4, block.data(), 32, values);
        CHECK(static_cast<double>(values[0]) == std::ldexp(0.5, e - 127));
        CHECK((e == 255 ? std::isinf(values[16])
                        : static_cast<double>(values[16]) == std::ldexp(1.0, e - 127)));
    }
}

TEST_CASE("instruction sets decode to the same bits, whatever the bytes") {
    for (const CpuIsa isa : test::instruction_sets()) {
        for (const FormatTraits& traits : all_formats()) {
            INFO(name_of(isa) << ' ' << traits.name);
            const std::int64_t odd = traits.values_per_block == 1 ? 13 : 0; // a tail where the format has one
            const std::int64_t values = 256 * 40 + odd;
            const std::vector<std::byte> bytes = hostile_blocks(traits.format, values, 17);
            std::vector<float> expected(static_cast<std::size_t>(values));
            std::vector<float> decoded(static_cast<std::size_t>(values) + 1, 77.0F);
            dequantize(traits.format, bytes.data(), values, expected.data());
            table_of(isa).dequantize(traits.format, bytes.data(), values, decoded.data());
            int different = 0;
            for (std::size_t i = 0; i < expected.size(); ++i)
                if (!same(expected[i], decoded[i])) ++different;
            CHECK(different == 0);
            CHECK(decoded.back() == 77.0F);
        }
    }
}

TEST_CASE("instruction sets round to 16 bits alike") {
    Random random(23);
    std::vector<float> values = random.floats(509, -2.0F, 2.0F);
    values.insert(values.end(),
                  {0.0F, -0.0F, 65519.0F, 65520.0F, 1e30F, -1e30F, 0x1p-25F, 0x1.8p-25F, 0x1p-24F, 3e-6F,
                   1e-40F, INFINITY, -INFINITY, NAN, 1.0F + 0x1p-11F, 1.0F + 0x3p-8F});
    for (const CpuIsa isa : test::instruction_sets()) {
        INFO(name_of(isa));
        std::vector<std::byte> halves(2 * values.size() + 2, std::byte{0x55});
        std::vector<std::byte> brains = halves;
        const auto n = static_cast<std::int64_t>(values.size());
        table_of(isa).store_f16(values.data(), n, halves.data());
        table_of(isa).store_bf16(values.data(), n, brains.data());
        CHECK(halves.back() == std::byte{0x55});
        CHECK(brains.back() == std::byte{0x55});
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::uint16_t half = 0;
            std::uint16_t brain = 0;
            std::memcpy(&half, halves.data() + 2 * i, 2);
            std::memcpy(&brain, brains.data() + 2 * i, 2);
            CHECK(half == f32_to_f16(values[i]));
            CHECK(brain == f32_to_bf16(values[i]));
        }
    }
}
