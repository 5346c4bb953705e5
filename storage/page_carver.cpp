// SPDX-License-Identifier: MIT
#include "storage/page_carver.h"

#include "storage/connection.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

namespace spoutnik::storage {

namespace {

/// A file read at any place; a missing one is empty.
class RandomFile {
  public:
    explicit RandomFile(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat facts {};
        if (descriptor_ >= 0 && ::fstat(descriptor_, &facts) == 0)
            size_ = static_cast<std::uint64_t>(facts.st_size);
    }
    ~RandomFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    RandomFile(const RandomFile&) = delete;
    RandomFile& operator=(const RandomFile&) = delete;

    std::uint64_t size() const { return size_; }

    /// `size` bytes from `at`; nothing where the file ends before.
    std::optional<std::string> read(std::uint64_t at, std::size_t size) const {
        if (at > size_ || size_ - at < size) return std::nullopt;
        std::string bytes(size, '\0');
        std::size_t done = 0;
        while (done < size) {
            const ssize_t got =
                ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(at + done));
            if (got <= 0) return std::nullopt;
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }

  private:
    int descriptor_;
    std::uint64_t size_ = 0;
};

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// A variable-length integer of 1 to 9 bytes; moves `at` past it. Nothing where the bytes end.
std::optional<std::uint64_t> varint(std::string_view bytes, std::size_t& at) {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
        if (at >= bytes.size()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        if (i == 8) return (value << 8U) | byte;
        value = (value << 7U) | (byte & 0x7FU);
        if ((byte & 0x80U) == 0) return value;
    }
    return value;
}

bool is_page_size(std::uint64_t size) {
    return size >= 512 && size <= 65536 && std::has_single_bit(size);
}

/// The write-ahead log's running checksum (file format, section 4.2), over 32-bit words.
struct WalChecksum {
    std::uint32_t s0 = 0;
    std::uint32_t s1 = 0;
    bool is_big_endian = false;

    void add(std::string_view bytes) {
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
            s0 += word(bytes, i) + s1;
            s1 += word(bytes, i + 4) + s0;
        }
    }
    bool equals(std::string_view bytes, std::size_t at) const {
        return s0 == big_endian(bytes, at, 4) && s1 == big_endian(bytes, at + 4, 4);
    }

  private:
    std::uint32_t word(std::string_view bytes, std::size_t at) const {
        const auto value = static_cast<std::uint32_t>(big_endian(bytes, at, 4));
        return is_big_endian ? value : __builtin_bswap32(value);
    }
};

class Pages {
  public:
    explicit Pages(const std::filesystem::path& file) : database_(file), wal_(beside(file, "-wal")) {
        read_wal();
        const std::optional<std::string> header = database_.read(0, 100);
        if (header && page_size_ == 0) {
            const std::uint64_t stored = big_endian(*header, 16, 2);
            const std::uint64_t size = stored == 1 ? 65536 : stored;
            if (is_page_size(size)) page_size_ = static_cast<std::size_t>(size);
        }
        if (page_size_ == 0) page_size_ = 4096; // a destroyed header: SQLite's default, which ours have
        // Reserved space is left out of account: nothing of ours uses it.
        count_ = (database_.size() + page_size_ - 1) / page_size_;
        if (!in_wal_.empty()) count_ = std::max(count_, in_wal_.rbegin()->first);
    }

    std::size_t page_size() const { return page_size_; }
    std::uint64_t count() const { return count_; }
    std::uint64_t bytes() const { return database_.size() + wal_.size(); }

    /// Page `number`, from 1.
    std::optional<std::string> page(std::uint64_t number) const {
        if (number == 0 || number > count_) return std::nullopt;
        if (const auto frame = in_wal_.find(number); frame != in_wal_.end())
            return wal_.read(frame->second, page_size_);
        return database_.read((number - 1) * page_size_, page_size_);
    }

  private:
    /// Notes where the last committed version of each page stands in the log.
    void read_wal() {
        const std::optional<std::string> header = wal_.read(0, 32);
        if (!header) return;
        const std::uint64_t magic = big_endian(*header, 0, 4);
        const std::uint64_t size = big_endian(*header, 8, 4);
        if ((magic & ~std::uint64_t{1}) != 0x377F0682 || !is_page_size(size)) return;
        WalChecksum sum;
        sum.is_big_endian = (magic & 1U) != 0;
        sum.add(std::string_view(*header).substr(0, 24));
        if (!sum.equals(*header, 24)) return;
        page_size_ = static_cast<std::size_t>(size);
        std::map<std::uint64_t, std::uint64_t> pending;
        for (std::uint64_t at = 32;; at += 24 + page_size_) {
            const std::optional<std::string> frame = wal_.read(at, 24 + page_size_);
            if (!frame || std::string_view(*frame).substr(8, 8) != std::string_view(*header).substr(16, 8))
                break;
            sum.add(std::string_view(*frame).substr(0, 8));
            sum.add(std::string_view(*frame).substr(24));
            if (!sum.equals(*frame, 16)) break;
            pending[big_endian(*frame, 0, 4)] = at + 24;
            if (big_endian(*frame, 4, 4) == 0) continue; // not the last frame of a transaction
            for (const auto& [number, place] : pending)
                in_wal_[number] = place;
            pending.clear();
        }
    }

    RandomFile database_;
    RandomFile wal_;
    std::map<std::uint64_t, std::uint64_t> in_wal_; ///< page number to offset in the log
    std::size_t page_size_ = 0;
    std::uint64_t count_ = 0;
};

/// A cell's whole payload, its overflow pages included.
std::optional<std::string> payload_of(const Pages& pages, std::string_view page, std::size_t at,
                                      std::uint64_t size) {
    if (size > pages.bytes()) return std::nullopt;
    const std::uint64_t usable = pages.page_size();
    const std::uint64_t most = usable - 35;
    std::uint64_t local = size;
    if (size > most) {
        const std::uint64_t least = (usable - 12) * 32 / 255 - 23;
        local = least + (size - least) % (usable - 4);
        if (local > most) local = least;
    }
    if (at > page.size() || page.size() - at < local) return std::nullopt;
    std::string payload(page.substr(at, local));
    if (local == size) return payload;
    if (page.size() - at - local < 4) return std::nullopt;
    std::uint64_t next = big_endian(page, at + local, 4);
    while (payload.size() < size) { // each turn adds bytes: a circle of pages ends too
        const std::optional<std::string> overflow = pages.page(next);
        if (!overflow) return std::nullopt;
        next = big_endian(*overflow, 0, 4);
        payload += overflow->substr(4, size - payload.size());
    }
    return payload;
}

/// Bytes of a value by its serial type; nothing for the two reserved types.
std::optional<std::uint64_t> value_size(std::uint64_t type) {
    constexpr std::uint64_t fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < 10) return fixed[type];
    if (type < 12) return std::nullopt;
    return (type - 12) / 2;
}

CarvedValue value_of(std::uint64_t type, std::string_view bytes) {
    switch (type) {
    case 0:
        return std::monostate{};
    case 7:
        return std::bit_cast<double>(big_endian(bytes, 0, 8));
    case 8:
        return std::int64_t{0};
    case 9:
        return std::int64_t{1};
    default:
        break;
    }
    if (type >= 12) {
        if (type % 2 == 0) return Blob{std::string(bytes)};
        return std::string(bytes);
    }
    const std::size_t unused_bits = 64 - 8 * bytes.size();
    const std::uint64_t raw = big_endian(bytes, 0, bytes.size()) << unused_bits;
    return static_cast<std::int64_t>(raw) >> unused_bits; // arithmetic shift: keeps the sign
}

std::optional<std::vector<CarvedValue>> decode_record(std::string_view payload) {
    std::size_t at = 0;
    const std::optional<std::uint64_t> header_size = varint(payload, at);
    if (!header_size || *header_size > payload.size() || *header_size < at) return std::nullopt;
    const std::string_view header = payload.substr(0, *header_size);
    std::size_t value_at = *header_size;
    std::vector<CarvedValue> values;
    while (at < header.size()) {
        const std::optional<std::uint64_t> type = varint(header, at);
        if (!type) return std::nullopt;
        const std::optional<std::uint64_t> size = value_size(*type);
        if (!size || *size > payload.size() - value_at) return std::nullopt;
        values.push_back(value_of(*type, payload.substr(value_at, *size)));
        value_at += *size;
    }
    return values;
}

void carve_page(const Pages& pages, std::string_view page, std::size_t header_at,
                const std::function<void(const CarvedRow&)>& row) {
    constexpr unsigned char table_leaf = 0x0D;
    if (static_cast<unsigned char>(page[header_at]) != table_leaf) return;
    const std::uint64_t cells = big_endian(page, header_at + 3, 2);
    for (std::uint64_t i = 0; i < cells; ++i) {
        const std::size_t pointer = header_at + 8 + 2 * i;
        if (pointer + 2 > page.size()) return;
        std::size_t at = big_endian(page, pointer, 2);
        const std::optional<std::uint64_t> size = varint(page, at);
        const std::optional<std::uint64_t> rowid = size ? varint(page, at) : std::nullopt;
        if (!rowid) continue;
        const std::optional<std::string> payload = payload_of(pages, page, at, *size);
        if (!payload) continue;
        std::optional<std::vector<CarvedValue>> values = decode_record(*payload);
        if (values) row({static_cast<std::int64_t>(*rowid), std::move(*values)});
    }
}

} // namespace

void carve_rows(const std::filesystem::path& file, const std::function<void(const CarvedRow&)>& row) {
    const Pages pages(file);
    for (std::uint64_t number = 1; number <= pages.count(); ++number) {
        const std::optional<std::string> page = pages.page(number);
        if (page) carve_page(pages, *page, number == 1 ? 100 : 0, row);
    }
}

} // namespace spoutnik::storage
