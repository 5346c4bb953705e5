// SPDX-License-Identifier: MIT
#include "kernels/cuda/operations.h"

#include "kernels/cuda/ops_attention.h"
#include "kernels/cuda/ops_products.h"
#include "kernels/cuda/ops_routing.h"
#include "kernels/cuda/ops_rows.h"

namespace spoutnik::kernels::cuda {
namespace {

Written values_of(const Tensor& t) {
    return {t.data, t.rows == 0 ? t.data : t.data + (t.rows - 1) * t.stride + t.cols};
}

Written values_of(const Heads& h) {
    const bool is_empty = h.tokens == 0 || h.heads == 0;
    return {h.data, is_empty
                        ? h.data
                        : h.data + (h.tokens - 1) * h.token_stride + (h.heads - 1) * h.head_stride + h.width};
}

Written values_of(const CacheRows& cache) {
    return {cache.data,
            cache.data + static_cast<std::size_t>(cache.capacity) * bytes_of(cache.format, cache.width)};
}

/// Two outputs: everything between them counts as written.
Written values_of(const std::int32_t* ids, const float* values, std::int64_t count) {
    const void* ends[] = {ids + count, values + count};
    const bool ids_first = static_cast<const void*>(ids) < static_cast<const void*>(values);
    return ids_first ? Written{ids, ends[1]} : Written{values, ends[0]};
}

} // namespace

void RmsNorm::run(const Surroundings& with) const {
    rms_norm(with.context, x, gain, epsilon, out);
}
Written RmsNorm::written() const {
    return values_of(out);
}

void Add::run(const Surroundings& with) const {
    add(with.context, x, out);
}
Written Add::written() const {
    return values_of(out);
}

void AddBias::run(const Surroundings& with) const {
    add_bias(with.context, bias, out);
}
Written AddBias::written() const {
    return values_of(out);
}

void Swiglu::run(const Surroundings& with) const {
    swiglu(with.context, gate, up, out);
}
Written Swiglu::written() const {
    return values_of(out);
}

void Matmul::run(const Surroundings& with) const {
    if (adds)
        matmul_add(with.context, weight, x, out);
    else
        matmul(with.context, weight, x, out);
}
std::size_t Matmul::scratch_bytes() const {
    return matmul_scratch_bytes(weight, x.rows);
}
Written Matmul::written() const {
    return values_of(out);
}

void MatmulPerHead::run(const Surroundings& with) const {
    matmul_per_head(with.context, weight, x, out);
}
std::size_t MatmulPerHead::scratch_bytes() const {
    return matmul_per_head_scratch_bytes(weight, x.tokens);
}
Written MatmulPerHead::written() const {
    return values_of(out);
}

void Rope::run(const Surroundings& with) const {
    rope(with.context, x, cos_sin, pairs);
}
Written Rope::written() const {
    return values_of(x);
}

void StoreRows::run(const Surroundings& with) const {
    store_rows(with.context, rows, cache, with.position(first_row, cache.capacity), first_value);
}
Written StoreRows::written() const {
    return values_of(cache);
}

void LatentAttention::run(const Surroundings& with) const {
    latent_attention(with.context, q, cache, with.position(first_position, most), latent, scale, out);
}
std::size_t LatentAttention::scratch_bytes() const {
    return attention_scratch_bytes(q.tokens, q.heads, 1, latent, most);
}
Written LatentAttention::written() const {
    return values_of(out);
}

void HeadAttention::run(const Surroundings& with) const {
    head_attention(with.context, q, keys, values, kv_heads, with.position(first_position, most), scale, out);
}
std::size_t HeadAttention::scratch_bytes() const {
    return attention_scratch_bytes(q.tokens, q.heads, kv_heads, out.width, most);
}
Written HeadAttention::written() const {
    return values_of(out);
}

void RouteExperts::run(const Surroundings& with) const {
    route_experts(with.context, logits, selection_bias, rule, ids, weights);
}
Written RouteExperts::written() const {
    return values_of(ids, weights, logits.rows * rule.experts_used);
}

void ExpertNetworks::run(const Surroundings& with) const {
    expert_ffn(with.context, gate, up, down, x, ids, weights, experts_used, out);
}
std::size_t ExpertNetworks::scratch_bytes() const {
    return expert_ffn_scratch_bytes(gate, up, down, x.rows, experts_used);
}
Written ExpertNetworks::written() const {
    return values_of(out);
}

void TopK::run(const Surroundings& with) const {
    top_k(with.context, rows, k, ids, values);
}
std::size_t TopK::scratch_bytes() const {
    return top_k_scratch_bytes(rows.rows, rows.cols, k);
}
Written TopK::written() const {
    return values_of(ids, values, rows.rows * k);
}

} // namespace spoutnik::kernels::cuda
