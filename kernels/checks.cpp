// SPDX-License-Identifier: MIT
#include "kernels/checks.h"

#include <algorithm>

namespace spoutnik::kernels {

void require(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument(what);
}

bool ends_block(Format format, std::int64_t value) {
    return value % traits_of(format).values_per_block == 0;
}

namespace checks {
namespace {

bool same_shape(const ConstTensor& a, const ConstTensor& b) {
    return a.rows == b.rows && a.cols == b.cols;
}

void require_tensor(const ConstTensor& x, const char* what) {
    require(x.rows >= 0 && x.cols >= 0 && (x.stride >= x.cols || x.rows <= 1), what);
    require(x.data != nullptr || x.rows == 0 || x.cols == 0, what);
}

void require_matrix(const Matrix& weight, const char* what) {
    require(weight.rows >= 0 && weight.cols >= 0 && weight.count >= 0, what);
    require(weight.cols % traits_of(weight.format).values_per_block == 0, what);
    const bool empty = weight.rows == 0 || weight.cols == 0 || weight.count == 0;
    require(weight.data != nullptr || empty, what);
    if (weight.count > 1)
        require(weight.stride_bytes >=
                    static_cast<std::size_t>(weight.rows) * bytes_of(weight.format, weight.cols),
                what);
}

void require_heads(const Heads& x, const char* what) {
    require(x.tokens >= 0 && x.heads >= 0 && x.width >= 0, what);
    require(x.data != nullptr || x.tokens == 0 || x.heads == 0 || x.width == 0, what);
    // Either dimension may be the outer one, but values must not overlap.
    if (x.heads > 1) require(x.head_stride >= x.width, what);
    if (x.tokens > 1) require(x.token_stride >= x.width, what);
}

void require_cache(const CacheRows& cache, const char* what) {
    require(cache.width >= 0 && cache.capacity >= 0, what);
    require(cache.format == Format::f32 || cache.format == Format::f16 || cache.format == Format::bf16 ||
                cache.format == Format::q8_0,
            what);
    require(ends_block(cache.format, cache.width), "a cache in q8_0 has rows of a multiple of 32 values");
    require(cache.data != nullptr || cache.width == 0 || cache.capacity == 0, what);
}

/// What both kinds of attention ask for. A row of values may be a row of keys.
void attention(const Heads& q, const CacheRows& keys, const CacheRows& values, std::int64_t first_position,
               const Heads& out) {
    require_heads(q, "attention: bad queries");
    require_heads(out, "attention: bad output");
    require_cache(keys, "attention: bad cache");
    require_cache(values, "attention: bad cache");
    require(q.tokens == out.tokens && q.heads == out.heads,
            "attention: queries and output must have one shape");
    require(first_position >= 0 && q.tokens <= std::min(keys.capacity, values.capacity) - first_position,
            "attention: a query stands beyond the cache");
}

} // namespace

void embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, const Tensor& out) {
    require_matrix(table, "embed_rows: bad table");
    require_tensor(out, "embed_rows: bad output");
    require(out.rows == static_cast<std::int64_t>(tokens.size()) && out.cols == table.cols,
            "embed_rows: the output must be [tokens, hidden]");
    for (const std::int32_t token : tokens)
        require(token >= 0 && token < table.rows, "embed_rows: token id outside the table");
}

void rms_norm(const ConstTensor& x, const float* gain, const Tensor& out) {
    require_tensor(x, "rms_norm: bad input");
    require_tensor(out, "rms_norm: bad output");
    require(same_shape(x, out), "rms_norm: input and output must have one shape");
    require(gain != nullptr || x.cols == 0, "rms_norm: no gain");
}

void add(const ConstTensor& x, const Tensor& out) {
    require_tensor(x, "add: bad input");
    require_tensor(out, "add: bad output");
    require(same_shape(x, out), "add: input and output must have one shape");
}

void add_bias(const float* bias, const Tensor& out) {
    require_tensor(out, "add_bias: bad output");
    require(bias != nullptr || out.cols == 0, "add_bias: no bias");
}

void swiglu(const ConstTensor& gate, const ConstTensor& up, const Tensor& out) {
    require_tensor(gate, "swiglu: bad gate");
    require_tensor(up, "swiglu: bad up");
    require_tensor(out, "swiglu: bad output");
    require(same_shape(gate, out) && same_shape(up, out), "swiglu: the three must have one shape");
}

void matmul(const Matrix& weight, const ConstTensor& x, const Tensor& out) {
    require_matrix(weight, "matmul: bad weight");
    require_tensor(x, "matmul: bad input");
    require_tensor(out, "matmul: bad output");
    require(x.cols == weight.cols && out.cols == weight.rows && x.rows == out.rows,
            "matmul: [tokens, in] and [out, in] must give [tokens, out]");
}

void matmul_per_head(const Matrix& weight, const Heads& x, const Heads& out) {
    require_matrix(weight, "matmul_per_head: bad weight");
    require_heads(x, "matmul_per_head: bad input");
    require_heads(out, "matmul_per_head: bad output");
    require(x.heads == weight.count && out.heads == weight.count && x.tokens == out.tokens &&
                x.width == weight.cols && out.width == weight.rows,
            "matmul_per_head: [tokens, heads, in] and heads of [out, in] must give [tokens, heads, out]");
}

void rope(const Heads& x, const ConstTensor& cos_sin) {
    require_heads(x, "rope: bad input");
    require_tensor(cos_sin, "rope: bad angles");
    require(x.width % 2 == 0, "rope: an odd number of values");
    require(cos_sin.rows == x.tokens && cos_sin.cols == x.width, "rope: the angles must be [tokens, width]");
}

void store_rows(const ConstTensor& rows, const CacheRows& cache, std::int64_t first_row,
                std::int64_t first_value) {
    require_tensor(rows, "store_rows: bad rows");
    require_cache(cache, "store_rows: bad cache");
    require(first_row >= 0 && first_row <= cache.capacity && rows.rows <= cache.capacity - first_row,
            "store_rows: more rows than the cache has left");
    require(first_value >= 0 && first_value <= cache.width && rows.cols <= cache.width - first_value,
            "store_rows: rows wider than the cache's");
    require(ends_block(cache.format, first_value) && ends_block(cache.format, rows.cols),
            "store_rows: a cache in q8_0 takes whole blocks of 32 values");
}

void latent_attention(const Heads& q, const CacheRows& cache, std::int64_t first_position,
                      std::int64_t latent, const Heads& out) {
    require(latent >= 0 && latent <= cache.width, "latent_attention: a row is narrower than its latent");
    require(q.width == cache.width && out.width == latent,
            "latent_attention: queries must be as wide as the cache's rows, outputs as the latent");
    attention(q, cache, cache, first_position, out);
}

void decompressed_attention(const Heads& q, const CacheRows& cache, const Matrix& w_uk, const Matrix& w_uv,
                            std::int64_t first_position, const Heads& out) {
    require_matrix(w_uk, "decompressed_attention: bad w_uk");
    require_matrix(w_uv, "decompressed_attention: bad w_uv");
    require(w_uk.count == q.heads && w_uv.count == q.heads,
            "decompressed_attention: a head needs matrices of its own");
    const std::int64_t latent = w_uk.rows;
    require(w_uv.cols == latent && latent <= cache.width && out.width == w_uv.rows &&
                q.width == w_uk.cols + cache.width - latent,
            "decompressed_attention: shapes do not fit each other");
    attention(q, cache, cache, first_position, out);
    require(ends_block(cache.format, latent), "attention: a cache in q8_0 needs whole blocks of 32 values");
}

void head_attention(const Heads& q, const CacheRows& keys, const CacheRows& values, std::int64_t kv_heads,
                    std::int64_t first_position, const Heads& out) {
    require(kv_heads >= 1 && q.heads % kv_heads == 0, "head_attention: queries cannot be shared out");
    require(keys.width == kv_heads * q.width && values.width == kv_heads * out.width,
            "head_attention: a cache row must hold the values of every key head");
    attention(q, keys, values, first_position, out);
    require(ends_block(keys.format, q.width) && ends_block(values.format, out.width),
            "attention: a cache in q8_0 needs heads of a multiple of 32 values");
}

void route_experts(const ConstTensor& logits, const RoutingRule& rule, const std::int32_t* ids,
                   const float* weights) {
    require_tensor(logits, "route_experts: bad logits");
    require(rule.experts_used >= 1 && rule.groups >= 1 && logits.cols % rule.groups == 0 &&
                rule.groups_used >= 1 && rule.groups_used <= rule.groups &&
                rule.experts_used <= logits.cols / rule.groups * rule.groups_used,
            "route_experts: more experts or groups asked for than there are");
    require(logits.rows == 0 || (ids != nullptr && weights != nullptr), "route_experts: no output");
}

void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, const ConstTensor& x,
                const std::int32_t* ids, const float* weights, std::int64_t experts_used, const Tensor& out) {
    require_matrix(gate, "expert_ffn: bad gate");
    require_matrix(up, "expert_ffn: bad up");
    require_matrix(down, "expert_ffn: bad down");
    require_tensor(x, "expert_ffn: bad input");
    require_tensor(out, "expert_ffn: bad output");
    require(gate.cols == x.cols && up.cols == x.cols && up.rows == gate.rows && down.cols == gate.rows &&
                down.rows == x.cols && up.count == gate.count && down.count == gate.count,
            "expert_ffn: gate and up must be [ff, hidden] and down [hidden, ff], as many of each");
    require(out.rows == x.rows && out.cols == x.cols && experts_used >= 0,
            "expert_ffn: the output must be [tokens, hidden]");
    require(x.rows == 0 || experts_used == 0 || x.cols == 0 || (ids != nullptr && weights != nullptr),
            "expert_ffn: no experts chosen");
}

void top_k(const ConstTensor& rows, std::int64_t k, const std::int32_t* ids, const float* values) {
    require_tensor(rows, "top_k: bad rows");
    require(k >= 1 && k <= rows.cols && k <= Backend::most_top_k,
            "top_k: more values asked for than there are, or than can be found");
    require(rows.rows == 0 || (ids != nullptr && values != nullptr), "top_k: no output");
}

} // namespace checks

} // namespace spoutnik::kernels
