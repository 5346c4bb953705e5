// SPDX-License-Identifier: MIT
// A folder of saved KV caches, one a conversation, that stays below a size: what was not used for longest
// goes.
#pragma once

#include "engine/model/model.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace spoutnik::engine {

/// What tells one model file, and the arithmetic that runs it, from another: a hash of every key and value,
/// of every tensor's name, format and shape, of the contents of vectors (norms, biases) and of the beginnings
/// of some matrices, of the backend's name and instruction set and of the engine's version. Never 0.
std::uint64_t model_fingerprint(const gguf::File& file, const kernels::Backend& backend);

/// Nothing in here throws for what the disk does or holds: what cannot be saved or restored is computed
/// again.
class SavedCaches {
  public:
    /// The folder is made when it is first needed, for this user alone.
    SavedCaches(std::filesystem::path folder, std::uint64_t most_bytes, std::uint64_t fingerprint);

    /// Writes the rows of `tokens` under the conversation's name, in place of an older file.
    bool save(const std::string& conversation, const KvCache& cache, std::span<const std::int32_t> tokens);
    /// Appends to `cache`, which holds the first rows of `prompt`, those of the following tokens that were
    /// saved for this conversation, if that is worth reading a file. The number of rows that were appended.
    std::int64_t restore(const std::string& conversation, std::span<const std::int32_t> prompt,
                         KvCache& cache) const;

  private:
    void make_room(const std::filesystem::path& newest) const;

    std::filesystem::path folder_;
    std::uint64_t most_bytes_;
    std::uint64_t fingerprint_;
};

/// Deletes what was saved for a conversation; for callers without a session too.
void remove_saved_cache(const std::filesystem::path& folder, const std::string& conversation);

/// Deletes the saved caches of all conversations but those that `is_wanted`, and what a killed process left
/// unfinished.
void sweep_saved_caches(const std::filesystem::path& folder,
                        const std::function<bool(const std::string& conversation)>& is_wanted);

/// Whether a name can be a file's: letters of ASCII, digits, '-' and '_', at most 100.
bool names_a_saved_cache(const std::string& conversation);

} // namespace spoutnik::engine
