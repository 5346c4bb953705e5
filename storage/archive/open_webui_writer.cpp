// SPDX-License-Identifier: MIT
#include "storage/archive/branches.h"
#include "storage/archive/json_text.h"
#include "storage/archive/open_webui_details.h"
#include "storage/archive/writer.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

/// Whether an import takes it: nobody said anything in the others.
bool says_anything(const Message& message) {
    const bool is_unfinished = message.role == Role::assistant && message.status != Status::done;
    return !message.content.empty() || !message.reasoning.empty() || is_unfinished ||
           message.status == Status::error;
}

/// What came from there keeps its name there, so that it is not taken for another when it comes back.
const std::string& name_of_chat(const Tree& tree) {
    const Conversation& conversation = tree.conversation;
    const bool is_theirs = conversation.source.format == "openwebui" && !conversation.source.id.empty();
    return is_theirs ? conversation.source.id : conversation.uuid;
}

/// A tree without the system message above it, which stands beside the messages there.
struct Split {
    std::string system;
    std::size_t first = 0; ///< index of the first message that is written
};

Split split_system(const Tree& tree) {
    if (tree.messages.empty() || tree.messages.front().message.role != Role::system) return {};
    for (std::size_t i = 1; i < tree.messages.size(); ++i)
        if (!tree.messages[i].message.parent) return {}; // another beginning: the prompt is not everybody's
    return {tree.messages.front().message.content, 1};
}

class OpenWebuiWriter : public Writer {
  public:
    std::string begin(std::size_t /*count*/) override { return "["; }

    std::string add(const Tree& tree) override {
        const char* separator = is_first_ ? "\n" : ",\n";
        is_first_ = false;
        return separator +
               row(depth_first(tree, says_anything)).dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    std::string end() override { return "\n]\n"; }

  private:
    /// Names of messages are unique over all chats there. As many digits each: their order is then the
    /// messages'.
    static std::string name_of_message(const Tree& tree, MessageId id) {
        constexpr std::size_t digits = 6;
        const std::string number = std::to_string(id);
        return name_of_chat(tree) + '-' + std::string(digits - std::min(digits, number.size()), '0') + number;
    }

    static Json message_value(const Tree& tree, const Message& message, const Split& split) {
        const bool is_root = !message.parent || index_of(*message.parent) < split.first;
        Json value{{"id", name_of_message(tree, message.id)},
                   {"parentId", is_root ? Json() : Json(name_of_message(tree, *message.parent))},
                   {"childrenIds", Json::array()},
                   {"role", name_of(message.role)},
                   {"content", with_reasoning(message)},
                   {"timestamp", message.created_ms / 1000}};
        if (message.role == Role::user) value["models"] = {tree.conversation.model};
        if (message.role == Role::assistant) {
            value["model"] = message.model;
            value["modelName"] = message.model;
            value["done"] = message.status == Status::done || message.status == Status::error;
        }
        if (message.status == Status::error) value["error"] = {{"content", message.error}};
        return value;
    }

    static Json row(const Tree& tree) {
        const Conversation& conversation = tree.conversation;
        const Split split = split_system(tree);
        Json messages = Json::object();
        for (std::size_t i = split.first; i < tree.messages.size(); ++i) {
            const Message& message = tree.messages[i].message;
            const std::string name = name_of_message(tree, message.id);
            messages[name] = message_value(tree, message, split);
            if (!messages[name]["parentId"].is_null())
                messages[messages[name]["parentId"].get<std::string>()]["childrenIds"].push_back(name);
        }
        Json branch = Json::array(); // the shown branch once more, as a list
        for (const std::size_t index : branch_of(tree, conversation.active_leaf))
            if (index >= split.first)
                branch.push_back(messages[name_of_message(tree, tree.messages[index].message.id)]);
        Json current; // null where nothing is shown
        if (!branch.empty()) current = branch.back()["id"];
        Json chat{{"id", name_of_chat(tree)},
                  {"title", conversation.title},
                  {"models", {conversation.model}},
                  {"params", split.system.empty() ? Json::object() : Json{{"system", split.system}}},
                  {"history", {{"messages", std::move(messages)}, {"currentId", current}}},
                  {"messages", std::move(branch)},
                  {"tags", tree.tags},
                  {"timestamp", conversation.created_ms}};
        return {{"id", name_of_chat(tree)},
                {"title", conversation.title},
                {"chat", std::move(chat)},
                {"created_at", conversation.created_ms / 1000},
                {"updated_at", conversation.updated_ms / 1000},
                {"archived", conversation.is_archived},
                {"pinned", conversation.is_pinned},
                {"meta", {{"tags", tree.tags}}},
                {"folder_id", nullptr}};
    }

    bool is_first_ = true;
};

} // namespace

std::unique_ptr<Writer> open_webui_writer() {
    return std::make_unique<OpenWebuiWriter>();
}

} // namespace spoutnik::storage::archive
