// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace spoutnik::engine::gguf {

/// A whole file in memory, read-only. Pages come from disk when they are touched.
class Mapping {
  public:
    /// Throws Error naming the file when it cannot be opened, is not a regular file, or is empty.
    explicit Mapping(const std::filesystem::path& path);
    ~Mapping();
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
};

} // namespace spoutnik::engine::gguf
