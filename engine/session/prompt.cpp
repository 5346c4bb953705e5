// SPDX-License-Identifier: MIT
#include "engine/session/prompt.h"

#include "engine/chat_template/chat_template.h"
#include "engine/session/text_filters.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace spoutnik::engine {
namespace {

constexpr std::string_view deepseek_user = "<｜User｜>";
constexpr std::string_view deepseek_assistant = "<｜Assistant｜>";
constexpr std::string_view white = " \t\r\n";

/// UTF-8 of a character of the supplementary private use area A, U+F0000 and up.
std::string private_character(std::uint32_t index) {
    return {'\xF3', static_cast<char>(0xB0U | (index >> 12U)),
            static_cast<char>(0x80U | ((index >> 6U) & 0x3FU)), static_cast<char>(0x80U | (index & 0x3FU))};
}

/// Bytes of the first character.
std::size_t first_character(std::string_view text) {
    std::size_t bytes = 1;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U)
        ++bytes;
    return bytes;
}

bool ends_with_open_reasoning(std::string_view text) {
    const std::size_t end = text.find_last_not_of(white);
    return end != std::string_view::npos && text.substr(0, end + 1).ends_with(think_open);
}

bool ends_with_closed_reasoning(std::string_view text) {
    const std::size_t end = text.find_last_not_of(white);
    return end != std::string_view::npos && text.substr(0, end + 1).ends_with(think_close);
}

/// An answer that stopped goes on right where the template lets one begin.
void append_unfinished(std::string& text, std::string_view unfinished) {
    const bool opened = ends_with_open_reasoning(text);
    const bool has_reasoning = unfinished.starts_with(think_open);
    if (opened && has_reasoning) {
        text.resize(text.rfind(think_open)); // it brings its own
    } else if (opened) {
        text += text.ends_with('\n') ? "\n</think>\n\n" : "\n\n</think>\n\n";
    }
    text += unfinished;
}

std::string text_or_nothing(const Tokenizer& tokenizer, Token token) {
    return token < 0 ? std::string() : std::string(tokenizer.text_of(token));
}

} // namespace

std::vector<std::string> special_texts(const gguf::File& file) {
    const auto* texts = file.find_strings("tokenizer.ggml.tokens");
    const auto* types = file.find_ints("tokenizer.ggml.token_type");
    std::vector<std::string> special;
    if (texts == nullptr || types == nullptr) return special;
    constexpr std::int64_t control = 3, user_defined = 4;
    for (std::size_t t = 0; t < std::min(texts->size(), types->size()); ++t)
        if ((*types)[t] == control || (*types)[t] == user_defined) special.push_back((*texts)[t]);
    return special;
}

SpecialTextGuard::SpecialTextGuard(std::vector<std::string> special_texts) : by_first_byte_(256) {
    for (std::string& text : special_texts) {
        // Single characters cannot be broken up, and runs of spaces are no markers.
        if (text.empty() || first_character(text) == text.size()) continue;
        if (text.find_first_not_of(white) == std::string::npos) continue;
        by_first_byte_[static_cast<unsigned char>(text.front())].push_back(std::move(text));
    }
}

std::string SpecialTextGuard::cut_mark(std::span<const ChatMessage> messages) {
    for (std::uint32_t index = 0;; ++index) {
        std::string mark = private_character(index);
        const bool taken = std::any_of(messages.begin(), messages.end(), [&](const ChatMessage& message) {
            return message.content.find(mark) != std::string::npos;
        });
        if (!taken) return mark;
        if (index == 0xFFFF) throw Error("the conversation uses every private character there is");
    }
}

std::string SpecialTextGuard::guard(std::string_view text, std::string_view mark,
                                    std::span<const std::string_view> allowed) const {
    std::string guarded;
    guarded.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const auto& candidates = by_first_byte_[static_cast<unsigned char>(rest.front())];
        const bool dangerous =
            std::any_of(candidates.begin(), candidates.end(), [&](const std::string& special) {
                if (std::find(allowed.begin(), allowed.end(), special) != allowed.end()) return false;
                return rest.size() < special.size() ? special.starts_with(rest) : rest.starts_with(special);
            });
        const std::size_t bytes = dangerous ? first_character(rest) : 1;
        guarded += rest.substr(0, bytes);
        if (dangerous) guarded += mark;
        at += bytes;
    }
    return guarded;
}

PromptBuilder::PromptBuilder(const Tokenizer& tokenizer, std::unique_ptr<const ChatTemplate> chat_template,
                             std::vector<std::string> special_texts)
    : tokenizer_(&tokenizer), template_(std::move(chat_template)), guard_(std::move(special_texts)) {
    can_think_ = tokenizer.find(think_open) >= 0;
    if (template_ == nullptr) {
        deepseek_format_ = tokenizer.find(deepseek_user) >= 0 && tokenizer.find(deepseek_assistant) >= 0;
        if (!deepseek_format_ && tokenizer.find("<|im_end|>") < 0) stop_strings_.emplace_back("<|im_end|>");
        return;
    }
    knows_thinking_ = template_knows_thinking();
    const std::array<ChatMessage, 1> sample{ChatMessage{"user", "x"}};
    try {
        can_think_ = can_think_ || knows_thinking_ ||
                     render(sample, Thinking::automatic).find(think_open) != std::string::npos;
    } catch (const Error&) { // a template that wants more than one message says so when it is used
    }
}

PromptBuilder::~PromptBuilder() = default;

/// Asked by trying: a word in a template's source may be a comment or part of a sentence.
bool PromptBuilder::template_knows_thinking() const {
    const std::array<ChatMessage, 1> sample{ChatMessage{"user", "x"}};
    try {
        return render(sample, Thinking::on) != render(sample, Thinking::off);
    } catch (const Error&) {
        return false;
    }
}

Prompt PromptBuilder::build(std::span<const ChatMessage> messages, Thinking thinking,
                            bool continues_last) const {
    const std::string mark = SpecialTextGuard::cut_mark(messages);
    constexpr std::array tags{think_open, think_close};
    std::vector<ChatMessage> guarded;
    guarded.reserve(messages.size());
    for (const ChatMessage& message : messages) {
        // Templates look for the model's own tags in its former answers, to leave the reasoning out.
        const auto allowed = message.role == "assistant" ? std::span<const std::string_view>(tags)
                                                         : std::span<const std::string_view>();
        guarded.push_back({message.role, guard_.guard(message.content, mark, allowed)});
    }

    std::string unfinished;
    if (continues_last && !guarded.empty()) {
        unfinished = std::move(guarded.back().content);
        guarded.pop_back();
    }
    std::string text = template_ ? render(guarded, thinking) : render_without_template(guarded);
    if (!unfinished.empty()) {
        append_unfinished(text, unfinished);
    } else if (!knows_thinking_ && can_think_) {
        const bool opened = ends_with_open_reasoning(text);
        if (thinking == Thinking::off && opened)
            text += text.ends_with('\n') ? "\n</think>\n\n" : "\n\n</think>\n\n";
        else if (thinking == Thinking::off && !ends_with_closed_reasoning(text))
            text += "<think>\n\n</think>\n\n";
        else if (thinking == Thinking::on && !opened)
            text += "<think>\n";
    }

    Prompt prompt;
    prompt.reasoning_opened = ends_with_open_reasoning(text);
    prompt.reasoning_goes_on = unfinished.starts_with(think_open) && !prompt.reasoning_opened &&
                               unfinished.find(think_close) == std::string::npos;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, rest.find(mark));
        const auto tokens = tokenizer_->encode(piece, Tokenizer::Special::as_token);
        prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
        rest.remove_prefix(std::min(rest.size(), piece.size() + mark.size()));
    }
    const bool has_bos = !prompt.tokens.empty() && prompt.tokens.front() == tokenizer_->bos();
    if (tokenizer_->adds_bos() && tokenizer_->bos() >= 0 && !has_bos)
        prompt.tokens.insert(prompt.tokens.begin(), tokenizer_->bos());
    return prompt;
}

std::string PromptBuilder::render(std::span<const ChatMessage> messages, Thinking thinking) const {
    nlohmann::ordered_json variables;
    variables["messages"] = nlohmann::ordered_json::array();
    for (const ChatMessage& message : messages)
        variables["messages"].push_back({{"role", message.role}, {"content", message.content}});
    variables["add_generation_prompt"] = true;
    variables["bos_token"] = text_or_nothing(*tokenizer_, tokenizer_->bos());
    variables["eos_token"] = text_or_nothing(*tokenizer_, tokenizer_->eos());
    if (thinking != Thinking::automatic) {
        variables["enable_thinking"] = thinking == Thinking::on; // Qwen3, GLM
        variables["thinking"] = thinking == Thinking::on;        // DeepSeek-V3.1
    }
    return template_->render(variables);
}

std::string PromptBuilder::render_without_template(std::span<const ChatMessage> messages) const {
    std::string text;
    for (const ChatMessage& message : messages) {
        if (!deepseek_format_) {
            text += "<|im_start|>" + message.role + "\n" + message.content + "<|im_end|>\n";
        } else if (message.role == "user") {
            text += std::string(deepseek_user) + message.content;
        } else if (message.role == "assistant") {
            text += std::string(deepseek_assistant) + message.content +
                    text_or_nothing(*tokenizer_, tokenizer_->eos());
        } else {
            text += message.content;
        }
    }
    return text + (deepseek_format_ ? std::string(deepseek_assistant) : "<|im_start|>assistant\n");
}

} // namespace spoutnik::engine
