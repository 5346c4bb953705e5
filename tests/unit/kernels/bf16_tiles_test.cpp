// SPDX-License-Identifier: MIT
// Attention's products on tiles: the model of TDPBF16PS against its written definition, the loops of
// bf16_tiles.h over that model against the order they promise, bit for bit, and against double, and the
// choice of them. Whole attentions over the model are in attention_test.cpp and decompressed_test.cpp.
#include "attention_sets.h"
#include "kernels/cpu/amx_support.h"
#include "kernels/cpu/cpu_backend.h"
#include "tile_model.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <limits>

using namespace spoutnik::kernels;
namespace unit = test::tile_model;
using test::Random;

namespace {

bool has_bf16_vectors() {
    if (cpu_supports(CpuIsa::avx512) && bf16_table_of(CpuIsa::avx512) != nullptr) return true;
    WARN("this processor has no AVX-512 BF16 to run the loops around the tiles");
    return false;
}

/// Pairs of bf16 that one row of A meets one column of B with, and what becomes of the number they are added
/// to.
struct OneSum {
    std::vector<std::array<float, 4>> pairs; ///< first of A, first of B, second of A, second of B
    float before = 0.0F;

    float after() const {
        TileConfig config;
        config.palette = 1;
        const auto count = static_cast<std::uint8_t>(pairs.size());
        const auto shape = [&](int tile, std::uint8_t rows, int bytes) {
            config.rows[tile] = rows;
            config.row_bytes[tile] = static_cast<std::uint16_t>(bytes);
        };
        shape(0, 1, 4);
        shape(1, 1, 4 * count);
        shape(2, count, 4);
        unit::load_config(config);
        std::vector<std::uint16_t> a;
        std::vector<std::uint16_t> b;
        for (const auto& pair : pairs)
            for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
                a.push_back(f32_to_bf16(pair[i]));
                b.push_back(f32_to_bf16(pair[i + 1]));
            }
        unit::load(0, &before, 4);
        unit::load(1, a.data(), 64);
        unit::load(2, b.data(), 4);
        unit::dot_bf16(0, 1, 2);
        float result = 0.0F;
        unit::store(0, &result, 4);
        unit::release();
        return result;
    }
};

/// The order that bf16_tiles.h promises, written out: y and the products of n values of a and b.
template <class A, class B>
float promised(float y, std::int64_t n, A&& a, B&& b) {
    for (std::int64_t block = 0; block < n; block += 32) {
        float sums[2] = {};
        for (std::int64_t i = block; i < std::min(n, block + 32); ++i)
            sums[i % 2] = std::fma(bf16_to_f32(a(i)), bf16_to_f32(b(i)), sums[i % 2]);
        y += sums[0] + sums[1];
    }
    return y;
}

/// `rows` of `cols` random values, each row in memory of its own size and no longer, at the end of which
/// AddressSanitizer watches; or evenly spaced with NaNs between and none behind the last.
class HalfRows {
  public:
    HalfRows(std::int64_t rows, std::int64_t cols, Random& random, bool even = true) {
        const std::int64_t gap = even ? 9 : 0;
        const std::int64_t stretches = even ? 1 : rows;
        const std::int64_t rows_of_one = even ? rows : 1;
        stride = cols + gap;
        for (std::int64_t s = 0; s < stretches; ++s) {
            memory_.emplace_back(static_cast<std::size_t>(rows_of_one * stride - gap), std::uint16_t{0xFFFF});
            for (std::int64_t r = 0; r < rows_of_one; ++r) {
                std::uint16_t* row = memory_.back().data() + r * stride;
                for (std::int64_t c = 0; c < cols; ++c)
                    row[c] = f32_to_bf16(random.uniform(-1.0F, 1.0F));
                pointers_.push_back(row);
            }
        }
    }
    std::int64_t stride = 0;
    const std::uint16_t* const* rows() const { return pointers_.data(); }
    const std::uint16_t* data() const { return pointers_[0]; }
    std::uint16_t at(std::int64_t row, std::int64_t col) const {
        return pointers_[static_cast<std::size_t>(row)][col];
    }

  private:
    std::vector<std::vector<std::uint16_t>> memory_;
    std::vector<const std::uint16_t*> pointers_;
};

/// Results with a sentinel between them, in order or in any.
class ResultRows {
  public:
    ResultRows(std::int64_t rows, std::int64_t cols, Random& random, bool even = true)
        : cols_(cols), values_(static_cast<std::size_t>(rows * (cols + 3)), sentinel) {
        for (std::int64_t r = 0; r < rows; ++r)
            pointers_.push_back(values_.data() + r * (cols + 3));
        for (std::size_t i = 1; !even && i < pointers_.size(); ++i)
            std::swap(pointers_[i],
                      pointers_[static_cast<std::size_t>(random.whole(0, static_cast<int>(i)))]);
        for (float* row : pointers_)
            for (std::int64_t c = 0; c < cols; ++c)
                row[c] = random.uniform(-2.0F, 2.0F);
        before_ = values_;
    }
    float* const* rows() const { return pointers_.data(); }
    float at(std::int64_t row, std::int64_t col) const {
        return pointers_[static_cast<std::size_t>(row)][col];
    }
    float before(std::int64_t row, std::int64_t col) const {
        return before_[static_cast<std::size_t>(pointers_[static_cast<std::size_t>(row)] - values_.data() +
                                                col)];
    }
    bool gaps_untouched() const {
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (static_cast<std::int64_t>(i) % (cols_ + 3) >= cols_ && values_[i] != sentinel) return false;
        return true;
    }

  private:
    static constexpr float sentinel = -12345.0F;
    std::int64_t cols_;
    std::vector<float> values_;
    std::vector<float> before_;
    std::vector<float*> pointers_;
};

struct ProductShape {
    std::int64_t rows; ///< of results
    std::int64_t terms;
    std::int64_t columns;
};

/// What went wrong, or "".
std::string check_dots(const ProductShape& s, Random& random, bool even = true) {
    const HalfRows a(s.rows, s.terms, random);
    const HalfRows x(s.columns, s.terms, random, even);
    // Turned vectors lie as close together as they may.
    std::vector<std::uint16_t> turned(static_cast<std::size_t>((s.terms + 1) / 2 * 2 * s.columns), 0);
    for (std::int64_t i = 0; i < s.columns; ++i)
        for (std::int64_t c = 0; c < s.terms; ++c)
            turned[static_cast<std::size_t>((c / 2 * s.columns + i) * 2 + c % 2)] = x.at(i, c);
    const ResultRows out(s.columns, s.rows, random, even);
    const std::int64_t before = unit::products();
    test::bf16_model_table().dot_tile(a.data(), a.stride, s.rows, s.terms,
                                      {x.rows(), s.columns, turned.data(), 2 * s.columns}, out.rows(), {});
    if (unit::products() == before) return "not on the tiles";
    if (unit::is_configured()) return "the tiles were not given up";
    if (!out.gaps_untouched()) return "wrote beside the results";
    for (std::int64_t i = 0; i < s.columns; ++i)
        for (std::int64_t r = 0; r < s.rows; ++r)
            if (out.at(i, r) != promised(
                                    0.0F, s.terms, [&](std::int64_t c) { return a.at(r, c); },
                                    [&](std::int64_t c) { return x.at(i, c); }))
                return "other bits";
    return "";
}

std::string check_mixtures(const ProductShape& s, bool fresh, Random& random, bool even = true) {
    const std::int64_t pairs = (s.terms + 1) / 2;
    const HalfRows weights(s.rows, 2 * pairs, random, even);
    const HalfRows x(pairs, 2 * s.columns, random);
    const ResultRows out(s.rows, s.columns, random, even);
    const std::vector<std::byte> ahead(1000);
    const std::int64_t before = unit::products();
    test::bf16_model_table().mix_pairs(weights.rows(), s.rows, x.data(), x.stride, pairs, s.columns,
                                       out.rows(), fresh, {ahead.data(), 10, 90, 100});
    if (unit::products() == before) return "not on the tiles";
    if (unit::is_configured()) return "the tiles were not given up";
    if (!out.gaps_untouched()) return "wrote beside the results";
    for (std::int64_t i = 0; i < s.rows; ++i)
        for (std::int64_t c = 0; c < s.columns; ++c)
            if (out.at(i, c) != promised(
                                    fresh ? 0.0F : out.before(i, c), 2 * pairs,
                                    [&](std::int64_t r) { return weights.at(i, r); },
                                    [&](std::int64_t r) { return x.at(r / 2, 2 * c + r % 2); }))
                return "other bits";
    return "";
}

} // namespace

// The model -------------------------------------------------------------------------------------------------

TEST_CASE("the tile model multiplies bf16 as TDPBF16PS is defined") {
    // Whole numbers, so that only what meets what can be wrong.
    Random random(211);
    for (const int rows : {1, 7, 16})
        for (const int pairs : {1, 5, 16})
            for (const int columns : {1, 9, 16}) {
                TileConfig config;
                config.palette = 1;
                config.rows[0] = config.rows[1] = static_cast<std::uint8_t>(rows);
                config.rows[2] = static_cast<std::uint8_t>(pairs);
                config.row_bytes[0] = config.row_bytes[2] = static_cast<std::uint16_t>(4 * columns);
                config.row_bytes[1] = static_cast<std::uint16_t>(4 * pairs);
                unit::load_config(config);
                std::vector<float> a(32 * 16);
                std::vector<float> b(32 * 16);
                std::vector<float> c(16 * 16);
                for (auto* values : {&a, &b, &c})
                    for (float& value : *values)
                        value = static_cast<float>(random.whole(-128, 127));
                const auto halves = [](const std::vector<float>& values) {
                    std::vector<std::uint16_t> all;
                    for (const float value : values)
                        all.push_back(f32_to_bf16(value));
                    return all;
                };
                unit::load(0, c.data(), 64);
                unit::load(1, halves(a).data(), 64);
                unit::load(2, halves(b).data(), 64);
                unit::dot_bf16(0, 1, 2);
                std::vector<float> result(16 * 16, 5.0F);
                unit::store(0, result.data(), 64);
                bool right = true;
                for (int m = 0; m < 16; ++m)
                    for (int n = 0; n < 16; ++n) {
                        float expected = c[static_cast<std::size_t>(16 * m + n)];
                        for (int k = 0; k < 2 * pairs;
                             ++k) // value k of A's row meets value k % 2 of B's pair
                            expected += a[static_cast<std::size_t>(32 * m + k)] *
                                        b[static_cast<std::size_t>(32 * (k / 2) + 2 * n + k % 2)];
                        if (m >= rows || n >= columns) expected = 5.0F;
                        right = right && result[static_cast<std::size_t>(16 * m + n)] == expected;
                    }
                INFO(rows << ' ' << pairs << ' ' << columns);
                CHECK(right);
            }
    unit::release();
}

TEST_CASE("the tile model adds in TDPBF16PS's order, rounds to even and knows no denormals") {
    constexpr float big = 0x1p24F; // to which 1 is half a last place
    // First values are added up one by one, and each 1 is lost; second values apart, and theirs are not.
    CHECK(OneSum{{{big, 1, 0, 0}, {1, 1, 0, 0}, {1, 1, 0, 0}}}.after() == big);
    CHECK(OneSum{{{1, 1, 0, 0}, {1, 1, 0, 0}, {big, 1, 0, 0}}}.after() == big + 2);
    CHECK(OneSum{{{big, 1, 1, 1}, {0, 0, 1, 1}}}.after() == big + 2);
    // Both sums meet before they meet the number that was there.
    CHECK(OneSum{{{1, 1, 1, 1}}, big}.after() == big + 2);
    CHECK(OneSum{{{big, 1, -big, 1}}, 1}.after() == 1);
    CHECK(OneSum{{{3, 1, 0, 0}}, big}.after() == big + 4); // a tie, to even
    // Sums are rounded once: what decides a tie may be 15 places below it, or out of sight.
    for (const float product : {0x1.02p-24F, 0x1p-24F, 0x1.fep-25F, 0x1p-60F})
        for (const float factor : {1.0F, 0x1.02p0F, -0x1.02p0F}) {
            INFO(product << " times " << factor << " and 1");
            CHECK(OneSum{{{1, 1, 0, 0}, {product, factor, 0, 0}}}.after() == std::fma(product, factor, 1.0F));
        }
    // Denormal operands, sums and results.
    constexpr float least = std::numeric_limits<float>::min();
    CHECK(OneSum{{{least / 2, 0x1p100F, 0, 0}}}.after() == 0);
    CHECK(OneSum{{{0x1p-100F, 0x1p-40F, 0x1p-100F, 0x1p-40F}}}.after() == 0);
    CHECK(OneSum{{{0, 0, 0, 0}}, least / 2}.after() == 0);
    CHECK(OneSum{{{least, 1, 0, 0}}, least / 2}.after() == least);
    CHECK(OneSum{{{least, 1.5F, 0, 0}}, -least}.after() == 0);
    CHECK(std::isnan(OneSum{{{0, std::numeric_limits<float>::infinity(), 0, 0}}}.after()));
    CHECK(std::isinf(OneSum{{{1, std::numeric_limits<float>::infinity(), 0, 0}}}.after()));
}

TEST_CASE("the tile model faults at products of bf16 whose shapes do not fit") {
    TileConfig config;
    config.palette = 1;
    std::fill(std::begin(config.rows), std::end(config.rows), std::uint8_t{16});
    std::fill(std::begin(config.row_bytes), std::end(config.row_bytes), std::uint16_t{64});
    config.rows[5] = 3;
    config.row_bytes[6] = 62;
    unit::load_config(config);
    CHECK_THROWS_WITH(unit::dot_bf16(0, 0, 1), Catch::Matchers::Contains("twice"));
    CHECK_THROWS_WITH(unit::dot_bf16(0, 5, 1), Catch::Matchers::Contains("do not fit"));
    CHECK_THROWS_WITH(unit::dot_bf16(0, 1, 5), Catch::Matchers::Contains("do not fit"));
    CHECK_THROWS_WITH(unit::dot_bf16(0, 1, 6), Catch::Matchers::Contains("dwords"));
    unit::release();
    CHECK_THROWS_WITH(unit::dot_bf16(0, 1, 2), Catch::Matchers::Contains("not configured"));
}

// The loops -------------------------------------------------------------------------------------------------

TEST_CASE("rows times vectors on tiles keep the promised order for any number of rows and vectors") {
    if (!has_bf16_vectors()) return;
    Random random(223);
    for (std::int64_t count = 1; count <= 70; ++count)
        for (const ProductShape& s :
             {ProductShape{count, 40, 5}, {count, 64, 21}, {19, 40, count}, {64, 8, count}}) {
            INFO(s.rows << " rows of " << s.terms << ", " << s.columns << " vectors");
            REQUIRE(check_dots(s, random).empty());
        }
}

TEST_CASE("rows times vectors on tiles keep the promised order for any number of values") {
    if (!has_bf16_vectors()) return;
    Random random(227);
    for (const std::int64_t values : {1, 2, 3, 15, 16, 31, 32, 33, 34, 63, 64, 65, 80, 96, 127, 192, 576})
        for (const std::int64_t columns : {1, 16, 17, 32, 33, 48}) {
            INFO(values << " values, " << columns << " vectors");
            REQUIRE(check_dots({37, values, columns}, random).empty());
            REQUIRE(check_dots({3, values, columns}, random, false).empty());
        }
}

TEST_CASE("rows added up on tiles keep the promised order for any number of outputs and columns") {
    if (!has_bf16_vectors()) return;
    Random random(229);
    for (std::int64_t count = 1; count <= 70; ++count)
        for (const ProductShape& s :
             {ProductShape{count, 40, 7}, {count, 64, 48}, {5, 40, count}, {40, 12, count}})
            for (const bool fresh : {true, false}) {
                INFO(s.rows << " outputs of " << s.terms << " rows, " << s.columns << " columns");
                REQUIRE(check_mixtures(s, fresh, random).empty());
            }
}

TEST_CASE("rows added up on tiles keep the promised order for any number of rows, and wherever things lie") {
    if (!has_bf16_vectors()) return;
    Random random(233);
    for (const std::int64_t rows : {1, 2, 30, 32, 34, 62, 64, 66, 126, 512})
        for (const std::int64_t columns : {1, 15, 16, 17, 31, 32, 33, 47, 48, 80, 128})
            for (const bool fresh : {true, false}) {
                INFO(rows << " rows, " << columns << " columns");
                REQUIRE(check_mixtures({33, rows, columns}, fresh, random).empty());
                REQUIRE(check_mixtures({9, rows, columns}, fresh, random, false).empty());
            }
}

TEST_CASE("nothing to add up leaves results as they are, or none where they are fresh") {
    if (!has_bf16_vectors()) return;
    std::vector<float> out(40, 3.0F);
    float* rows[] = {out.data(), out.data() + 20};
    const std::uint16_t* weights[] = {nullptr, nullptr};
    const Bf16Table& table = test::bf16_model_table();
    table.mix_pairs(weights, 2, nullptr, 0, 0, 19, rows, false, {});
    CHECK(std::count(out.begin(), out.end(), 3.0F) == 40);
    table.mix_pairs(weights, 2, nullptr, 0, 0, 19, rows, true, {});
    CHECK(std::count(out.begin(), out.end(), 3.0F) == 2);
    CHECK(out[19] == 3.0F);
    table.mix_pairs(weights, 0, nullptr, 0, 3, 19, rows, true, {});
    table.dot_tile(nullptr, 8, 0, 8, {weights, 2, nullptr, 4}, rows, {});
    CHECK(out[19] == 3.0F);
}

TEST_CASE("tiles of bf16 are as near to double as products of pairs in AVX-512") {
    if (!has_bf16_vectors()) return;
    Random random(239);
    constexpr std::int64_t terms = 576;
    const HalfRows a(64, terms, random);
    const HalfRows x(16, terms, random);
    std::vector<std::uint16_t> turned(static_cast<std::size_t>(terms * 16));
    for (std::int64_t i = 0; i < 16; ++i)
        for (std::int64_t c = 0; c < terms; ++c)
            turned[static_cast<std::size_t>((c / 2 * 16 + i) * 2 + c % 2)] = x.at(i, c);
    for (const Bf16Table* table : {&test::bf16_model_table(), bf16_table_of(CpuIsa::avx512)}) {
        const ResultRows out(16, 64, random);
        table->dot_tile(a.data(), a.stride, 64, terms, {x.rows(), 16, turned.data(), 32}, out.rows(), {});
        test::Worst worst;
        for (std::int64_t i = 0; i < 16; ++i)
            for (std::int64_t r = 0; r < 64; ++r) {
                double sum = 0.0;
                double size = 0.0;
                for (std::int64_t c = 0; c < terms; ++c) {
                    const double term =
                        static_cast<double>(bf16_to_f32(a.at(r, c))) * bf16_to_f32(x.at(i, c));
                    sum += term;
                    size += std::abs(term);
                }
                // The longest way of a term: 16 pairs, the other sum, and a block after the other.
                worst.see(out.at(i, r), sum, (16 + 1 + static_cast<double>(terms) / 32) * test::unit * size);
            }
        CHECK(worst.ratio() <= 1.0);
    }
}

TEST_CASE("tiles of bf16 and of bytes take turns in one thread, and change shapes seldom") {
    if (!has_bf16_vectors()) return;
    Random random(241);
    RoundedRows rounded;
    rounded.resize(20, 256, 256);
    std::vector<Int8Row> x;
    for (std::int64_t t = 0; t < 20; ++t) {
        int8_reference_table().round_row(256, random.floats(256).data(), 256, rounded.memory_of(t));
        x.push_back(rounded.row(t));
    }
    const test::RandomWeights weights(Format::q4_k, 17, 256, 251);
    const auto product = [&](const Int8Table& table) {
        std::vector<float> results(20 * 17);
        std::vector<float*> out;
        for (std::size_t t = 0; t < 20; ++t)
            out.push_back(results.data() + 17 * t);
        Scratch scratch;
        const auto bytes = static_cast<std::int64_t>(table.scratch_bytes(256, 20));
        table.dot_tile(Format::q4_k, weights.matrix().data, bytes_of(Format::q4_k, 256), 17, 256, x.data(),
                       20, out.data(),
                       reinterpret_cast<std::byte*>(scratch.floats(bytes / 4 + 1)), // NOLINT: memory
                       nullptr);
        return results;
    };
    const std::vector<float> expected = product(int8_reference_table());
    for (int round = 0; round < 3; ++round) {
        CHECK(product(test::int8_model_table()) == expected);
        CHECK_FALSE(unit::is_configured());
        CHECK(check_dots({64, 576, 16}, random).empty());
        CHECK(product(test::int8_model_table()) == expected);
        CHECK(check_mixtures({16, 64, 512}, false, random).empty());
    }
    const std::int64_t before = unit::configurations();
    check_dots({64, 576, 40}, random);
    CHECK(unit::configurations() - before == 1);
    check_mixtures({64, 64, 512}, true, random);
    CHECK(unit::configurations() - before == 2);
    check_mixtures({37, 74, 80}, true, random); // groups of 19 and 18, pairs of 16 and 5
    CHECK(unit::configurations() - before <= 6);
}

TEST_CASE("attention in bf16 goes through the tiles, both forms of it, and a lone token's too") {
    if (!has_bf16_vectors()) return;
    const auto device = test::backend(test::attention_sets().back(), 1);
    Random random(257);
    for (const std::int64_t tokens : {1, 5}) {
        std::vector<float> q = random.floats(tokens * 4 * 32);
        std::vector<float> out(q.size());
        std::vector<std::byte> bytes(bytes_of(Format::bf16, 32 * 8), std::byte{0});
        const CacheRows cache{bytes.data(), Format::bf16, 32, 8};
        std::int64_t before = unit::products();
        const auto has_grown = [&] { return unit::products() > std::exchange(before, unit::products()); };
        device->latent_attention({q.data(), tokens, 4, 32, 128, 32}, cache, 2, 24, 1.0F,
                                 {out.data(), tokens, 4, 24, 96, 24});
        CHECK(has_grown());
        device->head_attention({q.data(), tokens, 4, 16, 64, 16}, cache, cache, 2, 1, 1.0F,
                               {out.data(), tokens, 4, 16, 64, 16});
        CHECK(has_grown());
        const test::RandomWeights w(Format::f32, 24, 24, 263, 4);
        device->decompressed_attention({q.data(), tokens, 4, 32, 128, 32}, cache, w.matrix(), w.matrix(), 0,
                                       1.0F, {out.data(), tokens, 4, 24, 96, 24});
        CHECK(has_grown());
        CHECK_FALSE(unit::is_configured());
    }
}

// The choice ------------------------------------------------------------------------------------------------

TEST_CASE("the trial of attention's products finds a tile unit that is off by one") {
    if (!has_bf16_vectors()) return;
    const Bf16Table& vectors = *bf16_table_of(CpuIsa::avx512);
    CHECK(first_difference(test::bf16_model_table(), vectors).empty());
    CHECK(first_difference(vectors, test::bf16_model_table()).empty());
    unit::break_products(true);
    CHECK(first_difference(test::bf16_model_table(), vectors) == "the product of rows");
    Bf16Table half = vectors;
    half.mix_pairs = test::bf16_model_table().mix_pairs;
    CHECK(first_difference(half, vectors) == "the mixture of rows");
    unit::break_products(false);
    CHECK(first_difference(half, vectors).empty());
}

TEST_CASE("attention goes on tiles only where they multiply bf16") {
    TileFacts sapphire_rapids;
    sapphire_rapids.has_avx512 = true;
    sapphire_rapids.has_avx512_bf16 = true;
    sapphire_rapids.leaf_7_edx = (1U << 22U) | (1U << 24U) | (1U << 25U);
    sapphire_rapids.xcr0 = 0x602E7;
    sapphire_rapids.palette_eax = 0x0400'2000;
    sapphire_rapids.palette_ebx = 0x0008'0040;
    sapphire_rapids.palette_ecx = 16;
    CHECK(reason_against_bf16_tiles(sapphire_rapids).empty());
    using Catch::Matchers::Contains;
    TileFacts facts = sapphire_rapids;
    facts.leaf_7_edx = (1U << 24U) | (1U << 25U);
    CHECK(reason_against_tiles(facts).empty());
    CHECK_THAT(reason_against_bf16_tiles(facts), Contains("AMX-BF16"));
    facts = sapphire_rapids;
    facts.has_avx512_bf16 = false;
    CHECK(reason_against_tiles(facts).empty());
    CHECK_THAT(reason_against_bf16_tiles(facts), Contains("AVX-512 BF16"));
    facts = sapphire_rapids;
    facts.xcr0 = 0x2E7;
    CHECK_THAT(reason_against_bf16_tiles(facts), Contains("does not save"));

    // What this process does.
    if (!reason_against_amx().empty()) CHECK_FALSE(reason_against_bf16_tiles().empty());
    const Bf16Table* table = bf16_table_of(CpuIsa::amx);
    if (table != nullptr) CHECK(table->takes_turned == reason_against_bf16_tiles().empty());
    if (cpu_supports(CpuIsa::amx))
        CHECK(test::backend(CpuIsa::amx)->isa() ==
              (reason_against_bf16_tiles().empty() ? "amx" : "amx without bf16"));
}
