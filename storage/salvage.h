// SPDX-License-Identifier: MIT
// What happens to a damaged database; nothing outside storage/ includes it.
#pragma once

#include "storage/database.h"
#include "storage/schema.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::storage {

struct Salvage {
    std::int64_t conversations = 0;
    std::int64_t messages = 0;
    bool is_complete = true; ///< false: something could not be read
    std::vector<std::filesystem::path> set_aside;
};

/// Reads what can be read of `file` into a new database, then moves the damaged file, its log and its index
/// together into damaged/<time>/ and puts the new one in its place. Until the new one is whole nothing is
/// moved; where a failure (a full disk) stops it, the damaged files are as they were. Throws storage::Error.
Salvage salvage_database(const std::filesystem::path& file, TimeMs now_ms,
                         std::span<const Migration> migrations, const std::string& vfs);

/// Whether the program was stopped in the middle of that.
bool is_exchange_unfinished(const std::filesystem::path& file);

/// Completes the exchange where the program was stopped in the middle of it; no-op otherwise.
void finish_exchange(const std::filesystem::path& file, TimeMs now_ms);

} // namespace spoutnik::storage
