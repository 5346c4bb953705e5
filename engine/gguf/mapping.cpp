// SPDX-License-Identifier: MIT
#include "engine/gguf/mapping.h"

#include "engine/error.h"
#include "engine/gguf/printable.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spoutnik::engine::gguf {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error(fmt::format("{}: {}", printable(path.string(), 400), why));
}

std::string last_system_error() {
    return std::generic_category().message(errno);
}

/// A file descriptor closed at the end of its block; a mapping stays when its descriptor goes.
class Descriptor {
  public:
    explicit Descriptor(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (fd_ < 0) fail(path, last_system_error());
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

} // namespace

Mapping::Mapping(const std::filesystem::path& path) {
    // Looked at before it is opened: opening a FIFO would wait for a writer that may never come.
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) fail(path, last_system_error());
    if (!S_ISREG(status.st_mode)) fail(path, "not a regular file");
    const Descriptor file(path);
    if (::fstat(file.get(), &status) != 0) fail(path, last_system_error());
    if (!S_ISREG(status.st_mode)) fail(path, "not a regular file");
    if (status.st_size <= 0) fail(path, "the file is empty");
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) fail(path, last_system_error());
    // Weights have no place in a core dump. Read-ahead is left to the kernel: metadata is read forwards,
    // weights by whoever knows the order.
    ::madvise(address, size, MADV_DONTDUMP);
#ifdef MADV_HUGEPAGE
    // A wish: what is not yet in memory comes in pages of 2 MB where the file system has such, which is read
    // three times as fast and spares most of the address translation of scattered experts (bench/NOTES.md).
    ::madvise(address, size, MADV_HUGEPAGE);
#endif
    bytes_ = {static_cast<const std::byte*>(address), size};
}

Mapping::~Mapping() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); // NOLINT
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

} // namespace spoutnik::engine::gguf
