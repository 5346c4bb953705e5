// SPDX-License-Identifier: MIT
// Whether a file is one of ours, before anything in it is trusted; nothing outside storage/ includes it.
#pragma once

#include "storage/schema.h"

#include <cstdint>
#include <filesystem>
#include <span>

struct sqlite3;

namespace spoutnik::storage {

/// What a file says of itself.
struct Header {
    std::int64_t application = 0;
    std::int64_t version = 0;
    bool is_empty = true;
    bool has_our_tables = false;
};

Header read_header(sqlite3* database);

/// Throws for another program's file and for a damaged header; an empty file may become ours.
void require_ours(const Header& header, const std::filesystem::path& file);

/// SQLite 3.40 lets triggers write to the full-text tables only in a trusted schema. So it is trusted only
/// once it is known, word for word, to be the one that the migrations make; throws where it is not.
void trust_schema(sqlite3* database, std::span<const Migration> migrations,
                  const std::filesystem::path& file);

/// The version that the migrations lead to.
int last_version(std::span<const Migration> migrations);

} // namespace spoutnik::storage
