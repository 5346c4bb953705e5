// SPDX-License-Identifier: MIT
// LM Studio's *.conversation.json, one conversation a file. A place in the conversation has versions, of
// which one is selected; what follows belongs to the selected one. Best effort: the format has no
// specification.
#include "storage/archive/message_graph.h"
#include "storage/archive/readers.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

std::string parts_text(const Json& content, Omissions& omissions) {
    if (content.is_string()) return text_of(content);
    std::string text;
    for (const Json& part : content) {
        const std::string type = text_of(part, "type");
        if (part.is_null()) continue;
        if (type == "text")
            text += text_of(part, "text");
        else if (type == "image")
            ++omissions[Omission::image];
        else if (type == "file")
            ++omissions[text_of(part, "fileType") == "image" ? Omission::image : Omission::file];
        else if (type == "toolCallRequest" || type == "toolCallResult")
            ++omissions[Omission::tool_part];
        else
            ++omissions[Omission::unknown_part];
    }
    return text;
}

void read_step(const Json& step, Message& message, Omissions& omissions) {
    const std::string type = text_of(step, "type");
    if (type != "contentBlock") {
        if (type == "toolStatus") ++omissions[Omission::tool_part];
        return; // debugInfoBlock, status: nothing that was said
    }
    const std::string text = parts_text(member_of(step, "content"), omissions);
    const bool is_reasoning = text_of(member_of(step, "style"), "type") == "thinking";
    std::string& target = is_reasoning ? message.reasoning : message.content;
    if (!target.empty() && !text.empty()) target += "\n\n";
    target += text;
    const Json& generation = member_of(step, "genInfo");
    const Json& figures = member_of(generation, "stats");
    if (const std::string model = text_of(generation, "identifier"); !model.empty()) message.model = model;
    if (const double speed = number_of(figures, "tokensPerSecond"); speed > 0)
        message.tokens_per_second = speed;
    message.prompt_tokens = std::max(message.prompt_tokens, integer_of(figures, "promptTokensCount"));
    message.generated_tokens +=
        std::clamp<std::int64_t>(integer_of(figures, "predictedTokensCount"), 0, 1 << 30);
    if (is_reasoning) message.reasoning_tokens = message.generated_tokens;
    if (text_of(figures, "stopReason") == "userStopped") message.status = Status::interrupted;
}

Message read_version(const Json& version, Omissions& omissions) {
    Message message;
    const std::string role = text_of(version, "role");
    message.role = role == "user" ? Role::user : role == "system" ? Role::system : Role::assistant;
    if (member_of(version, "steps").is_array()) {
        for (const Json& step : member_of(version, "steps"))
            read_step(step, message, omissions);
        if (message.model.empty()) message.model = text_of(member_of(version, "senderInfo"), "senderName");
    } else {
        message.content = parts_text(member_of(version, "content"), omissions);
    }
    return message;
}

} // namespace

bool is_lm_studio(const Json& conversation) {
    const Json& messages = member_of(conversation, "messages");
    return messages.is_array() && (messages.empty() ? conversation.contains("usePerChatPredictionConfig")
                                                    : member_of(messages.front(), "versions").is_array());
}

Tree read_lm_studio(const Json& conversation, Omissions& omissions) {
    Tree tree;
    tree.conversation.source.format = "lmstudio";
    tree.conversation.title = text_of(conversation, "name");
    tree.conversation.is_pinned = is_true(conversation, "pinned");
    tree.draft = text_of(conversation, "clientInput");
    tree.conversation.created_ms = time_of(conversation, "createdAt");
    tree.conversation.updated_ms =
        std::max({tree.conversation.created_ms, time_of(conversation, "assistantLastMessagedAt"),
                  time_of(conversation, "userLastMessagedAt")});
    // The file carries no name of its own; its time of creation, in milliseconds, is also its file name.
    if (tree.conversation.created_ms > 0)
        tree.conversation.source.id = std::to_string(tree.conversation.created_ms);

    std::vector<GraphNode> nodes;
    std::string above;
    if (std::string system = text_of(conversation, "systemPrompt"); !system.empty()) {
        above = "system";
        nodes.push_back({above, {}, {}, true, {}});
        nodes.back().message.role = Role::system;
        nodes.back().message.content = std::move(system);
    }
    std::size_t place = 0;
    for (const Json& entry : member_of(conversation, "messages")) {
        const Json& versions = member_of(entry, "versions");
        if (!versions.is_array() || versions.empty()) {
            ++omissions[Omission::unreadable_message];
            continue;
        }
        const auto selected = static_cast<std::size_t>(std::clamp<std::int64_t>(
            integer_of(entry, "currentlySelected"), 0, static_cast<std::int64_t>(versions.size()) - 1));
        const std::string prefix = std::to_string(place++) + '/';
        std::string follows; // what the next place stands below: the selected version, if anything is in it
        for (std::size_t i = 0; i < versions.size(); ++i) {
            GraphNode node{prefix + std::to_string(i), above, {}, true, read_version(versions[i], omissions)};
            if (node.message.content.empty() && node.message.reasoning.empty()) {
                ++omissions[Omission::empty_message];
                node.is_kept = false;
            }
            if (!node.message.model.empty()) tree.conversation.model = node.message.model;
            if (node.is_kept && (i <= selected || follows.empty())) follows = node.id;
            nodes.push_back(std::move(node));
        }
        if (!follows.empty()) above = follows;
    }
    arrange(std::move(nodes), above, tree, omissions);
    return tree;
}

} // namespace spoutnik::storage::archive
