// SPDX-License-Identifier: MIT
// DeepSeek's "export data": conversations.json, an array of conversations. A message is a list of fragments:
// REQUEST, THINK, RESPONSE, SEARCH ...; older exports have `content` and `reasoning_content`.
#include "storage/archive/branches.h"
#include "storage/archive/message_graph.h"
#include "storage/archive/readers.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

void add_paragraph(std::string& text, const std::string& more) {
    if (!text.empty() && !more.empty()) text += "\n\n";
    text += more;
}

/// Fragments into the message; true when one of them is the person's.
bool read_fragments(const Json& fragments, Message& message, Omissions& omissions) {
    bool is_request = false;
    for (const Json& fragment : fragments) {
        const std::string type = text_of(fragment, "type");
        if (type == "REQUEST") {
            is_request = true;
            add_paragraph(message.content, text_of(fragment, "content"));
        } else if (type == "RESPONSE" || type == "TEMPLATE_RESPONSE") {
            add_paragraph(message.content, text_of(fragment, "content"));
        } else if (type == "THINK") {
            add_paragraph(message.reasoning, text_of(fragment, "content"));
            message.reasoning_ms +=
                static_cast<std::int64_t>(std::clamp(number_of(fragment, "elapsed_secs"), 0.0, 1e9) * 1000);
        } else if (type.find("SEARCH") != std::string::npos || type == "READ_LINK") {
            const Json& results = member_of(fragment, "results");
            omissions[Omission::search_result] +=
                results.is_array() && !results.empty() ? static_cast<std::int64_t>(results.size()) : 1;
        } else if (type == "FILE") {
            ++omissions[Omission::file];
        } else if (type == "TIP" || fragment.is_null()) {
            // a remark of the page's own: nothing that was said
        } else {
            ++omissions[Omission::unknown_part];
        }
    }
    return is_request;
}

Role role_named_in(const Json& said, bool is_request) {
    std::string role = text_of(said, "role");
    std::transform(role.begin(), role.end(), role.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (role == "user" || is_request) return Role::user;
    return role == "system" ? Role::system : Role::assistant;
}

GraphNode read_node(const std::string& id, const Json& node, Omissions& omissions) {
    GraphNode result;
    result.id = id;
    result.parent = text_of(node, "parent");
    for (const Json& child : member_of(node, "children"))
        result.children.push_back(text_of(child));
    const Json& said = member_of(node, "message");
    if (!said.is_object()) {
        result.is_kept = false;
        if (!said.is_null() || !node.is_object()) ++omissions[Omission::unreadable_message];
        return result;
    }
    Message& message = result.message;
    message.created_ms = time_of(said, "inserted_at");
    message.finished_ms = message.created_ms;
    Omissions parts;
    const bool is_request = read_fragments(member_of(said, "fragments"), message, parts);
    add_paragraph(message.content, text_of(said, "content"));
    add_paragraph(message.reasoning, text_of(said, "reasoning_content"));
    message.role = role_named_in(said, is_request);
    if (message.role == Role::assistant) message.model = text_of(said, "model");
    // A file may stand in the list, among the fragments, or in both.
    const auto files =
        std::max(static_cast<std::int64_t>(member_of(said, "files").size()), parts[Omission::file]);
    parts[Omission::file] = files;
    for (const auto& [omission, count] : parts)
        if (count > 0) omissions[omission] += count;
    const auto results = static_cast<std::int64_t>(member_of(said, "search_results").size());
    if (results > 0) omissions[Omission::search_result] += results;
    if (message.content.empty() && message.reasoning.empty()) {
        result.is_kept = files > 0;
        if (files > 0)
            message.content = "[file]"; // the answer keeps its question
        else
            ++omissions[Omission::empty_message];
    }
    return result;
}

/// Older exports name no roles: where neither fragments nor a role said so, a message without a model above
/// an answer was the person's. They alternate from the root, the person first.
void alternate_roles(Tree& conversation) {
    for (auto& [message, replay] : conversation.messages) {
        const bool is_after_user =
            message.parent && conversation.messages[index_of(*message.parent)].message.role == Role::user;
        message.role = is_after_user ? Role::assistant : Role::user;
        if (message.role == Role::user) message.model.clear();
    }
}

bool names_roles(const Json& mapping) {
    return std::any_of(mapping.begin(), mapping.end(), [](const Json& node) {
        const Json& said = member_of(node, "message");
        return member_of(said, "fragments").is_array() || member_of(said, "role").is_string();
    });
}

} // namespace

bool is_deepseek(const Json& conversation) {
    const Json& mapping = member_of(conversation, "mapping");
    if (!mapping.is_object()) return false;
    return std::any_of(mapping.begin(), mapping.end(), [](const Json& node) {
        const Json& said = member_of(node, "message");
        return said.is_object() && (said.contains("fragments") || said.contains("inserted_at") ||
                                    said.contains("reasoning_content"));
    });
}

Tree read_deepseek(const Json& conversation, Omissions& omissions) {
    Tree tree;
    tree.conversation.source.format = "deepseek";
    tree.conversation.source.id = text_of(conversation, "id");
    tree.conversation.title = text_of(conversation, "title");
    tree.conversation.created_ms = time_of(conversation, "inserted_at");
    tree.conversation.updated_ms = time_of(conversation, "updated_at");
    const Json& mapping = member_of(conversation, "mapping");
    std::vector<GraphNode> nodes;
    for (const auto& [id, node] : mapping.items())
        nodes.push_back(read_node(id, node, omissions));
    arrange(std::move(nodes), text_of(conversation, "current_node"), tree, omissions);
    if (!names_roles(mapping)) alternate_roles(tree);
    for (const Tree::Node& node : tree.messages)
        if (!node.message.model.empty()) tree.conversation.model = node.message.model;
    return tree;
}

} // namespace spoutnik::storage::archive
