// SPDX-License-Identifier: MIT
// What is done with files of conversations, on a thread of its own: files are read, parsed, rendered and
// written there, and the storage thread is asked for one conversation or one batch at a time, so that a chat
// goes on meanwhile.
#pragma once

#include "storage/archive/import.h"
#include "storage/archive/writer.h"
#include "storage/conversations.h"

#include <QString>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace spoutnik::app {

class StoreThread;

/// Thrown by a job that was cancelled.
struct Cancelled {};

/// What no storage::ErrorKind says: "unreadable", "too_large", "zip", "backup", "own_folder".
struct Refused : std::runtime_error {
    explicit Refused(const char* key) : std::runtime_error(key) {}
};

/// The files one import takes are read whole, up to this.
inline constexpr std::int64_t largest_import_bytes = std::int64_t{2} << 30;

/// How a job and the window hear of each other.
struct JobControl {
    std::atomic<bool> is_cancelled{false};
    std::function<void(double)> show_progress; ///< 0 to 1, from any thread

    /// Throws Cancelled when the person wants an end.
    void report(std::size_t done, std::size_t all) const;
};

/// Adds a file's conversations; `report` grows with each batch that is in, also of an import that throws
/// later. Throws Refused, Cancelled, storage::Error.
void import_file(StoreThread& store, const std::filesystem::path& file, const JobControl& control,
                 storage::archive::ImportReport& report);

struct ExportOrder {
    std::vector<storage::ConversationId> chosen; ///< none: all of them
    QString format;            ///< "json", "openwebui", "markdown", "html", "pdf", "sharegpt"
    bool is_whole_tree = true; ///< else the branch that is shown
    storage::archive::Words words;
    std::filesystem::path target;
};

/// Writes conversations into a file, which appears whole or not at all; how many they were. One that is
/// removed meanwhile is passed over. Throws Refused, Cancelled, storage::Error.
std::int64_t export_conversations(StoreThread& store, const ExportOrder& order, const JobControl& control);

/// Throws Refused("own_folder") for a target among Spoutnik's own files: it could take the database's place.
void require_outside(const std::filesystem::path& folder, const std::filesystem::path& target);

/// Every conversation that is kept, in the order of its creation, which an import keeps.
std::vector<storage::ConversationId> all_conversations(const storage::Conversations& conversations);

} // namespace spoutnik::app
