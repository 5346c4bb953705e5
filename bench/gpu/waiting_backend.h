// SPDX-License-Identifier: MIT
// A Backend that passes everything on to another one and counts how long the host waits for the device.
#pragma once

#include "kernels/backend.h"

#include <chrono>
#include <memory>

namespace spoutnik::bench {

/// What is left of a token's time when the waiting is taken off is the host's own: building lists, starting
/// graphs, choosing the token. Before each wait everything is put on the device by an upload of nothing, so
/// that the start of the work does not pass for waiting.
class WaitingBackend final : public kernels::Backend {
  public:
    explicit WaitingBackend(kernels::Backend& inner) : inner_(inner) {}

    double seconds_waited() const { return waited_.count(); }

    std::string name() const override { return inner_.name(); }
    std::string isa() const override { return inner_.isa(); }
    kernels::MemoryInfo memory() const override { return inner_.memory(); }
    kernels::Format cache_format() const override { return inner_.cache_format(); }

    std::unique_ptr<kernels::Buffer> allocate(std::size_t bytes) override { return inner_.allocate(bytes); }
    std::unique_ptr<kernels::Buffer> adopt(std::span<const std::byte> host) override {
        return inner_.adopt(host);
    }
    std::unique_ptr<kernels::Buffer> allocate_pinned(std::size_t bytes) override {
        return inner_.allocate_pinned(bytes);
    }
    void upload(std::span<const std::byte> host, std::byte* device) override { inner_.upload(host, device); }
    void download(const std::byte* device, std::span<std::byte> host) override;
    void download_all(std::span<const kernels::Download> parts) override;
    void synchronize() override;

    void embed_rows(const kernels::Matrix& table, std::span<const std::int32_t> tokens,
                    kernels::Tensor out) override {
        inner_.embed_rows(table, tokens, out);
    }
    void rms_norm(kernels::ConstTensor x, const float* gain, float epsilon, kernels::Tensor out) override {
        inner_.rms_norm(x, gain, epsilon, out);
    }
    void add(kernels::ConstTensor x, kernels::Tensor out) override { inner_.add(x, out); }
    void add_bias(const float* bias, kernels::Tensor out) override { inner_.add_bias(bias, out); }
    void swiglu(kernels::ConstTensor gate, kernels::ConstTensor up, kernels::Tensor out) override {
        inner_.swiglu(gate, up, out);
    }
    void matmul(const kernels::Matrix& weight, kernels::ConstTensor x, kernels::Tensor out) override {
        inner_.matmul(weight, x, out);
    }
    void matmul_per_head(const kernels::Matrix& weight, kernels::Heads x, kernels::Heads out) override {
        inner_.matmul_per_head(weight, x, out);
    }
    void matmul_add(const kernels::Matrix& weight, kernels::ConstTensor x, kernels::Tensor room,
                    kernels::Tensor out) override {
        inner_.matmul_add(weight, x, room, out);
    }
    void swiglu_ffn(const kernels::Matrix& gate, const kernels::Matrix& up, const kernels::Matrix& down,
                    kernels::ConstTensor x, const kernels::FfnRoom& room, kernels::Tensor out) override {
        inner_.swiglu_ffn(gate, up, down, x, room, out);
    }
    void rope(kernels::Heads x, kernels::ConstTensor cos_sin, kernels::RopePairs pairs) override {
        inner_.rope(x, cos_sin, pairs);
    }
    void store_rows(kernels::ConstTensor rows, kernels::CacheRows cache, std::int64_t first_row,
                    std::int64_t first_value) override {
        inner_.store_rows(rows, cache, first_row, first_value);
    }
    void latent_attention(kernels::Heads q, kernels::CacheRows cache, std::int64_t first_position,
                          std::int64_t latent, float scale, kernels::Heads out) override {
        inner_.latent_attention(q, cache, first_position, latent, scale, out);
    }
    void decompressed_attention(kernels::Heads q, kernels::CacheRows cache, const kernels::Matrix& w_uk,
                                const kernels::Matrix& w_uv, std::int64_t first_position, float scale,
                                kernels::Heads out) override {
        inner_.decompressed_attention(q, cache, w_uk, w_uv, first_position, scale, out);
    }
    std::optional<std::int64_t> decompression_pays_from() const override {
        return inner_.decompression_pays_from();
    }
    std::int64_t tokens_at_once() const override { return inner_.tokens_at_once(); }
    void head_attention(kernels::Heads q, kernels::CacheRows keys, kernels::CacheRows values,
                        std::int64_t kv_heads, std::int64_t first_position, float scale,
                        kernels::Heads out) override {
        inner_.head_attention(q, keys, values, kv_heads, first_position, scale, out);
    }
    void route_experts(kernels::ConstTensor logits, const float* selection_bias,
                       const kernels::RoutingRule& rule, std::int32_t* ids, float* weights) override {
        inner_.route_experts(logits, selection_bias, rule, ids, weights);
    }
    void expert_ffn(const kernels::Matrix& gate, const kernels::Matrix& up, const kernels::Matrix& down,
                    kernels::ConstTensor x, const std::int32_t* ids, const float* weights,
                    std::int64_t experts_used, kernels::Tensor out) override {
        inner_.expert_ffn(gate, up, down, x, ids, weights, experts_used, out);
    }

    void top_k(kernels::ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override {
        inner_.top_k(rows, k, ids, values);
    }
    bool begin_rehearsal() override { return inner_.begin_rehearsal(); }
    void end_rehearsal() override { inner_.end_rehearsal(); }

  private:
    template <class Wait>
    void wait(const Wait& wait);

    kernels::Backend& inner_;
    std::chrono::duration<double> waited_{};
};

} // namespace spoutnik::bench
