// SPDX-License-Identifier: MIT
// One answer or a conversation on a terminal: requests go to the session, its events are printed as they
// come.
#include "app/cli/cache_format.h"
#include "app/cli/chat_export.h"
#include "app/cli/commands.h"
#include "app/cli/events.h"
#include "app/cli/placement_options.h"

#include "app/starter/starter_model.h"
#include "engine/session/session.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>

#include <unistd.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

using engine::Event;

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_interrupt(int /*signal*/) {
    interrupted = true;
}

struct Answer {
    std::string reasoning;
    std::string text;
    engine::Finished finished;
};

const char* name_of(engine::FinishReason reason) {
    switch (reason) {
    case engine::FinishReason::end_of_turn:
        return "end_of_turn";
    case engine::FinishReason::stop_string:
        return "stop_string";
    case engine::FinishReason::max_tokens:
        return "max_tokens";
    case engine::FinishReason::context_full:
        return "context_full";
    case engine::FinishReason::cancelled:
        return "cancelled";
    }
    return "";
}

/// Prints what arrives: the answer on stdout; reasoning, dimmed, only where a person looks on.
class Printer {
  public:
    Printer(bool silent, bool terminal) : silent_(silent), terminal_(terminal) {}

    void reasoning(const std::string& text) {
        if (silent_ || !terminal_) return;
        if (!dimmed_) std::fputs("\x1b[2m", stdout);
        dimmed_ = true;
        write(text);
    }
    void answer(const std::string& text) {
        if (silent_) return;
        end_reasoning();
        write(text);
        ends_line_ = text.empty() ? ends_line_ : text.back() == '\n';
    }
    void note(const std::string& text) const {
        if (!silent_) fmt::print(stderr, "{}\n", text);
    }
    void end() {
        if (silent_) return;
        end_reasoning();
        if (!ends_line_) std::fputc('\n', stdout);
        ends_line_ = false;
        std::fflush(stdout);
    }

  private:
    void end_reasoning() {
        if (dimmed_) std::fputs("\x1b[0m\n", stdout);
        dimmed_ = false;
    }
    /// A model's words must not move the cursor or rename the window: a terminal gets no control characters,
    /// neither those below U+0020 nor those from U+0080 to U+009F (C2 80 to C2 9F).
    void write(const std::string& text) const {
        std::string shown;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
            if (terminal_ && byte == 0xC2 && next >= 0x80 && next < 0xA0)
                ++i;
            else if (!terminal_ || byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7F))
                shown += text[i];
        }
        std::fwrite(shown.data(), 1, shown.size(), stdout);
        std::fflush(stdout);
    }
    bool silent_;
    bool terminal_;
    bool dimmed_ = false;
    bool ends_line_ = false;
};

/// Takes one event into the answer. True when it was the last.
bool take(const Event& event, Answer& answer, Printer& printer) {
    if (const auto* text = std::get_if<engine::ReasoningText>(&event.body)) {
        answer.reasoning += text->text;
        printer.reasoning(text->text);
    } else if (const auto* words = std::get_if<engine::AnswerText>(&event.body)) {
        answer.text += words->text;
        printer.answer(words->text);
    } else if (std::holds_alternative<engine::AnswerWasReasoning>(event.body)) {
        answer.reasoning += answer.text;
        answer.text.clear();
        printer.note("\n(what came so far was reasoning; the answer begins here)");
    } else if (const auto* trimmed = std::get_if<engine::ContextTrimmed>(&event.body)) {
        printer.note(
            fmt::format("(the context is full: the {} oldest messages are no longer seen by the model)",
                        trimmed->messages_left_out));
    } else if (const auto* nearly = std::get_if<engine::ContextNearlyFull>(&event.body)) {
        printer.note(fmt::format("(the context is nearly full: {} tokens are left)", nearly->tokens_left));
    } else if (const auto* failed = std::get_if<engine::Failed>(&event.body)) {
        printer.end();
        throw engine::Error(failed->message);
    } else if (const auto* finished = std::get_if<engine::Finished>(&event.body)) {
        answer.finished = *finished;
        printer.end();
        return true;
    }
    return false;
}

Answer ask(engine::Session& session, EventQueue& events, const engine::ChatRequest& request,
           Printer& printer) {
    interrupted = false;
    const engine::RequestId id = session.submit(request);
    Answer answer;
    while (true) {
        if (interrupted.exchange(false)) session.cancel(id);
        const std::optional<Event> event = events.wait();
        if (event && event->request == id && take(*event, answer, printer)) return answer;
    }
}

void print_json(const Answer& answer) {
    const engine::Finished& f = answer.finished;
    const nlohmann::ordered_json out{{"answer", answer.text},
                                     {"reasoning", answer.reasoning},
                                     {"finish_reason", name_of(f.reason)},
                                     {"prompt_tokens", f.prompt_tokens},
                                     {"reasoning_tokens", f.reasoning_tokens},
                                     {"answer_tokens", f.answer_tokens},
                                     {"prefill_seconds", f.prefill_seconds},
                                     {"decode_seconds", f.decode_seconds},
                                     {"drafted_tokens", f.drafted_tokens},
                                     {"accepted_tokens", f.accepted_tokens},
                                     {"seed", f.seed}};
    fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

engine::ChatRequest first_request(const ChatOptions& options) {
    engine::ChatRequest request;
    if (!options.system.empty()) request.messages.push_back({"system", options.system});
    request.sampler.temperature = options.temperature;
    request.sampler.seed = options.seed;
    request.max_tokens = options.max_tokens;
    if (options.think == "on") request.thinking = engine::Thinking::on;
    if (options.think == "off") request.thinking = engine::Thinking::off;
    return request;
}

engine::Speculation speculation_of(const std::string& name) {
    if (name == "off") return engine::Speculation::off;
    if (name == "lookup") return engine::Speculation::lookup;
    return name == "mtp" ? engine::Speculation::mtp : engine::Speculation::automatic;
}

std::filesystem::path model_file(const ChatOptions& options) {
    if (!options.model.empty()) return options.model;
    std::filesystem::path starter = find_starter_model();
    if (starter.empty())
        throw engine::Error(
            "the starter model is not installed; name a GGUF file: spoutnik-cli chat MODEL.gguf");
    return starter;
}

int converse(engine::Session& session, EventQueue& events, engine::ChatRequest request) {
    fmt::print("{}. Ctrl+C stops an answer, Ctrl+D leaves.\n", session.description().name.empty()
                                                                   ? session.description().architecture
                                                                   : session.description().name);
    Printer printer(false, true);
    std::string line;
    while (true) {
        std::fputs("\n> ", stdout);
        std::fflush(stdout);
        if (!std::getline(std::cin, line)) {
            std::fputc('\n', stdout);
            return 0;
        }
        if (line.empty()) continue;
        request.messages.push_back({"user", line});
        try {
            const Answer answer = ask(session, events, request, printer);
            request.messages.push_back({"assistant", answer.text});
        } catch (const engine::Error& error) {
            fmt::print(stderr, "{}\n", error.what());
            request.messages.pop_back();
        }
    }
}

} // namespace

int run_chat(const ChatOptions& options) {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART; // a question being typed survives
    sigaction(SIGINT, &action, nullptr);

    EventQueue events;
    engine::SessionOptions session_options;
    session_options.threads = options.threads;
    session_options.context = options.context;
    session_options.cache_format = cache_format(options.cache_format);
    session_options.allow_oversize = options.oversize;
    session_options.speculation = speculation_of(options.speculation);
    session_options.device = device_choice(options.placement);
    session_options.gpu_expert_layers = gpu_expert_layers(options.placement);
    const auto session =
        engine::Session::open(model_file(options), session_options,
                              [&](std::vector<Event> batch) { events.push(std::move(batch)); });
    const engine::SessionPlacement placement = session->placement();
    if (!placement.why_no_gpu.empty())
        fmt::print(stderr, "{} The CPU computes everything.\n", placement.why_no_gpu);
    for (const std::string& note : placement.notes)
        fmt::print(stderr, "{}\n", note);
    engine::ChatRequest request = first_request(options);
    const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
    if (options.prompt.empty() && terminal && !options.json && options.export_file.empty())
        return converse(*session, events, request);

    request.messages.push_back({"user", options.prompt.empty() ? read_stdin() : options.prompt});
    Printer printer(options.json, isatty(STDOUT_FILENO) != 0);
    const Answer answer = ask(*session, events, request, printer);
    if (options.json) print_json(answer);
    if (!options.export_file.empty())
        export_answer(options.export_file, request, answer.text, answer.reasoning, answer.finished,
                      session->description().name);
    return answer.finished.reason == engine::FinishReason::cancelled ? 1 : 0;
}

} // namespace spoutnik::app::cli
