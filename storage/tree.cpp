// SPDX-License-Identifier: MIT
// Whole conversations out of the database and into it: what exports and imports are made of.
#include "storage/change.h"
#include "storage/connection.h"
#include "storage/conversations.h"
#include "storage/folders.h"
#include "storage/message_rows.h"
#include "storage/search_index.h"
#include "storage/tags.h"
#include "storage/text_folding.h"

#include <map>

namespace spoutnik::storage {

namespace {

std::string free_uuid(sqlite3* database, const std::string& wanted) {
    Statement query(database, "SELECT 1 FROM conversation WHERE uuid = ?");
    return wanted.empty() || query.with(wanted).step() ? new_uuid() : wanted;
}

ConversationId insert_conversation(sqlite3* database, const Tree& tree, TimeMs now) {
    const Conversation& from = tree.conversation;
    std::optional<FolderId> folder;
    if (!tree.folder.empty()) folder = folder_named(database, tree.folder, now);
    const auto if_any = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    const TimeMs created = from.created_ms != 0 ? from.created_ms : now;
    Statement insert(database,
                     "INSERT INTO conversation(uuid, title, title_folded, title_is_manual, is_pinned,"
                     " is_archived, folder, source_format, source_id, draft, model, created_ms, updated_ms)"
                     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    insert.with(free_uuid(database, from.uuid), from.title, fold(from.title), from.title_is_manual,
                from.is_pinned, from.is_archived, folder,
                from.source.id.empty() ? std::nullopt : std::optional(from.source.format),
                if_any(from.source.id), if_any(tree.draft), from.model, created,
                from.updated_ms != 0 ? from.updated_ms : created);
    return insert.returned().value();
}

MessageId insert_node(sqlite3* database, ConversationId conversation, std::optional<MessageId> parent,
                      const Tree::Node& node, TimeMs now) {
    const Message& from = node.message;
    const Status status = from.status == Status::streaming ? Status::interrupted : from.status;
    const TimeMs created = from.created_ms != 0 ? from.created_ms : now;
    Statement insert(database,
                     "INSERT INTO message(conversation, parent, role, status, created_ms, finished_ms,"
                     " reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second,"
                     " model, error, content, reasoning, folded)"
                     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    insert.with(conversation, parent, name_of(from.role), name_of(status), created,
                from.finished_ms != 0 ? from.finished_ms : created, from.reasoning_ms, from.reasoning_tokens,
                from.prompt_tokens, from.generated_tokens, from.tokens_per_second, from.model, from.error,
                from.content, from.reasoning, folded_message(from.content, from.reasoning));
    const MessageId id = insert.returned().value();
    if (node.replay != Replay{}) write_replay(database, id, node.replay);
    return id;
}

ConversationId insert_tree(sqlite3* database, const Tree& tree, TimeMs now) {
    const ConversationId conversation = insert_conversation(database, tree, now);
    std::map<MessageId, MessageId> placed; // id in the tree, id here
    std::optional<MessageId> last;
    for (const Tree::Node& node : tree.messages) {
        std::optional<MessageId> parent;
        if (node.message.parent) {
            const auto found = placed.find(*node.message.parent);
            if (found == placed.end())
                throw Error(ErrorKind::invalid, "A message stands before the one it answers.");
            parent = found->second;
        }
        last = insert_node(database, conversation, parent, node, now);
        if (!placed.emplace(node.message.id, *last).second)
            throw Error(ErrorKind::invalid, "Two messages have the same number.");
    }
    const auto leaf = placed.find(tree.conversation.active_leaf.value_or(0));
    Statement(database, "UPDATE conversation SET active_leaf = ? WHERE id = ?")
        .with(leaf != placed.end() ? std::optional(leaf->second) : last, conversation)
        .run();
    for (const std::string& tag : tree.tags)
        attach_tag(database, conversation, tag);
    return conversation;
}

} // namespace

std::optional<Tree> Conversations::tree(ConversationId id) const {
    const std::optional<Conversation> conversation = find(id);
    if (!conversation) return std::nullopt;
    Tree tree;
    tree.conversation = *conversation;
    tree.draft = draft(id);
    if (conversation->folder) {
        Statement folder(database_.handle(), "SELECT name FROM folder WHERE id = ?");
        if (folder.with(*conversation->folder).step()) tree.folder = folder.text(0);
    }
    tree.tags = Tags(database_).of(id);
    Statement query(database_.handle(), "SELECT " MESSAGE_COLUMNS ", " REPLAY_COLUMNS
                                        " FROM message m WHERE m.conversation = ? AND m.removed_ms IS NULL"
                                        " ORDER BY m.id");
    query.with(id);
    while (query.step())
        tree.messages.push_back({read_message(query), read_replay(query, message_columns)});
    return tree;
}

std::vector<ConversationId> Conversations::insert(std::span<const Tree> trees) {
    return change(database_, [&] {
        std::vector<ConversationId> ids;
        for (const Tree& tree : trees)
            ids.push_back(insert_tree(database_.handle(), tree, database_.now_ms()));
        return ids;
    });
}

} // namespace spoutnik::storage
