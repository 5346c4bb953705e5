// SPDX-License-Identifier: MIT
// What happens to streamed text between the decoder and the reader: reasoning is told from the answer, and
// the answer ends at stop strings. Both hold back what could still turn out to be the beginning of a tag or
// of a stop string.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

inline constexpr std::string_view think_open = "<think>";
inline constexpr std::string_view think_close = "</think>";

/// A stretch of streamed text and what it is.
struct TextPiece {
    enum class Kind {
        reasoning,
        answer,
        answer_was_reasoning, ///< no text: what came as answer so far was reasoning
    };
    Kind kind = Kind::answer;
    std::string text;
};

/// Separates <think> ... </think> from the answer. Tags may be cut anywhere between pushes. White space
/// around the reasoning is dropped; an answer without reasoning is left as it is.
class ReasoningSplitter {
  public:
    /// `opened`: the prompt already ends with <think>.
    /// `goes_on`: with words of the reasoning after it, so that a space in front belongs to them.
    explicit ReasoningSplitter(bool opened, bool goes_on = false)
        : state_(goes_on  ? State::reasoning
                 : opened ? State::reasoning_begins
                          : State::begins) {}

    std::vector<TextPiece> push(std::string_view text);
    /// What was held back. Call once, at the end.
    std::vector<TextPiece> finish();

    bool is_reasoning() const { return state_ == State::reasoning_begins || state_ == State::reasoning; }

  private:
    enum class State {
        begins,           ///< only white space so far: <think> may come
        reasoning_begins, ///< opened, only white space so far
        reasoning,
        answer_begins, ///< closed, only white space so far
        answer,
    };

    bool step(std::vector<TextPiece>& out);
    bool begin(std::vector<TextPiece>& out);
    bool reason(std::vector<TextPiece>& out);
    bool answer(std::vector<TextPiece>& out);
    void emit_answer(std::string text, std::vector<TextPiece>& out);

    State state_;
    bool thought_ = false;       ///< a closing tag was seen
    std::string held_;           ///< not yet given out
    char last_ = '\n';           ///< of the answer given out
    int backticks_ = 0;          ///< in a row, at the end of the answer given out
    bool in_code_fence_ = false; ///< of the answer given out
};

/// Ends a text before the first of some strings.
class StopFilter {
  public:
    explicit StopFilter(std::vector<std::string> stops);

    /// What can be shown now. After a stop string was met, nothing.
    std::string push(std::string_view text);
    /// What was held back. Call once, at the end.
    std::string finish();
    bool stopped() const { return stopped_; }

  private:
    std::vector<std::string> stops_;
    std::string held_;
    bool stopped_ = false;
};

/// Length of the longest end of `text` that is the beginning of `word`, but not all of it.
std::size_t unfinished(std::string_view text, std::string_view word);

} // namespace spoutnik::engine
