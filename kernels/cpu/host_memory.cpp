// SPDX-License-Identifier: MIT
#include "kernels/cpu/host_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>

namespace spoutnik::kernels {
namespace {

constexpr std::size_t alignment = 64;

/// The number after `key` in a file of "key value" lines, or the file's only number when key is empty.
std::optional<std::uint64_t> number_in(const std::string& path, std::string_view key) {
    std::ifstream file(path);
    std::string word;
    while (file >> word) {
        if (key.empty() || word == key) {
            if (!key.empty() && !(file >> word)) return std::nullopt;
            char* end = nullptr;
            const std::uint64_t value = std::strtoull(word.c_str(), &end, 10);
            if (end == word.c_str()) return std::nullopt; // "max"
            return value;
        }
    }
    return std::nullopt;
}

void limit(MemoryInfo& info, std::uint64_t most, std::uint64_t used, std::uint64_t page_cache) {
    const std::uint64_t held = used > page_cache ? used - page_cache : 0;
    info.total_bytes = std::min<std::size_t>(info.total_bytes, most);
    info.free_bytes = std::min<std::size_t>(info.free_bytes, most > held ? most - held : 0);
}

void limit_by_cgroup_v2(MemoryInfo& info, const std::string& directory) {
    const auto most = number_in(directory + "/memory.max", "");
    const auto used = number_in(directory + "/memory.current", "");
    if (!most || !used) return;
    const std::string statistics = directory + "/memory.stat";
    limit(info, *most, *used,
          number_in(statistics, "inactive_file").value_or(0) +
              number_in(statistics, "active_file").value_or(0));
}

void limit_by_cgroup_v1(MemoryInfo& info, const std::string& directory) {
    const auto most = number_in(directory + "/memory.limit_in_bytes", "");
    const auto used = number_in(directory + "/memory.usage_in_bytes", "");
    if (!most || !used) return;
    const std::string statistics = directory + "/memory.stat";
    limit(info, *most, *used,
          number_in(statistics, "total_inactive_file").value_or(0) +
              number_in(statistics, "total_active_file").value_or(0));
}

/// Every group from this process's own up to the root; a limit may sit on any of them.
void limit_by_cgroups(MemoryInfo& info) {
    std::ifstream groups("/proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line)) { // "id:controllers:path"
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        std::string controllers(1, ','); // between commas, so that a whole name can be sought
        controllers.append(line, first + 1, second - first - 1);
        controllers += ',';
        const bool unified = controllers == ",,";
        if (!unified && controllers.find(",memory,") == std::string::npos) continue;
        std::string path = line.substr(second + 1);
        for (;;) {
            while (!path.empty() && path.back() == '/')
                path.pop_back();
            if (unified)
                limit_by_cgroup_v2(info, "/sys/fs/cgroup" + path);
            else
                limit_by_cgroup_v1(info, "/sys/fs/cgroup/memory" + path);
            if (path.empty()) break;
            const std::size_t slash = path.rfind('/');
            path.resize(slash == std::string::npos ? 0 : slash);
        }
    }
}

class OwnedBuffer final : public Buffer {
  public:
    OwnedBuffer(std::byte* block, std::size_t bytes) : block_(block), bytes_(bytes) {
        const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(block) % alignment; // NOLINT
        data_ = block + (misplaced == 0 ? 0 : alignment - misplaced);
    }
    ~OwnedBuffer() override { std::free(block_); } // NOLINT: from calloc
    OwnedBuffer(const OwnedBuffer&) = delete;
    OwnedBuffer& operator=(const OwnedBuffer&) = delete;

    std::byte* data() override { return data_; }
    std::size_t bytes() const override { return bytes_; }

  private:
    std::byte* block_;
    std::byte* data_ = nullptr;
    std::size_t bytes_;
};

class AdoptedBuffer final : public Buffer {
  public:
    explicit AdoptedBuffer(std::span<const std::byte> host) : host_(host) {}
    // The interface has one kind of buffer; adopted bytes may be a read-only mapping and are never written.
    std::byte* data() override { return const_cast<std::byte*>(host_.data()); } // NOLINT
    std::size_t bytes() const override { return host_.size(); }

  private:
    std::span<const std::byte> host_;
};

} // namespace

MemoryInfo host_memory() {
    constexpr std::uint64_t kib = 1024;
    MemoryInfo info;
    info.total_bytes = number_in("/proc/meminfo", "MemTotal:").value_or(0) * kib;
    info.free_bytes = number_in("/proc/meminfo", "MemAvailable:").value_or(0) * kib;
    limit_by_cgroups(info);
    return info;
}

std::unique_ptr<Buffer> allocate_host(std::size_t bytes) {
    constexpr std::size_t worth_asking = std::size_t{16} << 20U; // small ones need no look at /proc
    if (bytes >= worth_asking) {
        const MemoryInfo memory = host_memory();
        if (memory.total_bytes > 0 && bytes > memory.free_bytes)
            throw OutOfMemory("not enough memory: " + std::to_string(bytes) + " bytes asked for, " +
                              std::to_string(memory.free_bytes) + " bytes free");
    }
    void* block = nullptr;
    // calloc: large blocks come as untouched zero pages, so a cache costs memory only as it fills.
    if (bytes <= std::numeric_limits<std::ptrdiff_t>::max() - alignment)
        block = std::calloc(bytes + alignment, 1); // NOLINT
    if (block == nullptr)
        throw OutOfMemory("not enough memory: " + std::to_string(bytes) + " bytes asked for");
    try {
        return std::make_unique<OwnedBuffer>(static_cast<std::byte*>(block), bytes);
    } catch (...) {
        std::free(block); // NOLINT
        throw;
    }
}

std::unique_ptr<Buffer> adopt_host(std::span<const std::byte> host) {
    return std::make_unique<AdoptedBuffer>(host);
}

} // namespace spoutnik::kernels
