// SPDX-License-Identifier: MIT
// What is kept of an answer so that it can be generated again: the sampler's settings with the seed, the
// tokens, and what tells the model and its arithmetic from others. The prompt is the branch above it.
#pragma once

#include "engine/session/session.h"
#include "storage/conversations.h"

#include <cstdint>
#include <optional>
#include <string>

namespace spoutnik::app {

/// To be stored with the answer that `request` got.
storage::Replay replay_of(const engine::ChatRequest& request, const engine::Finished& finished);

/// The request that generates the same tokens again, without its messages; max_tokens is their number.
struct ReplayRequest {
    engine::ChatRequest request;
    std::int64_t context = 0; ///< tokens the session had
};
/// nullopt where the record holds no tokens, no seed or no settings.
std::optional<ReplayRequest> request_of(const storage::Replay& replay);

/// model_fingerprint() as it is kept: 16 hexadecimal digits. Empty for 0.
std::string fingerprint_text(std::uint64_t fingerprint);

} // namespace spoutnik::app
