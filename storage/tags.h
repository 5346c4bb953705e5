// SPDX-License-Identifier: MIT
#pragma once

#include "storage/conversations.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

struct Tag {
    std::string name;               ///< as it was first written
    std::int64_t conversations = 0; ///< living ones, archived or not
};

/// Tags of conversations, any number each. Two names that differ by case, accents or outer spaces only are
/// one tag; an empty name is ErrorKind::invalid. A tag that no conversation has is no more. Each change is
/// one transaction, also over many conversations; ids that are gone are passed over.
class Tags {
  public:
    explicit Tags(Database& database) : database_(database) {}

    /// Those of living conversations, by name.
    std::vector<Tag> list() const;
    /// By name.
    std::vector<std::string> of(ConversationId conversation) const;

    /// How many conversations did not have it.
    std::int64_t add(std::span<const ConversationId> conversations, std::string_view name);
    /// How many conversations had it.
    std::int64_t remove(std::span<const ConversationId> conversations, std::string_view name);
    /// The conversation has these tags and no others.
    void set(ConversationId conversation, std::span<const std::string> names);
    /// Everywhere; where `to` exists the two become one.
    void rename(std::string_view from, std::string_view to);

  private:
    Database& database_;
};

/// Adds a tag inside the caller's transaction; false where the conversation has it already.
bool attach_tag(sqlite3* database, ConversationId conversation, std::string_view name);

} // namespace spoutnik::storage
