// SPDX-License-Identifier: MIT
#include "engine/session/cache_file.h"

#include "engine/session/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spoutnik::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::int64_t block_tokens = 256;
constexpr std::uint32_t version = 1;
constexpr std::array<char, 8> magic{'S', 'P', 'O', 'U', 'T', 'K', 'V', '\n'};

struct Head {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t format; ///< GGUF's number
    std::uint64_t fingerprint;
    std::uint64_t lanes;
    std::uint64_t row_bytes;
    std::uint64_t tokens;
};
static_assert(sizeof(Head) == 48);

std::int64_t blocks_of(std::int64_t tokens) {
    return (tokens + block_tokens - 1) / block_tokens;
}

std::uint64_t index_bytes(std::int64_t tokens) {
    return sizeof(Head) + static_cast<std::uint64_t>(tokens + blocks_of(tokens) + 1) * sizeof(std::uint64_t);
}

/// Every token's hash depends on all tokens before it.
std::vector<std::uint64_t> chain_of(std::uint64_t fingerprint, std::span<const std::int32_t> tokens) {
    std::vector<std::uint64_t> chain;
    chain.reserve(tokens.size());
    std::uint64_t hash = fingerprint;
    for (const std::int32_t token : tokens)
        chain.push_back(hash = spread_bits(hash + 0x9e3779b97f4a7c15U +
                                           static_cast<std::uint64_t>(static_cast<std::uint32_t>(token))));
    return chain;
}

/// A file descriptor, closed at the end.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    bool is_open() const { return fd_ >= 0; }
    int get() const { return fd_; }
    bool write(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
        return true;
    }

  private:
    int fd_;
};

class FileSource final : public ByteSource {
  public:
    FileSource(Descriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
    std::uint64_t size() const override { return size_; }
    bool read(std::uint64_t offset, std::span<std::byte> out) override {
        if (offset > size_ || out.size() > size_ - offset) return false;
        while (!out.empty()) {
            const ssize_t count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false; // cut short since it was opened
            out = out.subspan(static_cast<std::size_t>(count));
            offset += static_cast<std::uint64_t>(count);
        }
        return true;
    }

  private:
    Descriptor file_;
    std::uint64_t size_;
};

template <class T>
std::span<std::byte> bytes_of_vector(std::vector<T>& values) {
    return std::as_writable_bytes(std::span(values));
}

/// Head, chain and checksums of the blocks, read from the cache. What is written first.
std::vector<std::byte> index_of(std::uint64_t fingerprint, const KvCache& cache,
                                std::span<const std::int32_t> tokens, std::vector<std::byte>& block) {
    const CacheLayout layout = cache.layout();
    const auto count = static_cast<std::int64_t>(tokens.size());
    const Head head{magic,
                    version,
                    static_cast<std::uint32_t>(layout.format),
                    fingerprint,
                    static_cast<std::uint64_t>(layout.lanes),
                    layout.row_bytes,
                    static_cast<std::uint64_t>(count)};
    std::vector<std::uint64_t> numbers = chain_of(fingerprint, tokens);
    for (std::int64_t first = 0; first < count; first += block_tokens) {
        const std::int64_t rows = std::min(block_tokens, count - first);
        block.resize(static_cast<std::size_t>(rows) * layout.bytes_per_token());
        cache.read_rows(first, rows, block);
        numbers.push_back(checksum(block));
    }
    std::vector<std::byte> index(sizeof head + numbers.size() * sizeof(std::uint64_t));
    std::memcpy(index.data(), &head, sizeof head);
    std::memcpy(index.data() + sizeof head, numbers.data(), numbers.size() * sizeof(std::uint64_t));
    const std::uint64_t sum = checksum(index);
    const auto* raw = reinterpret_cast<const std::byte*>(&sum);
    index.insert(index.end(), raw, raw + sizeof sum);
    return index;
}

bool write_all(const Descriptor& file, std::uint64_t fingerprint, const KvCache& cache,
               std::span<const std::int32_t> tokens) {
    std::vector<std::byte> block;
    if (!file.write(index_of(fingerprint, cache, tokens, block))) return false;
    const auto count = static_cast<std::int64_t>(tokens.size());
    for (std::int64_t first = 0; first < count; first += block_tokens) {
        const std::int64_t rows = std::min(block_tokens, count - first);
        block.resize(static_cast<std::size_t>(rows) * cache.layout().bytes_per_token());
        cache.read_rows(first, rows, block);
        if (!file.write(block)) return false;
    }
    return ::fsync(file.get()) == 0;
}

} // namespace

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& file) {
    // O_NONBLOCK: a FIFO in the place of the file must not be waited for.
    Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!opened.is_open() || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != ::geteuid() || status.st_size <= 0)
        return nullptr;
    return std::make_unique<FileSource>(std::move(opened), static_cast<std::uint64_t>(status.st_size));
}

std::optional<SavedCache> SavedCache::open(std::unique_ptr<ByteSource> source, std::uint64_t fingerprint,
                                           const CacheLayout& layout) {
    Head head{};
    if (source == nullptr || layout.bytes_per_token() == 0 ||
        !source->read(0, std::as_writable_bytes(std::span(&head, 1))))
        return std::nullopt;
    if (head.magic != magic || head.version != version || head.fingerprint != fingerprint ||
        head.format != static_cast<std::uint32_t>(layout.format) ||
        head.lanes != static_cast<std::uint64_t>(layout.lanes) || head.row_bytes != layout.row_bytes)
        return std::nullopt;
    // Each token takes bytes_per_token() bytes of the file at least, so nothing below overflows.
    if (head.tokens == 0 || head.tokens > source->size() / layout.bytes_per_token()) return std::nullopt;
    const auto tokens = static_cast<std::int64_t>(head.tokens);
    if (saved_cache_bytes(tokens, layout) != source->size()) return std::nullopt;

    std::vector<std::byte> index(static_cast<std::size_t>(index_bytes(tokens)));
    if (!source->read(0, index)) return std::nullopt;
    std::uint64_t sum = 0;
    const std::size_t summed = index.size() - sizeof sum;
    std::memcpy(&sum, index.data() + summed, sizeof sum);
    if (sum != checksum(std::span(index).first(summed))) return std::nullopt;

    SavedCache saved;
    saved.chain_.resize(static_cast<std::size_t>(tokens));
    saved.checksums_.resize(static_cast<std::size_t>(blocks_of(tokens)));
    const std::byte* at = index.data() + sizeof head;
    for (const std::span<std::byte> part :
         {bytes_of_vector(saved.chain_), bytes_of_vector(saved.checksums_)}) {
        std::memcpy(part.data(), at, part.size());
        at += part.size();
    }
    saved.source_ = std::move(source);
    saved.fingerprint_ = fingerprint;
    saved.layout_ = layout;
    saved.data_offset_ = index.size();
    return saved;
}

std::int64_t SavedCache::common_prefix(std::span<const std::int32_t> prompt) const {
    const std::vector<std::uint64_t> wanted =
        chain_of(fingerprint_, prompt.first(std::min(prompt.size(), chain_.size())));
    return std::mismatch(wanted.begin(), wanted.end(), chain_.begin()).first - wanted.begin();
}

void SavedCache::restore(KvCache& cache, std::int64_t end) {
    end = std::min({end, tokens(), cache.capacity()});
    std::vector<std::byte> block;
    while (cache.length() < end) {
        const std::int64_t number = cache.length() / block_tokens;
        const std::int64_t first = number * block_tokens;
        const std::int64_t rows = std::min(block_tokens, tokens() - first);
        block.resize(static_cast<std::size_t>(rows) * layout_.bytes_per_token());
        const std::uint64_t offset =
            data_offset_ + static_cast<std::uint64_t>(first) * layout_.bytes_per_token();
        if (!source_->read(offset, block) || checksum(block) != checksums_[static_cast<std::size_t>(number)])
            return;
        const std::int64_t skipped = cache.length() - first;
        cache.append_rows(block, rows, skipped, std::min(end - first, rows) - skipped);
    }
}

std::uint64_t saved_cache_bytes(std::int64_t tokens, const CacheLayout& layout) {
    return index_bytes(tokens) + static_cast<std::uint64_t>(tokens) * layout.bytes_per_token();
}

bool save_cache(const std::filesystem::path& file, std::uint64_t fingerprint, const KvCache& cache,
                std::span<const std::int32_t> tokens) {
    if (tokens.empty() || static_cast<std::int64_t>(tokens.size()) > cache.length()) return false;
    // A name of one's own: two programs may save the same conversation at the same time.
    std::string unfinished = file.string() + ".XXXXXX" + std::string(unfinished_suffix);
    {
        const Descriptor out(::mkostemps(unfinished.data(), static_cast<int>(unfinished_suffix.size()),
                                         O_CLOEXEC)); // mode 0600
        if (!out.is_open()) return false;
        if (!write_all(out, fingerprint, cache, tokens)) {
            ::unlink(unfinished.c_str());
            return false;
        }
    }
    if (::rename(unfinished.c_str(), file.c_str()) != 0) {
        ::unlink(unfinished.c_str());
        return false;
    }
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
    if (folder.is_open()) ::fsync(folder.get());
    return true;
}

} // namespace spoutnik::engine
