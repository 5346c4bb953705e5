// SPDX-License-Identifier: MIT
#include "storage/archive/import.h"

#include "storage/archive/branches.h"
#include "storage/archive/content_id.h"
#include "storage/archive/first_words.h"
#include "storage/archive/own_json.h"
#include "storage/archive/readers.h"

#include <algorithm>
#include <set>
#include <vector>

namespace spoutnik::storage::archive {

namespace {

constexpr std::size_t conversations_a_batch = 64;
constexpr std::size_t bytes_a_batch = std::size_t{1} << 20U;

/// The conversations of a foreign file, unread.
std::vector<std::string_view> elements_of(std::string_view text) {
    if (auto elements = array_elements(text)) return *elements;
    if (const auto members = object_members(text))
        for (const char* wrapper : {"conversations", "chats", "data"})
            if (auto elements = array_elements(member_named(*members, wrapper))) return *elements;
    return {trimmed_json(text)};
}

/// Some programs leave a model's tags in its text.
void take_think_tags(Message& message) {
    constexpr std::string_view open = "<think>";
    constexpr std::string_view close = "</think>";
    if (message.role != Role::assistant || !message.reasoning.empty() || !message.content.starts_with(open))
        return;
    const std::size_t end = message.content.find(close);
    if (end == std::string::npos) return;
    const auto trimmed = [](std::string_view text) {
        const std::size_t first = std::min(text.find_first_not_of(" \r\n"), text.size());
        return std::string(text.substr(first, text.find_last_not_of(" \r\n") + 1 - first));
    };
    message.reasoning = trimmed(std::string_view(message.content).substr(open.size(), end - open.size()));
    message.content = trimmed(std::string_view(message.content).substr(end + close.size()));
}

/// Fills in what foreign files leave out: times, a title, and that one was somebody's choice.
void complete(Tree& tree) {
    Conversation& conversation = tree.conversation;
    conversation.title_is_manual = !conversation.title.empty();
    if (conversation.title.empty()) conversation.title = first_words(tree);
    TimeMs first = 0;
    TimeMs last = 0;
    for (const auto& [message, replay] : tree.messages) {
        if (message.created_ms <= 0) continue;
        first = first == 0 ? message.created_ms : std::min(first, message.created_ms);
        last = std::max(last, message.created_ms);
    }
    if (conversation.created_ms <= 0) conversation.created_ms = first;
    if (conversation.updated_ms <= 0) conversation.updated_ms = std::max(last, conversation.created_ms);
    for (auto& [message, replay] : tree.messages) {
        if (message.created_ms <= 0)
            message.created_ms = message.parent ? tree.messages[index_of(*message.parent)].message.created_ms
                                                : conversation.created_ms;
        message.finished_ms = std::max(message.finished_ms, message.created_ms);
        take_think_tags(message);
    }
}

using Reader = Tree (*)(const Json&, Omissions&);

Reader reader_of(const Json& conversation) {
    if (is_deepseek(conversation)) return read_deepseek; // before ChatGPT's, whose mapping it shares
    if (is_chatgpt(conversation)) return read_chatgpt;
    if (is_open_webui(conversation)) return read_open_webui;
    if (is_lm_studio(conversation)) return read_lm_studio;
    return nullptr;
}

void read_foreign(std::string_view text, const std::function<void(Tree)>& take, Omissions& omissions,
                  const Progress& progress) {
    bool is_any_known = false;
    Omissions found;
    const std::vector<std::string_view> elements = elements_of(text);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (progress) progress(i, elements.size());
        const std::optional<Json> conversation = parse_value(elements[i]);
        if (!conversation) {
            ++found[Omission::unreadable_conversation];
            continue;
        }
        const Reader read = reader_of(*conversation);
        if (read == nullptr) {
            ++found[Omission::unrecognised_conversation];
            continue;
        }
        is_any_known = true;
        Tree tree = read(*conversation, found);
        if (tree.messages.empty()) {
            ++found[Omission::empty_conversation];
            continue;
        }
        complete(tree);
        if (tree.conversation.source.id.empty()) tree.conversation.source.id = content_id(tree);
        take(std::move(tree));
    }
    if (!is_any_known && !elements.empty())
        throw Error(ErrorKind::invalid, "This is no file of conversations in a format that is known.");
    for (const auto& [omission, count] : found)
        omissions[omission] += count;
}

void read_own_file(const std::vector<std::string_view>& elements, const std::function<void(Tree)>& take,
                   Omissions& omissions, const Progress& progress) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (progress) progress(i, elements.size());
        const std::optional<Json> conversation = parse_value(elements[i]);
        if (conversation && conversation->is_object())
            take(read_own(*conversation, omissions));
        else
            ++omissions[Omission::unreadable_conversation];
    }
}

std::size_t bytes_of(const Tree& tree) {
    std::size_t bytes = 0;
    for (const auto& [message, replay] : tree.messages)
        bytes += message.content.size() + message.reasoning.size();
    return bytes;
}

/// Whether a conversation was imported before, or stands earlier in the same batch.
class Acquaintance {
  public:
    explicit Acquaintance(const Conversations& conversations) : conversations_(conversations) {}

    bool knows(const Conversation& conversation) {
        const Source& source = conversation.source;
        if (!source.id.empty() && (!sources_.emplace(source.format, source.id).second ||
                                   conversations_.find_source(source).has_value() || is_our_own(source.id)))
            return true;
        if (conversation.uuid.empty()) return false;
        return !uuids_.insert(conversation.uuid).second || is_our_own(conversation.uuid);
    }

    /// What we wrote for another program carries our uuid as its name there.
    bool is_our_own(const std::string& id) const {
        const auto found = conversations_.find_uuid(id);
        return found && !found->deleted_ms;
    }

  private:
    const Conversations& conversations_;
    std::set<std::pair<std::string, std::string>> sources_;
    std::set<std::string> uuids_;
};

} // namespace

void read_conversations(std::string_view text, const std::function<void(Tree)>& take, Omissions& omissions,
                        const Progress& progress) {
    if (const auto own = own_conversations(text))
        read_own_file(*own, take, omissions, progress);
    else
        read_foreign(text, take, omissions, progress);
}

void ImportBatch::add(Tree tree) {
    bytes_ += bytes_of(tree);
    trees_.push_back(std::move(tree));
}

bool ImportBatch::is_full() const {
    return trees_.size() >= conversations_a_batch || bytes_ >= bytes_a_batch;
}

void ImportBatch::insert_into(Conversations& conversations, ImportReport& report) {
    Acquaintance here(conversations);
    const auto count = trees_.size();
    std::erase_if(trees_, [&](const Tree& tree) { return here.knows(tree.conversation); });
    if (!trees_.empty()) conversations.insert(trees_);
    report.already_here += static_cast<std::int64_t>(count - trees_.size());
    report.conversations += static_cast<std::int64_t>(trees_.size());
    for (const Tree& tree : trees_) {
        const std::string& format = tree.conversation.source.format;
        ++report.formats[format.empty() ? "spoutnik" : format];
        report.messages += static_cast<std::int64_t>(tree.messages.size());
        report.branches += static_cast<std::int64_t>(leaves_of(tree).size());
    }
    trees_.clear();
    bytes_ = 0;
}

ImportReport import_text(Conversations& conversations, std::string_view text) {
    ImportReport report;
    ImportBatch batch;
    const auto take = [&](Tree tree) {
        batch.add(std::move(tree));
        if (batch.is_full()) batch.insert_into(conversations, report);
    };
    read_conversations(text, take, report.omissions);
    batch.insert_into(conversations, report);
    return report;
}

} // namespace spoutnik::storage::archive
