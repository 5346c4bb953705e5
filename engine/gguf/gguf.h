// SPDX-License-Identifier: MIT
// Reader of GGUF model files, versions 2 and 3, whole or split into shards, memory-mapped.
// Source: the GGUF specification. Every byte is treated as hostile; see README.md in this folder.
#pragma once

#include "engine/error.h"
#include "kernels/format.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spoutnik::engine::gguf {

/// An array value. Integers of every width become int64 (u64 above its range is refused), floats double.
using Array =
    std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<bool>, std::vector<std::string>>;
/// A metadata value.
using Value = std::variant<std::int64_t, double, bool, std::string, Array>;

/// One tensor: where its bytes lie and what they are.
struct TensorInfo {
    std::string name;
    kernels::Format format = kernels::Format::f32;
    std::array<std::int64_t, 4> dims{1, 1, 1, 1}; ///< fastest first, as in the file: [in, out, experts, 1]
    int dim_count = 0;
    std::span<const std::byte> bytes; ///< in the mapped file; valid as long as the File

    std::int64_t values() const { return dims[0] * dims[1] * dims[2] * dims[3]; }
};

/// An open model file. Immutable after construction; safe to read from several threads (warming is for one).
class File {
  public:
    /// Maps a file; for a shard NAME-00001-of-0000N.gguf, all its siblings. Throws Error with one line that
    /// names the key or tensor at fault.
    static std::shared_ptr<const File> open(const std::filesystem::path& path);
    /// Reads one GGUF image held in memory (tests, fuzzing). The bytes must outlive the result.
    static std::shared_ptr<const File> parse(std::span<const std::byte> image);

    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    const std::map<std::string, Value, std::less<>>& metadata() const;
    const std::vector<TensorInfo>& tensors() const;
    const TensorInfo* find_tensor(std::string_view name) const; ///< null when absent
    std::size_t file_bytes() const;                             ///< all shards together

    /// Begins to bring the whole file into memory, in the background; the second time nothing. For whoever is
    /// about to use all of it. An image in memory needs none of it.
    void warm() const;
    /// The same of some tensors.
    void warm(const std::function<bool(const TensorInfo&)>& wanted) const;
    /// Waits until warm() is through.
    void wait_until_warm() const;

    bool has(std::string_view key) const;
    // Typed look-ups. find_*: nothing when absent, Error when present with another type. get_*: Error when
    // absent.
    std::optional<std::int64_t> find_int(std::string_view key) const; ///< any integer width
    std::optional<double> find_float(std::string_view key) const;     ///< float or integer
    std::optional<bool> find_bool(std::string_view key) const;
    const std::string* find_string(std::string_view key) const;
    const std::vector<std::string>* find_strings(std::string_view key) const;
    const std::vector<std::int64_t>* find_ints(std::string_view key) const;
    const std::vector<double>* find_floats(std::string_view key) const;
    std::int64_t get_int(std::string_view key) const;
    double get_float(std::string_view key) const;
    const std::string& get_string(std::string_view key) const;

  private:
    struct Impl;
    explicit File(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace spoutnik::engine::gguf
