// SPDX-License-Identifier: MIT
// A device without hardware: its arithmetic is the CPU's, its memory truly its own. Addresses are marked so
// that the host crashes where it follows one, and an operation that is given an address of the host, or rows
// that reach beyond their allocation, throws. Memory has a size, and any allocation can be made to fail.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace spoutnik::testing {

/// What crossed the border, weights at loading apart.
struct Crossed {
    std::uint64_t up = 0;   ///< bytes to the device
    std::uint64_t down = 0; ///< bytes from it
    std::uint64_t largest = 0;
    std::uint64_t calls = 0;
};

class FencedBackend final : public kernels::Backend {
  public:
    static constexpr std::size_t no_limit = std::size_t{1} << 40;

    explicit FencedBackend(std::size_t bytes = no_limit, const kernels::CpuOptions& cpu = {.threads = 1});
    ~FencedBackend() override;

    std::string name() const override { return "fenced"; }
    std::string isa() const override { return "model"; }
    kernels::MemoryInfo memory() const override;
    kernels::Format cache_format() const override { return inner_->cache_format(); }

    std::unique_ptr<kernels::Buffer> allocate(std::size_t bytes) override;
    std::unique_ptr<kernels::Buffer> adopt(std::span<const std::byte> host) override;
    void upload(std::span<const std::byte> host, std::byte* device) override;
    void download(const std::byte* device, std::span<std::byte> host) override;

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
    void decompressed_attention(kernels::Heads q, kernels::CacheRows cache, const kernels::Matrix& w_uk,
                                const kernels::Matrix& w_uv, std::int64_t first_position, float scale,
                                kernels::Heads out) override;
    std::optional<std::int64_t> decompression_pays_from() const override {
        return inner_->decompression_pays_from();
    }
    std::int64_t tokens_at_once() const override { return inner_->tokens_at_once(); }
    void head_attention(kernels::Heads q, kernels::CacheRows keys, kernels::CacheRows values,
                        std::int64_t kv_heads, std::int64_t first_position, float scale,
                        kernels::Heads out) override;
    void route_experts(kernels::ConstTensor logits, const float* selection_bias,
                       const kernels::RoutingRule& rule, std::int32_t* ids, float* weights) override;
    void expert_ffn(const kernels::Matrix& gate, const kernels::Matrix& up, const kernels::Matrix& down,
                    kernels::ConstTensor x, const std::int32_t* ids, const float* weights,
                    std::int64_t experts_used, kernels::Tensor out) override;
    void top_k(kernels::ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override;

    /// The allocation after `more` others fails: once, or with all that follow until mend().
    void fail_after(std::uint64_t more, bool for_good = false);
    void mend();
    std::uint64_t allocations() const; ///< tried so far
    std::size_t bytes_in_use() const;
    std::uint64_t adopted_bytes() const;
    Crossed crossed() const { return crossed_; }
    void forget_crossed() { crossed_ = {}; }

    struct Memory; ///< shared with the buffers, which may outlive a test's interest

  private:
    std::unique_ptr<kernels::Backend> inner_;
    std::shared_ptr<Memory> memory_;
    Crossed crossed_;
};

} // namespace spoutnik::testing
