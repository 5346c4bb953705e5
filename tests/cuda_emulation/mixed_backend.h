// SPDX-License-Identifier: MIT
// The CPU's backend with some operations done by another backend on the same memory (kernels on the emulated
// device read the host's), or by plain code of the test: what tells which operation a difference between two
// devices comes from.
#pragma once

#include "kernels/backend.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace spoutnik::cuda_emulation {

/// Who computes attention.
enum class Attention {
    cpu,
    device,
    rounded, ///< plain double precision, queries and weights of the softmax rounded to the cache's 16 bits
};

struct Mixture {
    kernels::CpuIsa isa = kernels::CpuIsa::reference;
    Attention attention = Attention::cpu;
    /// Everything that is summed or computed in f32: norms, RoPE, SwiGLU, gates, products of float weights.
    bool floats_on_device = false;
};

class MixedBackend final : public kernels::Backend {
  public:
    /// `device` may be null where the mixture does without.
    MixedBackend(const Mixture& mixture, kernels::Backend* device);

    std::string name() const override { return "cpu"; }
    std::string isa() const override { return cpu_->isa(); }
    kernels::MemoryInfo memory() const override { return cpu_->memory(); }

    std::unique_ptr<kernels::Buffer> allocate(std::size_t bytes) override { return cpu_->allocate(bytes); }
    std::unique_ptr<kernels::Buffer> adopt(std::span<const std::byte> host) override {
        return cpu_->adopt(host);
    }
    void upload(std::span<const std::byte> host, std::byte* device) override { cpu_->upload(host, device); }
    void download(const std::byte* device, std::span<std::byte> host) override {
        cpu_->download(device, host);
    }

    void embed_rows(const kernels::Matrix& table, std::span<const std::int32_t> tokens,
                    kernels::Tensor out) override;
    void rms_norm(kernels::ConstTensor x, const float* gain, float epsilon, kernels::Tensor out) override;
    void add(kernels::ConstTensor x, kernels::Tensor out) override;
    void add_bias(const float* bias, kernels::Tensor out) override;
    void swiglu(kernels::ConstTensor gate, kernels::ConstTensor up, kernels::Tensor out) override;
    void matmul(const kernels::Matrix& weight, kernels::ConstTensor x, kernels::Tensor out) override;
    void matmul_per_head(const kernels::Matrix& weight, kernels::Heads x, kernels::Heads out) override;
    void rope(kernels::Heads x, kernels::ConstTensor cos_sin, kernels::RopePairs pairs) override;
    void store_rows(kernels::ConstTensor rows, kernels::CacheRows cache, std::int64_t first_row,
                    std::int64_t first_value) override;
    void latent_attention(kernels::Heads q, kernels::CacheRows cache, std::int64_t first_position,
                          std::int64_t latent, float scale, kernels::Heads out) override;
    void head_attention(kernels::Heads q, kernels::CacheRows keys, kernels::CacheRows values,
                        std::int64_t kv_heads, std::int64_t first_position, float scale,
                        kernels::Heads out) override;
    void route_experts(kernels::ConstTensor logits, const float* selection_bias,
                       const kernels::RoutingRule& rule, std::int32_t* ids, float* weights) override;
    void expert_ffn(const kernels::Matrix& gate, const kernels::Matrix& up, const kernels::Matrix& down,
                    kernels::ConstTensor x, const std::int32_t* ids, const float* weights,
                    std::int64_t experts_used, kernels::Tensor out) override;
    void top_k(kernels::ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override {
        cpu_->top_k(rows, k, ids, values);
    }

  private:
    /// Calls `operation` with the backend that does it, and has it done.
    template <class Operation>
    void on(bool device, Operation&& operation);

    Mixture mixture_;
    std::unique_ptr<kernels::Backend> cpu_;
    kernels::Backend* device_;
};

} // namespace spoutnik::cuda_emulation
