// SPDX-License-Identifier: MIT
#include "storage/archive/import.h"
#include "app/cli/commands.h"
#include "app/cli/kept.h"
#include "engine/error.h"

#include <fmt/core.h>

namespace spoutnik::app::cli {
namespace {

using storage::archive::ImportReport;

std::string counted(std::int64_t count, const char* one, const char* several) {
    return fmt::format("{} {}", count, count == 1 ? one : several);
}

void print(const std::filesystem::path& file, const ImportReport& report) {
    fmt::print("{}: {} with {}", file.filename().string(),
               counted(report.conversations, "conversation", "conversations"),
               counted(report.messages, "message", "messages"));
    const std::int64_t forks = report.branches - report.conversations;
    if (forks > 0) fmt::print(" ({} more than one for each)", counted(forks, "branch", "branches"));
    const char* separator = " from ";
    for (const auto& [format, count] : report.formats) {
        fmt::print("{}{}", separator, format);
        separator = ", ";
    }
    fmt::print("\n");
    if (report.already_here > 0)
        fmt::print("  already here: {}\n", counted(report.already_here, "conversation", "conversations"));
    for (const auto& [omission, count] : report.omissions)
        fmt::print("  left out: {}\n", in_words(omission, count));
}

} // namespace

int run_import(const ImportOptions& options) {
    storage::Database database = open_to_write(options.data);
    storage::Conversations conversations(database);
    int status = 0;
    for (const std::filesystem::path& file : options.files) {
        // One that is no good leaves the others; a database that fails is the end.
        try {
            print(file, storage::archive::import_text(conversations, read_file(file)));
        } catch (const storage::Error& error) {
            if (error.kind() != storage::ErrorKind::invalid &&
                error.kind() != storage::ErrorKind::newer_schema)
                throw;
            fmt::print(stderr, "spoutnik-cli: {}: {}\n", file.string(), error.what());
            status = 1;
        } catch (const engine::Error& error) { // of the file: it names it
            fmt::print(stderr, "spoutnik-cli: {}\n", error.what());
            status = 1;
        }
    }
    return status;
}

} // namespace spoutnik::app::cli
