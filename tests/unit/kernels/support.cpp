// SPDX-License-Identifier: MIT
#include "support.h"

#include <algorithm>
#include <array>

namespace test {
namespace {

using spoutnik::kernels::bytes_of;
using spoutnik::kernels::traits_of;

unsigned byte_at(const std::byte* p, std::int64_t i) {
    return static_cast<unsigned>(p[i]);
}

/// Bits first ... first+count-1 of a byte.
int bits(unsigned byte, int first, int count) {
    return static_cast<int>((byte >> static_cast<unsigned>(first)) &
                            ((1U << static_cast<unsigned>(count)) - 1U));
}

int as_signed(unsigned byte) {
    return byte < 128 ? static_cast<int>(byte) : static_cast<int>(byte) - 256;
}

/// IEEE 754 binary16 in words: sign, five bits of exponent (bias 15), ten of fraction.
double half_at(const std::byte* p, std::int64_t offset) {
    const unsigned word = byte_at(p, offset) + 256U * byte_at(p, offset + 1);
    const double sign = word >= 0x8000U ? -1.0 : 1.0;
    const int exponent = static_cast<int>(word / 1024U % 32U);
    const double fraction = word % 1024U / 1024.0;
    if (exponent == 31) return fraction == 0.0 ? sign * INFINITY : NAN;
    if (exponent == 0) return sign * std::ldexp(fraction, -14);
    return sign * std::ldexp(1.0 + fraction, exponent - 15);
}

double single_from(unsigned word) {
    const double sign = word >= 0x80000000U ? -1.0 : 1.0;
    const int exponent = static_cast<int>(word / 0x800000U % 256U);
    const double fraction = word % 0x800000U / 8388608.0;
    if (exponent == 255) return fraction == 0.0 ? sign * INFINITY : NAN;
    if (exponent == 0) return sign * std::ldexp(fraction, -126);
    return sign * std::ldexp(1.0 + fraction, exponent - 127);
}

ExactValue product(double value) {
    return {value, std::abs(value)};
}
ExactValue sum(double a, double b) {
    return {a + b, std::abs(a) + std::abs(b)};
}

/// Four-bit code j of 32: bytes hold code j low and code j + 16 high.
int nibble(const std::byte* codes, std::int64_t j) {
    return bits(byte_at(codes, j % 16), j < 16 ? 0 : 4, 4);
}
int high_bit(const std::byte* word, std::int64_t j) {
    return bits(byte_at(word, j / 8), static_cast<int>(j % 8), 1);
}

constexpr std::array<int, 16> iq4{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
constexpr std::array<double, 16> fp4{0, .5, 1, 1.5, 2, 3, 4, 6, -0.0, -.5, -1, -1.5, -2, -3, -4, -6};

/// Scale and minimum j of the twelve bytes at s (Q4_K, Q5_K).
std::array<int, 2> six_bits(const std::byte* s, std::int64_t j) {
    if (j < 4) return {bits(byte_at(s, j), 0, 6), bits(byte_at(s, j + 4), 0, 6)};
    return {bits(byte_at(s, j + 4), 0, 4) + 16 * bits(byte_at(s, j - 4), 6, 2),
            bits(byte_at(s, j + 4), 4, 4) + 16 * bits(byte_at(s, j), 6, 2)};
}

ExactValue value_of_32(Format format, const std::byte* b, std::int64_t j) {
    switch (format) {
    case Format::q4_0:
        return product(half_at(b, 0) * (nibble(b + 2, j) - 8));
    case Format::q4_1:
        return sum(half_at(b, 0) * nibble(b + 4, j), half_at(b, 2));
    case Format::q5_0:
        return product(half_at(b, 0) * (nibble(b + 6, j) + 16 * high_bit(b + 2, j) - 16));
    case Format::q5_1:
        return sum(half_at(b, 0) * (nibble(b + 8, j) + 16 * high_bit(b + 4, j)), half_at(b, 2));
    case Format::q8_0:
        return product(half_at(b, 0) * as_signed(byte_at(b, 2 + j)));
    case Format::iq4_nl:
        return product(half_at(b, 0) * iq4.at(static_cast<std::size_t>(nibble(b + 2, j))));
    default: // mxfp4
        return product(std::ldexp(fp4.at(static_cast<std::size_t>(nibble(b + 1, j))),
                                  static_cast<int>(byte_at(b, 0)) - 127));
    }
}

ExactValue value_of_256(Format format, const std::byte* b, std::int64_t i) {
    const std::int64_t half = i / 128;
    const std::int64_t quarter = i % 128 / 32;
    const std::int64_t lane = i % 32;
    const std::int64_t of_16 = i / 16;
    const std::int64_t of_32 = i / 32;
    switch (format) {
    case Format::q2_k: {
        const int code = bits(byte_at(b, 16 + half * 32 + lane), static_cast<int>(2 * quarter), 2);
        const unsigned s = byte_at(b, of_16);
        return sum(half_at(b, 80) * bits(s, 0, 4) * code, -half_at(b, 82) * bits(s, 4, 4));
    }
    case Format::q3_k: {
        int code = bits(byte_at(b, 32 + half * 32 + lane), static_cast<int>(2 * quarter), 2);
        if (bits(byte_at(b, lane), static_cast<int>(of_32), 1) == 0) code -= 4;
        const int low = of_16 < 8 ? bits(byte_at(b, 96 + of_16), 0, 4) : bits(byte_at(b, 88 + of_16), 4, 4);
        const int high = bits(byte_at(b, 104 + of_16 % 4), static_cast<int>(2 * (of_16 / 4)), 2);
        return product(half_at(b, 108) * (low + 16 * high - 32) * code);
    }
    case Format::q4_k: {
        const auto [scale, minimum] = six_bits(b + 4, of_32);
        const int code = bits(byte_at(b, 16 + i / 64 * 32 + lane), i / 32 % 2 == 0 ? 0 : 4, 4);
        return sum(half_at(b, 0) * scale * code, -half_at(b, 2) * minimum);
    }
    case Format::q5_k: {
        const auto [scale, minimum] = six_bits(b + 4, of_32);
        const int low = bits(byte_at(b, 48 + i / 64 * 32 + lane), i / 32 % 2 == 0 ? 0 : 4, 4);
        const int code = low + 16 * bits(byte_at(b, 16 + lane), static_cast<int>(of_32), 1);
        return sum(half_at(b, 0) * scale * code, -half_at(b, 2) * minimum);
    }
    case Format::q6_k: {
        const int low = bits(byte_at(b, 64 * half + 32 * (quarter % 2) + lane), quarter < 2 ? 0 : 4, 4);
        const int high = bits(byte_at(b, 128 + 32 * half + lane), static_cast<int>(2 * quarter), 2);
        return product(half_at(b, 208) * as_signed(byte_at(b, 192 + of_16)) * (low + 16 * high - 32));
    }
    default: { // iq4_xs
        const int low = bits(byte_at(b, 4 + of_32 / 2), of_32 % 2 == 0 ? 0 : 4, 4);
        const int high = bits(byte_at(b, 2 + of_32 / 4), static_cast<int>(2 * (of_32 % 4)), 2);
        const int code = nibble(b + 8 + 16 * of_32, lane);
        return product(half_at(b, 0) * (low + 16 * high - 32) * iq4.at(static_cast<std::size_t>(code)));
    }
    }
}

/// Where a block's f16 scales lie; the divisor brings its values near 1/8.
struct ScaleFields {
    std::array<int, 2> offsets; ///< -1: none
    float size;
};

ScaleFields scale_fields(Format format) {
    switch (format) {
    case Format::q4_0:
        return {{0, -1}, 1.0F / 64};
    case Format::q4_1:
        return {{0, 2}, 1.0F / 64};
    case Format::q5_0:
        return {{0, -1}, 1.0F / 128};
    case Format::q5_1:
        return {{0, 2}, 1.0F / 128};
    case Format::q8_0:
        return {{0, -1}, 1.0F / 1024};
    case Format::iq4_nl:
        return {{0, -1}, 1.0F / 1024};
    case Format::q2_k:
        return {{80, 82}, 1.0F / 256};
    case Format::q3_k:
        return {{108, -1}, 1.0F / 1024};
    case Format::q4_k:
        return {{0, 2}, 1.0F / 4096};
    case Format::q5_k:
        return {{0, 2}, 1.0F / 8192};
    case Format::q6_k:
        return {{208, -1}, 1.0F / 32768};
    case Format::iq4_xs:
        return {{0, -1}, 1.0F / 16384};
    default:
        return {{-1, -1}, 1.0F / 8};
    }
}

void make_sane(Format format, std::byte* block, Random& random) {
    const ScaleFields fields = scale_fields(format);
    const auto store_half = [&](int offset) {
        const float size = fields.size * random.uniform(0.5F, 2.0F);
        const std::uint16_t half = spoutnik::kernels::f32_to_f16(random.whole(0, 1) == 0 ? size : -size);
        std::memcpy(block + offset, &half, sizeof half);
    };
    for (const int offset : fields.offsets)
        if (offset >= 0) store_half(offset);
    if (format == Format::mxfp4) block[0] = static_cast<std::byte>(random.whole(121, 124));
    if (format == Format::f16) store_half(0);
    if (format == Format::f32 || format == Format::bf16) {
        const float value = random.uniform(-0.25F, 0.25F);
        std::array<std::byte, 4> all{};
        std::memcpy(all.data(), &value, 4);
        if (format == Format::f32)
            std::copy_n(all.begin(), 4, block);
        else
            std::copy_n(all.begin() + 2, 2, block);
    }
}

} // namespace

void set_scales(Format format, std::byte* block, std::uint16_t scale) {
    for (const int offset : scale_fields(format).offsets)
        if (offset >= 0) std::memcpy(block + offset, &scale, sizeof scale);
    if (format == Format::mxfp4) block[0] = std::byte{121};
}

ExactValue weight_value(Format format, const std::byte* row, std::int64_t index) {
    if (format == Format::f32) {
        unsigned word = 0;
        for (std::int64_t k = 3; k >= 0; --k)
            word = word * 256U + byte_at(row, 4 * index + k);
        return product(single_from(word));
    }
    if (format == Format::f16) return product(half_at(row, 2 * index));
    if (format == Format::bf16)
        return product(single_from((byte_at(row, 2 * index) + 256U * byte_at(row, 2 * index + 1)) * 65536U));
    const auto& traits = traits_of(format);
    const std::byte* block = row + index / traits.values_per_block * traits.bytes_per_block;
    const std::int64_t inside = index % traits.values_per_block;
    return traits.values_per_block == 32 ? value_of_32(format, block, inside)
                                         : value_of_256(format, block, inside);
}

std::vector<CpuIsa> instruction_sets() {
    std::vector<CpuIsa> here;
    for (const CpuIsa isa : {CpuIsa::reference, CpuIsa::avx2, CpuIsa::avx512, CpuIsa::amx})
        if (spoutnik::kernels::cpu_supports(isa)) here.push_back(isa);
    return here;
}

std::unique_ptr<Backend> backend(CpuIsa isa, int threads) {
    return spoutnik::kernels::make_cpu_backend({threads, isa});
}

std::vector<float> Random::floats(std::int64_t count, float low, float high) {
    std::vector<float> all(static_cast<std::size_t>(count));
    for (float& value : all)
        value = uniform(low, high);
    return all;
}

RandomWeights::RandomWeights(Format format, std::int64_t rows, std::int64_t cols, std::uint32_t seed,
                             std::int64_t count)
    : format_(format), rows_(rows), cols_(cols), count_(count),
      bytes_(1 + static_cast<std::size_t>(rows * count) * bytes_of(format, cols)),
      values_(static_cast<std::size_t>(rows * cols * count)), sizes_(values_.size()) {
    Random random(seed);
    for (std::byte& byte : bytes_)
        byte = random.byte();
    const std::size_t block = traits_of(format).bytes_per_block;
    for (std::size_t at = 1; at < bytes_.size(); at += block)
        make_sane(format, bytes_.data() + at, random);
    const std::size_t row_bytes = bytes_of(format, cols);
    for (std::int64_t r = 0; r < rows * count; ++r)
        for (std::int64_t c = 0; c < cols; ++c) {
            const auto [value, magnitude] =
                weight_value(format, bytes_.data() + 1 + static_cast<std::size_t>(r) * row_bytes, c);
            values_[static_cast<std::size_t>(r * cols + c)] = value;
            sizes_[static_cast<std::size_t>(r * cols + c)] = magnitude;
        }
}

Matrix RandomWeights::matrix() const {
    return {bytes_.data() + 1,
            format_,
            rows_,
            cols_,
            count_,
            static_cast<std::size_t>(rows_) * bytes_of(format_, cols_)};
}

double RandomWeights::at(std::int64_t index, std::int64_t row, std::int64_t col) const {
    return values_[static_cast<std::size_t>((index * rows_ + row) * cols_ + col)];
}

double RandomWeights::size_at(std::int64_t index, std::int64_t row, std::int64_t col) const {
    return sizes_[static_cast<std::size_t>((index * rows_ + row) * cols_ + col)];
}

Multiplied::Multiplied(Format format, const float* x, std::int64_t cols)
    : values(x, x + cols), steps(static_cast<std::size_t>(cols), 0.0) {
    const std::int64_t block = traits_of(format).values_per_block;
    if (block == 1) return;
    for (std::int64_t first = 0; first < cols; first += block) {
        float largest = 0.0F;
        for (std::int64_t c = first; c < first + block; ++c)
            largest = std::max(largest, std::abs(x[c]));
        for (std::int64_t c = first; c < first + block; ++c) {
            const auto i = static_cast<std::size_t>(c);
            steps[i] = largest / 127.0F; // in f32, as it is stored
            values[i] = largest > 0 ? std::nearbyint(x[c] * (127.0F / largest)) * steps[i] : 0.0;
        }
    }
}

Grid::Grid(std::int64_t rows, std::int64_t cols, std::int64_t gap)
    : rows_(rows), cols_(cols), stride_(cols + gap),
      data_(static_cast<std::size_t>(1 + rows * (cols + gap)), sentinel) {
}

Grid::Grid(std::int64_t rows, std::int64_t cols, std::int64_t gap, Random& random, float low, float high)
    : Grid(rows, cols, gap) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c)
            at(r, c) = random.uniform(low, high);
}

bool Grid::gaps_untouched() const {
    for (std::int64_t r = 0; r < rows_; ++r)
        for (std::int64_t c = cols_; c < stride_; ++c)
            if (data_[static_cast<std::size_t>(1 + r * stride_ + c)] != sentinel) return false;
    return data_[0] == sentinel;
}

} // namespace test
