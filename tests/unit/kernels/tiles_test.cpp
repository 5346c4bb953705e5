// SPDX-License-Identifier: MIT
// Tiles: the model of the unit against its written definition, the products of int8_tiles.h over that model
// against the reference, bit for bit, and the choice of AMX.
#include "kernels/cpu/amx_support.h"
#include "kernels/cpu/cpu_backend.h"
#include "support.h"
#include "tile_model.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <numeric>

using namespace spoutnik::kernels;
namespace unit = test::tile_model;
using test::Random;
using test::RandomWeights;

namespace {

constexpr Format formats_on_tiles[] = {Format::q2_k, Format::q3_k, Format::q4_k,
                                       Format::q5_k, Format::q6_k, Format::iq4_xs};

/// All tiles of one shape.
TileConfig config_of(int rows, int row_bytes) {
    TileConfig config;
    config.palette = 1;
    std::fill(std::begin(config.rows), std::end(config.rows), static_cast<std::uint8_t>(rows));
    std::fill(std::begin(config.row_bytes), std::end(config.row_bytes),
              static_cast<std::uint16_t>(row_bytes));
    return config;
}

bool has_avx512() {
    if (cpu_supports(CpuIsa::avx512)) return true;
    WARN("this processor has no AVX-512 to run the loops around the tiles");
    return false;
}

/// Rounded tokens, their f32 rows thrown away.
class Tokens {
  public:
    Tokens(std::int64_t count, std::int64_t cols, Random& random, bool all_ends = false) {
        rounded_.resize(count, cols, 256);
        for (std::int64_t t = 0; t < count; ++t) {
            std::vector<float> values = random.floats(cols, -3.0F, 3.0F);
            if (all_ends)
                for (float& value : values)
                    value = t % 3 == 0 ? 1.0F : t % 3 == 1 ? -1.0F : value < 0 ? -1.0F : 1.0F;
            int8_reference_table().round_row(256, values.data(), cols, rounded_.memory_of(t));
            rows.push_back(rounded_.row(t));
        }
    }
    std::vector<Int8Row> rows;

  private:
    RoundedRows rounded_;
};

/// [tokens][rows and a gap] of a table's dot_tile, a token's results on whole lines. Scratch is filled with a
/// pattern first, and the gap with a sentinel.
std::vector<float> product(const Int8Table& table, const Matrix& weight, const std::vector<Int8Row>& x,
                           std::int64_t tokens) {
    const std::int64_t stride = weight.rows / 16 * 16 + 16;
    Scratch results;
    std::fill_n(results.floats(tokens * stride), tokens * stride, 77.0F);
    std::vector<float*> out;
    for (std::int64_t t = 0; t < tokens; ++t)
        out.push_back(results.floats(tokens * stride) + t * stride);
    Scratch memory;
    const auto floats =
        static_cast<std::int64_t>(table.scratch_bytes(weight.cols, tokens) / sizeof(float)) + 1;
    float* scratch = memory.floats(floats);
    std::fill_n(scratch, floats, -1.0e30F);
    table.dot_tile(weight.format, weight.data, bytes_of(weight.format, weight.cols), weight.rows, weight.cols,
                   x.data(), tokens, out.data(), reinterpret_cast<std::byte*>(scratch),
                   nullptr); // NOLINT: memory
    return {out[0], out[0] + tokens * stride};
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b, std::size_t count) {
    return std::memcmp(a.data(), b.data(), count * sizeof(float)) == 0;
}

} // namespace

// The model -------------------------------------------------------------------------------------------------

TEST_CASE(
    "the tile model loads rows a stride apart, zeroes what a shape leaves out and stores no more than it") {
    std::array<std::uint8_t, 64 * 16> source{};
    std::iota(source.begin(), source.end(), std::uint8_t{1});
    unit::load_config(config_of(16, 64));
    unit::load(3, source.data(), 64);
    std::array<std::uint8_t, 64 * 16> back{};
    unit::store(3, back.data(), 64);
    CHECK(back == source);

    // Backwards, one row many times, and rows that overlap: the stride is a number like another.
    unit::load_config(config_of(3, 8));
    std::array<std::uint8_t, 24> small{};
    const auto small_is = [&](std::array<int, 3> first) {
        unit::store(0, small.data(), 8);
        for (std::size_t row = 0; row < 3; ++row)
            for (std::size_t i = 0; i < 8; ++i)
                if (small[8 * row + i] != static_cast<std::uint8_t>(first[row] + static_cast<int>(i)))
                    return false;
        return true;
    };
    unit::load(0, source.data() + 64, -32);
    CHECK(small_is({65, 33, 1}));
    unit::load(0, source.data(), 0);
    CHECK(small_is({1, 1, 1}));
    unit::load(0, source.data(), 1);
    CHECK(small_is({1, 2, 3}));
    unit::zero(0);
    unit::store(0, small.data(), 8);
    CHECK(std::all_of(small.begin(), small.end(), [](std::uint8_t b) { return b == 0; }));

    // A store leaves the bytes between its rows alone.
    std::array<std::uint8_t, 48> gaps{};
    gaps.fill(0xEE);
    unit::load(0, source.data(), 8);
    unit::store(0, gaps.data(), 16);
    for (std::size_t i = 0; i < gaps.size(); ++i)
        CHECK(gaps[i] == (i % 16 < 8 ? static_cast<std::uint8_t>(1 + i / 16 * 8 + i % 16) : 0xEE));

    // A configuration zeroes every tile.
    unit::load_config(config_of(3, 8));
    unit::store(0, small.data(), 8);
    CHECK(std::all_of(small.begin(), small.end(), [](std::uint8_t b) { return b == 0; }));
    unit::release();
    CHECK_FALSE(unit::is_configured());
}

TEST_CASE("the tile model multiplies as TDPBSSD is defined") {
    Random random(5);
    for (const int rows : {1, 7, 16})
        for (const int fours : {1, 5, 16}) // dwords of a row of A, which are rows of B
            for (const int columns : {1, 9, 16}) {
                TileConfig config = config_of(rows, 4 * columns);
                config.row_bytes[1] = static_cast<std::uint16_t>(4 * fours);
                config.rows[2] = static_cast<std::uint8_t>(fours);
                unit::load_config(config);
                std::vector<std::int8_t> a(64 * 16);
                std::vector<std::int8_t> b(64 * 16);
                std::vector<std::int32_t> c(16 * 16);
                for (std::int8_t& value : a)
                    value = static_cast<std::int8_t>(random.whole(-128, 127));
                for (std::int8_t& value : b)
                    value = static_cast<std::int8_t>(random.whole(-128, 127));
                a[0] = b[0] = -128; // both at their end
                for (std::int32_t& value : c)
                    value = random.whole(-1'000'000, 1'000'000);
                unit::load(1, a.data(), 64);
                unit::load(2, b.data(), 64);
                unit::load(0, c.data(), 64);
                unit::dot_signed(0, 1, 2);
                std::vector<std::int32_t> result(16 * 16, 5);
                unit::store(0, result.data(), 64);
                bool right = true;
                for (int m = 0; m < 16; ++m)
                    for (int n = 0; n < 16; ++n) {
                        const auto at = [](int row, int column) {
                            return static_cast<std::size_t>(row * 64 + column);
                        };
                        std::int64_t expected = c[static_cast<std::size_t>(16 * m + n)];
                        for (int k = 0; k < 4 * fours; ++k) // column k of A meets byte k % 4 of B's row k / 4
                            expected += a[at(m, k)] * b[at(k / 4, 4 * n + k % 4)];
                        if (m >= rows || n >= columns) expected = 5;
                        right = right && result[static_cast<std::size_t>(16 * m + n)] == expected;
                    }
                INFO(rows << ' ' << fours << ' ' << columns);
                CHECK(right);
            }
    unit::release();
}

TEST_CASE("the tile model faults where the manual says so") {
    unit::release();
    CHECK_THROWS_WITH(unit::zero(0), Catch::Matchers::Contains("not configured"));
    TileConfig bad = config_of(17, 64);
    CHECK_THROWS_WITH(unit::load_config(bad), Catch::Matchers::Contains("too large"));
    bad = config_of(16, 65);
    CHECK_THROWS_WITH(unit::load_config(bad), Catch::Matchers::Contains("too large"));
    bad = config_of(16, 64);
    bad.palette = 2;
    CHECK_THROWS_WITH(unit::load_config(bad), Catch::Matchers::Contains("palette"));
    bad = config_of(16, 64);
    bad.reserved[13] = 1;
    CHECK_THROWS_WITH(unit::load_config(bad), Catch::Matchers::Contains("reserved"));
    bad = config_of(16, 64);
    bad.rows[7] = 0;
    CHECK_THROWS_WITH(unit::load_config(bad), Catch::Matchers::Contains("half a shape"));
    TileConfig config = config_of(16, 64);
    config.rows[7] = 0;
    config.row_bytes[7] = 0;
    config.rows[5] = 3;
    config.row_bytes[6] = 62;
    unit::load_config(config);
    CHECK_THROWS_WITH(unit::zero(7), Catch::Matchers::Contains("this tile"));
    CHECK_THROWS_WITH(unit::zero(8), Catch::Matchers::Contains("no such tile"));
    CHECK_THROWS_WITH(unit::dot_signed(0, 0, 1), Catch::Matchers::Contains("twice"));
    CHECK_THROWS_WITH(unit::dot_signed(0, 1, 1), Catch::Matchers::Contains("twice"));
    CHECK_THROWS_WITH(unit::dot_signed(0, 5, 1), Catch::Matchers::Contains("do not fit")); // rows of C and A
    CHECK_THROWS_WITH(unit::dot_signed(0, 1, 5),
                      Catch::Matchers::Contains("do not fit")); // columns of A, rows of B
    CHECK_THROWS_WITH(unit::dot_signed(0, 1, 6), Catch::Matchers::Contains("dwords"));
    config = TileConfig{}; // palette 0 is release
    unit::load_config(config);
    CHECK_FALSE(unit::is_configured());
}

// Products --------------------------------------------------------------------------------------------------

TEST_CASE("tiles give the reference's bits for 1 to 70 tokens") {
    if (!has_avx512()) return;
    Random random(83);
    for (const Format format : formats_on_tiles) {
        constexpr std::int64_t rows = 19; // a whole tile and a part
        constexpr std::int64_t cols = 512;
        const RandomWeights weights(format, rows, cols, 89);
        const Tokens x(70, cols, random);
        const std::vector<float> expected = product(int8_reference_table(), weights.matrix(), x.rows, 70);
        for (std::int64_t tokens = 1; tokens <= 70; ++tokens) {
            const std::int64_t before = unit::products();
            const std::vector<float> actual =
                product(test::int8_model_table(), weights.matrix(), x.rows, tokens);
            INFO(traits_of(format).name << ' ' << tokens);
            if (!same_bits(actual, expected, actual.size())) FAIL("other bits");
            if ((unit::products() > before) != (tokens > 1)) FAIL("not on the tiles");
            if (unit::is_configured()) FAIL("the tiles were not given up");
        }
    }
}

TEST_CASE("tiles give the reference's bits for any number of rows and columns") {
    if (!has_avx512()) return;
    Random random(97);
    for (const Format format : formats_on_tiles)
        for (const std::int64_t cols : {256, 768, 2304})
            for (const std::int64_t rows : {1, 15, 16, 17, 33, 64}) {
                const RandomWeights weights(format, rows, cols, 101);
                const Tokens x(19, cols, random);
                if (product(test::int8_model_table(), weights.matrix(), x.rows, 19) !=
                    product(int8_reference_table(), weights.matrix(), x.rows, 19))
                    FAIL(traits_of(format).name << ' ' << rows << 'x' << cols);
            }
}

TEST_CASE("tiles take tokens in any order and more than once") {
    if (!has_avx512()) return;
    Random random(103);
    constexpr std::int64_t cols = 512;
    const RandomWeights weights(Format::q4_k, 33, cols, 107);
    const Tokens x(80, cols, random);
    std::vector<Int8Row> backwards(x.rows.rbegin(), x.rows.rend());
    std::vector<Int8Row> every_other;
    std::vector<Int8Row> shuffled;
    std::vector<Int8Row> one(20, x.rows[7]); // a stride of zero
    for (std::size_t t = 0; t < 80; ++t) {
        if (t % 2 == 0) every_other.push_back(x.rows[t]);
        shuffled.push_back(x.rows[static_cast<std::size_t>(random.whole(0, 79))]);
    }
    for (const auto& tokens : {backwards, every_other, shuffled, one}) {
        const auto count = static_cast<std::int64_t>(tokens.size());
        CHECK(product(test::int8_model_table(), weights.matrix(), tokens, count) ==
              product(int8_reference_table(), weights.matrix(), tokens, count));
    }
}

TEST_CASE("tiles hold the largest codes and scales") {
    if (!has_avx512()) return;
    Random random(109);
    constexpr std::int64_t cols = 512;
    constexpr std::int64_t rows = 16;
    const Tokens x(6, cols, random, true);
    for (const Format format : formats_on_tiles) {
        // Each byte of a block at an end of its own: every pair of an extreme code with an extreme scale is
        // there.
        const int ends[] = {0x00, 0xFF, 0x0F, 0xF0, 0x7F, 0x80};
        for (int round = 0; round < 40; ++round) {
            std::vector<std::byte> bytes(rows * bytes_of(format, cols));
            for (std::byte& byte : bytes)
                byte = static_cast<std::byte>(round < 6 ? ends[round] : ends[random.whole(0, 5)]);
            for (std::size_t at = 0; at < bytes.size(); at += traits_of(format).bytes_per_block)
                test::set_scales(format, bytes.data() + at, f32_to_f16(1.0F / 1024));
            const Matrix weight{bytes.data(), format, rows, cols};
            if (product(test::int8_model_table(), weight, x.rows, 6) !=
                product(int8_reference_table(), weight, x.rows, 6))
                FAIL(traits_of(format).name << " round " << round);
        }
    }
}

TEST_CASE("tiles hold every product of a code and a scale") {
    if (!has_avx512()) return;
    // Each scale and each code meet many times (Q6_K, which has most of both, 16,384 pairs, sees 262,144 of
    // them), one by one: an activation is zero but in one place.
    for (const Format format : formats_on_tiles) {
        constexpr std::int64_t rows = 16;
        Random random(113);
        std::vector<float> values(256, 0.0F);
        const RandomWeights weights(format, rows, 256, 127);
        RoundedRows rounded;
        rounded.resize(256, 256, 256);
        std::vector<Int8Row> x;
        for (std::int64_t t = 0; t < 256; ++t) {
            values[static_cast<std::size_t>(t)] = 1.0F;
            int8_reference_table().round_row(256, values.data(), 256, rounded.memory_of(t));
            values[static_cast<std::size_t>(t)] = 0.0F;
            x.push_back(rounded.row(t));
        }
        std::vector<std::byte> bytes(rows * bytes_of(format, 256));
        for (int round = 0; round < 64; ++round) {
            for (std::byte& byte : bytes)
                byte = random.byte();
            for (std::size_t at = 0; at < bytes.size(); at += traits_of(format).bytes_per_block)
                test::set_scales(format, bytes.data() + at, f32_to_f16(1.0F));
            const Matrix weight{bytes.data(), format, rows, 256};
            CHECK(product(test::int8_model_table(), weight, x, 256) ==
                  product(int8_reference_table(), weight, x, 256));
        }
    }
}

TEST_CASE("formats with blocks of 32 pass tiles by") {
    if (!has_avx512()) return;
    Random random(131);
    const RandomWeights weights(Format::q8_0, 17, 96, 137);
    RoundedRows rounded;
    rounded.resize(20, 96, 32);
    std::vector<Int8Row> x;
    for (std::int64_t t = 0; t < 20; ++t) {
        int8_reference_table().round_row(32, random.floats(96).data(), 96, rounded.memory_of(t));
        x.push_back(rounded.row(t));
    }
    const std::int64_t before = unit::products();
    CHECK(product(test::int8_model_table(), weights.matrix(), x, 20) ==
          product(int8_reference_table(), weights.matrix(), x, 20));
    CHECK(unit::products() == before);
}

TEST_CASE("tiles change their shapes no more than twice a pass") {
    if (!has_avx512()) return;
    Random random(139);
    const RandomWeights weights(Format::q6_k, 64, 256, 149);
    const Tokens x(67, 256, random); // groups of 23, 22 and 22
    const std::int64_t before = unit::configurations();
    product(test::int8_model_table(), weights.matrix(), x.rows, 67);
    CHECK(unit::configurations() - before <= 8);
    product(test::int8_model_table(), weights.matrix(), x.rows, 64);
    CHECK(unit::configurations() - before <= 9);
}

// The choice ------------------------------------------------------------------------------------------------

TEST_CASE("the trial of a table finds a tile unit that is off by one") {
    if (!has_avx512()) return;
    CHECK(first_difference(test::int8_model_table(), int8_avx512_table(), 37) == "");
    unit::break_products(true);
    CHECK(first_difference(test::int8_model_table(), int8_avx512_table(), 37) ==
          traits_of(Format::q2_k).name);
    unit::break_products(false);
    CHECK(first_difference(int8_reference_table(), int8_avx512_table(), 3) == "");
}

TEST_CASE("AMX is taken only from a processor and a system that have all of it") {
    TileFacts sapphire_rapids;
    sapphire_rapids.has_avx512 = true;
    sapphire_rapids.leaf_7_edx = (1U << 22U) | (1U << 24U) | (1U << 25U);
    sapphire_rapids.xcr0 = 0x602E7;
    sapphire_rapids.palette_eax = 0x0400'2000;
    sapphire_rapids.palette_ebx = 0x0008'0040;
    sapphire_rapids.palette_ecx = 16;
    CHECK(reason_against_tiles(sapphire_rapids) == "");
    const auto reason_when = [&](auto change) {
        TileFacts facts = sapphire_rapids;
        change(facts);
        return reason_against_tiles(facts);
    };
    using Catch::Matchers::Contains;
    CHECK_THAT(reason_when([](TileFacts& f) { f.has_avx512 = false; }), Contains("AVX-512"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.leaf_7_edx = 1U << 25U; }), Contains("AMX-TILE"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.leaf_7_edx = 1U << 24U; }), Contains("AMX-INT8"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.xcr0 = 0x2E7; }), Contains("does not save"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.xcr0 = 0x202E7; }), Contains("does not save"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.palette_ebx = 0x0008'0020; }), Contains("shapes"));
    CHECK_THAT(reason_when([](TileFacts& f) { f.palette_ecx = 8; }), Contains("shapes"));

    CHECK(cpu_supports(CpuIsa::amx) == reason_against_amx().empty());
    if (!cpu_supports(CpuIsa::amx)) WARN("this machine does without AMX: " << reason_against_amx());
}
