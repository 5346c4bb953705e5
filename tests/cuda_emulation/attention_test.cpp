// SPDX-License-Identifier: MIT
// Attention on the device: against the softmax in double with a bound made of the roundings, the same bits
// however many queries come and however the past is shared out, blind beyond what a query sees.
#include "cuda_emulation/orders.h"
#include "kernels/cuda/ops_attention.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace spoutnik::kernels;
using spoutnik::cuda_emulation::for_each_order;
using test::Random;
using test::Worst;

namespace {

constexpr std::size_t large_device = 227 * 1024; ///< shared memory of an H200
constexpr std::size_t small_device = 99 * 1024;  ///< of an RTX 40
constexpr std::size_t old_device = 64 * 1024;    ///< of Turing

/// A cache whose every row is random up to `filled` and NaN beyond.
struct Cache {
    Format format;
    std::int64_t width;
    std::int64_t capacity;
    std::vector<std::byte> bytes;

    Cache(Format f, std::int64_t w, std::int64_t c, std::int64_t filled, Random& random)
        : format(f), width(w), capacity(c),
          bytes(bytes_of(f, w) * static_cast<std::size_t>(c), std::byte{0xFF}) {
        const std::vector<float> values = random.floats(filled * w, -2.0F, 2.0F);
        test::backend(CpuIsa::reference, 1)->store_rows({values.data(), filled, w, w}, rows(), 0, 0);
    }
    CacheRows rows() { return {bytes.data(), format, width, capacity}; }
    double at(std::int64_t row, std::int64_t col) const {
        const auto begin = static_cast<std::size_t>(row) * bytes_of(format, width);
        return test::weight_value(format, bytes.data() + begin, col).value;
    }
};

struct Shape {
    std::int64_t tokens;
    std::int64_t heads;
    std::int64_t groups; ///< 0: latent attention
    std::int64_t key_width;
    std::int64_t value_width;
    std::int64_t first_position;

    std::int64_t slices() const { return std::max<std::int64_t>(1, groups); }
    std::int64_t rows() const { return first_position + tokens; }
};

std::string text_of(const Shape& s) {
    return std::to_string(s.tokens) + " tokens at " + std::to_string(s.first_position) + ", " +
           std::to_string(s.heads) + " heads, " + std::to_string(s.groups) + " groups, " +
           std::to_string(s.key_width) + " / " + std::to_string(s.value_width);
}

constexpr float scale = 0.13F;

/// One problem and its device.
struct Problem {
    Shape s;
    Cache keys;
    Cache values; ///< unused by latent attention
    std::vector<float> q;

    Problem(const Shape& shape, Format format, Random& random)
        : s(shape), keys(format, s.slices() * s.key_width, s.rows() + 67, s.rows(), random),
          values(format, s.groups * s.value_width, s.rows() + 3, s.groups == 0 ? 0 : s.rows(), random),
          q(random.floats(s.tokens * s.heads * s.key_width)) {}

    /// `batch` tokens a call, on a device of so much shared memory; without scratch memory the past is not
    /// shared out. `spare`: how much further the grid reaches than it need.
    std::vector<float> attend(std::size_t shared_bytes, std::int64_t batch, bool with_scratch,
                              std::int64_t spare = 0) {
        std::vector<float> out(static_cast<std::size_t>(s.tokens * s.heads * s.value_width), 9.0F);
        for (std::int64_t t = 0; t < s.tokens; t += batch) {
            const std::int64_t count = std::min(batch, s.tokens - t);
            const std::int64_t position = s.first_position + t;
            const cuda::Position at{&position, position + spare};
            std::vector<std::byte> memory(
                with_scratch
                    ? cuda::attention_scratch_bytes(count, s.heads, s.slices(), s.value_width, at.most)
                    : 0,
                std::byte{0xFF});
            cuda::Context context;
            context.multiprocessors = 132;
            context.shared_bytes = shared_bytes;
            context.scratch = {memory.data(), memory.size()};
            const Heads queries{q.data() + t * s.heads * s.key_width,
                                count,
                                s.heads,
                                s.key_width,
                                s.heads * s.key_width,
                                s.key_width};
            const Heads result{out.data() + t * s.heads * s.value_width,
                               count,
                               s.heads,
                               s.value_width,
                               s.heads * s.value_width,
                               s.value_width};
            if (s.groups == 0)
                cuda::latent_attention(context, queries, keys.rows(), at, s.value_width, scale, result);
            else
                cuda::head_attention(context, queries, keys.rows(), values.rows(), s.groups, at, scale,
                                     result);
        }
        return out;
    }
};

/// What 16-bit products round before they multiply, relatively.
struct Rounding {
    double query = 0.0;
    double row = 0.0;
    double weight = 0.0;
    double lost_weight = 0.0; ///< absolute, of a weight too small for the format
};

Rounding rounding_of(Format cache) {
    switch (cache) {
    case Format::f16: // a query's small values are rounded as parts of its largest
        return {0x1p-11, 0.0, 0x1p-11, 0x1p-25};
    case Format::bf16:
        return {0x1p-9, 0.0, 0x1p-9, 0.0};
    case Format::q8_0:
        return {0x1p-9, 0x1p-9, 0x1p-9, 0.0};
    default:
        return {};
    }
}

/// Attention of one query in double. Scores off by `score_error` change each weight by twice that,
/// relatively; then comes the error of the mixture, and of the sum it is divided by.
void check_query(const Problem& problem, std::int64_t token, std::int64_t head, const float* out,
                 Worst& worst) {
    const Shape& s = problem.s;
    const Rounding rounding = rounding_of(problem.keys.format);
    const float* q = problem.q.data() + (token * s.heads + head) * s.key_width;
    const std::int64_t visible = s.first_position + token + 1;
    const std::int64_t slice = s.groups == 0 ? 0 : head / (s.heads / s.groups);
    const Cache& values = s.groups == 0 ? problem.keys : problem.values;
    const double largest_q = std::abs(
        *std::max_element(q, q + s.key_width, [](float a, float b) { return std::abs(a) < std::abs(b); }));
    std::vector<double> scores(static_cast<std::size_t>(visible));
    double score_error = 0.0;
    for (std::int64_t p = 0; p < visible; ++p) {
        double score = 0.0;
        double magnitude = 0.0;
        double keys = 0.0;
        for (std::int64_t c = 0; c < s.key_width; ++c) {
            const double key = problem.keys.at(p, slice * s.key_width + c);
            score += q[c] * key;
            magnitude += std::abs(q[c] * key);
            keys += std::abs(key);
        }
        scores[static_cast<std::size_t>(p)] = score * scale;
        // The sums of these kernels stand in two lanes, not eight: four times as many roundings.
        const double relative = 4 * test::sum_error(s.key_width) + 1.01 * (rounding.query + rounding.row);
        const double lost = problem.keys.format == Format::f16 ? largest_q * keys * 0x1p-25 : 0.0;
        score_error = std::max(score_error, (relative * magnitude + lost) * static_cast<double>(scale));
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0.0;
    for (double& score : scores)
        sum += score = std::exp(score - largest);
    for (std::int64_t c = 0; c < s.value_width; ++c) {
        double expected = 0.0;
        double magnitude = 0.0;
        double lost = 0.0;
        for (std::int64_t p = 0; p < visible; ++p) {
            const double value = values.at(p, slice * s.value_width + c);
            const double term = scores[static_cast<std::size_t>(p)] / sum * value;
            expected += term;
            magnitude += std::abs(term);
            lost += std::abs(value) * rounding.lost_weight / sum;
        }
        const double sums = (static_cast<double>(visible) + 64.0) * test::unit;
        // A weight is rounded alike where it is mixed and where it is added to the sum.
        const double mixed = 1.01 * (2 * rounding.weight + rounding.row);
        worst.see(out[c], expected,
                  (2 * score_error * (1.0 + score_error) + sums + mixed) * magnitude + 2 * lost);
    }
}

void check_all(const Problem& problem, const std::vector<float>& out) {
    const Shape& s = problem.s;
    Worst worst;
    for (std::int64_t t = 0; t < s.tokens; ++t)
        for (std::int64_t h = 0; h < s.heads; ++h)
            check_query(problem, t, h, out.data() + (t * s.heads + h) * s.value_width, worst);
    CHECK(worst.ratio() <= 1.0);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

const std::vector<Format> sixteen_bits{Format::f16, Format::bf16};

void check_shapes(const std::vector<Shape>& shapes, const std::vector<Format>& formats,
                  std::size_t shared_bytes, std::uint32_t seed) {
    Random random(seed);
    for (const Format format : formats)
        for (const Shape& s : shapes) {
            INFO(traits_of(format).name << ", " << text_of(s));
            Problem problem(s, format, random);
            std::vector<float> whole;
            for_each_order(2, [&] {
                whole = problem.attend(shared_bytes, s.tokens, false);
                check_all(problem, whole);
            });
            CHECK(same_bits(problem.attend(shared_bytes, s.tokens, true), whole));
            CHECK(same_bits(problem.attend(shared_bytes, 1, true, 300), whole));
        }
}

} // namespace

TEST_CASE("cuda: attention in f32, and of widths that no tile takes") {
    check_shapes(
        {{1, 3, 0, 40, 24, 0}, {3, 5, 0, 41, 33, 126}, {2, 2, 0, 24, 16, 300}, {5, 6, 3, 20, 12, 60}},
        {Format::f32}, old_device, 21);
    check_shapes({{2, 3, 0, 37, 19, 130}, {3, 4, 2, 20, 12, 5}}, sixteen_bits, large_device, 22);
    check_shapes({{1, 2, 0, 1600, 1500, 3}}, {Format::f32}, small_device, 23);
    check_shapes({{2, 2, 0, 1024, 600, 3}}, {Format::q8_0}, large_device, 24);
}

TEST_CASE("cuda: latent attention of the published width, alone and in batches") {
    check_shapes({{1, 16, 0, 576, 512, 200}, {3, 16, 0, 576, 512, 126}}, {Format::f16}, large_device, 31);
    check_shapes({{2, 16, 0, 576, 512, 63}}, {Format::bf16, Format::q8_0}, large_device, 32);
    check_shapes({{1, 40, 0, 576, 512, 255}}, {Format::bf16}, large_device, 33); // 64 queries a block
    check_shapes({{1, 5, 0, 576, 512, 130}}, {Format::f16}, small_device, 34);
    check_shapes({{2, 20, 0, 576, 512, 60}}, {Format::q8_0}, small_device, 35);
    check_shapes({{1, 3, 0, 576, 512, 90}}, {Format::f16, Format::q8_0}, old_device, 36);
}

TEST_CASE("cuda: latent attention of other widths") {
    check_shapes(
        {{1, 3, 0, 40, 32, 62}, {9, 2, 0, 24, 16, 100}, {1, 4, 0, 48, 33, 64}, {33, 4, 0, 40, 32, 100}},
        sixteen_bits, large_device, 41);
    check_shapes({{17, 5, 0, 96, 33, 40}, {2, 3, 0, 32, 32, 127}}, {Format::q8_0}, large_device, 42);
    check_shapes({{5, 7, 0, 136, 128, 130}}, sixteen_bits, old_device, 43);
}

TEST_CASE("cuda: grouped attention") {
    check_shapes(
        {{1, 8, 2, 32, 32, 0}, {7, 6, 3, 16, 24, 60}, {1, 4, 4, 64, 64, 130}, {20, 4, 1, 16, 16, 50}},
        sixteen_bits, large_device, 51);
    check_shapes({{3, 4, 2, 128, 128, 190}, {2, 2, 1, 256, 256, 70}}, {Format::bf16}, small_device, 52);
    check_shapes({{7, 6, 3, 96, 32, 60}, {2, 4, 2, 32, 64, 129}}, {Format::q8_0}, large_device, 53);
    check_shapes({{2, 3, 1, 128, 128, 140}}, {Format::f16}, old_device, 54);
}

TEST_CASE("cuda: a long past is put together the same however it was shared out") {
    // Over the border between short and long segments, and more parts than a step of the merge looks at.
    check_shapes({{2, 3, 0, 24, 16, 2303}}, {Format::f16, Format::f32}, large_device, 61);
    check_shapes({{1, 40, 0, 24, 16, 2600}}, {Format::bf16}, large_device, 62);
    Random random(63);
    Problem problem({1, 1, 0, 16, 8, 64 * 1024 + 17}, Format::f16, random);
    const std::vector<float> out = problem.attend(large_device, 1, true, 5000);
    check_all(problem, out);
    CHECK(same_bits(problem.attend(large_device, 1, false), out));
}

TEST_CASE("cuda: scores of any size: queries beyond the range of f16, and hardly any at all") {
    Random random(71);
    for (const Format format : {Format::f16, Format::bf16, Format::f32})
        for (const float size : {1e30F, 3e5F, 1e-30F, 0.0F}) {
            INFO(traits_of(format).name << ", " << size);
            Problem problem({1, 2, 0, 64, 32, 70}, format, random);
            for (float& q : problem.q)
                q *= size;
            const std::vector<float> out = problem.attend(large_device, 1, false);
            for (const float value : out)
                CHECK(std::abs(value) <= 2.0F); // a mixture of values of at most 2
            if (size < 1.0F) check_all(problem, out);
        }
}

TEST_CASE("cuda: heads too wide for the device's shared memory are refused") {
    Random random(81);
    Problem problem({1, 1, 0, 9000, 8000, 1}, Format::f32, random);
    CHECK_THROWS_AS(problem.attend(48 * 1024, 1, false), std::invalid_argument);
}
