// SPDX-License-Identifier: MIT
// Attention with keys and values worked out from the latents: against double, causal, blind beyond the
// visible rows, the same bits however the tokens are cut and shared out; and the transposition that it needs.
#include "attention_sets.h"
#include "kernels/cpu/table.h"
#include "support.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace spoutnik::kernels;
using test::Grid;
using test::Random;
using test::RandomWeights;
using test::Worst;

namespace {

struct DecompressedShape {
    std::int64_t tokens;
    std::int64_t heads;
    std::int64_t latent;
    std::int64_t rope;
    std::int64_t content;
    std::int64_t value;
    std::int64_t first_position;
    Format of_keys = Format::f32;   ///< w_uk: blocks lie along `content`
    Format of_values = Format::f32; ///< w_uv: blocks lie along `latent`

    std::int64_t key() const { return content + rope; }
    std::int64_t filled() const { return first_position + tokens; }
};

constexpr float scale = 0.19F;

/// Operands whose cache is NaN beyond the rows that the last token sees.
struct DecompressedCase {
    DecompressedShape s;
    Format format;
    std::vector<std::byte> bytes;
    RandomWeights w_uk;
    RandomWeights w_uv;
    std::vector<float> q;

    DecompressedCase(Backend& device, const DecompressedShape& shape, Format cache, Random& random)
        : s(shape), format(cache),
          bytes(bytes_of(cache, (s.latent + s.rope) * (s.filled() + 70)), std::byte{0xFF}),
          w_uk(s.of_keys, s.latent, s.content, 7, s.heads), w_uv(s.of_values, s.value, s.latent, 8, s.heads),
          q(random.floats(s.tokens * s.heads * s.key())) {
        const Grid rows_of_values(s.filled(), s.latent + s.rope, 0, random, -2.0F, 2.0F);
        device.store_rows(rows_of_values.view(), rows(), 0, 0);
    }
    CacheRows rows() { return {bytes.data(), format, s.latent + s.rope, s.filled() + 70}; }
    double row(std::int64_t r, std::int64_t c) const {
        return test::weight_value(format, bytes.data(), r * (s.latent + s.rope) + c).value;
    }

    std::vector<float> run(Backend& device, std::int64_t batch) {
        std::vector<float> out(static_cast<std::size_t>(s.tokens * s.heads * s.value), 9.0F);
        for (std::int64_t t = 0; t < s.tokens; t += batch) {
            const std::int64_t count = std::min(batch, s.tokens - t);
            device.decompressed_attention(
                {q.data() + t * s.heads * s.key(), count, s.heads, s.key(), s.heads * s.key(), s.key()},
                rows(), w_uk.matrix(), w_uv.matrix(), s.first_position + t, scale,
                {out.data() + t * s.heads * s.value, count, s.heads, s.value, s.heads * s.value, s.value});
        }
        return out;
    }
};

/// A number, and how far a computed one may be from it.
struct Bounded {
    double value = 0.0;
    double error = 0.0;
};

/// Keys and values of one head in double, and the error that f32, or products of bf16, may make of them:
/// `rounding` is that of one operand.
struct HeadRows {
    std::vector<Bounded> keys;   ///< [rows, key]
    std::vector<Bounded> values; ///< [rows, value]

    HeadRows(const DecompressedCase& c, std::int64_t head, double rounding) {
        const DecompressedShape& s = c.s;
        for (std::int64_t r = 0; r < s.filled(); ++r) {
            for (std::int64_t d = 0; d < s.content; ++d)
                keys.push_back(sum_of(
                    c, r, rounding, [&](std::int64_t l) { return c.w_uk.at(head, l, d); },
                    [&](std::int64_t l) { return c.w_uk.size_at(head, l, d); }));
            for (std::int64_t d = 0; d < s.rope; ++d)
                keys.push_back({c.row(r, s.latent + d), rounding * std::abs(c.row(r, s.latent + d))});
            for (std::int64_t v = 0; v < s.value; ++v)
                values.push_back(sum_of(
                    c, r, rounding, [&](std::int64_t l) { return c.w_uv.at(head, v, l); },
                    [&](std::int64_t l) { return c.w_uv.size_at(head, v, l); }));
        }
    }

    template <class Weight, class Size>
    static Bounded sum_of(const DecompressedCase& c, std::int64_t row, double rounding, Weight&& weight,
                          Size&& size) {
        Bounded sum;
        double magnitude = 0.0;
        for (std::int64_t l = 0; l < c.s.latent; ++l) {
            const double x = c.row(row, l);
            sum.value += x * weight(l);
            magnitude += std::abs(x) * (std::abs(weight(l)) + 4 * test::unit * size(l));
        }
        // Both operands are rounded, they are added up in f32 in one chain, and the sum is rounded again.
        const double chain = static_cast<double>(c.s.latent + 8) * test::unit;
        sum.error = (chain + 2.02 * rounding) * magnitude + rounding * std::abs(sum.value) + 1e-12;
        return sum;
    }
};

void check_head(const DecompressedCase& c, std::int64_t head, double rounding, const std::vector<float>& out,
                Worst& worst) {
    const DecompressedShape& s = c.s;
    const HeadRows rows(c, head, rounding);
    for (std::int64_t t = 0; t < s.tokens; ++t) {
        const float* q = c.q.data() + (t * s.heads + head) * s.key();
        const std::int64_t visible = s.first_position + t + 1;
        std::vector<double> scores;
        double score_error = 0.0;
        for (std::int64_t r = 0; r < visible; ++r) {
            double score = 0.0;
            double error = 0.0;
            for (std::int64_t d = 0; d < s.key(); ++d) {
                const Bounded& k = rows.keys[static_cast<std::size_t>(r * s.key() + d)];
                score += q[d] * k.value;
                error += std::abs(q[d]) *
                         (k.error + (1.01 * rounding + static_cast<double>(s.key() + 8) * test::unit) *
                                        std::abs(k.value));
            }
            scores.push_back(score * scale);
            score_error = std::max(score_error, error * scale);
        }
        const double largest = *std::max_element(scores.begin(), scores.end());
        double sum = 0.0;
        for (double& score : scores)
            sum += score = std::exp(score - largest);
        for (std::int64_t v = 0; v < s.value; ++v) {
            double expected = 0.0;
            double magnitude = 0.0;
            double errors = 0.0;
            for (std::int64_t r = 0; r < visible; ++r) {
                const Bounded& x = rows.values[static_cast<std::size_t>(r * s.value + v)];
                const double p = scores[static_cast<std::size_t>(r)] / sum;
                expected += p * x.value;
                magnitude += p * std::abs(x.value);
                errors += p * x.error;
            }
            const double mixed = (static_cast<double>(visible) + 64.0) * test::unit + 1.01 * rounding;
            const double spread = std::expm1(2 * score_error); // each probability is off by that, relatively
            worst.see(out[static_cast<std::size_t>((t * s.heads + head) * s.value + v)], expected,
                      (spread + mixed) * (magnitude + errors) + errors);
        }
    }
}

double operand_rounding(const test::AttentionSet& set, Format cache) {
    return cache == Format::f32 || set.bf16 == nullptr ? 0.0 : 0x1p-9;
}

} // namespace

TEST_CASE("decompressed attention equals the softmax in double and never looks ahead") {
    Random random(301);
    const std::vector<DecompressedShape> shapes{
        {70, 2, 64, 16, 32, 48, 0},
        {150, 1, 48, 8, 24, 16, 30},
        {67, 3, 33, 7, 21, 19, 61}, // odd everywhere
        {1, 2, 40, 6, 10, 12, 128},
        {5, 1, 17, 3, 1, 1, 62},
        {9, 2, 64, 0, 16, 16, 250}, // no rope values
        {40, 2, 256, 32, 64, 33, 20, Format::q8_0, Format::q4_k},
        {33, 1, 64, 16, 32, 20, 70, Format::q5_0, Format::q8_0},
        {20, 2, 40, 16, 24, 20, 5, Format::f16, Format::bf16},
    };
    for (const test::AttentionSet& set : test::attention_sets()) {
        const auto device = test::backend(set);
        for (const Format format : {Format::f32, Format::f16, Format::bf16}) {
            for (const DecompressedShape& s : shapes) {
                INFO(set.name << ' ' << traits_of(format).name << ' ' << s.tokens << " at "
                              << s.first_position << ", latent " << s.latent);
                DecompressedCase c(*device, s, format, random);
                const std::vector<float> out = c.run(*device, s.tokens);
                Worst worst;
                for (std::int64_t head = 0; head < s.heads; ++head)
                    check_head(c, head, operand_rounding(set, format), out, worst);
                CHECK(worst.ratio() <= 1.0);
            }
        }
        const DecompressedShape blocks{45, 2, 96, 32, 20, 18, 40};
        INFO(set.name << " over Q8_0");
        DecompressedCase c(*device, blocks, Format::q8_0, random);
        const std::vector<float> out = c.run(*device, blocks.tokens);
        Worst worst;
        for (std::int64_t head = 0; head < blocks.heads; ++head)
            check_head(c, head, operand_rounding(set, Format::q8_0), out, worst);
        CHECK(worst.ratio() <= 1.0);
    }
}

TEST_CASE("decompressed attention is the absorbed form but for rounding") {
    Random random(303);
    for (const test::AttentionSet& set : test::attention_sets()) {
        INFO(set.name);
        const auto device = test::backend(set);
        const DecompressedShape s{90, 4, 64, 16, 32, 32, 33};
        DecompressedCase c(*device, s, Format::f32, random);
        const std::vector<float> out = c.run(*device, s.tokens);

        const std::int64_t width = s.latent + s.rope;
        std::vector<float> q_latent(static_cast<std::size_t>(s.tokens * s.heads * width));
        std::vector<float> o_latent(static_cast<std::size_t>(s.tokens * s.heads * s.latent));
        std::vector<float> absorbed(out.size());
        const Heads q{c.q.data(), s.tokens, s.heads, s.content, s.heads * s.key(), s.key()};
        device->matmul_per_head(c.w_uk.matrix(), q,
                                {q_latent.data(), s.tokens, s.heads, s.latent, s.heads * width, width});
        for (std::int64_t i = 0; i < s.tokens * s.heads; ++i)
            std::copy_n(c.q.data() + i * s.key() + s.content, s.rope, q_latent.data() + i * width + s.latent);
        const Heads o{o_latent.data(), s.tokens, s.heads, s.latent, s.heads * s.latent, s.latent};
        device->latent_attention({q_latent.data(), s.tokens, s.heads, width, s.heads * width, width},
                                 c.rows(), s.first_position, s.latent, scale, o);
        device->matmul_per_head(c.w_uv.matrix(), o,
                                {absorbed.data(), s.tokens, s.heads, s.value, s.heads * s.value, s.value});
        double difference = 0.0;
        double size = 0.0;
        for (std::size_t i = 0; i < out.size(); ++i) {
            difference += std::pow(static_cast<double>(out[i]) - absorbed[i], 2);
            size += std::pow(static_cast<double>(absorbed[i]), 2);
        }
        CHECK(difference <= 1e-11 * size);
    }
}

TEST_CASE("a query's decompressed attention has the same bits in any batch and with any number of threads") {
    Random random(307);
    const DecompressedShape s{140, 3, 64, 16, 32, 24, 45, Format::q8_0, Format::f16};
    for (const test::AttentionSet& set : test::attention_sets()) {
        for (const Format format : {Format::f32, Format::bf16}) {
            const auto one = test::backend(set, 1);
            DecompressedCase c(*one, s, format, random);
            const std::vector<float> all = c.run(*one, s.tokens);
            for (const int threads : {1, 2, 5}) {
                const auto device = test::backend(set, threads);
                for (const std::int64_t batch : {1, 19, 64, 140}) {
                    const std::vector<float> cut = c.run(*device, batch);
                    if (std::memcmp(cut.data(), all.data(), all.size() * sizeof(float)) != 0)
                        FAIL(set.name << ' ' << traits_of(format).name << ", " << threads
                                      << " threads, batches of " << batch);
                }
            }
        }
    }
}

TEST_CASE("decompressed attention refuses shapes that do not fit") {
    Random random(311);
    const auto device = test::backend(CpuIsa::reference, 1);
    const DecompressedShape s{4, 2, 8, 4, 6, 5, 0};
    DecompressedCase c(*device, s, Format::f32, random);
    std::vector<float> out(static_cast<std::size_t>(s.tokens * s.heads * s.value));
    const Heads q{c.q.data(), 4, 2, 10, 20, 10};
    const Heads o{out.data(), 4, 2, 5, 10, 5};
    const Matrix w_uk = c.w_uk.matrix();
    const Matrix w_uv = c.w_uv.matrix();
    const auto call = [&](const Heads& queries, const CacheRows& cache, const Matrix& keys,
                          const Matrix& values, std::int64_t position, const Heads& results) {
        device->decompressed_attention(queries, cache, keys, values, position, scale, results);
    };
    call(q, c.rows(), w_uk, w_uv, 0, o);
    Matrix narrow = w_uk;
    narrow.rows = 7; // not as wide as the values' latents
    Matrix one_head = w_uk;
    one_head.count = 1;
    Heads wide = q;
    wide.width = 11;
    Heads short_result = o;
    short_result.width = 4;
    CHECK_THROWS_AS(call(q, c.rows(), narrow, w_uv, 0, o), std::invalid_argument);
    CHECK_THROWS_AS(call(q, c.rows(), one_head, w_uv, 0, o), std::invalid_argument);
    CHECK_THROWS_AS(call(wide, c.rows(), w_uk, w_uv, 0, o), std::invalid_argument);
    CHECK_THROWS_AS(call(q, c.rows(), w_uk, w_uv, 0, short_result), std::invalid_argument);
    CHECK_THROWS_AS(call(q, c.rows(), w_uk, w_uv, 71, o), std::invalid_argument); // beyond the cache
    CHECK_THROWS_AS(call(q, c.rows(), w_uk, w_uv, -1, o), std::invalid_argument);
    Heads none = q;
    none.tokens = 0;
    Heads no_result = o;
    no_result.tokens = 0;
    call(none, c.rows(), w_uk, w_uv, 0, no_result);
}

TEST_CASE("transpose moves every number to its place and touches nothing else") {
    Random random(313);
    for (const CpuIsa isa : test::instruction_sets()) {
        const CpuTable& table = table_of(isa);
        for (const std::int64_t rows : {0, 1, 7, 8, 15, 16, 33, 64})
            for (const std::int64_t cols : {0, 1, 5, 8, 16, 31, 80}) {
                const Grid x(rows, cols, 3, random);
                Grid out(cols, rows, 5);
                table.transpose(x.view().data, x.view().stride, rows, cols, out.tensor().data,
                                out.tensor().stride);
                bool all = out.gaps_untouched();
                for (std::int64_t r = 0; r < rows; ++r)
                    for (std::int64_t c = 0; c < cols; ++c)
                        all = all && out(c, r) == x(r, c);
                if (!all) FAIL(name_of(isa) << ' ' << rows << " x " << cols);
            }
    }
}
