// SPDX-License-Identifier: MIT
// The stored conversations, as the commands open them.
#pragma once

#include "storage/database.h"

#include <filesystem>

namespace spoutnik::app::cli {

/// To read, beside a window that may be writing. Empty `folder`: the user's own. Throws engine::Error where
/// nothing is kept there.
storage::Database open_to_read(const std::filesystem::path& folder);

/// To write, beside a window that may be open; the folder is made where there is none. Throws
/// storage::Error(locked) where the database has to be mended or migrated first while a window has it.
storage::Database open_to_write(const std::filesystem::path& folder);

} // namespace spoutnik::app::cli
