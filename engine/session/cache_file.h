// SPDX-License-Identifier: MIT
// A KV cache as bytes on disk: written whole, read back as far as it and a new prompt agree.
//
// Format, little-endian:
//   head      magic, version, format of the rows, fingerprint, lanes, bytes a row, tokens
//   chain     u64 a token: the hash of everything up to it, beginning with the fingerprint
//   checksums u64 a block of 256 tokens
//   checksum  u64 of all of the above
//   blocks    [lanes, tokens of the block, bytes a row]
// The tokens themselves are not in it. Whatever does not fit is a miss, never an error: a cache is only time
// saved. Every byte read is checked before it is used, as those of a model file are.
#pragma once

#include "engine/model/model.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

/// Where the bytes of a saved cache come from.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    /// Fills `out` with the bytes from `offset` on; false when they cannot be had.
    virtual bool read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

/// A regular file of this user. Nothing when there is none.
std::unique_ptr<ByteSource> open_source(const std::filesystem::path& file);

/// A saved cache whose head has been read and believed.
class SavedCache {
  public:
    /// Nothing when the source is not a cache of this fingerprint and layout, or its head is damaged.
    static std::optional<SavedCache> open(std::unique_ptr<ByteSource> source, std::uint64_t fingerprint,
                                          const CacheLayout& layout);

    std::int64_t tokens() const { return static_cast<std::int64_t>(chain_.size()); }
    /// Tokens from the first on that are the same here and in `prompt`.
    std::int64_t common_prefix(std::span<const std::int32_t> prompt) const;
    /// Appends rows to `cache`, whose own are those of the same beginning, until it has `end` of them; stops
    /// before a damaged block.
    void restore(KvCache& cache, std::int64_t end);

  private:
    SavedCache() = default;

    std::unique_ptr<ByteSource> source_;
    std::uint64_t fingerprint_ = 0;
    CacheLayout layout_;
    std::vector<std::uint64_t> chain_;
    std::vector<std::uint64_t> checksums_;
    std::uint64_t data_offset_ = 0;
};

/// Bytes that the file of a cache of so many tokens takes.
std::uint64_t saved_cache_bytes(std::int64_t tokens, const CacheLayout& layout);

/// Writes the rows of `tokens`, which are those of the cache, to a file that only this user can read: to a
/// temporary one beside it first, which takes its place when it is on disk. False when that failed; then
/// there is no new file.
bool save_cache(const std::filesystem::path& file, std::uint64_t fingerprint, const KvCache& cache,
                std::span<const std::int32_t> tokens);

/// The end of the names of files that are not finished.
inline constexpr std::string_view unfinished_suffix = ".part";

} // namespace spoutnik::engine
