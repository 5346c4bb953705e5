// SPDX-License-Identifier: MIT
#include "cuda_emulation/mixed_backend.h"

#include "cuda_emulation/rounded_attention.h"
#include "kernels/checks.h"

namespace spoutnik::cuda_emulation {

using kernels::CacheRows;
using kernels::ConstTensor;
using kernels::Heads;
using kernels::Matrix;
using kernels::Tensor;

MixedBackend::MixedBackend(const Mixture& mixture, kernels::Backend* device)
    : mixture_(mixture), cpu_(kernels::make_cpu_backend({.threads = 1, .isa = mixture.isa})),
      device_(device) {
}

template <class Operation>
void MixedBackend::on(bool device, Operation&& operation) {
    kernels::Backend& backend = device ? *device_ : *cpu_;
    operation(backend);
    backend.synchronize();
}

void MixedBackend::embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) {
    cpu_->embed_rows(table, tokens, out);
}

void MixedBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    on(mixture_.floats_on_device, [&](auto& backend) { backend.rms_norm(x, gain, epsilon, out); });
}

void MixedBackend::add(ConstTensor x, Tensor out) {
    cpu_->add(x, out);
}

void MixedBackend::add_bias(const float* bias, Tensor out) {
    cpu_->add_bias(bias, out);
}

void MixedBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    on(mixture_.floats_on_device, [&](auto& backend) { backend.swiglu(gate, up, out); });
}

void MixedBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    on(mixture_.floats_on_device && !kernels::is_quantised(weight.format),
       [&](auto& backend) { backend.matmul(weight, x, out); });
}

void MixedBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    on(mixture_.floats_on_device && !kernels::is_quantised(weight.format),
       [&](auto& backend) { backend.matmul_per_head(weight, x, out); });
}

void MixedBackend::rope(Heads x, ConstTensor cos_sin, kernels::RopePairs pairs) {
    on(mixture_.floats_on_device, [&](auto& backend) { backend.rope(x, cos_sin, pairs); });
}

void MixedBackend::store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                              std::int64_t first_value) {
    cpu_->store_rows(rows, cache, first_row, first_value);
}

void MixedBackend::latent_attention(Heads q, CacheRows cache, std::int64_t first_position,
                                    std::int64_t latent, float scale, Heads out) {
    if (mixture_.attention != Attention::rounded) {
        on(mixture_.attention == Attention::device,
           [&](auto& backend) { backend.latent_attention(q, cache, first_position, latent, scale, out); });
        return;
    }
    for (std::int64_t t = 0; t < q.tokens; ++t)
        for (std::int64_t h = 0; h < q.heads; ++h)
            attend_rounded(q.data + t * q.token_stride + h * q.head_stride,
                           {.rows = cache, .width = cache.width}, {.rows = cache, .width = latent},
                           first_position + t + 1, scale,
                           out.data + t * out.token_stride + h * out.head_stride);
}

void MixedBackend::head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                  std::int64_t first_position, float scale, Heads out) {
    if (mixture_.attention != Attention::rounded) {
        on(mixture_.attention == Attention::device, [&](auto& backend) {
            backend.head_attention(q, keys, values, kv_heads, first_position, scale, out);
        });
        return;
    }
    for (std::int64_t t = 0; t < q.tokens; ++t)
        for (std::int64_t h = 0; h < q.heads; ++h) {
            const std::int64_t group = h / (q.heads / kv_heads);
            attend_rounded(q.data + t * q.token_stride + h * q.head_stride,
                           {.rows = keys, .first_value = group * q.width, .width = q.width},
                           {.rows = values, .first_value = group * out.width, .width = out.width},
                           first_position + t + 1, scale,
                           out.data + t * out.token_stride + h * out.head_stride);
        }
}

void MixedBackend::route_experts(ConstTensor logits, const float* selection_bias,
                                 const kernels::RoutingRule& rule, std::int32_t* ids, float* weights) {
    on(mixture_.floats_on_device,
       [&](auto& backend) { backend.route_experts(logits, selection_bias, rule, ids, weights); });
}

void MixedBackend::expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                              const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                              Tensor out) {
    on(mixture_.floats_on_device && !kernels::is_quantised(gate.format),
       [&](auto& backend) { backend.expert_ffn(gate, up, down, x, ids, weights, experts_used, out); });
}

} // namespace spoutnik::cuda_emulation
