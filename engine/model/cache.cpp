// SPDX-License-Identifier: MIT
#include "engine/model/cache.h"

#include <algorithm>
#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

using kernels::Format;

std::size_t bytes_of_lane(const CacheShape& shape, std::int64_t capacity, Format format) {
    if (format != Format::f32 && format != Format::f16 && format != Format::bf16)
        throw Error(
            fmt::format("A KV cache can be F32, F16 or BF16, not {}.", kernels::traits_of(format).name));
    if (capacity < 1) throw Error(fmt::format("A KV cache of {} tokens makes no sense.", capacity));
    const std::int64_t value_bytes = format == Format::f32 ? 4 : 2;
    std::int64_t lane = 0;
    std::int64_t all = 0;
    if (__builtin_mul_overflow(capacity, shape.width * value_bytes, &lane) ||
        __builtin_mul_overflow(lane, shape.layers * shape.lanes, &all))
        throw kernels::OutOfMemory(fmt::format("A KV cache of {} tokens fits in no memory.", capacity));
    return static_cast<std::size_t>(lane);
}

} // namespace

RowCache::RowCache(kernels::Backend& backend, const CacheShape& shape, std::int64_t capacity, Format format)
    : backend_(&backend), shape_(shape), capacity_(capacity), format_(format) {
    const std::size_t lane_bytes = bytes_of_lane(shape, capacity, format);
    for (std::int64_t i = 0; i < shape.layers * shape.lanes; ++i)
        buffers_.push_back(backend.allocate(lane_bytes));
}

std::size_t RowCache::bytes() const {
    return buffers_.size() * bytes_of_lane(shape_, capacity_, format_);
}

void RowCache::truncate(std::int64_t length) {
    length_ = std::clamp(length, std::int64_t{0}, length_);
}

kernels::CacheRows RowCache::rows(std::size_t layer, std::size_t lane) const {
    const auto& buffer = buffers_[layer * static_cast<std::size_t>(shape_.lanes) + lane];
    return {buffer->data(), format_, shape_.width, capacity_};
}

} // namespace spoutnik::engine
