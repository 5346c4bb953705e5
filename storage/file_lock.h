// SPDX-License-Identifier: MIT
// Who may write the conversations, between programs; nothing outside storage/ includes it. Two files:
//   spoutnik.lock    exclusive: the one who opened the database as its owner (a window)
//   spoutnik.guests  shared: each program that writes beside an owner, as an import on the command line;
//                    exclusive: an owner who is about to move or rebuild the file, while nobody else may
//                    write. A guest writes a byte to it after each change, so that an owner can watch it.
// The locks are those of flock(2): the system gives them back when a process ends in whatever way.
#pragma once

#include <chrono>
#include <filesystem>

namespace spoutnik::storage {

class FileLock {
  public:
    enum class Mode { shared, exclusive };

    FileLock() = default;
    /// Opens the file, which is made where there is none, and locks nothing yet. Throws Error (disk_full,
    /// read_only).
    explicit FileLock(const std::filesystem::path& file);
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

    /// False when others hold it for all of `patience`.
    bool take(Mode mode, std::chrono::milliseconds patience = std::chrono::milliseconds(0));
    /// Shows those who watch the file that something was changed.
    void touch() const noexcept;
    bool is_open() const noexcept { return descriptor_ >= 0; }

  private:
    int descriptor_ = -1;
};

} // namespace spoutnik::storage
