// SPDX-License-Identifier: MIT
#include "storage/file_lock.h"

#include "storage/error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

namespace spoutnik::storage {

namespace {
constexpr std::chrono::milliseconds between_tries{20};
} // namespace

FileLock::FileLock(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ >= 0) return;
    const int number = errno;
    const std::string why = std::strerror(number);
    if (number == ENOSPC || number == EDQUOT)
        throw Error(ErrorKind::disk_full, "The disk is full: Spoutnik can't open its conversations in " +
                                              file.parent_path().string() +
                                              "; free some space and try again.");
    throw Error(ErrorKind::read_only, "Spoutnik can't write in " + file.parent_path().string() + " (" + why +
                                          "), where the conversations are kept.");
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

bool FileLock::take(Mode mode, std::chrono::milliseconds patience) {
    const int operation = (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(descriptor_, operation) != 0) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(between_tries);
    }
    return true;
}

void FileLock::touch() const noexcept {
    // Nothing depends on what is written, nor on whether it could be: a full disk is told by what came
    // before.
    if (descriptor_ >= 0 && ::pwrite(descriptor_, "+", 1, 0) != 1) return;
}

} // namespace spoutnik::storage
