// SPDX-License-Identifier: MIT
// Matrix products and the feed-forward networks of experts on the device.
//
// Numbers: products of quantised weights are those of kernels/cpu/int8_rows.h, bit for bit: activations
// rounded to 8 bits a block, exact sums, the same few f32 operations in the same order, for one token and for
// many. Weights in floats are multiplied and summed in f32 in an order that the number of columns alone
// fixes.
//
// Weights may lie at any address inside memory that begins at a multiple of 16 bytes: up to 15 bytes before
// the matrix are read, none behind it. Rows at multiples of 4 bytes (of 2 in Q3_K and Q6_K) go the fast way.
//
// Shapes have been checked by the backend. `context.scratch` holds at least the bytes that the function of
// the same name asks for; its content need not survive from call to call.
#pragma once

#include "kernels/cuda/context.h"
#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

std::size_t matmul_scratch_bytes(const Matrix& weight, std::int64_t tokens);
/// Backend::matmul.
void matmul(const Context& context, const Matrix& weight, ConstTensor x, Tensor out);

/// True where matmul_add() serves a call of so many tokens: one. More are better multiplied together and
/// added afterwards.
bool adds_products(std::int64_t tokens);
/// Backend::matmul_add of one token. Scratch as for matmul().
void matmul_add(const Context& context, const Matrix& weight, ConstTensor x, Tensor out);

std::size_t matmul_per_head_scratch_bytes(const Matrix& weight, std::int64_t tokens);
/// Backend::matmul_per_head.
void matmul_per_head(const Context& context, const Matrix& weight, Heads x, Heads out);

std::size_t expert_ffn_scratch_bytes(const Matrix& gate, const Matrix& up, const Matrix& down,
                                     std::int64_t tokens, std::int64_t experts_used);
/// Backend::expert_ffn. ids and weights are read on the device; a token one of whose experts does not exist
/// gets NaN. With null for both it is Backend::swiglu_ffn of one token.
void expert_ffn(const Context& context, const Matrix& gate, const Matrix& up, const Matrix& down,
                ConstTensor x, const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                Tensor out);

} // namespace spoutnik::kernels::cuda
