// SPDX-License-Identifier: MIT
#pragma once

#include "engine/session/session.h"
#include "storage/conversations.h"

#include <vector>

namespace spoutnik::app {

/// What the model reads of a branch: contents without reasoning, neighbours of one role joined (templates
/// want turns that alternate), empty answers left out.
std::vector<engine::ChatMessage> prompt_of(const std::vector<storage::Message>& branch);

} // namespace spoutnik::app
