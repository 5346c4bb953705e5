// SPDX-License-Identifier: MIT
// The Backend of kernels/backend.h on an NVIDIA GPU, and in the tests on the emulated one.
//
// Calls are checked at once and wait in an OperationQueue for a transfer; errors of the device may therefore
// come from a later call than the one that made them.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/operation_queue.h"
#include "kernels/cuda/upload_ring.h"

#include <memory>

namespace spoutnik::kernels::cuda {

class CudaBackend final : public Backend {
  public:
    /// On find_device(). Throws NoDevice, DeviceFailure or OutOfMemory.
    explicit CudaBackend(const QueueOptions& options = {});
    ~CudaBackend() override;

    std::string name() const override { return "cuda"; }
    std::string isa() const override; ///< "sm_90"
    MemoryInfo memory() const override;

    std::unique_ptr<Buffer> allocate(std::size_t bytes) override;
    std::unique_ptr<Buffer> adopt(std::span<const std::byte> host) override;
    void upload(std::span<const std::byte> host, std::byte* device) override;
    void download(const std::byte* device, std::span<std::byte> host) override;
    void download_all(std::span<const Download> parts) override;
    std::unique_ptr<Buffer> allocate_pinned(std::size_t bytes) override;
    void synchronize() override;

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
    void head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                        std::int64_t first_position, float scale, Heads out) override;

    /// At most most_experts of them, else std::invalid_argument.
    void route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                       std::int32_t* ids, float* weights) override;
    void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                    const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                    Tensor out) override;

    void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override;

    bool begin_rehearsal() override;
    void end_rehearsal() override;

    const QueueCounts& counts() const;
    /// Memory that operations work in beside their operands.
    std::size_t scratch_bytes() const;

  private:
    /// Shared with the buffers, which must find the device when they go.
    struct Device;
    class DeviceBuffer;

    std::unique_ptr<Buffer> take(std::size_t bytes);

    std::shared_ptr<Device> device_;
};

} // namespace spoutnik::kernels::cuda
