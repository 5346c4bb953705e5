// SPDX-License-Identifier: MIT
// A download that is not complete yet: NAME.part with the bytes so far, NAME.part.info with what they belong
// to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace spoutnik::web {

/// Which version of which file the bytes are of.
struct PartOrigin {
    std::string url;
    std::string validator; ///< ETag or Last-Modified, as If-Range takes it; empty: cannot be resumed
};

/// Locked while it is open: one download per file, over all processes. Functions throw Error in one sentence.
class PartFile {
  public:
    /// Opens or creates the part file of `target`.
    explicit PartFile(std::filesystem::path target);
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    std::uint64_t size() const { return size_; } ///< bytes so far
    const PartOrigin& origin() const { return origin_; }
    /// Forgets all bytes; those to come are of `origin`.
    void restart(PartOrigin origin);
    void append(std::string_view bytes);
    /// Up to `count` bytes from `offset` on.
    std::string read(std::uint64_t offset, std::size_t count) const;
    /// Makes the bytes durable and gives them their name. Never replaces a file.
    void finish();
    /// Removes the part file: its bytes are of no use.
    void discard();
    /// Free space of the disk for ordinary users.
    std::uint64_t free_bytes() const;

  private:
    std::filesystem::path path_with(const char* ending) const;
    std::string name() const { return target_.filename().string(); }
    void read_origin();
    void write_origin() const;

    std::filesystem::path target_;
    PartOrigin origin_;
    std::uint64_t size_ = 0;
    int descriptor_ = -1;
};

} // namespace spoutnik::web
