// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>

namespace spoutnik::storage::archive {

/// A file that appears complete or not at all: written under another name beside its own, which it takes at
/// commit(). Only its owner can read it. Throws Error; without commit() nothing is left behind.
class WholeFile {
  public:
    explicit WholeFile(const std::filesystem::path& target);
    ~WholeFile();
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    void write(std::string_view bytes);
    /// On the disk under its own name once this returns.
    void commit();

  private:
    [[noreturn]] void fail(int error) const;

    std::filesystem::path target_;
    std::filesystem::path unfinished_;
    int descriptor_ = -1;
};

} // namespace spoutnik::storage::archive
