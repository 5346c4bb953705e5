// SPDX-License-Identifier: MIT
#include "web/part_file.h"

#include "web/error.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace spoutnik::web {

namespace fs = std::filesystem;

namespace {

std::string reason(int code) {
    return std::error_code(code, std::generic_category()).message();
}

/// A rename survives a power cut only when its folder is written too.
void sync_folder(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

} // namespace

PartFile::PartFile(fs::path target) : target_(std::move(target)) {
    const fs::path path = path_with(".part");
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor_ < 0) throw Error("the file " + path.string() + " cannot be written: " + reason(errno));
    struct stat state {};
    const bool locked = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (!locked || fstat(descriptor_, &state) != 0 || !S_ISREG(state.st_mode)) {
        close(descriptor_);
        throw Error(locked ? "the file " + path.string() + " cannot be written"
                           : "the file " + name() + " is already being downloaded");
    }
    size_ = static_cast<std::uint64_t>(state.st_size);
    read_origin();
}

PartFile::~PartFile() {
    close(descriptor_);
}

fs::path PartFile::path_with(const char* ending) const {
    fs::path path = target_;
    path += ending;
    return path;
}

void PartFile::read_origin() {
    std::ifstream in(path_with(".part.info"));
    std::getline(in, origin_.url);
    std::getline(in, origin_.validator);
    if (!in) origin_ = {};
}

void PartFile::write_origin() const {
    std::ofstream out(path_with(".part.info"), std::ios::trunc);
    out << origin_.url << '\n' << origin_.validator << '\n';
    // Without it the download cannot be resumed, which is no reason not to go on.
}

void PartFile::restart(PartOrigin origin) {
    if (ftruncate(descriptor_, 0) != 0)
        throw Error("the file " + name() + " cannot be written: " + reason(errno));
    size_ = 0;
    origin_ = std::move(origin);
    write_origin();
}

void PartFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const int code = written < 0 ? errno : ENOSPC;
            if (code == ENOSPC || code == EDQUOT)
                throw Error("the disk is full: " + name() + " is incomplete, what has come is kept");
            throw Error("the file " + name() + " cannot be written: " + reason(code));
        }
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string PartFile::read(std::uint64_t offset, std::size_t count) const {
    std::string bytes(count, '\0');
    ssize_t got = 0;
    do
        got = pread(descriptor_, bytes.data(), count, static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) throw Error("the file " + name() + " cannot be read: " + reason(errno));
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

void PartFile::finish() {
    if (fsync(descriptor_) != 0) throw Error("the file " + name() + " cannot be written: " + reason(errno));
    const fs::path from = path_with(".part");
    int code =
        renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
    if (code == EINVAL || code == ENOSYS) {
        // A file system without that kind of rename: a hard link does not replace either.
        code = link(from.c_str(), target_.c_str()) == 0 ? 0 : errno;
        if (code == 0) unlink(from.c_str());
        if (code == EPERM || code == EOPNOTSUPP)
            code = fs::exists(fs::symlink_status(target_))           ? EEXIST
                   : std::rename(from.c_str(), target_.c_str()) == 0 ? 0
                                                                     : errno;
    }
    if (code == EEXIST) throw Error("the file " + target_.string() + " already exists");
    if (code != 0) throw Error("the file " + name() + " cannot be given its name: " + reason(code));
    unlink(path_with(".part.info").c_str());
    sync_folder(target_.parent_path());
}

void PartFile::discard() {
    unlink(path_with(".part").c_str());
    unlink(path_with(".part.info").c_str());
}

std::uint64_t PartFile::free_bytes() const {
    struct statvfs disk {};
    if (fstatvfs(descriptor_, &disk) != 0)
        throw Error("the free space of the disk cannot be read: " + reason(errno));
    return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

} // namespace spoutnik::web
