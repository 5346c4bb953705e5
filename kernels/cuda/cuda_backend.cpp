// SPDX-License-Identifier: MIT
#include "kernels/cuda/cuda_backend.h"

#include "kernels/checks.h"
#include "kernels/cuda/ops_products.h"
#include "kernels/cuda/ops_routing.h"
#include "kernels/cuda/ops_rows.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <string>
#include <utility>

namespace spoutnik::kernels::cuda {
namespace {

/// How far a grid of attention reaches, and how long the graph that holds it serves: to the end of a stretch
/// of positions, an eighth of what lies before it.
std::int64_t reach_of(std::int64_t position) {
    constexpr std::int64_t shortest = 256;
    const auto before = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(position)));
    const std::int64_t stretch = std::max(shortest, before / 8);
    return position / stretch * stretch + stretch - 1;
}

/// Position::most for queries that stand in a cache.
std::int64_t most_position(const Heads& q, std::int64_t first_position, std::int64_t capacity) {
    return std::min(reach_of(first_position), capacity - q.tokens);
}

static_assert(most_top_k == Backend::most_top_k);

class PinnedBuffer final : public Buffer {
  public:
    PinnedBuffer(std::byte* data, std::size_t bytes) : data_(data), bytes_(bytes) {}
    ~PinnedBuffer() override { free_pinned_host(data_); }
    PinnedBuffer(const PinnedBuffer&) = delete;
    PinnedBuffer& operator=(const PinnedBuffer&) = delete;

    std::byte* data() override { return data_; }
    std::size_t bytes() const override { return bytes_; }

  private:
    std::byte* data_;
    std::size_t bytes_;
};

} // namespace

struct CudaBackend::Device {
    explicit Device(const QueueOptions& options) : queue(find_device(), options) {}
    /// The ring goes before the queue, and what was sent may still be on its way from its memory.
    ~Device() {
        try {
            use();
            wait_for(queue.stream());
        } catch (const std::exception&) { // NOLINT: the device has failed; there is nobody left to be told
        }
    }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    void use() const { use_device(queue.device().number); }

    OperationQueue queue;
    UploadRing uploads;
};

class CudaBackend::DeviceBuffer final : public Buffer {
  public:
    DeviceBuffer(std::shared_ptr<Device> device, std::byte* data, std::size_t bytes)
        : device_(std::move(device)), data_(data), bytes_(bytes) {}
    ~DeviceBuffer() override {
        flush();
        free_device(data_);
    }
    DeviceBuffer(const DeviceBuffer&) = delete;
    DeviceBuffer& operator=(const DeviceBuffer&) = delete;

    std::byte* data() override { return data_; }
    std::size_t bytes() const override { return bytes_; }

  private:
    /// Operations that wait may read it.
    void flush() noexcept {
        try {
            device_->use();
            device_->queue.flush();
        } catch (...) { // NOLINT: a destructor; the device's next user hears of what has failed
        }
    }

    std::shared_ptr<Device> device_;
    std::byte* data_;
    std::size_t bytes_;
};

CudaBackend::CudaBackend(const QueueOptions& options) : device_(std::make_shared<Device>(options)) {
}

CudaBackend::~CudaBackend() = default;

std::string CudaBackend::isa() const {
    return device_->queue.device().chip;
}

const QueueCounts& CudaBackend::counts() const {
    return device_->queue.counts();
}

// Memory ----------------------------------------------------------------------------------------------------

MemoryInfo CudaBackend::memory() const {
    device_->use();
    return device_memory();
}

std::unique_ptr<Buffer> CudaBackend::take(std::size_t bytes) {
    device_->use();
    std::byte* data = allocate_device(std::max<std::size_t>(1, bytes));
    if (data == nullptr)
        throw OutOfMemory("not enough memory on the GPU: " + std::to_string(bytes) + " bytes asked for");
    return std::make_unique<DeviceBuffer>(device_, data, bytes);
}

std::unique_ptr<Buffer> CudaBackend::allocate(std::size_t bytes) {
    auto buffer = take(bytes);
    if (bytes > 0) fill_with_zeros(device_->queue.stream(), buffer->data(), bytes);
    return buffer;
}

std::unique_ptr<Buffer> CudaBackend::adopt(std::span<const std::byte> host) {
    auto buffer = take(host.size());
    upload(host, buffer->data());
    return buffer;
}

std::unique_ptr<Buffer> CudaBackend::allocate_pinned(std::size_t bytes) {
    device_->use();
    std::byte* data = allocate_pinned_host(std::max<std::size_t>(1, bytes));
    if (data == nullptr) return nullptr;
    return std::make_unique<PinnedBuffer>(data, bytes);
}

void CudaBackend::upload(std::span<const std::byte> host, std::byte* device) {
    OperationQueue& queue = device_->queue;
    if (queue.is_rehearsing()) return;
    queue.flush();
    if (host.empty()) return;
    device_->use();
    if (host.size() <= bytes_at_once) // travels with the start of a kernel
        store_bytes(queue.context(), host, device);
    else
        device_->uploads.send(queue.stream(), host, device);
}

void CudaBackend::download(const std::byte* device, std::span<std::byte> host) {
    const Download part{device, host};
    download_all({&part, 1});
}

void CudaBackend::download_all(std::span<const Download> parts) {
    OperationQueue& queue = device_->queue;
    if (queue.is_rehearsing()) return;
    queue.flush();
    device_->use();
    for (const Download& part : parts)
        if (!part.host.empty()) copy_to_host(queue.stream(), part.device, part.host);
    wait_for(queue.stream());
    device_->uploads.all_arrived();
}

void CudaBackend::synchronize() {
    device_->queue.finish();
    device_->uploads.all_arrived();
}

// Rows ------------------------------------------------------------------------------------------------------

/// Ids are arguments of the kernel, so that this goes by itself: a list with it would come only once.
void CudaBackend::embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) {
    checks::embed_rows(table, tokens, out);
    if (device_->queue.is_rehearsing()) return;
    device_->queue.flush();
    device_->use();
    cuda::embed_rows(device_->queue.context(), table, tokens, out);
}

void CudaBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    checks::rms_norm(x, gain, out);
    device_->queue.add(RmsNorm{x, gain, epsilon, out});
}

void CudaBackend::add(ConstTensor x, Tensor out) {
    checks::add(x, out);
    device_->queue.add(Add{x, out});
}

void CudaBackend::add_bias(const float* bias, Tensor out) {
    checks::add_bias(bias, out);
    device_->queue.add(AddBias{bias, out});
}

void CudaBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    checks::swiglu(gate, up, out);
    device_->queue.add(Swiglu{gate, up, out});
}

// Products --------------------------------------------------------------------------------------------------

void CudaBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    checks::matmul(weight, x, out);
    device_->queue.add(Matmul{weight, x, out, false});
}

void CudaBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    checks::matmul_per_head(weight, x, out);
    device_->queue.add(MatmulPerHead{weight, x, out});
}

void CudaBackend::matmul_add(const Matrix& weight, ConstTensor x, Tensor room, Tensor out) {
    if (!adds_products(x.rows)) return Backend::matmul_add(weight, x, room, out);
    checks::matmul(weight, x, out);
    device_->queue.add(Matmul{weight, x, out, true});
}

void CudaBackend::swiglu_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                             const FfnRoom& room, Tensor out) {
    if (!adds_products(x.rows)) return Backend::swiglu_ffn(gate, up, down, x, room, out);
    checks::expert_ffn(gate, up, down, x, nullptr, nullptr, 0, out);
    device_->queue.add(ExpertNetworks{gate, up, down, x, nullptr, nullptr, 1, out});
}

// Attention -------------------------------------------------------------------------------------------------

void CudaBackend::rope(Heads x, ConstTensor cos_sin, RopePairs pairs) {
    checks::rope(x, cos_sin);
    device_->queue.add(Rope{x, cos_sin, pairs});
}

void CudaBackend::store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                             std::int64_t first_value) {
    checks::store_rows(rows, cache, first_row, first_value);
    device_->queue.add(StoreRows{rows, cache, device_->queue.slot_of(first_row), first_value});
}

void CudaBackend::latent_attention(Heads q, CacheRows cache, std::int64_t first_position, std::int64_t latent,
                                   float scale, Heads out) {
    checks::latent_attention(q, cache, first_position, latent, out);
    device_->queue.add_with_what_is_there(LatentAttention{q, cache, device_->queue.slot_of(first_position),
                                                          most_position(q, first_position, cache.capacity),
                                                          latent, scale, out});
}

void CudaBackend::head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                 std::int64_t first_position, float scale, Heads out) {
    checks::head_attention(q, keys, values, kv_heads, first_position, out);
    device_->queue.add_with_what_is_there(HeadAttention{
        q, keys, values, kv_heads, device_->queue.slot_of(first_position),
        most_position(q, first_position, std::min(keys.capacity, values.capacity)), scale, out});
}

// Experts ---------------------------------------------------------------------------------------------------

void CudaBackend::route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                                std::int32_t* ids, float* weights) {
    checks::route_experts(logits, rule, ids, weights);
    require(logits.cols <= most_experts, "route_experts: more experts than the GPU's router holds");
    device_->queue.add(RouteExperts{logits, selection_bias, rule, ids, weights});
}

void CudaBackend::expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                             const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                             Tensor out) {
    checks::expert_ffn(gate, up, down, x, ids, weights, experts_used, out);
    if (experts_used == 0 || x.rows == 0) return;
    device_->queue.add(ExpertNetworks{gate, up, down, x, ids, weights, experts_used, out});
}

// Sampling --------------------------------------------------------------------------------------------------

void CudaBackend::top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) {
    checks::top_k(rows, k, ids, values);
    device_->queue.add(TopK{rows, k, ids, values});
}

// Rehearsals ------------------------------------------------------------------------------------------------

bool CudaBackend::begin_rehearsal() {
    device_->queue.begin_rehearsal();
    return true;
}

void CudaBackend::end_rehearsal() {
    device_->use();
    device_->queue.end_rehearsal();
}

std::size_t CudaBackend::scratch_bytes() const {
    return device_->queue.scratch_bytes();
}

} // namespace spoutnik::kernels::cuda
