// SPDX-License-Identifier: MIT
#include "tests/unit/storage/faulty_vfs.h"

#include <sqlite3.h>

#include <fstream>
#include <map>
#include <new>
#include <string>
#include <vector>

namespace spoutnik::storage::testing {

namespace fs = std::filesystem;

namespace {

/// One write or truncation that no sync has followed: what it replaced, and what it wrote.
struct Unsynced {
    sqlite3_int64 at;
    std::string before; ///< shorter than the write where the file was
    sqlite3_int64 size; ///< of the file before
    std::string after;
    bool is_truncation;
};

struct Shared {
    bool is_armed = false;
    FaultyVfs::Fault fault = FaultyVfs::Fault::disk_full;
    int left = 0; ///< operations until the fault
    bool has_failed = false;
    std::map<std::string, std::vector<Unsynced>> unsynced; ///< by file
    std::function<void()> watch;
};
Shared shared;

sqlite3_vfs* real_vfs = nullptr;

struct File {
    sqlite3_file base;
    std::string* name;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* mine(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return mine(file)->real();
}

/// SQLITE_OK, or the failure that is due.
int next_fault(bool is_write) {
    if (shared.watch) shared.watch();
    if (!shared.is_armed) return SQLITE_OK;
    if (shared.fault == FaultyVfs::Fault::disk_full) {
        if (!is_write) return SQLITE_OK;
        if (shared.has_failed) return SQLITE_FULL;
    }
    if (--shared.left != 0) return SQLITE_OK;
    shared.has_failed = true;
    if (shared.fault == FaultyVfs::Fault::disk_full) return SQLITE_FULL;
    return is_write ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
}

void remember(sqlite3_file* file, sqlite3_int64 at, sqlite3_int64 amount, const void* written) {
    sqlite3_int64 size = 0;
    real(file)->pMethods->xFileSize(real(file), &size);
    const sqlite3_int64 there = at < size ? std::min(amount, size - at) : 0;
    std::string old(static_cast<std::size_t>(there), '\0');
    if (there > 0) real(file)->pMethods->xRead(real(file), old.data(), static_cast<int>(there), at);
    std::string after;
    if (written != nullptr) after.assign(static_cast<const char*>(written), static_cast<std::size_t>(amount));
    shared.unsynced[*mine(file)->name].push_back(
        {at, std::move(old), size, std::move(after), written == nullptr});
}

int close_file(sqlite3_file* file) {
    delete mine(file)->name;
    return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* to, int amount, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), to, amount, at);
}
int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
    if (const int fault = next_fault(true); fault != SQLITE_OK) return fault;
    remember(file, at, amount, from);
    return real(file)->pMethods->xWrite(real(file), from, amount, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (shared.watch) shared.watch();
    sqlite3_int64 before = 0;
    real(file)->pMethods->xFileSize(real(file), &before);
    if (size < before) remember(file, size, before - size, nullptr);
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int) {
    if (const int fault = next_fault(false); fault != SQLITE_OK) return fault;
    shared.unsynced.erase(*mine(file)->name);
    return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int file_control(sqlite3_file* file, int op, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), op, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file*) {
    return 0;
} // promises nothing
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods methods{
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    File* opened = mine(file);
    opened->base.pMethods = nullptr;
    const int code = real_vfs->xOpen(real_vfs, name, opened->real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    opened->name = new std::string(name != nullptr ? name : "");
    opened->base.pMethods = &methods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync) {
    shared.unsynced.erase(name);
    (void)sync;
    return real_vfs->xDelete(real_vfs, name, 0);
}

sqlite3_vfs faulty{};

} // namespace

FaultyVfs::FaultyVfs() {
    real_vfs = sqlite3_vfs_find(nullptr);
    faulty = *real_vfs;
    faulty.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    faulty.zName = name;
    faulty.pNext = nullptr;
    faulty.xOpen = open_file;
    faulty.xDelete = delete_file;
    sqlite3_vfs_register(&faulty, 0);
}

FaultyVfs& FaultyVfs::instance() {
    static FaultyVfs only;
    return only;
}

void FaultyVfs::arm(Fault fault, int at) {
    shared.is_armed = true;
    shared.fault = fault;
    shared.left = at;
    shared.has_failed = false;
}

void FaultyVfs::disarm() {
    shared.is_armed = false;
}

bool FaultyVfs::has_failed() const {
    return shared.has_failed;
}

void FaultyVfs::forget() {
    shared.unsynced.clear();
}

void FaultyVfs::watch(std::function<void()> watch) {
    shared.watch = std::move(watch);
}

namespace {

void put(const fs::path& file, sqlite3_int64 at, const std::string& bytes) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(at);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// `random` null: none of the unsynced writes is there.
void copy_cut(const fs::path& from, const fs::path& to, std::mt19937* random) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        if (!entry.is_regular_file() || entry.path().extension() == ".db-shm") continue;
        const fs::path copy = to / entry.path().filename();
        fs::copy_file(entry.path(), copy, fs::copy_options::overwrite_existing);
        const auto writes = shared.unsynced.find(entry.path().string());
        if (writes == shared.unsynced.end()) continue;
        for (auto undo = writes->second.rbegin(); undo != writes->second.rend(); ++undo) {
            put(copy, undo->at, undo->before);
            fs::resize_file(copy, static_cast<std::uintmax_t>(undo->size));
        }
        if (random == nullptr) continue;
        const auto kept_of_8 = (*random)() % 9; // from none to all
        for (const Unsynced& write : writes->second) {
            if ((*random)() % 8 >= kept_of_8) continue;
            if (write.is_truncation) {
                fs::resize_file(copy, static_cast<std::uintmax_t>(write.at));
                continue;
            }
            constexpr std::size_t sector = 512;
            std::string bytes = write.after;
            if (bytes.size() > sector && (*random)() % 4 == 0)
                bytes.resize((1 + (*random)() % (bytes.size() / sector)) * sector);
            put(copy, write.at, bytes);
        }
    }
}

} // namespace

void FaultyVfs::copy_after_power_loss(const fs::path& from, const fs::path& to) const {
    copy_cut(from, to, nullptr);
}

void FaultyVfs::copy_after_power_loss(const fs::path& from, const fs::path& to, std::mt19937& random) const {
    copy_cut(from, to, &random);
}

} // namespace spoutnik::storage::testing
