// SPDX-License-Identifier: MIT
#include "app/cli/kept.h"

#include "engine/error.h"
#include "storage/schema.h"

#include <cstdio>

namespace spoutnik::app::cli {

storage::Database open_to_read(const std::filesystem::path& folder) {
    storage::OpenOptions options;
    options.folder = folder.empty() ? storage::default_data_folder() : folder;
    options.read_only = true;
    std::error_code ignored;
    if (!std::filesystem::exists(options.folder / "spoutnik.db", ignored))
        throw engine::Error(options.folder.string() + ": no conversations are kept here");
    storage::Database database(options);
    if (database.report().schema < storage::schema_migrations().back().version)
        throw engine::Error(options.folder.string() +
                            ": an earlier version wrote these conversations; open the window once, or import "
                            "something, so that they are brought up to date");
    return database;
}

storage::Database open_to_write(const std::filesystem::path& folder) {
    storage::OpenOptions options;
    options.folder = folder;
    options.beside_owner = true;
    storage::Database database(std::move(options));
    for (const std::string& notice : database.report().notices)
        std::fprintf(stderr, "%s\n", notice.c_str());
    return database;
}

} // namespace spoutnik::app::cli
