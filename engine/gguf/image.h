// SPDX-License-Identifier: MIT
// One GGUF image (a whole file or one shard) taken apart and checked.
#pragma once

#include "engine/gguf/gguf.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::engine::gguf {

/// How much memory the metadata and tensor lists of one model may take, all shards together. Arrays of short
/// strings take several times the bytes they have in the file, so the file's size alone is no bound. Real
/// vocabularies stay under a fifth of this.
class MemoryBudget {
  public:
    static constexpr std::size_t limit_bytes = std::size_t{160} << 20U;
    /// Throws Error, naming `owner`, when no room is left for `count` things of `bytes_each`.
    void charge(std::size_t count, std::size_t bytes_each, const std::string& owner);

  private:
    std::size_t left_ = limit_bytes;
};

struct Image {
    std::map<std::string, Value, std::less<>> metadata;
    std::vector<TensorInfo> tensors; ///< in the order of the file; names are not yet compared with each other
};

/// Checks and decodes. Throws Error with one line that names the key or tensor at fault.
Image parse_image(std::span<const std::byte> bytes, MemoryBudget& budget);

} // namespace spoutnik::engine::gguf
