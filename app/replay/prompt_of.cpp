// SPDX-License-Identifier: MIT
#include "app/replay/prompt_of.h"

namespace spoutnik::app {

std::vector<engine::ChatMessage> prompt_of(const std::vector<storage::Message>& branch) {
    std::vector<engine::ChatMessage> prompt;
    for (const auto& message : branch) {
        if (message.content.empty()) continue;
        const std::string role(storage::name_of(message.role));
        if (!prompt.empty() && prompt.back().role == role)
            prompt.back().content += "\n\n" + message.content;
        else
            prompt.push_back({role, message.content});
    }
    return prompt;
}

} // namespace spoutnik::app
