// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"
#include "storage/date_group.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

using ConversationId = std::int64_t;
using MessageId = std::int64_t;
using FolderId = std::int64_t;

enum class Role { system, user, assistant, tool };
enum class Status {
    streaming,   ///< being written now
    done,        ///< whole
    interrupted, ///< stopped by the person, or by the end of the program
    error        ///< generation failed; see Message::error
};

std::string_view name_of(Role role) noexcept;
std::string_view name_of(Status status) noexcept;
/// The inverses; an unknown name, from a row written by other hands, reads as assistant and as done.
Role role_named(std::string_view name) noexcept;
Status status_named(std::string_view name) noexcept;

/// Where an imported conversation came from: importing the same file twice finds it again.
struct Source {
    std::string format; ///< "chatgpt", "openwebui", "spoutnik"...
    std::string id;     ///< the conversation's name there; empty: not imported
    bool operator==(const Source&) const = default;
};

/// A conversation is a tree of messages; what is shown is the branch from its root to `active_leaf`.
///
/// A private conversation is never one of these: the window keeps it in memory only and calls nothing here,
/// so there is no row, no index entry, no write-ahead log and no backup to delete afterwards. There is no
/// "private" column on purpose: a flag would have to be honoured by every reader of the file.
struct Conversation {
    ConversationId id = 0;
    std::string uuid;             ///< version 4, for exports
    std::string title;            ///< may be empty: not named yet
    bool title_is_manual = false; ///< the person chose it: never replaced by an automatic one
    bool is_pinned = false;
    bool is_archived = false;       ///< kept and searched, but not in the list
    std::optional<FolderId> folder; ///< at most one
    Source source;
    std::string model; ///< name of the model last used
    std::optional<MessageId> active_leaf;
    TimeMs created_ms = 0;
    TimeMs updated_ms = 0;            ///< last message written; renaming or pinning does not count
    std::optional<TimeMs> deleted_ms; ///< removed, can still be restored
};

/// A row of the conversation list.
struct ConversationSummary {
    Conversation conversation;
    std::string last_line; ///< beginning of the last message with text on the active branch, one line
    Role last_role = Role::user;
    bool is_streaming = false;
    std::string draft_line;        ///< beginning of the unsent draft, one line; empty where there is none
    std::vector<std::string> tags; ///< by name
    DateGroup group;
};

/// Which conversations list() gives. All conditions must hold.
struct ListFilter {
    enum class Archived { hidden, only, also };
    Archived archived = Archived::hidden;
    std::optional<FolderId> folder;
    bool only_unfiled = false;     ///< in no folder
    std::vector<std::string> tags; ///< has each of them; accents and case don't count
};

struct Message {
    MessageId id = 0;
    ConversationId conversation = 0;
    std::optional<MessageId> parent;
    Role role = Role::user;
    Status status = Status::done;
    std::string content;   ///< UTF-8 as the person typed or the model wrote it
    std::string reasoning; ///< what stood between the think tags, without them
    std::int64_t reasoning_ms = 0;
    std::int64_t reasoning_tokens = 0;
    std::int64_t prompt_tokens = 0;
    std::int64_t generated_tokens = 0;
    double tokens_per_second = 0; ///< of decode
    std::string model;
    std::string error; ///< a sentence, when status is error
    TimeMs created_ms = 0;
    TimeMs finished_ms = 0; ///< 0 while streaming
    /// The branch switcher's "2/3": place among the messages with the same parent, from 0, and their number.
    std::int64_t sibling_index = 0;
    std::int64_t sibling_count = 1;
};

/// The two messages a turn stores before generation starts.
struct Turn {
    MessageId user = 0;
    MessageId answer = 0;
};

/// What it takes to generate an answer again and compare: exported, and replayed by `verify`. Empty where
/// unknown (imported, or written by schema version 1).
struct Replay {
    std::string sampling;                ///< sampler settings and seed, a JSON object
    std::vector<std::int32_t> token_ids; ///< as generated, in order
    std::string model_hash; ///< of the model and the arithmetic that ran it; compared, never read
    bool operator==(const Replay&) const = default;
};

/// What remove_message() did, enough for its undo.
struct MessageRemoval {
    std::int64_t messages = 0;           ///< how many went, those below included
    std::optional<MessageId> shown_leaf; ///< the leaf that was shown before
};

/// One conversation with everything that belongs to it, for exports and imports. The ids of messages only
/// name them within the tree; a parent stands before its children.
struct Tree {
    struct Node {
        Message message;
        Replay replay;
    };
    Conversation conversation; ///< `folder` is not used: an id says nothing elsewhere
    std::string folder;        ///< its name; empty: none
    std::vector<std::string> tags;
    std::string draft;
    std::vector<Node> messages;
};

/// What is known of an answer so far (save_partial) or at its end (finish).
struct Answer {
    std::string_view content;
    std::string_view reasoning;
    std::int64_t reasoning_ms = 0;
    std::int64_t reasoning_tokens = 0;
    std::int64_t prompt_tokens = 0;
    std::int64_t generated_tokens = 0;
    double tokens_per_second = 0;
    const Replay* replay = nullptr; ///< null: what is stored of it stays
};

/// Conversations and their messages. Every function that changes something is one transaction: after it
/// returns the change is on the disk, after it throws nothing changed. Keeps a reference to `database`; same
/// thread.
class Conversations {
  public:
    explicit Conversations(Database& database) : database_(database) {}

    // --- conversations
    Conversation create(std::string_view title = {}, std::string_view model = {});
    std::optional<Conversation> find(ConversationId id) const;
    std::optional<Conversation> find_uuid(std::string_view uuid) const;
    /// The living conversation that was imported from `source`.
    std::optional<Conversation> find_source(const Source& source) const;
    /// Pinned first, then the latest updated; removed ones are never in it. Two queries.
    std::vector<ConversationSummary> list(const ListFilter& filter = {}) const;
    /// The person's own title; an empty one gives the conversation back to automatic titles.
    void rename(ConversationId id, std::string_view title);
    /// A title made by the program: ignored (false) where the person chose one.
    bool set_automatic_title(ConversationId id, std::string_view title);
    void set_pinned(ConversationId id, bool is_pinned);
    void set_archived(ConversationId id, bool is_archived);
    /// None: out of its folder.
    void set_folder(ConversationId id, std::optional<FolderId> folder);
    void set_source(ConversationId id, const Source& source);
    void set_model(ConversationId id, std::string_view model);

    /// Takes a conversation out of the list and of searches; restore() is the undo.
    void remove(ConversationId id);
    void restore(ConversationId id);
    /// Removed conversations, the latest first.
    std::vector<Conversation> removed() const;
    /// Deletes for good: rows, search index, free pages, write-ahead log and migration backups hold nothing
    /// of it afterwards. Only files set aside as damaged may (Database::damaged_files).
    void purge(ConversationId id);
    /// Purges what was removed before `before_ms`, conversations and single messages; the number of
    /// conversations.
    std::int64_t purge_removed(TimeMs before_ms);

    // --- many at once (multi-select), each call one transaction; ids that are gone are passed over, and the
    // result is how many were found
    std::int64_t set_pinned(std::span<const ConversationId> ids, bool is_pinned);
    std::int64_t set_archived(std::span<const ConversationId> ids, bool is_archived);
    std::int64_t set_folder(std::span<const ConversationId> ids, std::optional<FolderId> folder);
    std::int64_t remove(std::span<const ConversationId> ids);
    std::int64_t restore(std::span<const ConversationId> ids);

    // --- drafts: what is typed and not sent yet. No conversation: the draft of a new one. begin_turn() takes
    // the draft of its conversation away in the same transaction; that of a new one is the caller's to clear.
    std::string draft(std::optional<ConversationId> conversation) const;
    void set_draft(std::optional<ConversationId> conversation, std::string_view text);

    // --- writing; the branch written becomes the active one
    /// Stores the person's message and an empty streaming answer below it, at once. `parent`: the active
    /// leaf.
    Turn begin_turn(ConversationId conversation, std::string_view text, std::string_view model);
    /// The same under a chosen parent (none: at the root).
    Turn begin_turn_at(ConversationId conversation, std::optional<MessageId> parent, std::string_view text,
                       std::string_view model);
    /// An edited prompt: a sibling of the message `user`, with its own answer.
    Turn begin_edit(MessageId user, std::string_view text, std::string_view model);
    /// One more answer: a streaming sibling of `answer`.
    MessageId begin_regeneration(MessageId answer, std::string_view model);
    /// Goes on with an answer that was interrupted, failed or stopped at its limit: it streams again, and
    /// what it holds (the result) is the prefix of what save_partial() and finish() then write. Only an
    /// answer with nothing below it.
    Message begin_continuation(MessageId answer, std::string_view model);
    /// A whole message, as a system prompt or a tool's result.
    MessageId append(ConversationId conversation, std::optional<MessageId> parent, Role role,
                     std::string_view text);
    /// To be called about every second of a streaming answer. False when it no longer streams (removed,
    /// finished).
    bool save_partial(MessageId answer, const Answer& partial);
    /// The end of an answer: done, interrupted or error (with its sentence). False when the message is gone.
    bool finish(MessageId answer, Status status, const Answer& answer_text, std::string_view error = {});
    /// Marks every message still streaming as interrupted; their number. Database does it at start.
    std::int64_t mark_interrupted();

    // --- removing messages; purge_removed() deletes them for good
    /// Takes a message and everything below it out of the tree and of searches. Where it was shown, the
    /// branch of a sibling is shown instead, or what stands above it.
    MessageRemoval remove_message(MessageId id);
    /// The undo: the message comes back with what went with it (what had been removed before stays removed),
    /// and with removed messages above it. `leaf` (MessageRemoval::shown_leaf) is shown again where it lives,
    /// else the latest message below.
    void restore_message(MessageId id, std::optional<MessageId> leaf = std::nullopt);
    /// The removed messages of a conversation that nothing removed with them stands above, latest first.
    std::vector<Message> removed_messages(ConversationId conversation) const;
    /// Deletes a removed message and what is below it for good, as purge() does with a conversation.
    void purge_message(MessageId id);

    // --- reading the tree
    std::optional<Message> message(MessageId id) const;
    /// Root to active leaf, in order. One query.
    std::vector<Message> branch(ConversationId conversation) const;
    /// Root to `leaf`.
    std::vector<Message> branch_to(MessageId leaf) const;
    /// Messages with the same parent as `message`, itself included, oldest first.
    std::vector<MessageId> siblings(MessageId message) const;
    /// Every message of the tree, oldest first.
    std::vector<Message> all_messages(ConversationId conversation) const;
    /// Empty where nothing is known.
    Replay replay(MessageId message) const;

    // --- whole trees
    /// Without what was removed from it; nothing where the conversation is gone.
    std::optional<Tree> tree(ConversationId id) const;
    /// Adds whole conversations, all or none. A uuid that is taken or empty gets a new one, times of 0 the
    /// present, a folder and tags of an unknown name are made, and what says it is streaming is interrupted.
    /// Throws ErrorKind::invalid where a parent does not stand before its child. The new ids, in order.
    std::vector<ConversationId> insert(std::span<const Tree> trees);

    /// Shows the branch that ends at `leaf`.
    void set_active_leaf(ConversationId conversation, MessageId leaf);
    /// The branch switcher: shows the branch through `message`, down to the latest message below it. The new
    /// leaf.
    MessageId show_branch_of(MessageId message);

  private:
    void purge_all(const std::vector<Conversation>& conversations);
    void purge_messages(const std::vector<MessageId>& messages);

    Database& database_;
};

} // namespace spoutnik::storage
