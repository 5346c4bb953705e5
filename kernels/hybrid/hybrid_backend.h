// SPDX-License-Identifier: MIT
// A device and the CPU beside it as one backend: everything happens on the device, except operations whose
// weights are in RAM (Matrix::home). For those the activations, the ids of experts and their weights come
// down, the CPU computes, and the result goes up; nothing else crosses, no weight ever.
#pragma once

#include "kernels/backend.h"

#include <memory>
#include <vector>

namespace spoutnik::kernels {

/// Host memory for one operand, kept from call to call.
class Staging {
  public:
    /// Pinned by `device` where that makes crossing faster. Content is lost when it grows. Throws
    /// OutOfMemory.
    std::byte* take(Backend& device, std::size_t bytes);

  private:
    std::unique_ptr<Buffer> buffer_;
};

/// Pointers are addresses on the device, but for weights with Home::host. Results have the bits that the CPU
/// gives to what it computes, and those of the device for the rest.
class HybridBackend final : public Backend {
  public:
    HybridBackend(std::shared_ptr<Backend> device, std::shared_ptr<Backend> host);

    std::string name() const override; ///< "cuda+cpu"
    std::string isa() const override;  ///< "sm_90+avx512"
    MemoryInfo memory() const override { return device_->memory(); }
    Format cache_format() const override { return device_->cache_format(); }
    Backend& keeper_of(Home home) override { return home == Home::host ? *host_ : *device_; }

    std::unique_ptr<Buffer> allocate(std::size_t bytes) override { return device_->allocate(bytes); }
    std::unique_ptr<Buffer> adopt(std::span<const std::byte> host) override { return device_->adopt(host); }
    void upload(std::span<const std::byte> host, std::byte* device) override {
        device_->upload(host, device);
    }
    void download(const std::byte* device, std::span<std::byte> host) override {
        device_->download(device, host);
    }
    std::unique_ptr<Buffer> allocate_pinned(std::size_t bytes) override {
        return device_->allocate_pinned(bytes);
    }
    void download_all(std::span<const Download> parts) override { device_->download_all(parts); }
    void synchronize() override { device_->synchronize(); }
    void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override {
        device_->top_k(rows, k, ids, values);
    }
    bool begin_rehearsal() override { return is_rehearsing_ = device_->begin_rehearsal(); }
    void end_rehearsal() override {
        is_rehearsing_ = false;
        device_->end_rehearsal();
    }

    void embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) override;
    void rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) override;
    void add(ConstTensor x, Tensor out) override;
    void add_bias(const float* bias, Tensor out) override;
    void swiglu(ConstTensor gate, ConstTensor up, Tensor out) override;

    void matmul(const Matrix& weight, ConstTensor x, Tensor out) override;
    void matmul_per_head(const Matrix& weight, Heads x, Heads out) override;
    void matmul_add(const Matrix& weight, ConstTensor x, Tensor room, Tensor out) override;
    void swiglu_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                    const FfnRoom& room, Tensor out) override;

    void rope(Heads x, ConstTensor cos_sin, RopePairs pairs) override;
    void store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                    std::int64_t first_value) override;
    void latent_attention(Heads q, CacheRows cache, std::int64_t first_position, std::int64_t latent,
                          float scale, Heads out) override;
    void decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                std::int64_t first_position, float scale, Heads out) override;
    std::optional<std::int64_t> decompression_pays_from() const override {
        return device_->decompression_pays_from();
    }
    void head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                        std::int64_t first_position, float scale, Heads out) override;

    void route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                       std::int32_t* ids, float* weights) override;
    /// gate, up and down have one home.
    void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                    const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                    Tensor out) override;

  private:
    // Rows stand side by side in host memory, whatever their stride on the device. What is ordered is there
    // after fetch().
    Tensor room_for(std::int64_t rows, std::int64_t cols, Staging& staging);
    Tensor order(ConstTensor x, Staging& staging);
    void send(ConstTensor host, Tensor out);
    Heads room_for(const Heads& shape, Staging& staging);
    Heads order(const Heads& x, Staging& staging);
    void send(const Heads& host, const Heads& out);
    template <class T>
    const T* order(const T* values, std::int64_t count, Staging& staging);
    void order(const float* device, float* host, std::int64_t count);
    void fetch();

    std::shared_ptr<Backend> device_;
    std::shared_ptr<Backend> host_;
    bool is_rehearsing_ = false; ///< then memory to cross in is taken, and nothing computed
    Staging x_, out_, ids_, weights_;
    std::vector<Download> ordered_;
};

} // namespace spoutnik::kernels
