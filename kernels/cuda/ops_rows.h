// SPDX-License-Identifier: MIT
// Launchers of the operations on rows; what each computes is said in kernels/backend.h.
#pragma once

#include "kernels/cuda/context.h"
#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace spoutnik::kernels::cuda {

/// Ids that one launch of embed_rows takes along: they travel as an argument of the kernel, so that no host
/// memory has to wait for the device.
inline constexpr std::size_t tokens_at_once = 512;

/// The values of kernels::dequantize(), to the bit. Not for a graph: the ids would stay what they were.
void embed_rows(const Context& context, const Matrix& table, std::span<const std::int32_t> tokens,
                Tensor out);
/// A block a row, in an order of summation that depends on the row's length alone.
void rms_norm(const Context& context, ConstTensor x, const float* gain, float epsilon, Tensor out);
void add(const Context& context, ConstTensor x, Tensor out);
void add_bias(const Context& context, const float* bias, Tensor out);
void swiglu(const Context& context, ConstTensor gate, ConstTensor up, Tensor out);
void rope(const Context& context, Heads x, ConstTensor cos_sin, RopePairs pairs);
/// The first row is *first_row.on_device. Codes of q8_0 have the CPU's bits.
void store_rows(const Context& context, ConstTensor rows, CacheRows cache, Position first_row,
                std::int64_t first_value);

/// positions[i] = first + i for i < count (at most 1024).
void write_positions(const Context& context, std::int64_t* positions, std::int64_t first, std::int64_t count);

/// Bytes that store_bytes takes along as an argument of the kernel.
inline constexpr std::size_t bytes_at_once = 2048;

/// Copies a few bytes of the host, which may change as soon as this returns.
void store_bytes(const Context& context, std::span<const std::byte> host, std::byte* device);

} // namespace spoutnik::kernels::cuda
