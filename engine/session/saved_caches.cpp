// SPDX-License-Identifier: MIT
#include "engine/session/saved_caches.h"

#include "engine/session/cache_file.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace spoutnik::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".kvcache";
/// Fewer tokens than this are computed sooner than a file is written or read.
constexpr std::int64_t least_tokens = 64;
/// The disk keeps this much free: a cache is never worth a full disk.
constexpr std::uint64_t reserve_bytes = std::uint64_t{256} << 20U;

fs::path file_of(const fs::path& folder, const std::string& conversation) {
    return folder / (conversation + std::string(suffix));
}

struct Found {
    fs::path path;
    std::string conversation; ///< empty for an unfinished file
    std::uint64_t bytes = 0;
    fs::file_time_type used;
};

/// Our own files in a folder; others are not looked at.
std::vector<Found> saved_in(const fs::path& folder) {
    std::vector<Found> all;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code gone; // while we look: another program's business
        const bool is_unfinished =
            name.ends_with(unfinished_suffix) && name.find(suffix) != std::string::npos;
        if (!is_unfinished && !name.ends_with(suffix)) continue;
        if (!fs::is_regular_file(entry->symlink_status(gone)) || gone) continue;
        Found found{entry->path(), is_unfinished ? "" : name.substr(0, name.size() - suffix.size()),
                    entry->file_size(gone), entry->last_write_time(gone)};
        if (!gone) all.push_back(std::move(found));
    }
    return all;
}

bool make_private_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    ::mkdir(folder.c_str(), S_IRWXU);
    return fs::is_directory(folder, error);
}

} // namespace

bool names_a_saved_cache(const std::string& conversation) {
    constexpr std::size_t longest = 100;
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    };
    return !conversation.empty() && conversation.size() <= longest &&
           std::ranges::all_of(conversation, is_plain);
}

SavedCaches::SavedCaches(fs::path folder, std::uint64_t most_bytes, std::uint64_t fingerprint)
    : folder_(std::move(folder)), most_bytes_(most_bytes), fingerprint_(fingerprint) {
}

bool SavedCaches::save(const std::string& conversation, const KvCache& cache,
                       std::span<const std::int32_t> tokens) {
    const auto count = static_cast<std::int64_t>(tokens.size());
    if (count < least_tokens || !names_a_saved_cache(conversation)) return false;
    const std::uint64_t bytes = saved_cache_bytes(count, cache.layout());
    if (bytes > most_bytes_ || !make_private_folder(folder_)) return false;
    std::error_code error;
    const fs::space_info space = fs::space(folder_, error);
    if (!error && (space.available < reserve_bytes || space.available - reserve_bytes < bytes)) return false;
    const fs::path file = file_of(folder_, conversation);
    if (!save_cache(file, fingerprint_, cache, tokens)) return false;
    make_room(file);
    return true;
}

void SavedCaches::make_room(const fs::path& newest) const {
    std::vector<Found> all = saved_in(folder_);
    std::ranges::sort(all, {}, &Found::used);
    std::uint64_t total = 0;
    for (const Found& found : all)
        total += found.bytes;
    for (const Found& found : all) {
        if (total <= most_bytes_) return;
        std::error_code ignored;
        if (found.path != newest && fs::remove(found.path, ignored)) total -= found.bytes;
    }
}

std::int64_t SavedCaches::restore(const std::string& conversation, std::span<const std::int32_t> prompt,
                                  KvCache& cache) const {
    const std::int64_t before = cache.length();
    if (!names_a_saved_cache(conversation) ||
        static_cast<std::int64_t>(prompt.size()) < before + least_tokens)
        return 0;
    const fs::path file = file_of(folder_, conversation);
    std::optional<SavedCache> saved = SavedCache::open(open_source(file), fingerprint_, cache.layout());
    if (!saved) return 0;
    const std::int64_t common = saved->common_prefix(prompt);
    if (common < before + least_tokens) return 0;
    saved->restore(cache, common);
    ::utimensat(AT_FDCWD, file.c_str(), nullptr, AT_SYMLINK_NOFOLLOW); // used now: the last to be deleted
    return cache.length() - before;
}

void remove_saved_cache(const fs::path& folder, const std::string& conversation) {
    std::error_code ignored;
    if (!folder.empty() && names_a_saved_cache(conversation))
        fs::remove(file_of(folder, conversation), ignored);
}

void sweep_saved_caches(const fs::path& folder, const std::function<bool(const std::string&)>& is_wanted) {
    // An unfinished file of this hour may be another program's that is writing it.
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const Found& found : saved_in(folder)) {
        const bool keep = found.conversation.empty() ? found.used > long_ago : is_wanted(found.conversation);
        std::error_code ignored;
        if (!keep) fs::remove(found.path, ignored);
    }
}

} // namespace spoutnik::engine
