// SPDX-License-Identifier: MIT
// Writes GGUF files for tests: metadata of every type, tensors of every format, whole or split, and on
// purpose wrong ones. Nothing is checked: hostile files are made with it.
#pragma once

#include "kernels/format.h"
#include "tests/support/quantize.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace spoutnik::testing {

/// Little-endian bytes, appended.
class ByteSink {
  public:
    template <class T>
    ByteSink& number(T value) {
        static_assert(std::is_arithmetic_v<T>);
        const auto* raw = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), raw, raw + sizeof value);
        return *this;
    }
    ByteSink& string(const std::string& text) {
        number(static_cast<std::uint64_t>(text.size()));
        return raw(std::as_bytes(std::span(text)));
    }
    ByteSink& raw(std::span<const std::byte> more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    void pad_to(std::size_t alignment) {
        while (bytes_.size() % alignment != 0)
            bytes_.push_back(std::byte{0});
    }
    std::size_t size() const { return bytes_.size(); }
    std::vector<std::byte> take() { return std::move(bytes_); }
    const std::vector<std::byte>& bytes() const { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

/// The id of a metadata type in the file format.
template <class T>
constexpr std::uint32_t gguf_type_id() {
    if constexpr (std::is_same_v<T, std::uint8_t>)
        return 0;
    else if constexpr (std::is_same_v<T, std::int8_t>)
        return 1;
    else if constexpr (std::is_same_v<T, std::uint16_t>)
        return 2;
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return 3;
    else if constexpr (std::is_same_v<T, std::uint32_t>)
        return 4;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return 5;
    else if constexpr (std::is_same_v<T, float>)
        return 6;
    else if constexpr (std::is_same_v<T, bool>)
        return 7;
    else if constexpr (std::is_same_v<T, std::string>)
        return 8;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return 10;
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return 11;
    else if constexpr (std::is_same_v<T, double>)
        return 12;
    else
        static_assert(std::is_same_v<T, void>, "not a GGUF type");
}

class GgufWriter {
  public:
    explicit GgufWriter(std::uint32_t version = 3) : version_(version) {}

    // Metadata: the C++ type chooses the GGUF type. set("k", std::uint32_t{3}), set("k", "text"),
    // set("k", std::vector<std::string>{...}).

    template <class T>
    GgufWriter& set(const std::string& key, const T& value) {
        ByteSink out;
        if constexpr (std::is_convertible_v<T, std::string>) {
            out.string(std::string(value));
            return set_raw(key, 8, out.take());
        } else {
            put(out, value);
            return set_raw(key, gguf_type_id<T>(), out.take());
        }
    }
    template <class T>
    GgufWriter& set(const std::string& key, const std::vector<T>& values) {
        ByteSink out;
        out.number(gguf_type_id<T>()).number(static_cast<std::uint64_t>(values.size()));
        for (const auto& value : values)
            put<T>(out, value);
        return set_raw(key, 9, out.take());
    }
    /// A value in bytes of one's own, with any type id.
    GgufWriter& set_raw(const std::string& key, std::uint32_t type, std::vector<std::byte> bytes) {
        entries_.push_back({key, type, std::move(bytes)});
        return *this;
    }

    /// Forgets a key, or a tensor.
    GgufWriter& drop(const std::string& key) {
        std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
        return *this;
    }
    GgufWriter& drop_tensor(const std::string& name) {
        std::erase_if(tensors_, [&](const Tensor& tensor) { return tensor.name == name; });
        return *this;
    }
    /// Sets a key anew.
    template <class T>
    GgufWriter& reset(const std::string& key, const T& value) {
        return drop(key).set(key, value);
    }

    // Tensors. dims fastest first: {in, out} for a matrix [out, in].

    GgufWriter& tensor(const std::string& name, std::vector<std::int64_t> dims, kernels::Format format,
                       std::span<const float> values) {
        return tensor_raw(name, std::move(dims), static_cast<std::uint32_t>(format),
                          quantize(format, values));
    }
    /// `offset`: what the file claims; nothing = where the bytes really are.
    GgufWriter& tensor_raw(const std::string& name, std::vector<std::int64_t> dims, std::uint32_t type_id,
                           std::vector<std::byte> bytes, std::optional<std::uint64_t> offset = std::nullopt) {
        tensors_.push_back({name, std::move(dims), type_id, std::move(bytes), offset});
        return *this;
    }

    /// Bytes between tensors' starts; also written as general.alignment when it is not 32.
    GgufWriter& alignment(std::uint32_t bytes) {
        alignment_ = bytes;
        return *this;
    }

    std::vector<std::byte> build() const { return image(entries_, 0, tensors_.size()); }

    void write(const std::filesystem::path& path) const { save(path, build()); }

    /// Writes NAME-00001-of-0000N.gguf ... into a folder, the tensors dealt out in order; gives the paths.
    std::vector<std::filesystem::path> write_split(const std::filesystem::path& folder,
                                                   const std::string& name, std::size_t shards) const {
        std::vector<std::filesystem::path> paths;
        for (std::size_t s = 0; s < shards; ++s) {
            std::vector<Entry> entries = s == 0 ? entries_ : std::vector<Entry>{};
            GgufWriter split;
            split.set("split.no", static_cast<std::uint16_t>(s))
                .set("split.count", static_cast<std::uint16_t>(shards))
                .set("split.tensors.count", static_cast<std::int32_t>(tensors_.size()));
            entries.insert(entries.end(), split.entries_.begin(), split.entries_.end());
            paths.push_back(folder / shard_name(name, s + 1, shards));
            save(paths.back(),
                 image(entries, tensors_.size() * s / shards, tensors_.size() * (s + 1) / shards));
        }
        return paths;
    }

    /// "NAME-00001-of-00003.gguf"; numbers count from 1.
    static std::string shard_name(const std::string& name, std::size_t number, std::size_t count) {
        char tail[64];
        std::snprintf(tail, sizeof tail, "-%05zu-of-%05zu.gguf", number, count);
        return name + tail;
    }

    static void save(const std::filesystem::path& path, std::span<const std::byte> bytes) {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    }

  private:
    struct Entry {
        std::string key;
        std::uint32_t type;
        std::vector<std::byte> bytes;
    };
    struct Tensor {
        std::string name;
        std::vector<std::int64_t> dims;
        std::uint32_t type_id;
        std::vector<std::byte> bytes;
        std::optional<std::uint64_t> offset;
    };

    template <class T>
    static void put(ByteSink& out, const T& value) {
        if constexpr (std::is_same_v<T, std::string>)
            out.string(value);
        else if constexpr (std::is_same_v<T, bool>)
            out.number(static_cast<std::uint8_t>(value));
        else
            out.number(value);
    }

    std::vector<std::byte> image(const std::vector<Entry>& entries, std::size_t first,
                                 std::size_t last) const {
        const bool says_alignment = alignment_ != 32;
        ByteSink out;
        for (const char letter : {'G', 'G', 'U', 'F'})
            out.number(letter);
        out.number(version_).number(static_cast<std::int64_t>(last - first));
        out.number(static_cast<std::int64_t>(entries.size() + (says_alignment ? 1 : 0)));
        if (says_alignment) out.string("general.alignment").number(std::uint32_t{4}).number(alignment_);
        for (const Entry& entry : entries)
            out.string(entry.key).number(entry.type).raw(entry.bytes);
        std::uint64_t offset = 0;
        for (std::size_t t = first; t < last; ++t) {
            const Tensor& tensor = tensors_[t];
            out.string(tensor.name).number(static_cast<std::uint32_t>(tensor.dims.size()));
            for (const std::int64_t dim : tensor.dims)
                out.number(dim);
            out.number(tensor.type_id).number(tensor.offset.value_or(offset));
            offset = (offset + tensor.bytes.size() + alignment_ - 1) / alignment_ * alignment_;
        }
        for (std::size_t t = first; t < last; ++t) {
            out.pad_to(alignment_);
            out.raw(tensors_[t].bytes);
        }
        out.pad_to(alignment_);
        return out.take();
    }

    std::uint32_t version_;
    std::uint32_t alignment_ = 32;
    std::vector<Entry> entries_;
    std::vector<Tensor> tensors_;
};

} // namespace spoutnik::testing
