// SPDX-License-Identifier: MIT
#include "tests/support/fenced_backend.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

namespace spoutnik::testing {

using kernels::CacheRows;
using kernels::ConstTensor;
using kernels::Heads;
using kernels::Matrix;
using kernels::Tensor;

namespace {

/// A bit that no address of this machine has: following one that carries it is a fault at once.
constexpr std::uintptr_t mark = std::uintptr_t{1} << 62U;
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

std::uintptr_t number_of(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}

} // namespace

struct FencedBackend::Memory {
    std::size_t limit = 0;
    std::size_t in_use = 0;
    std::uint64_t allocations = 0;
    std::uint64_t fails_at = never;
    bool fails_for_good = false;
    std::uint64_t adopted = 0;
    std::map<std::uintptr_t, std::size_t> regions; ///< without the mark

    void reserve(std::size_t bytes) {
        if (allocations++ >= fails_at) {
            if (!fails_for_good) fails_at = never;
            throw kernels::OutOfMemory("the test lets this allocation fail");
        }
        if (bytes > limit - in_use)
            throw kernels::OutOfMemory("not enough memory on the device: " + std::to_string(bytes) +
                                       " bytes asked for, " + std::to_string(limit - in_use) + " free");
    }

    /// The host's address of device memory that is all there.
    template <class T>
    T* real(T* address, std::int64_t bytes) const {
        if (bytes <= 0 || address == nullptr) return nullptr;
        const std::uintptr_t marked = number_of(address);
        if ((marked & mark) == 0) throw std::logic_error("an address of the host reached the device");
        const std::uintptr_t plain = marked & ~mark;
        auto region = regions.upper_bound(plain);
        if (region == regions.begin()) throw std::logic_error("device memory that nobody allocated");
        --region;
        if (plain + static_cast<std::uintptr_t>(bytes) > region->first + region->second)
            throw std::logic_error("an operation reaches beyond its device memory");
        return reinterpret_cast<T*>(plain);
    }
    template <class T>
    T* values(T* address, std::int64_t count) const {
        return real(address, count * static_cast<std::int64_t>(sizeof(T)));
    }
    Tensor of(const Tensor& t) const {
        return {values(t.data, t.rows == 0 ? 0 : (t.rows - 1) * t.stride + t.cols), t.rows, t.cols, t.stride};
    }
    ConstTensor of(const ConstTensor& t) const {
        return {values(t.data, t.rows == 0 ? 0 : (t.rows - 1) * t.stride + t.cols), t.rows, t.cols, t.stride};
    }
    Heads of(Heads h) const {
        const bool empty = h.tokens == 0 || h.heads == 0;
        h.data = values(
            h.data, empty ? 0 : (h.tokens - 1) * h.token_stride + (h.heads - 1) * h.head_stride + h.width);
        return h;
    }
    Matrix of(Matrix m) const {
        if (m.home != kernels::Home::device) throw std::logic_error("a weight in RAM reached the device");
        const std::size_t one = static_cast<std::size_t>(m.rows) * kernels::bytes_of(m.format, m.cols);
        const std::size_t all =
            m.count == 0 ? 0 : static_cast<std::size_t>(m.count - 1) * m.stride_bytes + one;
        m.data = real(m.data, static_cast<std::int64_t>(all));
        return m;
    }
    CacheRows of(CacheRows c) const {
        c.data = real(c.data, c.capacity * static_cast<std::int64_t>(kernels::bytes_of(c.format, c.width)));
        return c;
    }
};

namespace {

class FencedBuffer final : public kernels::Buffer {
  public:
    FencedBuffer(std::unique_ptr<kernels::Buffer> inner, std::shared_ptr<FencedBackend::Memory> memory)
        : inner_(std::move(inner)), memory_(std::move(memory)) {
        memory_->regions[number_of(inner_->data())] = inner_->bytes();
        memory_->in_use += inner_->bytes();
    }
    ~FencedBuffer() override {
        memory_->regions.erase(number_of(inner_->data()));
        memory_->in_use -= inner_->bytes();
    }
    FencedBuffer(const FencedBuffer&) = delete;
    FencedBuffer& operator=(const FencedBuffer&) = delete;

    std::byte* data() override { return reinterpret_cast<std::byte*>(number_of(inner_->data()) | mark); }
    std::size_t bytes() const override { return inner_->bytes(); }

  private:
    std::unique_ptr<kernels::Buffer> inner_;
    std::shared_ptr<FencedBackend::Memory> memory_;
};

} // namespace

FencedBackend::FencedBackend(std::size_t bytes, const kernels::CpuOptions& cpu)
    : inner_(kernels::make_cpu_backend(cpu)), memory_(std::make_shared<Memory>()) {
    memory_->limit = bytes;
}

FencedBackend::~FencedBackend() = default;

kernels::MemoryInfo FencedBackend::memory() const {
    return {.free_bytes = memory_->limit - memory_->in_use, .total_bytes = memory_->limit};
}

std::unique_ptr<kernels::Buffer> FencedBackend::allocate(std::size_t bytes) {
    memory_->reserve(bytes);
    return std::make_unique<FencedBuffer>(inner_->allocate(bytes), memory_);
}

std::unique_ptr<kernels::Buffer> FencedBackend::adopt(std::span<const std::byte> host) {
    memory_->reserve(host.size());
    auto copy = inner_->allocate(host.size());
    inner_->upload(host, copy->data());
    memory_->adopted += host.size();
    return std::make_unique<FencedBuffer>(std::move(copy), memory_);
}

void FencedBackend::upload(std::span<const std::byte> host, std::byte* device) {
    if (host.empty()) return;
    std::memcpy(memory_->values(device, static_cast<std::int64_t>(host.size())), host.data(), host.size());
    crossed_.up += host.size();
    crossed_.largest = std::max<std::uint64_t>(crossed_.largest, host.size());
    ++crossed_.calls;
}

void FencedBackend::download(const std::byte* device, std::span<std::byte> host) {
    if (host.empty()) return;
    std::memcpy(host.data(), memory_->values(device, static_cast<std::int64_t>(host.size())), host.size());
    crossed_.down += host.size();
    crossed_.largest = std::max<std::uint64_t>(crossed_.largest, host.size());
    ++crossed_.calls;
}

void FencedBackend::embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) {
    inner_->embed_rows(memory_->of(table), tokens, memory_->of(out));
}

void FencedBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    inner_->rms_norm(memory_->of(x), memory_->values(gain, x.cols), epsilon, memory_->of(out));
}

void FencedBackend::add(ConstTensor x, Tensor out) {
    inner_->add(memory_->of(x), memory_->of(out));
}

void FencedBackend::add_bias(const float* bias, Tensor out) {
    inner_->add_bias(memory_->values(bias, out.cols), memory_->of(out));
}

void FencedBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    inner_->swiglu(memory_->of(gate), memory_->of(up), memory_->of(out));
}

void FencedBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    inner_->matmul(memory_->of(weight), memory_->of(x), memory_->of(out));
}

void FencedBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    inner_->matmul_per_head(memory_->of(weight), memory_->of(x), memory_->of(out));
}

void FencedBackend::rope(Heads x, ConstTensor cos_sin, kernels::RopePairs pairs) {
    inner_->rope(memory_->of(x), memory_->of(cos_sin), pairs);
}

void FencedBackend::store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                               std::int64_t first_value) {
    inner_->store_rows(memory_->of(rows), memory_->of(cache), first_row, first_value);
}

void FencedBackend::latent_attention(Heads q, CacheRows cache, std::int64_t first_position,
                                     std::int64_t latent, float scale, Heads out) {
    inner_->latent_attention(memory_->of(q), memory_->of(cache), first_position, latent, scale,
                             memory_->of(out));
}

void FencedBackend::decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                           std::int64_t first_position, float scale, Heads out) {
    inner_->decompressed_attention(memory_->of(q), memory_->of(cache), memory_->of(w_uk), memory_->of(w_uv),
                                   first_position, scale, memory_->of(out));
}

void FencedBackend::head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                   std::int64_t first_position, float scale, Heads out) {
    inner_->head_attention(memory_->of(q), memory_->of(keys), memory_->of(values), kv_heads, first_position,
                           scale, memory_->of(out));
}

void FencedBackend::route_experts(ConstTensor logits, const float* selection_bias,
                                  const kernels::RoutingRule& rule, std::int32_t* ids, float* weights) {
    const std::int64_t pairs = logits.rows * rule.experts_used;
    inner_->route_experts(memory_->of(logits), memory_->values(selection_bias, logits.cols), rule,
                          memory_->values(ids, pairs), memory_->values(weights, pairs));
}

void FencedBackend::expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                               const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                               Tensor out) {
    const std::int64_t pairs = x.rows * experts_used;
    inner_->expert_ffn(memory_->of(gate), memory_->of(up), memory_->of(down), memory_->of(x),
                       memory_->values(ids, pairs), memory_->values(weights, pairs), experts_used,
                       memory_->of(out));
}

void FencedBackend::top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) {
    const std::int64_t found = rows.rows * k;
    inner_->top_k(memory_->of(rows), k, memory_->values(ids, found), memory_->values(values, found));
}

void FencedBackend::fail_after(std::uint64_t more, bool for_good) {
    memory_->fails_at = memory_->allocations + more;
    memory_->fails_for_good = for_good;
}

void FencedBackend::mend() {
    memory_->fails_at = never;
}

std::uint64_t FencedBackend::allocations() const {
    return memory_->allocations;
}

std::size_t FencedBackend::bytes_in_use() const {
    return memory_->in_use;
}

std::uint64_t FencedBackend::adopted_bytes() const {
    return memory_->adopted;
}

} // namespace spoutnik::testing
