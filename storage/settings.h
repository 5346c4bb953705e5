// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace spoutnik::storage {

/// Keys and values, as "window/width". Never for secrets: those belong in the system's keyring.
class Settings {
  public:
    explicit Settings(Database& database) : database_(database) {}

    std::optional<std::string> get(std::string_view key) const;
    std::string get_or(std::string_view key, std::string_view fallback) const;
    /// `fallback` where the key is missing or is not a number written in decimal.
    std::int64_t get_int(std::string_view key, std::int64_t fallback) const;
    double get_double(std::string_view key, double fallback) const;
    bool get_bool(std::string_view key, bool fallback) const;

    void set(std::string_view key, std::string_view value);
    void set_int(std::string_view key, std::int64_t value);
    void set_double(std::string_view key, double value);
    void set_bool(std::string_view key, bool value);
    void remove(std::string_view key);

    /// Every key that begins with `prefix`.
    std::map<std::string, std::string> all(std::string_view prefix = {}) const;

  private:
    Database& database_;
};

} // namespace spoutnik::storage
