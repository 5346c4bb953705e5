// SPDX-License-Identifier: MIT
// Bringing rows of quantised weights into shared memory, a step of columns at a time, and the two sums on
// tensor cores that products of few and of many tokens share.
#pragma once

#include "kernels/cuda/codec.cuh"
#include "kernels/cuda/product_job.cuh"
#include "kernels/cuda/rounded_rows.cuh"

#include <cstdint>
#include <type_traits>

namespace spoutnik::kernels::cuda {

/// Blocks in a chunk of 256 columns, and the chunk's bytes.
template <Format format>
constexpr int blocks_a_chunk = chunk_columns / Codec<format>::values;
template <Format format>
constexpr int chunk_bytes = Codec<format>::bytes* blocks_a_chunk<format>;

/// Whether a codec wants rows to begin at a word; the others take any address.
template <Format format>
constexpr bool wants_words = std::is_same_v<typename Codec<format>::Bytes, AlignedBytes>;

/// Bytes from one row to the next in shared memory, for `bytes` of each: room for 15 bytes before and for
/// what an unaligned word reads behind. An odd number of 16 bytes, so that eight rows meet different banks.
constexpr int stage_pitch(int bytes) {
    return ((bytes + 15 + 4 + 15) / 16 | 1) * 16;
}

/// Whether asynchronous copies leave every row where the codec takes it.
template <Format format>
bool rows_come_fast(const Job& job) {
    constexpr int alignment = wants_words<format> ? 4 : 1;
    const auto at = [](const unsigned char* p) { return reinterpret_cast<std::uintptr_t>(p); };
    return (at(job.weight) | at(job.up) | job.row_bytes | job.matrix_bytes | job.up_matrix_bytes) %
               alignment ==
           0;
}

/// Calls use.template operator()<format>() with a quantised format.
template <class Use>
auto with_quantised(Format format, const Use& use) {
    switch (format) {
    case Format::q4_0:
        return use.template operator()<Format::q4_0>();
    case Format::q4_1:
        return use.template operator()<Format::q4_1>();
    case Format::q5_0:
        return use.template operator()<Format::q5_0>();
    case Format::q5_1:
        return use.template operator()<Format::q5_1>();
    case Format::q2_k:
        return use.template operator()<Format::q2_k>();
    case Format::q3_k:
        return use.template operator()<Format::q3_k>();
    case Format::q4_k:
        return use.template operator()<Format::q4_k>();
    case Format::q5_k:
        return use.template operator()<Format::q5_k>();
    case Format::q6_k:
        return use.template operator()<Format::q6_k>();
    case Format::iq4_nl:
        return use.template operator()<Format::iq4_nl>();
    case Format::iq4_xs:
        return use.template operator()<Format::iq4_xs>();
    case Format::mxfp4:
        return use.template operator()<Format::mxfp4>();
    default:
        return use.template operator()<Format::q8_0>();
    }
}

/// Where a row's bytes begin in their place: their address modulo 16.
template <Format format>
__device__ __forceinline__ int lead_of(const unsigned char* source) {
    return static_cast<int>(reinterpret_cast<std::uintptr_t>(source) % 16U) & (wants_words<format> ? ~3 : ~0);
}

/// Begins to read `bytes` of a row; `lanes` threads share the work, of which this is number `lane`.
template <Format format>
__device__ __forceinline__ void fetch_row(unsigned char* place, const unsigned char* source, int bytes,
                                          int lane, int lanes, bool is_fast) {
    const int lead = lead_of<format>(source);
    if (is_fast) {
        const int end = lead + bytes;
        for (int at = lane * 16; at < end; at += lanes * 16)
            copy_async_16(place + at, source - lead + at, end - at < 16 ? end - at : 16);
        return;
    }
    for (int i = lane; i < bytes; i += lanes)
        place[lead + i] = source[i];
}

/// sum += the product of a group of 32 columns times the scales of its rows: `first` those of row g of the
/// fragment, `second` of row g + 8. a: rows g and g + 8 of the first half, then of the second.
template <Format format>
__device__ __forceinline__ void multiply_group(const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                                               const std::uint32_t* first, const std::uint32_t* second,
                                               int group, std::int32_t (&sum)[4]) {
    if constexpr (Codec<format>::scale_groups == 8) {
        std::int32_t d[4] = {0, 0, 0, 0};
        mma_s8(d, a, b);
#pragma unroll
        for (int e = 0; e < 4; ++e)
            sum[e] += d[e] * signed_byte_of(e < 2 ? first : second, group);
    } else {
#pragma unroll
        for (int half = 0; half < 2; ++half) { // sixteen columns each
            const std::uint32_t a_half[4] = {a[2 * half], a[2 * half + 1], 0, 0};
            const std::uint32_t b_half[2] = {b[half], 0};
            std::int32_t d[4] = {0, 0, 0, 0};
            mma_s8(d, a_half, b_half);
#pragma unroll
            for (int e = 0; e < 4; ++e)
                sum[e] += d[e] * signed_byte_of(e < 2 ? first : second, 2 * group + half);
        }
    }
}

/// The sums of a block's minima: the sums of the activations' codes as bytes, on the tensor cores too.
/// `first` and `second` are four minima of rows g and g + 8, `sums` those of token g or null.
template <Format format>
__device__ __forceinline__ void multiply_minima(std::uint32_t first, std::uint32_t second,
                                                const GroupSums* sums, std::int32_t (&sum)[4]) {
    const int i = static_cast<int>(threadIdx.x % 4U);
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if (sums != nullptr) {
        if constexpr (Codec<format>::scale_groups == 16) {
            low = reinterpret_cast<const std::uint32_t*>(sums->low_of_16)[i];
            high = reinterpret_cast<const std::uint32_t*>(sums->high_of_16)[i];
        } else { // two words; lanes 2 and 3 meet minima of zero
            low = reinterpret_cast<const std::uint32_t*>(sums->low_of_32)[i % 2];
            high = reinterpret_cast<const std::uint32_t*>(sums->high_of_32)[i % 2];
        }
    }
    const std::uint32_t a[4] = {first, second, 0, 0};
    std::int32_t d[4] = {0, 0, 0, 0};
    mma_s8(d, a, {high, 0});
#pragma unroll
    for (int e = 0; e < 4; ++e)
        sum[e] = 128 * d[e];
    mma_s8(sum, a, {low, 0});
}

} // namespace spoutnik::kernels::cuda
