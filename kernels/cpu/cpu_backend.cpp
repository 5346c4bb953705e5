// SPDX-License-Identifier: MIT
// Memory, the operations on rows, and what every operation checks first.
#include "kernels/cpu/cpu_backend.h"

#include "kernels/cpu/host_memory.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

namespace spoutnik::kernels {
namespace {

bool same_shape(const ConstTensor& a, const ConstTensor& b) {
    return a.rows == b.rows && a.cols == b.cols;
}

} // namespace

// Checks ----------------------------------------------------------------------------------------------------

void require(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument(what);
}

void require_tensor(const ConstTensor& x, const char* what) {
    require(x.rows >= 0 && x.cols >= 0 && (x.stride >= x.cols || x.rows <= 1), what);
    require(x.data != nullptr || x.rows == 0 || x.cols == 0, what);
}

void require_matrix(const Matrix& weight, const char* what) {
    require(weight.rows >= 0 && weight.cols >= 0 && weight.count >= 0, what);
    require(weight.cols % traits_of(weight.format).values_per_block == 0, what);
    const bool empty = weight.rows == 0 || weight.cols == 0 || weight.count == 0;
    require(weight.data != nullptr || empty, what);
    if (weight.count > 1)
        require(weight.stride_bytes >=
                    static_cast<std::size_t>(weight.rows) * bytes_of(weight.format, weight.cols),
                what);
}

void require_heads(const Heads& x, const char* what) {
    require(x.tokens >= 0 && x.heads >= 0 && x.width >= 0, what);
    require(x.data != nullptr || x.tokens == 0 || x.heads == 0 || x.width == 0, what);
    // Either dimension may be the outer one, but values must not overlap.
    if (x.heads > 1) require(x.head_stride >= x.width, what);
    if (x.tokens > 1) require(x.token_stride >= x.width, what);
}

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

CpuBackend::CpuBackend(const CpuOptions& options)
    : isa_(options.isa), table_(table_of(options.isa)), int8_(int8_table_of(options.isa)),
      bf16_(bf16_table_of(options.isa)), pool_(options.threads),
      workers_(static_cast<std::size_t>(pool_.threads())) {
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
    require_matrix(table, "embed_rows: bad table");
    require_tensor(out, "embed_rows: bad output");
    require(out.rows == static_cast<std::int64_t>(tokens.size()) && out.cols == table.cols,
            "embed_rows: the output must be [tokens, hidden]");
    for (const std::int32_t token : tokens)
        require(token >= 0 && token < table.rows, "embed_rows: token id outside the table");
    for_row_ranges(out.rows, out.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.dequantize(table.format, row_of(table, 0, tokens[static_cast<std::size_t>(t)]), table.cols,
                              out.data + t * out.stride);
    });
}

void CpuBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    require_tensor(x, "rms_norm: bad input");
    require_tensor(out, "rms_norm: bad output");
    require(same_shape(x, out), "rms_norm: input and output must have one shape");
    require(gain != nullptr || x.cols == 0, "rms_norm: no gain");
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
    require_tensor(x, "add: bad input");
    require_tensor(out, "add: bad output");
    require(same_shape(x, out), "add: input and output must have one shape");
    for_row_ranges(x.rows, x.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.add_scaled(1.0F, x.data + t * x.stride, x.cols, out.data + t * out.stride);
    });
}

void CpuBackend::add_bias(const float* bias, Tensor out) {
    require_tensor(out, "add_bias: bad output");
    require(bias != nullptr || out.cols == 0, "add_bias: no bias");
    for_row_ranges(out.rows, out.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            table_.add_scaled(1.0F, bias, out.cols, out.data + t * out.stride);
    });
}

void CpuBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    require_tensor(gate, "swiglu: bad gate");
    require_tensor(up, "swiglu: bad up");
    require_tensor(out, "swiglu: bad output");
    require(same_shape(gate, out) && same_shape(up, out), "swiglu: the three must have one shape");
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
