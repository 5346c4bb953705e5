// SPDX-License-Identifier: MIT
#include "engine/session/text_filters.h"

#include <algorithm>
#include <utility>

namespace spoutnik::engine {
namespace {

constexpr std::string_view white = " \t\r\n";

void trim_end(std::string& text) {
    text.erase(text.find_last_not_of(white) + 1);
}

/// Takes the first `count` characters off.
std::string take(std::string& text, std::size_t count) {
    std::string head = text.substr(0, count);
    text.erase(0, count);
    return head;
}

} // namespace

std::size_t unfinished(std::string_view text, std::string_view word) {
    for (std::size_t length = std::min(text.size(), word.size() - 1); length > 0; --length)
        if (text.ends_with(word.substr(0, length))) return length;
    return 0;
}

std::vector<TextPiece> ReasoningSplitter::push(std::string_view text) {
    held_ += text;
    std::vector<TextPiece> out;
    while (!held_.empty() && step(out)) {
    }
    return out;
}

std::vector<TextPiece> ReasoningSplitter::finish() {
    std::vector<TextPiece> out;
    std::string rest = std::exchange(held_, {});
    if (is_reasoning()) {
        trim_end(rest);
        if (!rest.empty()) out.push_back({TextPiece::Kind::reasoning, std::move(rest)});
    } else if (state_ == State::answer || rest.find_first_not_of(white) != std::string::npos) {
        emit_answer(std::move(rest), out);
    }
    return out;
}

/// Moves on by one tag or as far as the text goes; false: wait for more.
bool ReasoningSplitter::step(std::vector<TextPiece>& out) {
    switch (state_) {
    case State::begins:
        return begin(out);
    case State::reasoning_begins:
        held_.erase(0, held_.find_first_not_of(white));
        if (held_.starts_with(think_open)) { // said again by the model, after the prompt
            held_.erase(0, think_open.size());
            return true;
        }
        if (held_.empty() || think_open.starts_with(held_)) return false;
        state_ = State::reasoning;
        return true;
    case State::reasoning:
        return reason(out);
    case State::answer_begins:
        held_.erase(0, held_.find_first_not_of(white));
        if (held_.empty()) return false;
        state_ = State::answer;
        return true;
    case State::answer:
        return answer(out);
    }
    return false;
}

bool ReasoningSplitter::begin(std::vector<TextPiece>& out) {
    const std::size_t first = held_.find_first_not_of(white);
    if (first == std::string::npos) return false;
    const std::string_view text = std::string_view(held_).substr(first);
    if (text.starts_with(think_open)) {
        held_.erase(0, first + think_open.size());
        state_ = State::reasoning_begins;
        return true;
    }
    if (text.starts_with(think_close)) { // closed before anything was thought
        held_.erase(0, first + think_close.size());
        thought_ = true;
        state_ = State::answer_begins;
        return true;
    }
    if (think_open.starts_with(text) || think_close.starts_with(text)) return false;
    state_ = State::answer;
    return answer(out);
}

bool ReasoningSplitter::reason(std::vector<TextPiece>& out) {
    const std::size_t close = held_.find(think_close);
    std::string text;
    if (close != std::string::npos) {
        text = take(held_, close);
        held_.erase(0, think_close.size());
        trim_end(text);
        thought_ = true;
        state_ = State::answer_begins;
    } else {
        // White space waits too: it is dropped if the tag follows.
        const std::string_view sure =
            std::string_view(held_).substr(0, held_.size() - unfinished(held_, think_close));
        text = take(held_, sure.find_last_not_of(white) + 1);
    }
    if (!text.empty()) out.push_back({TextPiece::Kind::reasoning, std::move(text)});
    return close != std::string::npos;
}

bool ReasoningSplitter::answer(std::vector<TextPiece>& out) {
    if (thought_) {
        emit_answer(std::exchange(held_, {}), out);
        return false;
    }
    const std::size_t orphan = held_.find(think_close);
    if (orphan == std::string::npos) {
        emit_answer(take(held_, held_.size() - unfinished(held_, think_close)), out);
        return false;
    }
    emit_answer(take(held_, orphan), out);
    // A closing tag alone on its line ends reasoning that nothing opened; within a line or in code it is a
    // word that the answer speaks of.
    if (last_ == '\n' && !in_code_fence_) {
        held_.erase(0, think_close.size());
        out.push_back({TextPiece::Kind::answer_was_reasoning, {}});
        thought_ = true;
        state_ = State::answer_begins;
    } else {
        emit_answer(take(held_, think_close.size()), out);
    }
    return true;
}

void ReasoningSplitter::emit_answer(std::string text, std::vector<TextPiece>& out) {
    if (text.empty()) return;
    for (const char letter : text) {
        backticks_ = letter == '`' ? backticks_ + 1 : 0;
        if (backticks_ == 3) in_code_fence_ = !in_code_fence_;
    }
    last_ = text.back();
    out.push_back({TextPiece::Kind::answer, std::move(text)});
}

StopFilter::StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
    // A stop string that begins inside a character would cut characters in half.
    std::erase_if(stops_, [](const std::string& stop) {
        return stop.empty() || (static_cast<unsigned char>(stop.front()) & 0xC0U) == 0x80U;
    });
}

std::string StopFilter::push(std::string_view text) {
    if (stopped_) return {};
    held_ += text;
    std::size_t first = std::string::npos;
    std::size_t waiting = 0;
    for (const std::string& stop : stops_) {
        first = std::min(first, held_.find(stop));
        waiting = std::max(waiting, unfinished(held_, stop));
    }
    if (first == std::string::npos) return take(held_, held_.size() - waiting);
    // A longer stop string may have begun before this one and still be unfinished; the first that is complete
    // ends the text, as it would if the text had come at once.
    stopped_ = true;
    return take(held_, first);
}

std::string StopFilter::finish() {
    if (stopped_) return {};
    return std::exchange(held_, {});
}

} // namespace spoutnik::engine
