// SPDX-License-Identifier: MIT
// Rows on their way into the KV cache, in its format. The q8_0 of kernels/cpu/q8_0_rows.cpp, to the bit: a
// block of 32 values is a warp, its largest magnitude is found by shuffles.
#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/ops_rows.h"
#include "kernels/cuda/row_grid.cuh"

namespace spoutnik::kernels::cuda {
namespace {

/// Bytes of one value, or of one block in q8_0.
template <Format format>
__global__ void store(ConstTensor rows, std::byte* cache, std::int64_t row_bytes,
                      const std::int64_t* first_row, std::int64_t first_value) {
    const std::int64_t column = own_column();
    if (column >= rows.cols) return; // whole warps in q8_0
    const float value = rows.data[blockIdx.x * rows.stride + column];
    auto* row = reinterpret_cast<unsigned char*>(cache) + (*first_row + blockIdx.x) * row_bytes;
    const std::int64_t at = first_value + column;
    if constexpr (format == Format::f32) {
        reinterpret_cast<float*>(row)[at] = value;
    } else if constexpr (format == Format::f16) {
        reinterpret_cast<std::uint16_t*>(row)[at] = bits_of_f16(value);
    } else if constexpr (format == Format::bf16) {
        reinterpret_cast<std::uint16_t*>(row)[at] = bits_of_bf16(value);
    } else {
        constexpr std::uint32_t infinity = 0x7F800000U;
        std::uint32_t largest =
            __float_as_uint(value) & 0x7FFFFFFFU; // as bits: NaN is larger than any number
        for (int other = 16; other > 0; other /= 2)
            largest = max(largest, __shfl_xor_sync(0xffffffffU, largest, other));
        const bool is_number = largest < infinity;
        const std::uint16_t scale = is_number
                                        ? bits_of_f16(fminf(__uint_as_float(largest) / 127.0F, 65504.0F))
                                        : std::uint16_t{0x7E00};
        const float kept = f16_of_bits(scale);
        const float inverse = is_number && kept > 0.0F ? 1.0F / kept : 0.0F;
        unsigned char* block = row + at / 32 * 34;
        const float code = inverse > 0.0F ? rintf(fminf(fmaxf(value * inverse, -127.0F), 127.0F)) : 0.0F;
        block[2 + at % 32] = static_cast<unsigned char>(static_cast<int>(code));
        if (at % 32 == 0) *reinterpret_cast<std::uint16_t*>(block) = scale;
    }
}

} // namespace

void store_rows(const Context& context, ConstTensor rows, CacheRows cache, Position first_row,
                std::int64_t first_value) {
    if (rows.rows == 0 || rows.cols == 0) return;
    const auto run = [&](auto kernel) {
        launch(kernel, row_grid(rows.rows, rows.cols), row_threads, 0, context.stream, rows, cache.data,
               static_cast<std::int64_t>(bytes_of(cache.format, cache.width)), first_row.on_device,
               first_value);
    };
    if (cache.format == Format::f32)
        run(store<Format::f32>);
    else if (cache.format == Format::f16)
        run(store<Format::f16>);
    else if (cache.format == Format::bf16)
        run(store<Format::bf16>);
    else
        run(store<Format::q8_0>);
}

} // namespace spoutnik::kernels::cuda
