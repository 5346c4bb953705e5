// SPDX-License-Identifier: MIT
// Memory, and the operations on rows.
#include "kernels/cpu/cpu_backend.h"

#include "kernels/checks.h"
#include "kernels/cpu/host_memory.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

namespace spoutnik::kernels {

// Scratch ---------------------------------------------------------------------------------------------------

void Scratch::Free::operator()(float* p) const {
    ::operator delete[](p, std::align_val_t{64});
}

float* Scratch::floats(std::int64_t count) {
    if (count > capacity_) {
        data_.reset();
        capacity_ = 0;
        const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
        data_.reset(static_cast<float*>(::operator new[](bytes, std::align_val_t{64})));
        capacity_ = count;
    }
    return data_.get();
}

// Memory ----------------------------------------------------------------------------------------------------

CpuBackend::CpuBackend(const CpuOptions& options, const Bf16Table* bf16)
    : isa_(options.isa), table_(table_of(options.isa)), int8_(int8_table_of(options.isa)), bf16_(bf16),
      pool_(options.threads), workers_(static_cast<std::size_t>(pool_.threads())) {
}

std::string CpuBackend::isa() const {
    // Tiles round attention otherwise than vectors do: a cache of the one is not one of the other.
    const bool no_bf16_tiles = isa_ == CpuIsa::amx && (bf16_ == nullptr || !bf16_->takes_turned);
    return std::string(name_of(isa_)) + (no_bf16_tiles ? " without bf16" : "");
}

MemoryInfo CpuBackend::memory() const {
    return host_memory();
}

std::unique_ptr<Buffer> CpuBackend::allocate(std::size_t bytes) {
    return allocate_host(bytes);
}

std::unique_ptr<Buffer> CpuBackend::adopt(std::span<const std::byte> host) {
    return adopt_host(host);
}

void CpuBackend::upload(std::span<const std::byte> host, std::byte* device) {
    if (!host.empty()) std::memcpy(device, host.data(), host.size());
}

void CpuBackend::download(const std::byte* device, std::span<std::byte> host) {
    if (!host.empty()) std::memcpy(host.data(), device, host.size());
}

// Rows ------------------------------------------------------------------------------------------------------

void CpuBackend::embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) {
    checks::embed_rows(table, tokens, out);
    for_row_ranges(out.rows, out.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.dequantize(table.format, row_of(table, 0, tokens[static_cast<std::size_t>(t)]), table.cols,
                              out.data + t * out.stride);
    });
}

void CpuBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    checks::rms_norm(x, gain, out);
    for_row_ranges(x.rows, x.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t) {
            const float* row = x.data + t * x.stride;
            const float mean = table_.sum_of_squares(row, x.cols) / static_cast<float>(x.cols);
            table_.scale_with_gain(row, 1.0F / std::sqrt(mean + epsilon), gain, x.cols,
                                   out.data + t * out.stride);
        }
    });
}

void CpuBackend::add(ConstTensor x, Tensor out) {
    checks::add(x, out);
    for_row_ranges(x.rows, x.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.add_scaled(1.0F, x.data + t * x.stride, x.cols, out.data + t * out.stride);
    });
}

void CpuBackend::add_bias(const float* bias, Tensor out) {
    checks::add_bias(bias, out);
    for_row_ranges(out.rows, out.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.add_scaled(1.0F, bias, out.cols, out.data + t * out.stride);
    });
}

void CpuBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    checks::swiglu(gate, up, out);
    for_row_ranges(out.rows, out.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.swiglu(gate.data + t * gate.stride, up.data + t * up.stride, out.cols,
                          out.data + t * out.stride);
    });
}

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options) {
    return std::make_unique<CpuBackend>(options);
}

} // namespace spoutnik::kernels
