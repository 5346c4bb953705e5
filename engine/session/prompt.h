// SPDX-License-Identifier: MIT
// From messages to the tokens of a prompt.
#pragma once

#include "engine/session/session.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

class ChatTemplate;

/// A conversation as the model reads it.
struct Prompt {
    std::vector<Token> tokens;
    bool reasoning_opened = false;  ///< it ends with <think>: the reply begins inside the reasoning
    bool reasoning_goes_on = false; ///< it ends inside the reasoning of an unfinished answer
};

/// The texts that a vocabulary reads as one control or user-defined token ("<|im_end|>"). Nobody may say them
/// in a message.
std::vector<std::string> special_texts(const gguf::File& file);

/// Breaks up special texts inside messages. DeepSeek's own role markers are user-defined tokens, which the
/// tokenizer reads as tokens in plain text too, and a template joins messages and markers into one string: so
/// a private character is put into every special text that a message holds, the template is rendered, and the
/// result is cut at that character before it is tokenised. Messages without special texts are not touched,
/// and their prompt has exactly the tokens that the template's author intended.
class SpecialTextGuard {
  public:
    explicit SpecialTextGuard(std::vector<std::string> special_texts);

    /// A character (UTF-8) that is in none of these texts.
    static std::string cut_mark(std::span<const ChatMessage> messages);
    /// `text` with the mark inside every special text, and inside one that the text's end begins. `allowed`
    /// are left alone.
    std::string guard(std::string_view text, std::string_view mark,
                      std::span<const std::string_view> allowed) const;

  private:
    std::vector<std::vector<std::string>> by_first_byte_;
};

/// Renders and tokenises conversations. Immutable after construction.
class PromptBuilder {
  public:
    /// `chat_template` may be null: then DeepSeek's format is used if the vocabulary has its markers, else
    /// ChatML. `tokenizer` must outlive the builder.
    PromptBuilder(const Tokenizer& tokenizer, std::unique_ptr<const ChatTemplate> chat_template,
                  std::vector<std::string> special_texts);
    ~PromptBuilder();

    /// Throws Error with what the template complains of.
    /// `continues_last`: as in ChatRequest.
    Prompt build(std::span<const ChatMessage> messages, Thinking thinking, bool continues_last = false) const;
    bool can_think() const { return can_think_; }
    /// Ends of a turn that the vocabulary has no token for.
    const std::vector<std::string>& stop_strings() const { return stop_strings_; }

  private:
    std::string render(std::span<const ChatMessage> messages, Thinking thinking) const;
    std::string render_without_template(std::span<const ChatMessage> messages) const;
    bool template_knows_thinking() const;

    const Tokenizer* tokenizer_;
    std::unique_ptr<const ChatTemplate> template_;
    SpecialTextGuard guard_;
    bool deepseek_format_ = false; ///< without a template
    bool knows_thinking_ = false;  ///< the template's output depends on enable_thinking or thinking
    bool can_think_ = false;
    std::vector<std::string> stop_strings_;
};

} // namespace spoutnik::engine
