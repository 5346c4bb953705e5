// SPDX-License-Identifier: MIT
// A conversation that is written nowhere: its messages live here, with their versions, until it is left.
#pragma once

#include "storage/conversations.h"

#include <optional>
#include <vector>

namespace spoutnik::app {

/// A tree as storage::Conversations keeps one, in memory alone. Its messages have negative ids, so that none
/// can be taken for a stored one.
class PrivateConversation {
  public:
    using Id = storage::MessageId;

    /// A message below `parent` (none: at the root), which is then shown. An assistant's streams.
    storage::Message add(std::optional<Id> parent, storage::Role role, std::string content);
    /// What a message has become.
    void update(const storage::Message& message);
    /// Forgets a message and what is below it; beside it or above it goes on being shown.
    void remove(Id id);
    /// Shows the version `step` places further among the siblings of `id`, down to the latest below it.
    void show_sibling(Id id, int step);

    /// What is shown, root to leaf, each message with its place among its siblings.
    std::vector<storage::Message> branch() const;
    bool is_empty() const { return messages_.empty(); }
    void clear();

  private:
    const storage::Message* find(Id id) const;
    std::vector<Id> siblings(std::optional<Id> parent) const; ///< in the order they were made
    Id leaf_below(Id id) const;

    std::vector<storage::Message> messages_; ///< a parent before its children
    Id last_id_ = 0;                         ///< never given again, also after clear()
    Id leaf_ = 0;                            ///< of the branch shown; 0: none
};

} // namespace spoutnik::app
