// SPDX-License-Identifier: MIT
// Messages that know each other by name, as foreign files have them, made into a tree.
#pragma once

#include "storage/archive/omissions.h"
#include "storage/conversations.h"

#include <string>
#include <vector>

namespace spoutnik::storage::archive {

struct GraphNode {
    std::string id;
    std::string parent;                ///< empty: none named
    std::vector<std::string> children; ///< in their order, as far as named
    bool is_kept = true;               ///< false: its children go to the message above it
    Message message;                   ///< `parent` is set by arrange()
};

/// Puts the nodes into `tree.messages`, numbered, parents before children, siblings in their order, and finds
/// the active leaf: `current`, else the latest message. Links to nothing, to the node itself or in a circle
/// are cut and counted. An assistant's message that is reasoning only and has a single child, the assistant's
/// answer, becomes one with it.
void arrange(std::vector<GraphNode> nodes, const std::string& current, Tree& tree, Omissions& omissions);

} // namespace spoutnik::storage::archive
