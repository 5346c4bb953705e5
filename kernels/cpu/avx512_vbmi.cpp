// SPDX-License-Identifier: MIT
// One token times weights in blocks of 32, for processors that permute bytes of two registers (AVX-512 VBMI)
// and multiply bit matrices (GFNI): Ice Lake, Zen 4 and what came after them. What bounds these products is
// the number of operations a block (bench/NOTES.md), so four blocks of a row are taken apart at once, and
// four rows' sums are added up together. The bits are those of int8_rows.h.
//
// A quad is four blocks that follow each other in a row. Its 128 codes are put into two registers: the first
// 16 codes of each block, which are the low nibbles of its 16 bytes, and the other 16, the high ones. So a
// quarter of a register is a block, and stays so to the end.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/int8_loops.h"
#include "kernels/format_tables.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

using Byte = std::uint8_t;

/// Where things stand in a block, in bytes from its beginning; -1: nowhere.
struct Layout {
    int bytes;
    int nibbles;
    int fifth_bits = -1;
    int scale = 0; ///< an f16; of MXFP4 an exponent
    int minimum = -1;
};

/// A format. `offset`: codes are stored so much too high. `most`: the largest magnitude of a code less its
/// offset. `values`: what a nibble stands for, where a table says that.
template <Format format>
struct Quad;

struct Numbers {
    static constexpr bool has_table = false;
    static constexpr bool has_exponents = false; ///< for scales, instead of f16
};

template <>
struct Quad<Format::q4_0> : Numbers {
    static constexpr Layout layout{.bytes = 18, .nibbles = 2};
    static constexpr int offset = 8;
    static constexpr int most = 8;
};
template <>
struct Quad<Format::q4_1> : Numbers {
    static constexpr Layout layout{.bytes = 20, .nibbles = 4, .minimum = 2};
    static constexpr int offset = 0;
    static constexpr int most = 15;
};
template <>
struct Quad<Format::q5_0> : Numbers {
    static constexpr Layout layout{.bytes = 22, .nibbles = 6, .fifth_bits = 2};
    static constexpr int offset = 16;
    static constexpr int most = 16;
};
template <>
struct Quad<Format::q5_1> : Numbers {
    static constexpr Layout layout{.bytes = 24, .nibbles = 8, .fifth_bits = 4, .minimum = 2};
    static constexpr int offset = 0;
    static constexpr int most = 31;
};
template <>
struct Quad<Format::iq4_nl> : Numbers {
    static constexpr Layout layout{.bytes = 18, .nibbles = 2};
    static constexpr int offset = 128;
    static constexpr int most = 127;
    static constexpr bool has_table = true;
    static constexpr const float* values = iq4_values;
};
template <>
struct Quad<Format::mxfp4> : Numbers {
    static constexpr Layout layout{.bytes = 17, .nibbles = 1};
    static constexpr int offset = 16;
    static constexpr int most = 12;
    static constexpr bool has_table = true;
    static constexpr const float* values = mxfp4_doubled_values;
    static constexpr bool has_exponents = true;
};

template <class Q>
inline constexpr bool has_minimum = Q::layout.minimum >= 0;

// A quad in two registers -----------------------------------------------------------------------------------

/// Two loads cover a quad; the second one ends where it ends.
struct Loaded {
    __m512i first;
    __m512i second;
};

template <class Q>
Loaded load_quad(const Byte* quad) {
    Loaded loaded{_mm512_loadu_si512(quad), _mm512_loadu_si512(quad + 4 * Q::layout.bytes - 64)};
    // Kept in registers: a load that spans two lines costs twice, and the compiler would repeat it for each
    // use.
    asm("" : "+v"(loaded.first), "+v"(loaded.second));
    return loaded;
}

/// Where byte `at` of block `block` of a quad is found in the two: 0 ... 63 in the first, 64 ... in the
/// second.
constexpr std::uint8_t place(const Layout& layout, int block, int at) {
    const int byte = block * layout.bytes + at;
    return static_cast<std::uint8_t>(byte < 64 ? byte : 64 + byte - (4 * layout.bytes - 64));
}

struct Order {
    alignas(64) std::uint8_t at[64] = {};
};

/// The 16 bytes of nibbles of each block, a quarter each.
constexpr Order order_of_nibbles(const Layout& layout) {
    Order order;
    for (int i = 0; i < 64; ++i)
        order.at[i] = place(layout, i / 16, layout.nibbles + i % 16);
    return order;
}

/// A bit matrix for each eight codes of both registers. Its row 3 (of GF2P8AFFINEQB, whose rows go from the
/// last bit to the first) makes bit 4 of the result and holds the fifth bits of the eight low codes; row 7
/// makes bit 0 and holds those of the high ones.
constexpr Order order_of_fifth_bits(const Layout& layout) {
    Order order;
    for (int i = 0; i < 64; ++i)
        order.at[i] = place(layout, i / 16, layout.fifth_bits + i / 8 % 2 + (i % 8 == 7 ? 2 : 0));
    return order;
}
constexpr __mmask64 rows_of_fifth_bits = 0x8888888888888888;

/// The number of `size` bytes at byte `at` of each block of row `row` of four. In the result those of a block
/// stand together, `apart` bytes each.
constexpr Order order_of_numbers(const Layout& layout, int at, int size, int apart, int row) {
    Order order;
    for (int block = 0; block < 4; ++block)
        for (int byte = 0; byte < size; ++byte)
            order.at[apart * (4 * block + row) + byte] = place(layout, block, at + byte);
    return order;
}
constexpr __mmask64 bytes_of_numbers(int size, int apart, int row) {
    __mmask64 bytes = 0;
    for (int block = 0; block < 4; ++block)
        for (int byte = 0; byte < size; ++byte)
            bytes |= __mmask64{1} << (apart * (4 * block + row) + byte);
    return bytes;
}

__m512i in_order(const Order& order, const Loaded& loaded) {
    return _mm512_permutex2var_epi8(loaded.first, _mm512_load_si512(order.at), loaded.second);
}
__m512i in_order(__mmask64 wanted, const Order& order, const Loaded& loaded) {
    return _mm512_maskz_permutex2var_epi8(wanted, loaded.first, _mm512_load_si512(order.at), loaded.second);
}

/// (a & mask) | (b & ~mask)
__m512i choose(__m512i mask, __m512i a, __m512i b) {
    return _mm512_ternarylogic_epi64(mask, a, b, 0xCA);
}

/// Codes of a quad of each of four rows.
struct Codes {
    __m512i low[4];
    __m512i high[4];
};

/// Step by step for all four rows: a step waits for the one before, and the processor looks ahead no further
/// than about one row.
template <class Q>
[[gnu::always_inline]] inline Codes codes_of(const Loaded (&rows)[4], __m512i table) {
    static constexpr Order nibbles_first = order_of_nibbles(Q::layout);
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low[4];
    __m512i high[4];
    Codes codes;
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r)
        low[r] = in_order(nibbles_first, rows[r]);
    if constexpr (Q::layout.fifth_bits >= 0) {
        static constexpr Order bits_first = order_of_fifth_bits(Q::layout);
        // Byte i of eight has bit i: it picks column i of the matrix.
        const __m512i columns = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201ULL));
        __m512i bits[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            bits[r] = in_order(rows_of_fifth_bits, bits_first, rows[r]);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            high[r] = _mm512_srli_epi16(low[r], 4);
#pragma GCC unroll 4
        for (__m512i& matrix : bits)
            matrix = _mm512_gf2p8affine_epi64_epi8(columns, matrix, 0);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            codes.low[r] = choose(nibble, low[r], bits[r]);
            // What a shift brings over from a neighbour lands where the nibble goes.
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            codes.high[r] = choose(nibble, high[r], _mm512_slli_epi16(bits[r], 4));
    } else {
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            high[r] = _mm512_srli_epi16(low[r], 4);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            codes.low[r] = _mm512_and_si512(low[r], nibble);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
            codes.high[r] = _mm512_and_si512(high[r], nibble);
    }
    if constexpr (Q::has_table) {
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
            codes.low[r] = _mm512_shuffle_epi8(table, codes.low[r]);
            codes.high[r] = _mm512_shuffle_epi8(table, codes.high[r]);
        }
    }
    return codes;
}

/// A table of 16 values, moved up to be unsigned, in each quarter.
template <class Q>
__m512i table_of() {
    const __m512i values = _mm512_cvtps_epi32(
        _mm512_add_ps(_mm512_loadu_ps(Q::values), _mm512_set1_ps(static_cast<float>(Q::offset))));
    return _mm512_broadcast_i32x4(_mm512_cvtepi32_epi8(values));
}

// Activations -----------------------------------------------------------------------------------------------

/// Activations as a quad meets them.
struct Operand {
    alignas(64) std::int8_t low[64];
    alignas(64) std::int8_t high[64];
    alignas(64) std::int32_t start[16]; ///< what the offset adds, taken away beforehand
    alignas(64) float scales[16];       ///< four times each, as are
    alignas(64) float sums[16];         ///< the blocks' sums, where the format has a minimum
};

/// Four numbers, from a row that may end before, each of them four times.
template <class T>
__m512i four_times_each(const T* from, std::int64_t count) {
    const __m128i four = _mm_maskz_loadu_epi32(static_cast<__mmask8>((1U << count) - 1U), from);
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
                                    _mm512_castsi128_si512(four));
}

/// For `count` blocks, at most four, from block `block` on.
template <class Q>
void lay(const Int8Row& x, std::int64_t block, std::int64_t count, Operand& out) {
    const auto codes = [&](int from) { // of two blocks
        const std::int64_t there = 32 * (count - from);
        const __mmask64 mask = there >= 64 ? ~__mmask64{0} : (there <= 0 ? 0 : (__mmask64{1} << there) - 1);
        return _mm512_maskz_loadu_epi8(mask, x.codes + 32 * (block + from));
    };
    const __m512i first = codes(0);
    const __m512i second = codes(2);
    const __m512i low = _mm512_shuffle_i32x4(first, second, 0x88);
    const __m512i high = _mm512_shuffle_i32x4(first, second, 0xDD);
    _mm512_store_si512(out.low, low);
    _mm512_store_si512(out.high, high);
    __m512i start = _mm512_setzero_si512();
    if constexpr (Q::offset > 0) {
        const __m512i offset = _mm512_set1_epi8(static_cast<char>(Q::offset));
        start = _mm512_sub_epi32(start,
                                 _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(start, offset, low), offset, high));
    }
    _mm512_store_si512(out.start, start);
    _mm512_store_si512(out.scales, four_times_each(x.scales + block, count));
    if constexpr (has_minimum<Q>)
        _mm512_store_ps(out.sums, _mm512_cvtepi32_ps(four_times_each(x.block_sums + block, count)));
}

// Products --------------------------------------------------------------------------------------------------

/// Each quarter of four registers added up: quarter b of the result has block b of row r as its number r.
/// The numbers are sums of eight products of codes up to `most` with activations.
template <int most>
[[gnu::always_inline]] inline __m512i sums_of_blocks(const __m512i (&dots)[4]) {
    constexpr int largest = 8 * 127 * most;
    const __m512i ones = _mm512_set1_epi16(1);
    const auto add_by_shuffles = [](__m512i a, __m512i b) {
        return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    };
    if constexpr (2 * largest <= 32767) {
        // Packed to words that vpmaddwd adds by twos.
        const __m512i ab = _mm512_madd_epi16(_mm512_packs_epi32(dots[0], dots[1]), ones);
        const __m512i cd = _mm512_madd_epi16(_mm512_packs_epi32(dots[2], dots[3]), ones);
        return _mm512_madd_epi16(_mm512_packs_epi32(ab, cd), ones);
    } else if constexpr (largest <= 32767) {
        // Twos of a and of b follow each other: the four rows' first numbers, then their second ones.
        const auto ab = _mm512_castsi512_ps(_mm512_madd_epi16(_mm512_packs_epi32(dots[0], dots[1]), ones));
        const auto cd = _mm512_castsi512_ps(_mm512_madd_epi16(_mm512_packs_epi32(dots[2], dots[3]), ones));
        return _mm512_add_epi32(_mm512_castps_si512(_mm512_shuffle_ps(ab, cd, 0x88)),
                                _mm512_castps_si512(_mm512_shuffle_ps(ab, cd, 0xDD)));
    } else {
        const __m512i ab = add_by_shuffles(dots[0], dots[1]);
        const __m512i cd = add_by_shuffles(dots[2], dots[3]);
        return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    }
}

/// The numbers of `size` bytes at byte `at` of the blocks of four rows, `apart` bytes each: quarter b (of so
/// many bytes) holds those of block b of rows 0 ... 3.
template <class Q, int at, int size, int apart>
[[gnu::always_inline]] inline __m512i numbers_of_blocks(const Loaded (&rows)[4]) {
    static constexpr Order orders[4] = {
        order_of_numbers(Q::layout, at, size, apart, 0), order_of_numbers(Q::layout, at, size, apart, 1),
        order_of_numbers(Q::layout, at, size, apart, 2), order_of_numbers(Q::layout, at, size, apart, 3)};
    constexpr auto bytes_of = [](int row) { return bytes_of_numbers(size, apart, row); };
    const __m512i ab =
        _mm512_or_si512(in_order(bytes_of(0), orders[0], rows[0]), in_order(bytes_of(1), orders[1], rows[1]));
    return _mm512_ternarylogic_epi64(ab, in_order(bytes_of(2), orders[2], rows[2]),
                                     in_order(bytes_of(3), orders[3], rows[3]), 0xFE); // a | b | c
}

template <class Q, int at>
[[gnu::always_inline]] inline __m512 halves_of_blocks(const Loaded (&rows)[4]) {
    return _mm512_cvtph_ps(_mm512_castsi512_si256(numbers_of_blocks<Q, at, 2, 2>(rows)));
}

template <class Q>
[[gnu::always_inline]] inline __m512 scales_of_blocks(const Loaded (&rows)[4]) {
    if constexpr (Q::has_exponents) { // as mxfp4_half_scale_bits()
        const __m512i e = numbers_of_blocks<Q, Q::layout.scale, 1, 4>(rows);
        const __m512i bits = _mm512_slli_epi32(_mm512_sub_epi32(e, _mm512_set1_epi32(1)), 23);
        const __mmask16 is_subnormal = _mm512_cmplt_epu32_mask(e, _mm512_set1_epi32(2));
        return _mm512_castsi512_ps(
            _mm512_mask_sllv_epi32(bits, is_subnormal, _mm512_set1_epi32(0x00200000), e));
    } else {
        return halves_of_blocks<Q, Q::layout.scale>(rows);
    }
}

__m128 quarter(__m512 x, int i) {
    switch (i) {
    case 0:
        return _mm512_castps512_ps128(x);
    case 1:
        return _mm512_extractf32x4_ps(x, 1);
    case 2:
        return _mm512_extractf32x4_ps(x, 2);
    default:
        return _mm512_extractf32x4_ps(x, 3);
    }
}

/// Adds `count` blocks of four rows to their totals.
template <class Q>
[[gnu::always_inline]] inline void add_quads(const Byte* const (&quads)[4], const Operand& x, int count,
                                             __m512i table, __m128& total) {
    const __m512i low = _mm512_load_si512(x.low);
    const __m512i high = _mm512_load_si512(x.high);
    Loaded loaded[4];
    __m512i dots[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r)
        loaded[r] = load_quad<Q>(quads[r]);
    const Codes codes = codes_of<Q>(loaded, table);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r)
        dots[r] = _mm512_dpbusd_epi32(_mm512_load_si512(x.start), codes.low[r], low);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r)
        dots[r] = _mm512_dpbusd_epi32(dots[r], codes.high[r], high);
    const __m512 sums = _mm512_cvtepi32_ps(sums_of_blocks<Q::most>(dots));
    const __m512 s = _mm512_load_ps(x.scales);
    const __m512 factors = _mm512_mul_ps(scales_of_blocks<Q>(loaded), s);
    if constexpr (has_minimum<Q>) {
        const __m512 steps = _mm512_mul_ps(halves_of_blocks<Q, Q::layout.minimum>(loaded), s);
#pragma GCC unroll 4
        for (int b = 0; b < count; ++b) {
            total = _mm_fmadd_ps(quarter(factors, b), quarter(sums, b), total);
            // These formats add their minimum.
            total = _mm_fmadd_ps(quarter(steps, b), _mm_load_ps(x.sums + 4 * b), total);
        }
    } else {
#pragma GCC unroll 4
        for (int b = 0; b < count; ++b)
            total = _mm_fmadd_ps(quarter(factors, b), quarter(sums, b), total);
    }
}

/// Quads whose activations are laid once for all rows; those of longer rows are laid for four rows each time.
constexpr std::int64_t kept_quads = 32;

template <class Q>
void dot_rows_by_quads(const Byte* rows, std::size_t row_bytes, std::int64_t row_count, std::int64_t cols,
                       const Int8Row& x, Ahead& ahead, float* out) {
    constexpr int bytes = 4 * Q::layout.bytes;
    const std::int64_t blocks = cols / 32;
    const std::int64_t quads = blocks / 4;
    const int rest = static_cast<int>(blocks % 4);
    Operand kept[kept_quads]; // NOLINT: what is read of it is written before
    const bool keeps = quads <= kept_quads;
    if (keeps)
        for (std::int64_t q = 0; q < quads; ++q)
            lay<Q>(x, 4 * q, 4, kept[q]);
    Operand last;
    if (rest > 0) lay<Q>(x, 4 * quads, rest, last);
    __m512i table = _mm512_setzero_si512();
    if constexpr (Q::has_table) table = table_of<Q>();

    dot_by_fours(rows, row_bytes, row_count, out, [&](const Byte* const* four, float* results) {
        __m128 total = _mm_setzero_ps();
        const Byte* at[4] = {four[0], four[1], four[2], four[3]};
        for (std::int64_t q = 0; q < quads; ++q) {
            ahead.ask(4 * bytes);
            Operand passing;
            if (!keeps) lay<Q>(x, 4 * q, 4, passing);
            add_quads<Q>(at, keeps ? kept[q] : passing, 4, table, total);
            for (const Byte*& quad : at)
                quad += bytes;
        }
        if (rest > 0) {
            ahead.ask(4 * rest * Q::layout.bytes);
            Byte copies[4][bytes] = {};
            for (int r = 0; r < 4; ++r)
                __builtin_memcpy(copies[r], at[r], static_cast<std::size_t>(rest) * Q::layout.bytes);
            add_quads<Q>({copies[0], copies[1], copies[2], copies[3]}, last, rest, table, total);
        }
        _mm_storeu_ps(results, total);
    });
}

void dot_rows(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
              std::int64_t cols, const Int8Row& x, float* out, const std::byte* then) {
    const auto by_quads = [&]<Format f>() {
        const auto* source = reinterpret_cast<const Byte*>(rows); // NOLINT: bytes are bytes
        Ahead ahead(rows, static_cast<std::size_t>(row_count) * row_bytes, then, 4 * row_bytes);
        dot_rows_by_quads<Quad<f>>(source, row_bytes, row_count, cols, x, ahead, out);
    };
    switch (format) {
    case Format::q4_0:
        return by_quads.template operator()<Format::q4_0>();
    case Format::q4_1:
        return by_quads.template operator()<Format::q4_1>();
    case Format::q5_0:
        return by_quads.template operator()<Format::q5_0>();
    case Format::q5_1:
        return by_quads.template operator()<Format::q5_1>();
    case Format::iq4_nl:
        return by_quads.template operator()<Format::iq4_nl>();
    case Format::mxfp4:
        return by_quads.template operator()<Format::mxfp4>();
    default:
        return int8_avx512_table().dot_rows(format, rows, row_bytes, row_count, cols, x, out, then);
    }
}

} // namespace

const Int8Table& int8_avx512_vbmi_table() {
    static const Int8Table table = [] {
        Int8Table all = int8_avx512_table();
        all.dot_rows = dot_rows;
        return all;
    }();
    return table;
}

} // namespace spoutnik::kernels
