// SPDX-License-Identifier: MIT
#include "engine/session/window.h"

#include <algorithm>

#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

constexpr std::int64_t usual_answer_tokens = 2048;
constexpr std::int64_t least_answer_tokens = 16;

std::int64_t size_of(const Prompt& prompt) {
    return static_cast<std::int64_t>(prompt.tokens.size());
}

/// Indices of the messages that turns begin with; the first turn begins right after the system messages.
std::vector<std::size_t> turn_starts(const std::vector<ChatMessage>& messages, std::size_t system_messages) {
    std::vector<std::size_t> starts{system_messages};
    for (std::size_t m = system_messages + 1; m < messages.size(); ++m)
        if (messages[m].role == "user") starts.push_back(m);
    return starts;
}

} // namespace

FittedPrompt ConversationWindow::fit(const PromptBuilder& builder, const ChatRequest& request) {
    const std::vector<ChatMessage>& messages = request.messages;
    if (messages.empty()) throw Error("there is no message to answer");
    std::size_t system_messages = 0;
    while (system_messages + 1 < messages.size() && messages[system_messages].role == "system")
        ++system_messages;
    const std::vector<std::size_t> starts = turn_starts(messages, system_messages);

    const auto build_from = [&](std::size_t start) {
        std::vector<ChatMessage> kept(messages.begin(),
                                      messages.begin() + static_cast<std::ptrdiff_t>(system_messages));
        kept.insert(kept.end(), messages.begin() + static_cast<std::ptrdiff_t>(start), messages.end());
        FittedPrompt fitted;
        fitted.prompt = builder.build(kept, request.thinking, request.continues_last);
        fitted.messages_left_out = static_cast<std::int64_t>(start - system_messages);
        return fitted;
    };

    const std::int64_t wanted = request.max_tokens > 0 ? request.max_tokens : usual_answer_tokens;
    const std::int64_t reserve = std::min(wanted, capacity_ / 4);
    const std::int64_t accepted_reserve = request.max_tokens > 0 ? reserve : reserve / 2;

    const auto is_acceptable = [&](const FittedPrompt& fitted) {
        return size_of(fitted.prompt) + accepted_reserve <= capacity_;
    };
    // Whole; else cut as the last time, if this is the same conversation; else cut anew.
    std::size_t start = system_messages;
    FittedPrompt fitted = build_from(start);
    const std::size_t last_start = system_messages + static_cast<std::size_t>(left_out_);
    if (!is_acceptable(fitted) && left_out_ > 0 && last_start < messages.size() &&
        messages[last_start].role == first_kept_.role &&
        messages[last_start].content == first_kept_.content) {
        start = last_start;
        fitted = build_from(start);
    }
    if (!is_acceptable(fitted)) {
        // The fewest turns whose leaving makes room: prompts only get shorter from turn to turn.
        auto low = std::upper_bound(starts.begin(), starts.end(), start);
        if (low == starts.end()) --low;
        auto high = starts.end() - 1;
        while (low < high) {
            const auto middle = low + (high - low) / 2;
            if (size_of(build_from(*middle).prompt) + reserve <= capacity_)
                high = middle;
            else
                low = middle + 1;
        }
        start = *low;
        fitted = build_from(start);
    }
    const std::int64_t least = std::min(least_answer_tokens, std::max<std::int64_t>(capacity_ / 16, 1));
    if (size_of(fitted.prompt) + least > capacity_)
        throw Error(
            fmt::format("this message is too long: with its instructions it takes {} tokens, and the context "
                        "holds {}; shorten it or open the model with a larger context",
                        size_of(fitted.prompt), capacity_));
    left_out_ = fitted.messages_left_out;
    first_kept_ = messages[start];
    return fitted;
}

} // namespace spoutnik::engine
