// SPDX-License-Identifier: MIT
// Hyperparameters of a model file, read with the suspicion that foreign bytes deserve: every look-up states
// what is acceptable, and what is not ends in an Error that names the key.
#pragma once

#include "engine/gguf/gguf.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace spoutnik::engine {

/// The metadata keys of one architecture: `keys.positive("block_count")` reads "deepseek2.block_count".
class Keys {
  public:
    Keys(const gguf::File& file, std::string architecture);

    /// Products of any two sizes below this stay far from 2^63.
    static constexpr std::int64_t largest_size = std::int64_t{1} << 24;

    bool has(std::string_view key) const;
    /// A whole number in 1 ... most. Error when absent or outside.
    std::int64_t positive(std::string_view key, std::int64_t most = largest_size) const;
    /// The same, with a value for an absent key.
    std::int64_t positive_or(std::string_view key, std::int64_t fallback,
                             std::int64_t most = largest_size) const;
    /// A whole number in 0 ... most, or the fallback when absent.
    std::int64_t count_or(std::string_view key, std::int64_t fallback,
                          std::int64_t most = largest_size) const;
    /// A finite number above zero. Error when absent or outside.
    double positive_number(std::string_view key) const;
    double positive_number_or(std::string_view key, double fallback) const;
    /// A finite number, or the fallback when absent.
    double number_or(std::string_view key, double fallback) const;
    bool flag_or(std::string_view key, bool fallback) const;
    std::string text_or(std::string_view key, std::string_view fallback) const;

    /// Throws Error: "deepseek2.expert_count: <why>".
    [[noreturn]] void refuse(std::string_view key, const std::string& why) const;

    const gguf::File& file() const { return file_; }
    const std::string& architecture() const { return architecture_; }

  private:
    std::string full(std::string_view key) const;
    std::int64_t checked(std::string_view key, std::int64_t value, std::int64_t least,
                         std::int64_t most) const;

    const gguf::File& file_;
    std::string architecture_;
};

} // namespace spoutnik::engine
