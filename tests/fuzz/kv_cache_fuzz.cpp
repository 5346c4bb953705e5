// SPDX-License-Identifier: MIT
// Files of saved KV caches. Checksums would stop every mutation at the door, so most inputs get right ones.
#include "engine/model/cache.h"
#include "engine/session/cache_file.h"
#include "engine/session/checksum.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace spoutnik;

constexpr std::uint64_t fingerprint = 42;
constexpr std::size_t head_bytes = 48;
constexpr std::size_t word = sizeof(std::uint64_t);

class MemorySource final : public engine::ByteSource {
  public:
    explicit MemorySource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    bool read(std::uint64_t offset, std::span<std::byte> out) override {
        if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return false;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return true;
    }

  private:
    std::vector<std::byte> bytes_;
};

/// Puts right checksums where the head says that they lie.
void sign(std::vector<std::byte>& file, std::size_t token_bytes) {
    if (file.size() < head_bytes) return;
    std::memcpy(file.data() + 16, &fingerprint, word);
    std::uint64_t tokens = 0;
    std::memcpy(&tokens, file.data() + 40, word);
    if (tokens == 0 || tokens > file.size() / token_bytes) return;
    const std::size_t blocks = (tokens + 255) / 256;
    const std::size_t sums_at = head_bytes + tokens * word;
    const std::size_t end = sums_at + (blocks + 1) * word;
    if (end + tokens * token_bytes > file.size()) return;
    for (std::size_t b = 0; b < blocks; ++b) {
        const std::size_t rows = std::min<std::size_t>(256, tokens - b * 256);
        const std::uint64_t sum =
            engine::checksum(std::span(file).subspan(end + b * 256 * token_bytes, rows * token_bytes));
        std::memcpy(file.data() + sums_at + b * word, &sum, word);
    }
    const std::uint64_t sum = engine::checksum(std::span(file).first(end - word));
    std::memcpy(file.data() + end - word, &sum, word);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto backend = kernels::make_cpu_backend({.threads = 1});
    static engine::RowCache cache(*backend, {.layers = 2, .lanes = 1, .width = 2}, 1000,
                                  kernels::Format::f32);
    cache.truncate(0);
    const auto bytes = std::as_bytes(std::span(data, size));
    std::vector<std::byte> file(bytes.begin(), bytes.end());
    if (size % 4 != 3) sign(file, cache.layout().bytes_per_token());
    auto saved = engine::SavedCache::open(std::make_unique<MemorySource>(std::move(file)), fingerprint,
                                          cache.layout());
    if (!saved) return 0;
    std::vector<std::int32_t> prompt(static_cast<std::size_t>(saved->tokens()) + 1, 7);
    if (saved->common_prefix(prompt) > saved->tokens()) std::abort();
    for (const std::int64_t end : {std::int64_t{1}, std::int64_t{300}, saved->tokens()}) {
        saved->restore(cache, end);
        if (cache.length() > std::min(saved->tokens(), cache.capacity())) std::abort();
    }
    return 0;
}
