// SPDX-License-Identifier: MIT
// Open WebUI's "export chats": an array of rows {id, title, chat, updated_at ...}; `chat.history` holds the
// tree. Reasoning stands inside the content, as <details type="reasoning"> with quoted, escaped lines.
#include "storage/archive/message_graph.h"
#include "storage/archive/open_webui_details.h"
#include "storage/archive/readers.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

/// `content` is a text, or a list of typed parts.
std::string content_text(const Json& content, Omissions& omissions) {
    if (content.is_string()) return text_of(content);
    std::string text;
    if (!content.is_array()) return text;
    for (const Json& part : content) {
        const std::string type = text_of(part, "type");
        if (part.is_null()) continue;
        if (type == "text") {
            if (!text.empty()) text += "\n\n";
            text += text_of(part, "text");
        } else {
            ++omissions[type == "image_url" ? Omission::image : Omission::unknown_part];
        }
    }
    return text;
}

void count_files(const Json& message, Omissions& omissions) {
    for (const Json& file : member_of(message, "files"))
        ++omissions[text_of(file, "type") == "image" ? Omission::image : Omission::file];
    for (const char* key : {"sources", "citations"}) {
        const Json& sources = member_of(message, key);
        if (sources.is_array() && !sources.empty())
            omissions[Omission::search_result] += static_cast<std::int64_t>(sources.size());
    }
}

/// `error` is true, a sentence, or {content: sentence}.
void read_error(const Json& said, Message& message) {
    const Json& error = member_of(said, "error");
    if (error.is_null() || (error.is_boolean() && !error.get<bool>())) return;
    message.status = Status::error;
    message.error = error.is_string() ? text_of(error) : text_of(error, "content");
}

Message read_message(const Json& said, Omissions& omissions) {
    Message message;
    const std::string role = text_of(said, "role");
    message.role = role == "user"     ? Role::user
                   : role == "system" ? Role::system
                   : role == "tool"   ? Role::tool
                                      : Role::assistant;
    message.content = content_text(member_of(said, "content"), omissions);
    if (message.role == Role::assistant) {
        take_reasoning(message, omissions);
        message.model = text_of(said, "model");
        if (member_of(said, "done").is_boolean() && !is_true(said, "done"))
            message.status = Status::interrupted;
    }
    message.created_ms = time_of(said, "timestamp");
    message.finished_ms = std::max(message.created_ms, time_of(said, "completedAt"));
    read_error(said, message);
    count_files(said, omissions);
    return message;
}

/// A message without a word keeps its place only where something stood in it.
void judge_empty(GraphNode& node, const Json& said, Omissions& omissions) {
    const Message& message = node.message;
    if (!message.content.empty() || !message.reasoning.empty() || message.status != Status::done) return;
    if (!member_of(said, "files").empty()) {
        node.message.content = "[file]";
        return;
    }
    node.is_kept = false;
    ++omissions[Omission::empty_message];
}

std::vector<GraphNode> nodes_of_history(const Json& messages, Omissions& omissions) {
    std::vector<GraphNode> nodes;
    for (const auto& [id, said] : messages.items()) {
        GraphNode node;
        node.id = id;
        if (said.is_object()) {
            node.parent = text_of(said, "parentId");
            for (const Json& child : member_of(said, "childrenIds"))
                node.children.push_back(text_of(child));
            node.message = read_message(said, omissions);
            judge_empty(node, said, omissions);
        } else {
            node.is_kept = false;
            ++omissions[Omission::unreadable_message];
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

/// Chats older than the tree: a plain list.
std::vector<GraphNode> nodes_of_list(const Json& messages, Omissions& omissions) {
    std::vector<GraphNode> nodes;
    for (const Json& said : messages) {
        GraphNode node;
        node.id = std::to_string(nodes.size());
        if (!nodes.empty()) node.parent = nodes.back().id;
        node.message = read_message(said, omissions);
        judge_empty(node, said, omissions);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

/// A system prompt stands beside the messages there, above them here.
void add_system_prompt(const Json& chat, std::vector<GraphNode>& nodes) {
    std::string prompt = text_of(member_of(chat, "params"), "system");
    if (prompt.empty()) prompt = text_of(chat, "system");
    const bool has_one = std::any_of(nodes.begin(), nodes.end(), [](const GraphNode& node) {
        return node.message.role == Role::system && node.parent.empty();
    });
    if (prompt.empty() || has_one) return;
    const std::string id = "\x01system"; // no name of a message there
    for (GraphNode& node : nodes)
        if (node.parent.empty()) node.parent = id;
    nodes.insert(nodes.begin(), {id, {}, {}, true, {}});
    nodes.front().message.role = Role::system;
    nodes.front().message.content = std::move(prompt);
}

void add_tags(const Json& tags, Tree& tree) {
    for (const Json& tag : tags) {
        std::string name = tag.is_string() ? text_of(tag) : text_of(tag, "name");
        if (!name.empty() && std::find(tree.tags.begin(), tree.tags.end(), name) == tree.tags.end())
            tree.tags.push_back(std::move(name));
    }
}

} // namespace

bool is_open_webui(const Json& conversation) {
    const Json& chat = member_of(conversation, "chat");
    return chat.is_object() && (member_of(member_of(chat, "history"), "messages").is_object() ||
                                member_of(chat, "messages").is_array());
}

Tree read_open_webui(const Json& row, Omissions& omissions) {
    const Json& chat = member_of(row, "chat");
    Tree tree;
    Conversation& conversation = tree.conversation;
    conversation.source = {"openwebui", text_of(row, "id")};
    if (conversation.source.id.empty()) conversation.source.id = text_of(chat, "id");
    conversation.title = text_of(row, "title");
    if (conversation.title.empty()) conversation.title = text_of(chat, "title");
    conversation.created_ms = time_of(row, "created_at");
    const TimeMs began = time_of(chat, "timestamp"); // in milliseconds, where the row has whole seconds
    if (conversation.created_ms == 0 || conversation.created_ms == began / 1000 * 1000)
        conversation.created_ms = began;
    conversation.updated_ms = time_of(row, "updated_at");
    conversation.is_pinned = is_true(row, "pinned");
    conversation.is_archived = is_true(row, "archived");
    const Json& models = member_of(chat, "models");
    if (models.is_array() && !models.empty()) conversation.model = text_of(models.front());
    add_tags(member_of(member_of(row, "meta"), "tags"), tree);
    add_tags(member_of(chat, "tags"), tree);
    if (!text_of(row, "folder_id").empty()) ++omissions[Omission::folder]; // the folders are another file's

    const Json& history = member_of(chat, "history");
    const Json& messages = member_of(history, "messages");
    std::vector<GraphNode> nodes = messages.is_object()
                                       ? nodes_of_history(messages, omissions)
                                       : nodes_of_list(member_of(chat, "messages"), omissions);
    add_system_prompt(chat, nodes);
    arrange(std::move(nodes), text_of(history, "currentId"), tree, omissions);
    return tree;
}

} // namespace spoutnik::storage::archive
