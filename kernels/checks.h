// SPDX-License-Identifier: MIT
// What every backend checks before it touches memory: that the shapes of an operation fit. Each function
// throws std::invalid_argument with a sentence that names the operation; each backend calls it first.
#pragma once

#include "kernels/backend.h"

#include <cstdint>
#include <span>

namespace spoutnik::kernels {

/// Throws std::invalid_argument with `what` unless `condition` holds.
void require(bool condition, const char* what);

/// True for formats whose products are made in whole numbers (cpu/int8_rows.h); floats are multiplied as they
/// are.
inline bool is_quantised(Format format) {
    return format != Format::f32 && format != Format::f16 && format != Format::bf16;
}

/// Values that a row can be cut between: 32 in q8_0, everywhere in the formats of caches besides.
bool ends_block(Format format, std::int64_t value);

namespace checks {

void embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, const Tensor& out);
void rms_norm(const ConstTensor& x, const float* gain, const Tensor& out);
void add(const ConstTensor& x, const Tensor& out);
void add_bias(const float* bias, const Tensor& out);
void swiglu(const ConstTensor& gate, const ConstTensor& up, const Tensor& out);
void matmul(const Matrix& weight, const ConstTensor& x, const Tensor& out);
void matmul_per_head(const Matrix& weight, const Heads& x, const Heads& out);
void rope(const Heads& x, const ConstTensor& cos_sin);
void store_rows(const ConstTensor& rows, const CacheRows& cache, std::int64_t first_row,
                std::int64_t first_value);
void latent_attention(const Heads& q, const CacheRows& cache, std::int64_t first_position,
                      std::int64_t latent, const Heads& out);
void decompressed_attention(const Heads& q, const CacheRows& cache, const Matrix& w_uk, const Matrix& w_uv,
                            std::int64_t first_position, const Heads& out);
void head_attention(const Heads& q, const CacheRows& keys, const CacheRows& values, std::int64_t kv_heads,
                    std::int64_t first_position, const Heads& out);
void route_experts(const ConstTensor& logits, const RoutingRule& rule, const std::int32_t* ids,
                   const float* weights);
void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, const ConstTensor& x,
                const std::int32_t* ids, const float* weights, std::int64_t experts_used, const Tensor& out);

void top_k(const ConstTensor& rows, std::int64_t k, const std::int32_t* ids, const float* values);

} // namespace checks

} // namespace spoutnik::kernels
