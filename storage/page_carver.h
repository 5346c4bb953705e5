// SPDX-License-Identifier: MIT
// Reads rows out of a damaged SQLite file page by page, without its b-trees; nothing outside storage/
// includes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace spoutnik::storage {

/// A blob keeps its bytes apart from a text's.
struct Blob {
    std::string bytes;
};
using CarvedValue = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

struct CarvedRow {
    std::int64_t rowid = 0;
    std::vector<CarvedValue> values; ///< in the order of the table's columns; the rowid's own column is NULL
};

/// Calls `row` for each row of each table leaf page that can be decoded ("Database File Format", sections 1.6
/// and 2), of whatever table it was. Pages that the write-ahead log beside the file has newer (section 4,
/// checksums included) are read from there. Any bytes are safe to read: a row that doesn't fit its page or
/// names lengths beyond the file is left out.
void carve_rows(const std::filesystem::path& file, const std::function<void(const CarvedRow&)>& row);

} // namespace spoutnik::storage
