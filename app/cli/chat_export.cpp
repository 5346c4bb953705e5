// SPDX-License-Identifier: MIT
#include "app/cli/chat_export.h"

#include "app/replay/replay.h"
#include "storage/archive/whole_file.h"
#include "storage/archive/writer.h"

#include <chrono>

namespace spoutnik::app::cli {

void export_answer(const std::filesystem::path& file, const engine::ChatRequest& request,
                   const std::string& answer, const std::string& reasoning, const engine::Finished& finished,
                   const std::string& model) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    storage::Tree tree;
    tree.conversation.title =
        request.messages.back().content.substr(0, request.messages.back().content.find('\n'));
    tree.conversation.model = model;
    tree.conversation.created_ms = tree.conversation.updated_ms = now;
    const auto add = [&](storage::Role role, const std::string& content) -> storage::Tree::Node& {
        storage::Tree::Node node;
        node.message.id = static_cast<storage::MessageId>(tree.messages.size()) + 1;
        if (node.message.id > 1) node.message.parent = node.message.id - 1;
        node.message.role = role;
        node.message.content = content;
        node.message.created_ms = node.message.finished_ms = now;
        tree.conversation.active_leaf = node.message.id;
        return tree.messages.emplace_back(std::move(node));
    };
    for (const engine::ChatMessage& message : request.messages)
        add(storage::role_named(message.role), message.content);
    storage::Tree::Node& said = add(storage::Role::assistant, answer);
    said.message.reasoning = reasoning;
    said.message.reasoning_ms = static_cast<std::int64_t>(finished.reasoning_seconds * 1000);
    said.message.reasoning_tokens = finished.reasoning_tokens;
    said.message.prompt_tokens = finished.prompt_tokens;
    said.message.generated_tokens = finished.reasoning_tokens + finished.answer_tokens;
    said.message.model = model;
    if (finished.reason == engine::FinishReason::cancelled)
        said.message.status = storage::Status::interrupted;
    said.replay = replay_of(request, finished);

    const auto writer = storage::archive::own_json_writer();
    storage::archive::WholeFile out(file);
    out.write(writer->begin(1));
    out.write(writer->add(tree));
    out.write(writer->end());
    out.commit();
}

} // namespace spoutnik::app::cli
