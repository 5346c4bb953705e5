// SPDX-License-Identifier: MIT
#include "storage/archive/whole_file.h"

#include "storage/connection.h"
#include "storage/error.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace spoutnik::storage::archive {

WholeFile::WholeFile(const std::filesystem::path& target) : target_(target) {
    std::error_code ignored;
    // A link stays one, what it points at is replaced; a device or folder is never replaced.
    if (std::filesystem::is_symlink(target, ignored))
        target_ = std::filesystem::weakly_canonical(target, ignored);
    if (std::filesystem::exists(target_, ignored) && !std::filesystem::is_regular_file(target_, ignored))
        throw Error(ErrorKind::invalid, target.string() + ": not a regular file");
    std::string name = target_.string() + ".XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(errno);
    unfinished_ = name;
}

WholeFile::~WholeFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    std::error_code ignored;
    if (!unfinished_.empty()) std::filesystem::remove(unfinished_, ignored);
}

void WholeFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail(errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void WholeFile::commit() {
    if (::fsync(descriptor_) != 0) fail(errno);
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) fail(errno);
    std::error_code error;
    std::filesystem::rename(unfinished_, target_, error);
    if (error) fail(error.value());
    unfinished_.clear();
    sync_folder(target_.has_parent_path() ? target_.parent_path() : std::filesystem::path("."));
}

void WholeFile::fail(int error) const {
    const ErrorKind kind = error == ENOSPC || error == EDQUOT  ? ErrorKind::disk_full
                           : error == EACCES || error == EROFS ? ErrorKind::read_only
                                                               : ErrorKind::input_output;
    throw Error(kind, target_.string() + ": " + std::system_category().message(error));
}

} // namespace spoutnik::storage::archive
