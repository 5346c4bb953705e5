// SPDX-License-Identifier: MIT
// Generates the answers of an export again and compares them token by token.
#include "app/cli/commands.h"
#include "app/cli/events.h"
#include "app/replay/prompt_of.h"
#include "app/replay/replay.h"
#include "app/starter/starter_model.h"
#include "engine/gguf/printable.h"
#include "storage/archive/branches.h"
#include "storage/archive/import.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/core.h>

namespace spoutnik::app::cli {
namespace {

/// An answer that can be replayed, and what it answered.
struct Recorded {
    std::string title;
    std::size_t number = 0; ///< of the message in its conversation, from 1
    ReplayRequest replay;
    storage::Replay stored;
    std::string text; ///< as it was kept; empty where the answer was cut off
};

/// What is generated now.
struct Generated {
    engine::Finished finished;
    std::string answer;
};

void add_answers(const storage::Tree& tree, std::vector<Recorded>& answers) {
    for (const storage::Tree::Node& node : tree.messages) {
        std::optional<ReplayRequest> replay = request_of(node.replay);
        if (!replay || !node.message.parent) continue;
        std::vector<storage::Message> branch;
        for (const std::size_t index : storage::archive::branch_of(tree, node.message.parent))
            branch.push_back(tree.messages[index].message);
        replay->request.messages = prompt_of(branch);
        const bool is_whole = node.message.status == storage::Status::done;
        answers.push_back({tree.conversation.title, storage::archive::index_of(node.message.id) + 1,
                           std::move(*replay), node.replay, is_whole ? node.message.content : std::string()});
    }
}

std::vector<Recorded> answers_in(const std::filesystem::path& file) {
    std::vector<Recorded> answers;
    storage::archive::Omissions omissions;
    storage::archive::read_conversations(
        read_file(file), [&](const storage::Tree& tree) { add_answers(tree, answers); }, omissions);
    for (const auto& [omission, count] : omissions)
        fmt::print(stderr, "left out: {}\n", in_words(omission, count));
    if (answers.empty())
        throw engine::Error(file.string() + ": no answer in it was kept with its tokens and seed");
    return answers;
}

Generated generate(engine::Session& session, EventQueue& events, const engine::ChatRequest& request) {
    const engine::RequestId id = session.submit(request);
    Generated now;
    for (;;) {
        const std::optional<engine::Event> event = events.wait();
        if (!event || event->request != id) continue;
        if (const auto* answer = std::get_if<engine::AnswerText>(&event->body)) now.answer += answer->text;
        if (std::holds_alternative<engine::AnswerWasReasoning>(event->body)) now.answer.clear();
        if (const auto* finished = std::get_if<engine::Finished>(&event->body)) {
            now.finished = *finished;
            return now;
        }
        if (const auto* failed = std::get_if<engine::Failed>(&event->body))
            throw engine::Error(failed->message);
    }
}

/// The answer again. What of the prompt had been computed before it, and with how many tokens at once, is not
/// kept, and long passes round otherwise than short ones (kernels/README.md): a conversation's answers one
/// after the other have the cache that they had when it was led, and one that differs is tried with none.
Generated generate_as_kept(engine::Session& session, EventQueue& events, const Recorded& answer) {
    engine::ChatRequest request = answer.replay.request;
    Generated now = generate(session, events, request);
    if (now.finished.tokens == answer.stored.token_ids || now.finished.reused_tokens == 0) return now;
    request.reads_anew = true;
    Generated anew = generate(session, events, request);
    return anew.finished.tokens == answer.stored.token_ids ? anew : now;
}

std::string_view trimmed(std::string_view text) {
    constexpr const char* spaces = " \t\r\n";
    const std::size_t first = std::min(text.find_first_not_of(spaces), text.size());
    return text.substr(first, text.find_last_not_of(spaces) + 1 - first);
}

/// Whether `kept` can be the text of the tokens that gave `now`: less of it where a stop string cut it, more
/// before it where an answer was gone on with.
bool is_text_of(std::string_view kept, std::string_view now) {
    return now.starts_with(kept) || kept.ends_with(now);
}

std::string token_name(const engine::Session& session, const std::vector<std::int32_t>& tokens,
                       std::size_t place) {
    if (place >= tokens.size()) return "none";
    const std::int32_t token = tokens[place];
    const bool is_known = token >= 0 && token < session.tokenizer().size();
    return fmt::format("{} \"{}\"", token,
                       is_known ? engine::printable(session.tokenizer().text_of(token), 40) : std::string());
}

/// True when every token is the same, and the text theirs; says what was found.
bool compare(const engine::Session& session, const Recorded& answer, const Generated& generated) {
    const engine::Finished& now = generated.finished;
    const std::vector<std::int32_t>& was = answer.stored.token_ids;
    const auto place = static_cast<std::size_t>(
        std::mismatch(was.begin(), was.end(), now.tokens.begin(), now.tokens.end()).first - was.begin());
    const std::string name =
        fmt::format("{}, message {}", engine::printable(answer.title, 80), answer.number);
    if (place == was.size() && now.tokens.size() == was.size()) {
        if (!is_text_of(trimmed(answer.text), trimmed(generated.answer))) {
            fmt::print("{}: {} tokens, the same, but the text that was kept is not theirs\n", name,
                       was.size());
            return false;
        }
        fmt::print("{}: {} tokens, the same\n", name, was.size());
        return true;
    }
    fmt::print("{}: token {} differs: {} was kept, now it is {}\n", name, place + 1,
               token_name(session, was, place), token_name(session, now.tokens, place));
    if (!answer.stored.model_hash.empty() &&
        answer.stored.model_hash != fingerprint_text(now.model_fingerprint))
        fmt::print("  another model, program version or instruction set wrote it ({}, here {})\n",
                   engine::printable(answer.stored.model_hash), fingerprint_text(now.model_fingerprint));
    return false;
}

std::filesystem::path model_file(const std::filesystem::path& named) {
    std::filesystem::path model = named.empty() ? find_starter_model() : named;
    if (model.empty())
        throw engine::Error("the starter model is not installed; name a GGUF file after the export");
    return model;
}

} // namespace

int run_verify(const VerifyOptions& options) {
    // A session's context decides what of a long conversation is left out: the same one for each.
    std::map<std::int64_t, std::vector<Recorded>> by_context;
    for (Recorded& answer : answers_in(options.file))
        by_context[answer.replay.context].push_back(std::move(answer));
    const std::filesystem::path model = model_file(options.model);
    bool is_same = true;
    for (const auto& [context, answers] : by_context) {
        EventQueue events;
        engine::SessionOptions session_options;
        session_options.threads = options.threads;
        session_options.context = context;
        const auto session = engine::Session::open(
            model, session_options, [&](std::vector<engine::Event> batch) { events.push(std::move(batch)); });
        for (const Recorded& answer : answers)
            is_same &= compare(*session, answer, generate_as_kept(*session, events, answer));
    }
    return is_same ? 0 : 1;
}

} // namespace spoutnik::app::cli
