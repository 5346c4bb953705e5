// SPDX-License-Identifier: MIT
#include "storage/archive/branches.h"
#include "storage/archive/json_text.h"
#include "storage/archive/writer.h"

namespace spoutnik::storage::archive {

namespace {

const char* speaker(Role role) {
    switch (role) {
    case Role::system:
        return "system";
    case Role::user:
        return "human";
    case Role::tool:
        return "tool";
    case Role::assistant:
        break;
    }
    return "gpt";
}

class ShareGptWriter : public Writer {
  public:
    std::string begin(std::size_t /*count*/) override { return {}; }

    std::string add(const Tree& tree) override {
        std::string lines;
        for (const MessageId leaf : leaves_of(tree)) {
            nlohmann::ordered_json turns = nlohmann::ordered_json::array();
            for (const std::size_t index : branch_of(tree, leaf)) {
                const Message& message = tree.messages[index].message;
                std::string value;
                if (!message.reasoning.empty())
                    value.append("<think>\n").append(message.reasoning).append("\n</think>\n\n");
                value += message.content;
                if (!value.empty()) turns.push_back({{"from", speaker(message.role)}, {"value", value}});
            }
            if (turns.empty()) continue;
            const nlohmann::ordered_json line{{"id", tree.conversation.uuid}, {"conversations", turns}};
            lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
        }
        return lines;
    }

    std::string end() override { return {}; }
};

} // namespace

std::unique_ptr<Writer> share_gpt_writer() {
    return std::make_unique<ShareGptWriter>();
}

} // namespace spoutnik::storage::archive
