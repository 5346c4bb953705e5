// SPDX-License-Identifier: MIT
#include "engine/session/checksum.h"
#include "engine/session/saved_caches.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace spoutnik::engine {
namespace {

/// Hashes one thing after another; sizes go in too, so that no two lists of things read alike.
class Hasher {
  public:
    void add(std::span<const std::byte> bytes) { hash_ = checksum(bytes, hash_); }
    void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
    template <class T>
    requires std::is_arithmetic_v<T>
    void add(T number) { add(std::as_bytes(std::span(&number, 1))); }
    template <class T>
    void add(const std::vector<T>& values) {
        add(values.size());
        if constexpr (std::is_same_v<T, std::string>) {
            for (const std::string& text : values)
                add(std::string_view(text));
        } else if constexpr (std::is_same_v<T, bool>) {
            for (const bool flag : values)
                add(static_cast<unsigned char>(flag));
        } else {
            add(std::as_bytes(std::span(values)));
        }
    }
    void add(const gguf::Value& value) {
        add(value.index());
        std::visit([this](const auto& held) { add_value(held); }, value);
    }
    std::uint64_t value() const { return hash_; }

  private:
    void add_value(const gguf::Array& array) {
        add(array.index());
        std::visit([this](const auto& values) { add(values); }, array);
    }
    void add_value(const std::string& text) { add(std::string_view(text)); }
    void add_value(bool flag) { add(static_cast<unsigned char>(flag)); }
    void add_value(std::int64_t number) { add(number); }
    void add_value(double number) { add(number); }

    std::uint64_t hash_ = 0;
};

/// Beginnings of so many matrices, spread over the file: another training of the same shape shows in them.
/// Few, because each may cost a visit to the disk.
constexpr std::size_t sampled_matrices = 32;
constexpr std::size_t sampled_bytes = 256;

} // namespace

std::uint64_t model_fingerprint(const gguf::File& file, const kernels::Backend& backend) {
    Hasher hasher;
    hasher.add(std::string_view(SPOUTNIK_VERSION));
    hasher.add(std::string_view(backend.name()));
    hasher.add(std::string_view(backend.isa()));
    hasher.add(file.file_bytes());
    for (const auto& [key, value] : file.metadata()) {
        hasher.add(std::string_view(key));
        hasher.add(value);
    }
    const std::size_t step = std::max<std::size_t>(1, file.tensors().size() / sampled_matrices);
    for (std::size_t i = 0; i < file.tensors().size(); ++i) {
        const gguf::TensorInfo& tensor = file.tensors()[i];
        hasher.add(std::string_view(tensor.name));
        hasher.add(static_cast<std::uint32_t>(tensor.format));
        for (const std::int64_t dim : tensor.dims)
            hasher.add(dim);
        if (tensor.dim_count == 1)
            hasher.add(tensor.bytes); // read at load anyway
        else if (i % step == 0)
            hasher.add(tensor.bytes.first(std::min(tensor.bytes.size(), sampled_bytes)));
    }
    return hasher.value() == 0 ? 1 : hasher.value();
}

} // namespace spoutnik::engine
