// SPDX-License-Identifier: MIT
#include "engine/model/cache.h"

#include "engine/model/next_token.h"

#include <algorithm>
#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

using kernels::Format;

bool is_cache_format(Format format) {
    return format == Format::f32 || format == Format::f16 || format == Format::bf16 || format == Format::q8_0;
}

std::size_t bytes_of_lane(const CacheShape& shape, std::int64_t capacity, Format format) {
    if (!is_cache_format(format))
        throw Error(fmt::format("A KV cache can be F32, F16, BF16 or Q8_0, not {}.",
                                kernels::traits_of(format).name));
    if (capacity < 1) throw Error(fmt::format("A KV cache of {} tokens makes no sense.", capacity));
    if (shape.width % kernels::traits_of(format).values_per_block != 0)
        throw Error(fmt::format("A KV cache in {} cannot hold rows of {} values: blocks have {}.",
                                kernels::traits_of(format).name, shape.width,
                                kernels::traits_of(format).values_per_block));
    const auto row = static_cast<std::int64_t>(kernels::bytes_of(format, shape.width));
    std::int64_t lane = 0;
    std::int64_t all = 0;
    if (__builtin_mul_overflow(capacity, row, &lane) ||
        __builtin_mul_overflow(lane, shape.layers * shape.lanes, &all))
        throw kernels::OutOfMemory(fmt::format("A KV cache of {} tokens fits in no memory.", capacity));
    return static_cast<std::size_t>(lane);
}

} // namespace

bool can_be_cached_in(Format format, const AttentionShape& shape) {
    const std::int64_t block = kernels::traits_of(format).values_per_block;
    // A latent's values are the first ones of its row, which is cut nowhere.
    return is_cache_format(format) && shape.key_width % block == 0 &&
           (shape.kv_heads == 0 || shape.value_width % block == 0);
}

void require_cacheable(Format format, const AttentionShape& shape) {
    const kernels::FormatTraits& traits = kernels::traits_of(format);
    if (!is_cache_format(format))
        throw Error(fmt::format("A KV cache can be F32, F16, BF16 or Q8_0, not {}.", traits.name));
    if (!can_be_cached_in(format, shape))
        throw Error(
            fmt::format("This model's KV cache cannot be kept in {}: its rows or heads have {} values, "
                        "which are not whole blocks of {}. F16 and F32 can hold it.",
                        traits.name, shape.key_width, traits.values_per_block));
}

RowCache::RowCache(kernels::Backend& backend, const CacheShape& shape, std::int64_t capacity, Format format)
    : backend_(&backend), shape_(shape), capacity_(capacity), format_(format) {
    const std::size_t lane_bytes = bytes_of_lane(shape, capacity, format);
    for (std::int64_t i = 0; i < shape.layers * shape.lanes; ++i)
        buffers_.push_back(backend.allocate(lane_bytes));
}

RowCache::~RowCache() = default;

std::size_t RowCache::bytes() const {
    const std::size_t own = buffers_.size() * bytes_of_lane(shape_, capacity_, format_);
    return own + (next_token_ ? next_token_->cache().bytes() : 0);
}

void RowCache::truncate(std::int64_t length) {
    length_ = std::clamp(length, std::int64_t{0}, length_);
    if (next_token_) next_token_->truncate(length_);
}

void RowCache::follow_with(std::unique_ptr<NextTokenMemory> memory) {
    next_token_ = std::move(memory);
}

CacheLayout RowCache::layout() const {
    return {shape_.layers * shape_.lanes, kernels::bytes_of(format_, shape_.width), format_};
}

void RowCache::read_rows(std::int64_t first, std::int64_t count, std::span<std::byte> out) const {
    const CacheLayout shape = layout();
    const std::size_t lane_bytes = static_cast<std::size_t>(count) * shape.row_bytes;
    if (first < 0 || count < 0 || first + count > length_ || out.size() != buffers_.size() * lane_bytes)
        throw Error(fmt::format("Rows {} ... {} are not in this KV cache.", first, first + count - 1));
    for (std::size_t lane = 0; lane < buffers_.size(); ++lane)
        backend_->download(buffers_[lane]->data() + static_cast<std::size_t>(first) * shape.row_bytes,
                           out.subspan(lane * lane_bytes, lane_bytes));
}

void RowCache::append_rows(std::span<const std::byte> block, std::int64_t block_rows, std::int64_t first,
                           std::int64_t count) {
    const CacheLayout shape = layout();
    if (first < 0 || count < 0 || first + count > block_rows || count > capacity_ - length_ ||
        block.size() != static_cast<std::size_t>(block_rows) * shape.bytes_per_token())
        throw Error(fmt::format("{} rows do not fit in this KV cache.", count));
    for (std::size_t lane = 0; lane < buffers_.size(); ++lane) {
        const std::size_t row = lane * static_cast<std::size_t>(block_rows) + static_cast<std::size_t>(first);
        backend_->upload(
            block.subspan(row * shape.row_bytes, static_cast<std::size_t>(count) * shape.row_bytes),
            buffers_[lane]->data() + static_cast<std::size_t>(length_) * shape.row_bytes);
    }
    length_ += count;
}

kernels::CacheRows RowCache::rows(std::size_t layer, std::size_t lane) const {
    const auto& buffer = buffers_[layer * static_cast<std::size_t>(shape_.lanes) + lane];
    return {buffer->data(), format_, shape_.width, capacity_};
}

} // namespace spoutnik::engine
