// SPDX-License-Identifier: MIT
// Where conversations stand: pinned, archived, in a folder, removed, one or many at a time; and their drafts.
#include "storage/change.h"
#include "storage/conversations.h"
#include "storage/settings.h"

#include <string>

namespace spoutnik::storage {

namespace {

/// Stands in `setting`, beside what the person chose: there is no conversation yet that could hold it.
constexpr std::string_view new_draft = "draft/new";

/// Runs `sql` (its ?1 is the conversation, ?2 the value) for each id inside the caller's transaction; how
/// many were found.
template <class Value>
std::int64_t update_each(sqlite3* database, std::span<const ConversationId> ids, std::string_view sql,
                         const Value& value) {
    Statement update(database, sql);
    std::int64_t found = 0;
    for (const ConversationId id : ids) {
        update.reset();
        found += update.with(id, value).run();
    }
    return found;
}

void require_found(std::int64_t rows) {
    if (rows == 0) throw Error(ErrorKind::not_found, "This conversation is no longer there.");
}

void require_folder(sqlite3* database, std::optional<FolderId> folder) {
    if (!folder) return;
    Statement query(database, "SELECT 1 FROM folder WHERE id = ?");
    if (!query.with(*folder).step()) throw Error(ErrorKind::not_found, "This folder is no longer there.");
}

} // namespace

std::int64_t Conversations::set_pinned(std::span<const ConversationId> ids, bool is_pinned) {
    return change(database_, [&] {
        return update_each(database_.handle(), ids, "UPDATE conversation SET is_pinned = ?2 WHERE id = ?1",
                           is_pinned);
    });
}

std::int64_t Conversations::set_archived(std::span<const ConversationId> ids, bool is_archived) {
    return change(database_, [&] {
        return update_each(database_.handle(), ids, "UPDATE conversation SET is_archived = ?2 WHERE id = ?1",
                           is_archived);
    });
}

std::int64_t Conversations::set_folder(std::span<const ConversationId> ids, std::optional<FolderId> folder) {
    return change(database_, [&] {
        require_folder(database_.handle(), folder);
        return update_each(database_.handle(), ids, "UPDATE conversation SET folder = ?2 WHERE id = ?1",
                           folder);
    });
}

std::int64_t Conversations::remove(std::span<const ConversationId> ids) {
    return change(database_, [&] {
        return update_each(database_.handle(), ids,
                           "UPDATE conversation SET deleted_ms = coalesce(deleted_ms, ?2) WHERE id = ?1",
                           database_.now_ms());
    });
}

std::int64_t Conversations::restore(std::span<const ConversationId> ids) {
    return change(database_, [&] {
        return update_each(database_.handle(), ids, "UPDATE conversation SET deleted_ms = ?2 WHERE id = ?1",
                           nullptr);
    });
}

void Conversations::set_pinned(ConversationId id, bool is_pinned) {
    require_found(set_pinned(std::span(&id, 1), is_pinned));
}

void Conversations::set_archived(ConversationId id, bool is_archived) {
    require_found(set_archived(std::span(&id, 1), is_archived));
}

void Conversations::set_folder(ConversationId id, std::optional<FolderId> folder) {
    require_found(set_folder(std::span(&id, 1), folder));
}

void Conversations::remove(ConversationId id) {
    require_found(remove(std::span(&id, 1)));
}

void Conversations::restore(ConversationId id) {
    require_found(restore(std::span(&id, 1)));
}

void Conversations::set_source(ConversationId id, const Source& source) {
    change(database_, [&] {
        // NULL, not '': the index of sources holds imported conversations only.
        const bool is_imported = !source.id.empty();
        require_found(Statement(database_.handle(),
                                "UPDATE conversation SET source_format = ?, source_id = ? WHERE id = ?")
                          .with(is_imported ? std::optional(source.format) : std::nullopt,
                                is_imported ? std::optional(source.id) : std::nullopt, id)
                          .run());
    });
}

std::string Conversations::draft(std::optional<ConversationId> conversation) const {
    if (!conversation) return Settings(database_).get_or(new_draft, {});
    Statement query(database_.handle(), "SELECT draft FROM conversation WHERE id = ?");
    return query.with(*conversation).step() ? query.text(0) : std::string();
}

void Conversations::set_draft(std::optional<ConversationId> conversation, std::string_view text) {
    if (!conversation) {
        if (text.empty())
            Settings(database_).remove(new_draft);
        else
            Settings(database_).set(new_draft, text);
        return;
    }
    change(database_, [&] {
        require_found(Statement(database_.handle(), "UPDATE conversation SET draft = ? WHERE id = ?")
                          .with(text.empty() ? std::nullopt : std::optional(text), *conversation)
                          .run());
    });
}

} // namespace spoutnik::storage
