// SPDX-License-Identifier: MIT
// The cache and both attentions: against double, causal, blind beyond the visible rows, the same bits however
// the work is cut.
#include "attention_sets.h"
#include "support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

using namespace spoutnik::kernels;
using test::Grid;
using test::Random;
using test::Worst;

namespace {

/// A cache whose every row is random up to `filled` and NaN beyond.
struct Cache {
    Format format;
    std::int64_t width;
    std::int64_t capacity;
    std::vector<std::byte> bytes;

    Cache(Backend& device, Format f, std::int64_t w, std::int64_t c, std::int64_t filled, Random& random)
        : format(f), width(w), capacity(c),
          bytes(bytes_of(f, w * c), std::byte{0xFF}) { // 0xFFFF is a NaN in all four
        const Grid rows_of_values(filled, width, 0, random, -2.0F, 2.0F);
        device.store_rows(rows_of_values.view(), rows(), 0, 0);
    }
    CacheRows rows() { return {bytes.data(), format, width, capacity}; }
    double at(std::int64_t row, std::int64_t col) const {
        return test::weight_value(format, bytes.data(), row * width + col).value;
    }
};

struct Shape {
    std::int64_t tokens;
    std::int64_t heads;
    std::int64_t groups;
    std::int64_t key_width;   ///< a group
    std::int64_t value_width; ///< a group
    std::int64_t first_position;
};

/// Relative error of rounding to bf16.
constexpr double bf16_unit = 0x1p-9;

/// What the arithmetic rounds before it multiplies: queries, rows and softmax weights to bf16, where the
/// processor has such products and the cache has at most 16 bits.
struct Rounding {
    double query = 0.0;
    double row = 0.0;
    double weight = 0.0;
};

Rounding rounding_of(const test::AttentionSet& set, Format cache) {
    if (cache == Format::f32 || set.bf16 == nullptr) return {};
    return {bf16_unit, cache == Format::bf16 ? 0.0 : bf16_unit, bf16_unit};
}

/// Attention of one query in double, with the error that f32 and `rounding` may make: scores are off by
/// `score_error`, which changes each probability by twice that, relatively; then comes the error of the
/// mixture.
void check_query(const Shape& s, const float* q, const Cache& keys, const Cache& values, std::int64_t group,
                 std::int64_t visible, double scale, const Rounding& rounding, const float* out,
                 Worst& worst) {
    std::vector<double> scores(static_cast<std::size_t>(visible));
    double score_error = 0.0;
    for (std::int64_t p = 0; p < visible; ++p) {
        double score = 0.0;
        double magnitude = 0.0;
        for (std::int64_t c = 0; c < s.key_width; ++c) {
            const double term = q[c] * keys.at(p, group * s.key_width + c);
            score += term;
            magnitude += std::abs(term);
        }
        scores[static_cast<std::size_t>(p)] = score * scale;
        const double relative = test::sum_error(s.key_width) + 1.01 * (rounding.query + rounding.row);
        score_error = std::max(score_error, relative * magnitude * std::abs(scale));
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0.0;
    for (double& score : scores)
        sum += score = std::exp(score - largest);
    for (std::int64_t c = 0; c < s.value_width; ++c) {
        double expected = 0.0;
        double magnitude = 0.0;
        for (std::int64_t p = 0; p < visible; ++p) {
            const double term =
                scores[static_cast<std::size_t>(p)] / sum * values.at(p, group * s.value_width + c);
            expected += term;
            magnitude += std::abs(term);
        }
        const double sums = (static_cast<double>(visible) + 64.0) * test::unit;
        const double mixed = 1.01 * (rounding.weight + rounding.row);
        worst.see(out[c], expected, (2 * score_error * (1.0 + score_error) + sums + mixed) * magnitude);
    }
}

std::vector<float> latent(Backend& device, const Shape& s, std::vector<float>& q, Cache& cache,
                          std::int64_t batch) {
    std::vector<float> out(static_cast<std::size_t>(s.tokens * s.heads * s.value_width), 9.0F);
    for (std::int64_t t = 0; t < s.tokens; t += batch) {
        const std::int64_t count = std::min(batch, s.tokens - t);
        device.latent_attention({q.data() + t * s.heads * s.key_width, count, s.heads, s.key_width,
                                 s.heads * s.key_width, s.key_width},
                                cache.rows(), s.first_position + t, s.value_width, 0.13F,
                                {out.data() + t * s.heads * s.value_width, count, s.heads, s.value_width,
                                 s.heads * s.value_width, s.value_width});
    }
    return out;
}

std::vector<float> grouped(Backend& device, const Shape& s, std::vector<float>& q, Cache& keys, Cache& values,
                           std::int64_t batch) {
    std::vector<float> out(static_cast<std::size_t>(s.tokens * s.heads * s.value_width), 9.0F);
    for (std::int64_t t = 0; t < s.tokens; t += batch) {
        const std::int64_t count = std::min(batch, s.tokens - t);
        device.head_attention({q.data() + t * s.heads * s.key_width, count, s.heads, s.key_width,
                               s.heads * s.key_width, s.key_width},
                              keys.rows(), values.rows(), s.groups, s.first_position + t, 0.21F,
                              {out.data() + t * s.heads * s.value_width, count, s.heads, s.value_width,
                               s.heads * s.value_width, s.value_width});
    }
    return out;
}

} // namespace

TEST_CASE("store_rows converts into its window of the cache and nothing else") {
    Random random(81);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const Format format : {Format::f32, Format::f16, Format::bf16}) {
            const Grid rows(5, 37, 2, random);
            std::vector<std::byte> bytes(bytes_of(format, 50 * 9), std::byte{0x5A});
            device->store_rows(rows.view(), {bytes.data(), format, 50, 9}, 3, 11);
            const double relative = format == Format::f32 ? 0.0 : format == Format::f16 ? 0x1p-11 : 0x1p-8;
            Worst worst;
            const std::size_t size = bytes_of(format, 1);
            for (std::int64_t r = 0; r < 9; ++r)
                for (std::int64_t c = 0; c < 50; ++c) {
                    const bool inside = r >= 3 && r < 8 && c >= 11 && c < 48;
                    const double value = test::weight_value(format, bytes.data(), r * 50 + c).value;
                    if (inside)
                        worst.see(value, rows(r - 3, c - 11),
                                  relative * std::abs(rows(r - 3, c - 11)) + 0x1p-25);
                    else if (bytes[static_cast<std::size_t>(r * 50 + c) * size] != std::byte{0x5A})
                        FAIL("touched " << r << ' ' << c);
                }
            CHECK(worst.ratio() <= 1.0);
        }
    }
}

TEST_CASE("store_rows rounds to Q8_0 in blocks, into its window and nowhere else") {
    Random random(82);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        Grid rows(6, 96, 3, random, -3.0F, 3.0F);
        for (std::int64_t c = 0; c < 32; ++c) {
            rows.at(1, c) = 0.0F;                                  // nothing but zeros
            rows.at(2, c) = c == 5 ? 1e6F : static_cast<float>(c); // one value outweighs the others
            rows.at(3, c) = c % 2 == 0 ? 254.0F : 1.0F;            // ties: 1/2 of a scale of 2
            rows.at(4, 32 + c) = c == 31 ? 1e-2F : -1e-3F;         // a small scale, still a normal one
        }
        rows.at(5, 40) = std::numeric_limits<float>::infinity();
        rows.at(5, 70) = std::numeric_limits<float>::quiet_NaN();
        constexpr std::int64_t width = 192;
        std::vector<std::byte> bytes(bytes_of(Format::q8_0, width * 9), std::byte{0x5A});
        device->store_rows(rows.view(), {bytes.data(), Format::q8_0, width, 9}, 2, 64);
        Worst worst;
        for (std::int64_t r = 0; r < 9; ++r)
            for (std::int64_t b = 0; b < width / 32; ++b) {
                const std::byte* block = bytes.data() + bytes_of(Format::q8_0, r * width + 32 * b);
                if (r < 2 || r >= 8 || b < 2 || b >= 5) {
                    if (!std::all_of(block, block + 34, [](std::byte x) { return x == std::byte{0x5A}; }))
                        FAIL("touched " << r << ' ' << b);
                    continue;
                }
                std::uint16_t bits = 0;
                std::memcpy(&bits, block, sizeof bits);
                const double scale = f16_to_f32(bits);
                double largest = 0;
                const bool finite = r - 2 != 5 || b == 2;
                for (std::int64_t c = 0; finite && c < 32; ++c)
                    largest = std::max(largest, std::abs(rows(r - 2, 32 * (b - 2) + c)));
                if (finite) CHECK(std::abs(scale - largest / 127) <= 0x1p-11 * largest / 127);
                for (std::int64_t c = 0; c < 32; ++c) {
                    const double value = test::weight_value(Format::q8_0, block, c).value;
                    if (finite)
                        worst.see(value, rows(r - 2, 32 * (b - 2) + c), 0.5 * (1 + 0x1p-9) * scale);
                    else
                        CHECK(std::isnan(value));
                }
            }
        CHECK(worst.ratio() <= 1.0);
        const std::byte* ties = bytes.data() + bytes_of(Format::q8_0, 5 * width + 64);
        CHECK(test::weight_value(Format::q8_0, ties, 0).value == 254.0);
        CHECK(test::weight_value(Format::q8_0, ties, 1).value == 0.0); // to even
    }
}

TEST_CASE("latent attention equals the softmax in double and never looks ahead") {
    Random random(83);
    const std::vector<Shape> shapes{
        {1, 16, 1, 576, 512, 0}, {1, 3, 1, 40, 24, 62},   {3, 5, 1, 40, 33, 63},
        {9, 2, 1, 24, 16, 100},  {70, 3, 1, 24, 17, 0},   {1, 2, 1, 24, 16, 4100},
        {2, 3, 1, 24, 16, 2047}, {5, 1, 1, 24, 16, 2046}, {17, 20, 1, 24, 16, 40},
    };
    for (const test::AttentionSet& set : test::attention_sets()) {
        const auto device = test::backend(set);
        for (const Format format : {Format::f16, Format::f32, Format::bf16}) {
            for (const Shape& s : shapes) {
                if (format != Format::f16 && s.first_position > 1000) continue;
                INFO(set.name << ' ' << traits_of(format).name << ' ' << s.tokens << " at "
                              << s.first_position);
                const std::int64_t filled = s.first_position + s.tokens;
                Cache cache(*device, format, s.key_width, filled + 70, filled, random);
                std::vector<float> q = random.floats(s.tokens * s.heads * s.key_width);
                const std::vector<float> out = latent(*device, s, q, cache, s.tokens);
                Worst worst;
                for (std::int64_t t = 0; t < s.tokens; ++t)
                    for (std::int64_t h = 0; h < s.heads; ++h)
                        check_query(s, q.data() + (t * s.heads + h) * s.key_width, cache, cache, 0,
                                    s.first_position + t + 1, 0.13F, rounding_of(set, format),
                                    out.data() + (t * s.heads + h) * s.value_width, worst);
                CHECK(worst.ratio() <= 1.0);
            }
        }
    }
}

TEST_CASE("grouped attention equals the softmax in double and never looks ahead") {
    Random random(89);
    const std::vector<Shape> shapes{
        {1, 8, 2, 32, 32, 0},   {1, 4, 4, 64, 64, 130}, {7, 6, 3, 20, 12, 60},
        {33, 4, 1, 16, 16, 50}, {2, 2, 2, 8, 8, 2100},
    };
    for (const test::AttentionSet& set : test::attention_sets()) {
        const auto device = test::backend(set);
        for (const Format format : {Format::f16, Format::f32, Format::bf16}) {
            for (const Shape& s : shapes) {
                INFO(set.name << ' ' << traits_of(format).name << ' ' << s.tokens << " at "
                              << s.first_position);
                const std::int64_t filled = s.first_position + s.tokens;
                Cache keys(*device, format, s.groups * s.key_width, filled + 5, filled, random);
                Cache values(*device, format, s.groups * s.value_width, filled + 9, filled, random);
                std::vector<float> q = random.floats(s.tokens * s.heads * s.key_width);
                const std::vector<float> out = grouped(*device, s, q, keys, values, s.tokens);
                Worst worst;
                for (std::int64_t t = 0; t < s.tokens; ++t)
                    for (std::int64_t h = 0; h < s.heads; ++h)
                        check_query(s, q.data() + (t * s.heads + h) * s.key_width, keys, values,
                                    h / (s.heads / s.groups), s.first_position + t + 1, 0.21F,
                                    rounding_of(set, format), out.data() + (t * s.heads + h) * s.value_width,
                                    worst);
                CHECK(worst.ratio() <= 1.0);
            }
        }
    }
}

TEST_CASE("attention over a cache in Q8_0 equals the softmax in double of what its blocks say") {
    Random random(91);
    const std::vector<Shape> latents{
        {1, 16, 1, 576, 512, 0}, {1, 3, 1, 96, 64, 62},   {3, 5, 1, 96, 33, 63},   {70, 3, 1, 32, 17, 0},
        {1, 2, 1, 64, 32, 4100}, {2, 3, 1, 32, 32, 2047}, {5, 1, 1, 96, 64, 2046}, {17, 20, 1, 160, 128, 40}};
    const std::vector<Shape> groups{{1, 8, 2, 32, 32, 0},
                                    {1, 4, 4, 64, 64, 130},
                                    {7, 6, 3, 96, 32, 60},
                                    {33, 4, 1, 32, 64, 50},
                                    {2, 2, 2, 32, 32, 2100}};
    for (const test::AttentionSet& set : test::attention_sets()) {
        const auto device = test::backend(set);
        const Rounding rounding = rounding_of(set, Format::q8_0);
        for (const Shape& s : latents) {
            INFO(set.name << " latent, " << s.tokens << " at " << s.first_position);
            const std::int64_t filled = s.first_position + s.tokens;
            Cache cache(*device, Format::q8_0, s.key_width, filled + 70, filled, random);
            std::vector<float> q = random.floats(s.tokens * s.heads * s.key_width);
            const std::vector<float> out = latent(*device, s, q, cache, s.tokens);
            Worst worst;
            for (std::int64_t i = 0; i < s.tokens * s.heads; ++i)
                check_query(s, q.data() + i * s.key_width, cache, cache, 0,
                            s.first_position + i / s.heads + 1, 0.13F, rounding,
                            out.data() + i * s.value_width, worst);
            CHECK(worst.ratio() <= 1.0);
        }
        for (const Shape& s : groups) {
            INFO(set.name << " grouped, " << s.tokens << " at " << s.first_position);
            const std::int64_t filled = s.first_position + s.tokens;
            // Values may be kept in another format than keys.
            for (const Format of_values : {Format::q8_0, Format::f16}) {
                Cache keys(*device, Format::q8_0, s.groups * s.key_width, filled + 5, filled, random);
                Cache values(*device, of_values, s.groups * s.value_width, filled + 9, filled, random);
                std::vector<float> q = random.floats(s.tokens * s.heads * s.key_width);
                const std::vector<float> out = grouped(*device, s, q, keys, values, s.tokens);
                Worst worst;
                for (std::int64_t i = 0; i < s.tokens * s.heads; ++i)
                    check_query(s, q.data() + i * s.key_width, keys, values,
                                i % s.heads / (s.heads / s.groups), s.first_position + i / s.heads + 1, 0.21F,
                                rounding, out.data() + i * s.value_width, worst);
                CHECK(worst.ratio() <= 1.0);
            }
        }
    }
}

TEST_CASE("a query's attention has the same bits alone, in any batch and with any number of threads") {
    Random random(97);
    for (const test::AttentionSet& set : test::attention_sets()) {
        const auto one = test::backend(set, 1);
        for (const std::int64_t first :
             {0, 50, 2040, 4090, -2040}) { // across chunks and segments; below zero: in Q8_0
            const bool blocks = first < 0;
            INFO(set.name << " from " << first);
            const Shape s{23, 6, 2, blocks ? 64 : 40, blocks ? 32 : 24, std::abs(first)};
            const std::int64_t filled = s.first_position + s.tokens;
            const Format latents = blocks ? Format::q8_0 : Format::f16;
            const Format heads = blocks ? Format::q8_0 : Format::bf16;
            Cache cache(*one, latents, s.key_width, filled, filled, random);
            Cache keys(*one, heads, s.groups * s.key_width, filled, filled, random);
            Cache values(*one, heads, s.groups * s.value_width, filled, filled, random);
            std::vector<float> q = random.floats(s.tokens * s.heads * s.key_width);
            const std::vector<float> latent_out = latent(*one, s, q, cache, s.tokens);
            const std::vector<float> grouped_out = grouped(*one, s, q, keys, values, s.tokens);
            // The model takes its time.
            const auto team = set.is_model ? std::vector<int>{1, 3} : std::vector<int>{1, 2, 3, 8};
            const auto batches =
                set.is_model ? std::vector<std::int64_t>{1, 7} : std::vector<std::int64_t>{1, 2, 7, 23};
            for (const int threads : team) {
                const auto device = test::backend(set, threads);
                for (const std::int64_t batch : batches) {
                    const auto same_bits = [](const std::vector<float>& a, const std::vector<float>& b) {
                        return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
                    };
                    if (!same_bits(latent(*device, s, q, cache, batch), latent_out))
                        FAIL("latent: " << threads << " threads, batches of " << batch);
                    if (!same_bits(grouped(*device, s, q, keys, values, batch), grouped_out))
                        FAIL("grouped: " << threads << " threads, batches of " << batch);
                }
            }
        }
    }
}

TEST_CASE("attention survives scores far apart and far from zero") {
    for (const CpuIsa isa : test::instruction_sets()) {
        INFO(name_of(isa));
        const auto device = test::backend(isa);
        constexpr std::int64_t rows = 200;
        std::vector<float> cache(rows * 2);
        for (std::size_t p = 0; p < rows; ++p) {
            cache[2 * p] = p == 150 ? 1000.0F : -1000.0F; // one row outweighs all others by e^2000
            cache[2 * p + 1] = static_cast<float>(p);
        }
        std::vector<float> q{1.0F, 0.0F};
        std::vector<float> out(2);
        auto* bytes = reinterpret_cast<std::byte*>(cache.data()); // NOLINT: a cache is bytes
        device->latent_attention({q.data(), 1, 1, 2, 2, 2}, {bytes, Format::f32, 2, rows}, rows - 1, 2, 1.0F,
                                 {out.data(), 1, 1, 2, 2, 2});
        CHECK(out[0] == 1000.0F);
        CHECK(out[1] == 150.0F);
    }
}

TEST_CASE("attention and the cache refuse shapes that do not fit") {
    const auto device = test::backend(CpuIsa::reference, 1);
    std::vector<float> x(64);
    std::vector<std::byte> bytes(8 * 8 * 4);
    const CacheRows cache{bytes.data(), Format::f32, 8, 8};
    const Heads q{x.data(), 2, 1, 8, 8, 8};
    const Heads out{x.data() + 32, 2, 1, 4, 4, 4};
    device->latent_attention(q, cache, 6, 4, 1.0F, out);
    CHECK_THROWS_AS(device->latent_attention(q, cache, 7, 4, 1.0F, out),
                    std::invalid_argument); // beyond capacity
    CHECK_THROWS_AS(device->latent_attention(q, cache, -1, 4, 1.0F, out), std::invalid_argument);
    CHECK_THROWS_AS(device->latent_attention(q, cache, 0, 9, 1.0F, out), std::invalid_argument);
    CHECK_THROWS_AS(device->latent_attention(q, cache, 0, 3, 1.0F, out), std::invalid_argument);
    CHECK_THROWS_AS(device->latent_attention(q, {bytes.data(), Format::q8_0, 8, 8}, 0, 4, 1.0F, out),
                    std::invalid_argument);
    CHECK_THROWS_AS(device->latent_attention(q, {bytes.data(), Format::q4_0, 8, 8}, 0, 4, 1.0F, out),
                    std::invalid_argument);
    CHECK_THROWS_AS(device->head_attention({x.data(), 1, 3, 4, 12, 4}, cache, cache, 2, 0, 1.0F,
                                           {x.data() + 32, 1, 3, 4, 12, 4}),
                    std::invalid_argument);
    CHECK_THROWS_AS(device->store_rows({x.data(), 2, 8, 8}, cache, 7, 0), std::invalid_argument);
    CHECK_THROWS_AS(device->store_rows({x.data(), 2, 8, 8}, cache, 0, 1), std::invalid_argument);
    CHECK_THROWS_AS(device->store_rows({x.data(), 2, 8, 8}, cache, -1, 0), std::invalid_argument);

    // Blocks of 32 are neither begun in the middle, nor left unfinished, nor shared by two heads.
    std::vector<std::byte> blocks(bytes_of(Format::q8_0, 96 * 4));
    const CacheRows q8_0{blocks.data(), Format::q8_0, 96, 4};
    device->store_rows({x.data(), 1, 32, 32}, q8_0, 0, 64);
    CHECK_THROWS_WITH(device->store_rows({x.data(), 1, 32, 32}, q8_0, 0, 16),
                      Catch::Contains("blocks of 32 values"));
    CHECK_THROWS_WITH(device->store_rows({x.data(), 1, 48, 48}, q8_0, 0, 0),
                      Catch::Contains("blocks of 32 values"));
    CHECK_THROWS_WITH(device->store_rows({x.data(), 1, 32, 32}, {blocks.data(), Format::q8_0, 80, 4}, 0, 0),
                      Catch::Contains("a multiple of 32 values"));
    std::vector<float> wide(2 * 96);
    const Heads two{wide.data(), 1, 2, 48, 96, 48};
    CHECK_THROWS_WITH(
        device->head_attention(two, q8_0, q8_0, 2, 0, 1.0F, {wide.data() + 96, 1, 2, 48, 96, 48}),
        Catch::Contains("heads of a multiple of 32 values"));
}
