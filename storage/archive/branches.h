// SPDX-License-Identifier: MIT
// Ways through a Tree. In an archive, messages are numbered: the one at index i has the id i + 1, so that a
// parent's id says where it stands.
#pragma once

#include "storage/conversations.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace spoutnik::storage::archive {

/// The tree with ids 1, 2, 3 ... in its order. A parent or active leaf that is not in it, or does not stand
/// before its child, is taken away.
Tree numbered(Tree tree);

/// Index of a message of a numbered tree.
inline std::size_t index_of(MessageId id) {
    return static_cast<std::size_t>(id - 1);
}

/// The messages from a root to `leaf`, as indices, in order. Empty for none.
std::vector<std::size_t> branch_of(const Tree& tree, std::optional<MessageId> leaf);

/// Messages that nothing follows, in order.
std::vector<MessageId> leaves_of(const Tree& tree);

/// The same conversation with nothing but its active branch.
Tree active_branch_of(const Tree& tree);

/// The messages that `keep` wants, each followed by all that is below it before its next sibling: the order
/// in which an import brings them. What stood below one that is left out stands below the next one above.
Tree depth_first(const Tree& tree, const std::function<bool(const Message&)>& keep);

} // namespace spoutnik::storage::archive
