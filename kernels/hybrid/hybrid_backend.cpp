// SPDX-License-Identifier: MIT
#include "kernels/hybrid/hybrid_backend.h"

#include "kernels/cpu/host_memory.h"

#include <bit>
#include <utility>

namespace spoutnik::kernels {
namespace {

std::size_t bytes_of_floats(std::int64_t count) {
    return static_cast<std::size_t>(count) * sizeof(float);
}

std::span<std::byte> as_bytes_of(float* values, std::int64_t count) {
    return {reinterpret_cast<std::byte*>(values), bytes_of_floats(count)}; // NOLINT: memory
}

const std::byte* address(const float* device) {
    return reinterpret_cast<const std::byte*>(device); // NOLINT: memory
}

std::byte* address(float* device) {
    return reinterpret_cast<std::byte*>(device); // NOLINT: memory
}

/// The rows of one head: [tokens, width].
Tensor rows_of_head(const Heads& x, std::int64_t head) {
    return {x.data + head * x.head_stride, x.tokens, x.width, x.token_stride};
}

bool is_without_gaps(const Heads& x) {
    return (x.heads <= 1 || x.head_stride == x.width) &&
           (x.tokens <= 1 || x.token_stride == x.heads * x.width);
}

/// Heads without gaps: one row a token.
Tensor rows_of_tokens(const Heads& x) {
    const std::int64_t width = x.heads * x.width;
    return {x.data, x.tokens, width, width};
}

} // namespace

std::byte* Staging::take(Backend& device, std::size_t bytes) {
    if (buffer_ && buffer_->bytes() >= bytes) return buffer_->data();
    buffer_.reset();
    const std::size_t room = std::bit_ceil(bytes); // batches grow a token at a time
    buffer_ = device.allocate_pinned(room);
    if (!buffer_) buffer_ = allocate_host(room);
    return buffer_->data();
}

HybridBackend::HybridBackend(std::shared_ptr<Backend> device, std::shared_ptr<Backend> host)
    : device_(std::move(device)), host_(std::move(host)) {
}

std::string HybridBackend::name() const {
    return device_->name() + "+" + host_->name();
}

std::string HybridBackend::isa() const {
    return device_->isa() + "+" + host_->isa();
}

// Crossing --------------------------------------------------------------------------------------------------

Tensor HybridBackend::room_for(std::int64_t rows, std::int64_t cols, Staging& staging) {
    auto* data = reinterpret_cast<float*>(staging.take(*device_, bytes_of_floats(rows * cols))); // NOLINT
    return {data, rows, cols, cols};
}

void HybridBackend::order(const float* device, float* host, std::int64_t count) {
    ordered_.push_back({address(device), as_bytes_of(host, count)});
}

void HybridBackend::fetch() {
    device_->download_all(ordered_);
    ordered_.clear();
}

Tensor HybridBackend::order(ConstTensor x, Staging& staging) {
    const Tensor host = room_for(x.rows, x.cols, staging);
    if (x.stride == x.cols || x.rows <= 1) {
        order(x.data, host.data, x.rows * x.cols);
        return host;
    }
    for (std::int64_t row = 0; row < x.rows; ++row)
        order(x.data + row * x.stride, host.data + row * x.cols, x.cols);
    return host;
}

void HybridBackend::send(ConstTensor host, Tensor out) {
    const std::span values(host.data, static_cast<std::size_t>(host.rows * host.cols));
    if (out.stride == out.cols || out.rows <= 1) {
        device_->upload(std::as_bytes(values), address(out.data));
        return;
    }
    // What lies between the rows belongs to others.
    const auto cols = static_cast<std::size_t>(out.cols);
    for (std::int64_t row = 0; row < out.rows; ++row)
        device_->upload(std::as_bytes(values.subspan(static_cast<std::size_t>(row) * cols, cols)),
                        address(out.data + row * out.stride));
}

/// Head after head, so that each head's rows cross as those of a tensor do.
Heads HybridBackend::room_for(const Heads& shape, Staging& staging) {
    const Tensor rows = room_for(shape.tokens * shape.heads, shape.width, staging);
    if (is_without_gaps(shape))
        return {rows.data, shape.tokens, shape.heads, shape.width, shape.heads * shape.width, shape.width};
    return {rows.data, shape.tokens, shape.heads, shape.width, shape.width, shape.tokens * shape.width};
}

Heads HybridBackend::order(const Heads& x, Staging& staging) {
    const Heads host = room_for(x, staging);
    if (is_without_gaps(x)) {
        order(x.data, host.data, x.tokens * x.heads * x.width);
        return host;
    }
    for (std::int64_t head = 0; head < x.heads; ++head) {
        const Tensor from = rows_of_head(x, head);
        const Tensor to = rows_of_head(host, head);
        for (std::int64_t t = 0; t < x.tokens; ++t)
            order(from.data + t * from.stride, to.data + t * to.stride, x.width);
    }
    return host;
}

void HybridBackend::send(const Heads& host, const Heads& out) {
    if (is_without_gaps(out)) {
        send(ConstTensor(rows_of_tokens(host)), rows_of_tokens(out));
        return;
    }
    for (std::int64_t head = 0; head < out.heads; ++head)
        send(ConstTensor(rows_of_head(host, head)), rows_of_head(out, head));
}

template <class T>
const T* HybridBackend::order(const T* values, std::int64_t count, Staging& staging) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    std::byte* host = staging.take(*device_, bytes);
    ordered_.push_back({reinterpret_cast<const std::byte*>(values), {host, bytes}}); // NOLINT: memory
    return reinterpret_cast<const T*>(host);                                         // NOLINT: memory
}

// Operations with weights -----------------------------------------------------------------------------------

void HybridBackend::embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) {
    if (table.home == Home::device) return device_->embed_rows(table, tokens, out);
    const Tensor rows = room_for(out.rows, out.cols, out_);
    if (is_rehearsing_) return;
    host_->embed_rows(table, tokens, rows);
    send(rows, out);
}

void HybridBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    if (weight.home == Home::device) return device_->matmul(weight, x, out);
    ordered_.clear(); // of a call that found no memory
    const Tensor in = order(x, x_);
    const Tensor product = room_for(out.rows, out.cols, out_);
    if (is_rehearsing_) return;
    fetch();
    host_->matmul(weight, in, product);
    send(product, out);
}

void HybridBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    if (weight.home == Home::device) return device_->matmul_per_head(weight, x, out);
    ordered_.clear();
    const Heads in = order(x, x_);
    const Heads product = room_for(out, out_);
    if (is_rehearsing_) return;
    fetch();
    host_->matmul_per_head(weight, in, product);
    send(product, out);
}

void HybridBackend::matmul_add(const Matrix& weight, ConstTensor x, Tensor room, Tensor out) {
    if (weight.home == Home::device) return device_->matmul_add(weight, x, room, out);
    Backend::matmul_add(weight, x, room, out);
}

void HybridBackend::swiglu_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                               const FfnRoom& room, Tensor out) {
    if (gate.home == Home::device && up.home == Home::device && down.home == Home::device)
        return device_->swiglu_ffn(gate, up, down, x, room, out);
    Backend::swiglu_ffn(gate, up, down, x, room, out);
}

void HybridBackend::expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                               const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                               Tensor out) {
    if (gate.home != up.home || gate.home != down.home)
        throw std::invalid_argument("expert_ffn: an expert's matrices must be in one memory");
    if (gate.home == Home::device)
        return device_->expert_ffn(gate, up, down, x, ids, weights, experts_used, out);
    ordered_.clear();
    const std::int64_t pairs = x.rows * experts_used;
    const Tensor in = order(x, x_);
    const std::int32_t* chosen = order(ids, pairs, ids_);
    const float* shares = order(weights, pairs, weights_);
    // The sum so far comes down too: experts are added to it one after the other, and adding their sum
    // instead would round otherwise than a CPU that does all.
    const Tensor sum = order(ConstTensor(out), out_);
    if (is_rehearsing_) return;
    fetch();
    host_->expert_ffn(gate, up, down, in, chosen, shares, experts_used, sum);
    send(sum, out);
}

// Operations without ----------------------------------------------------------------------------------------

void HybridBackend::rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    device_->rms_norm(x, gain, epsilon, out);
}

void HybridBackend::add(ConstTensor x, Tensor out) {
    device_->add(x, out);
}

void HybridBackend::add_bias(const float* bias, Tensor out) {
    device_->add_bias(bias, out);
}

void HybridBackend::swiglu(ConstTensor gate, ConstTensor up, Tensor out) {
    device_->swiglu(gate, up, out);
}

void HybridBackend::rope(Heads x, ConstTensor cos_sin, RopePairs pairs) {
    device_->rope(x, cos_sin, pairs);
}

void HybridBackend::store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                               std::int64_t first_value) {
    device_->store_rows(rows, cache, first_row, first_value);
}

void HybridBackend::latent_attention(Heads q, CacheRows cache, std::int64_t first_position,
                                     std::int64_t latent, float scale, Heads out) {
    device_->latent_attention(q, cache, first_position, latent, scale, out);
}

void HybridBackend::decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                           std::int64_t first_position, float scale, Heads out) {
    device_->decompressed_attention(q, cache, w_uk, w_uv, first_position, scale, out);
}

void HybridBackend::head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                   std::int64_t first_position, float scale, Heads out) {
    device_->head_attention(q, keys, values, kv_heads, first_position, scale, out);
}

void HybridBackend::route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                                  std::int32_t* ids, float* weights) {
    device_->route_experts(logits, selection_bias, rule, ids, weights);
}

} // namespace spoutnik::kernels
