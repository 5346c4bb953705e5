// SPDX-License-Identifier: MIT
// The KV cache: for each layer one or two lanes of rows, row p holding what position p left behind.
#pragma once

#include "engine/model/model.h"

#include <memory>
#include <vector>

namespace spoutnik::engine {

class NextTokenMemory;

/// What one token leaves in the cache.
struct CacheShape {
    std::int64_t layers = 0;
    std::int64_t lanes = 1; ///< 1: latents (deepseek2); 2: keys, values
    std::int64_t width = 0; ///< values a row of a lane

    bool operator==(const CacheShape&) const = default;
    std::int64_t values_per_token() const { return layers * lanes * width; }
};

class RowCache final : public KvCache {
  public:
    RowCache(kernels::Backend& backend, const CacheShape& shape, std::int64_t capacity,
             kernels::Format format);
    ~RowCache() override;

    std::int64_t length() const override { return length_; }
    std::int64_t capacity() const override { return capacity_; }
    std::size_t bytes() const override;
    void truncate(std::int64_t length) override;
    CacheLayout layout() const override;
    void read_rows(std::int64_t first, std::int64_t count, std::span<std::byte> out) const override;
    void append_rows(std::span<const std::byte> block, std::int64_t block_rows, std::int64_t first,
                     std::int64_t count) override;

    const CacheShape& shape() const { return shape_; }
    const kernels::Backend& backend() const { return *backend_; }
    /// Rows [capacity, width] of a lane of a layer.
    kernels::CacheRows rows(std::size_t layer, std::size_t lane = 0) const;
    /// Rows that forward() has just written become part of the sequence.
    void grow(std::int64_t tokens) { length_ += tokens; }

    /// What the model's next-token layer remembers of the same sequence; null: it does not follow.
    NextTokenMemory* next_token() const { return next_token_.get(); }
    void follow_with(std::unique_ptr<NextTokenMemory> memory);

  private:
    kernels::Backend* backend_;
    CacheShape shape_;
    std::int64_t capacity_;
    kernels::Format format_;
    std::int64_t length_ = 0;
    std::vector<std::unique_ptr<kernels::Buffer>> buffers_; ///< [layer * lanes + lane]
    std::unique_ptr<NextTokenMemory> next_token_;
};

} // namespace spoutnik::engine
