// SPDX-License-Identifier: MIT
// ChatGPT's "export data": conversations.json, an array of conversations. Facts: the files people share when
// they write converters; the format has no public specification and changes.
#include "storage/archive/message_graph.h"
#include "storage/archive/readers.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

/// Takes out "\uE200 cite \uE202 turn0search1 \uE201": marks in the private use area that only ChatGPT's page
/// can draw.
std::string without_citation_marks(const std::string& text, Omissions& omissions) {
    constexpr std::string_view begin = "\xEE\x88\x80";
    constexpr std::string_view end = "\xEE\x88\x81";
    std::string clean;
    std::size_t at = 0;
    for (;;) {
        const std::size_t mark = text.find(begin, at);
        const std::size_t close = mark == std::string::npos ? mark : text.find(end, mark);
        if (close == std::string::npos) return clean + text.substr(at);
        clean += text.substr(at, mark - at);
        at = close + end.size();
        ++omissions[Omission::citation_mark];
    }
}

/// A fence that the text itself does not close.
std::string fenced(const std::string& text, const std::string& language) {
    std::size_t longest = 2;
    for (std::size_t at = 0, run = 0; at < text.size(); ++at) {
        run = text[at] == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    const bool is_plain = language.find_first_of(" \t\r\n`") == std::string::npos && language != "unknown";
    return fence + (is_plain ? language : "") + '\n' + text + (text.ends_with('\n') ? "" : "\n") + fence;
}

void add_paragraph(std::string& text, const std::string& more) {
    if (more.empty()) return;
    if (!text.empty()) text += "\n\n";
    text += more;
}

/// One element of `parts`.
std::string part_text(const Json& part, Omissions& omissions) {
    if (part.is_string()) return text_of(part);
    if (part.is_null()) return {};
    // A transcription beside the recording it was made of, and what later versions may bring.
    if (std::string text = text_of(part, "text"); !text.empty()) return text;
    const std::string type = text_of(part, "content_type");
    const bool is_recording =
        type.find("audio") != std::string::npos || type.find("video") != std::string::npos;
    ++omissions[type == "image_asset_pointer" ? Omission::image
                : is_recording                ? Omission::audio
                                              : Omission::unknown_part];
    return {};
}

std::string parts_text(const Json& content, Omissions& omissions) {
    std::string text;
    for (const Json& part : member_of(content, "parts"))
        add_paragraph(text, part_text(part, omissions));
    return text;
}

std::string thoughts_text(const Json& content) {
    std::string text;
    for (const Json& thought : member_of(content, "thoughts")) {
        const std::string summary = text_of(thought, "summary");
        if (!summary.empty()) add_paragraph(text, "**" + summary + "**");
        add_paragraph(text, text_of(thought, "content"));
    }
    return text;
}

void read_content(const Json& content, Message& message, Omissions& omissions) {
    const std::string type = text_of(content, "content_type");
    if (type == "text" || type == "multimodal_text" || type.empty()) {
        message.content = without_citation_marks(parts_text(content, omissions), omissions);
    } else if (type == "code") {
        const std::string code = text_of(content, "text");
        if (!code.empty()) message.content = fenced(code, text_of(content, "language"));
    } else if (type == "execution_output") {
        const std::string output = text_of(content, "text");
        if (!output.empty()) message.content = fenced(output, "");
    } else if (type == "thoughts") {
        message.reasoning = thoughts_text(content);
    } else if (type == "reasoning_recap") {
        // "Thought for 5 seconds": the reasoning itself is in the message before
    } else if (type == "tether_quote" || type == "tether_browsing_display" || type == "sonic_webpage") {
        ++omissions[Omission::search_result];
    } else if (type == "system_error") {
        message.status = Status::error;
        message.error = text_of(content, "text");
    } else {
        message.content = parts_text(content, omissions);
        if (message.content.empty()) message.content = text_of(content, "text");
        if (message.content.empty()) ++omissions[Omission::unknown_part];
    }
}

Role role_of(const std::string& author) {
    if (author == "user") return Role::user;
    if (author == "system") return Role::system;
    return author == "tool" ? Role::tool : Role::assistant;
}

bool is_recap(const Json& message) {
    return text_of(member_of(message, "content"), "content_type") == "reasoning_recap";
}

/// What the person attached stands beside the content; images of it were counted as parts already.
void count_attachments(const Json& metadata, Omissions& omissions) {
    for (const Json& attachment : member_of(metadata, "attachments")) {
        const std::string type = text_of(attachment, "mime_type") + text_of(attachment, "mimeType");
        if (type.rfind("image/", 0) != 0) ++omissions[Omission::file];
    }
}

GraphNode read_node(const std::string& id, const Json& node, Omissions& omissions) {
    GraphNode result;
    result.id = id;
    result.parent = text_of(node, "parent");
    for (const Json& child : member_of(node, "children"))
        result.children.push_back(text_of(child));
    const Json& said = member_of(node, "message");
    if (!said.is_object()) { // the root of every conversation
        result.is_kept = false;
        if (!said.is_null() || !node.is_object()) ++omissions[Omission::unreadable_message];
        return result;
    }
    const Json& metadata = member_of(said, "metadata");
    Message& message = result.message;
    message.role = role_of(text_of(member_of(said, "author"), "role"));
    message.created_ms = time_of(said, "create_time");
    message.finished_ms = std::max(message.created_ms, time_of(said, "update_time"));
    if (message.role == Role::assistant) message.model = text_of(metadata, "model_slug");
    if (text_of(said, "status") == "in_progress") message.status = Status::interrupted;

    Omissions parts;
    read_content(member_of(said, "content"), message, parts);
    count_attachments(metadata, parts);
    const bool is_hidden = is_true(metadata, "is_visually_hidden_from_conversation");
    const bool is_empty = message.content.empty() && message.reasoning.empty() && message.error.empty();
    if (is_hidden) { // the program's own words to the model; nothing of them was ever shown
        if (!is_empty || !parts.empty()) ++omissions[Omission::hidden_message];
        result.is_kept = false;
        return result;
    }
    for (const auto& [omission, count] : parts)
        omissions[omission] += count;
    if (!is_empty) return result;
    // A message that was only an image keeps its place, so that the answer to it keeps its question.
    if (parts.count(Omission::image) > 0) {
        message.content = "[image]";
    } else if (parts.count(Omission::audio) > 0) {
        message.content = "[audio]";
    } else {
        result.is_kept = false;
        if (parts.empty() && message.role != Role::system && !is_recap(said))
            ++omissions[Omission::empty_message];
    }
    return result;
}

} // namespace

bool is_chatgpt(const Json& conversation) {
    return member_of(conversation, "mapping").is_object();
}

Tree read_chatgpt(const Json& conversation, Omissions& omissions) {
    Tree tree;
    tree.conversation.source.format = "chatgpt";
    tree.conversation.source.id = text_of(conversation, "conversation_id");
    if (tree.conversation.source.id.empty()) tree.conversation.source.id = text_of(conversation, "id");
    tree.conversation.title = text_of(conversation, "title");
    tree.conversation.created_ms = time_of(conversation, "create_time");
    tree.conversation.updated_ms = time_of(conversation, "update_time");
    tree.conversation.is_archived = is_true(conversation, "is_archived");
    tree.conversation.is_pinned = is_true(conversation, "is_starred");
    tree.conversation.model = text_of(conversation, "default_model_slug");

    std::vector<GraphNode> nodes;
    for (const auto& [id, node] : member_of(conversation, "mapping").items())
        nodes.push_back(read_node(id, node, omissions));
    arrange(std::move(nodes), text_of(conversation, "current_node"), tree, omissions);
    return tree;
}

} // namespace spoutnik::storage::archive
