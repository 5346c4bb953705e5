// SPDX-License-Identifier: MIT
#include "app/replay/replay.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app {

namespace {

using Json = nlohmann::json;

const char* name_of(engine::Thinking thinking) {
    switch (thinking) {
    case engine::Thinking::on:
        return "on";
    case engine::Thinking::off:
        return "off";
    case engine::Thinking::automatic:
        break;
    }
    return "auto";
}

/// The member where it is a number; a record of other hands may say anything.
template <class Number>
void read_number(const Json& object, const char* key, Number& value) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_number()) value = found->get<Number>();
}

} // namespace

storage::Replay replay_of(const engine::ChatRequest& request, const engine::Finished& finished) {
    const engine::SamplerSettings& s = request.sampler;
    const Json sampling{{"temperature", s.temperature},
                        {"top_k", s.top_k},
                        {"top_p", s.top_p},
                        {"min_p", s.min_p},
                        {"repetition_penalty", s.repetition_penalty},
                        {"presence_penalty", s.presence_penalty},
                        {"frequency_penalty", s.frequency_penalty},
                        {"penalty_window", s.penalty_window},
                        {"seed", finished.seed},
                        {"thinking", name_of(request.thinking)},
                        {"context", finished.context_capacity}};
    return {sampling.dump(), finished.tokens, fingerprint_text(finished.model_fingerprint)};
}

std::optional<ReplayRequest> request_of(const storage::Replay& replay) {
    const Json sampling = Json::parse(replay.sampling, nullptr, false);
    if (!sampling.is_object() || replay.token_ids.empty()) return std::nullopt;
    ReplayRequest result;
    engine::SamplerSettings& s = result.request.sampler;
    read_number(sampling, "temperature", s.temperature);
    read_number(sampling, "top_k", s.top_k);
    read_number(sampling, "top_p", s.top_p);
    read_number(sampling, "min_p", s.min_p);
    read_number(sampling, "repetition_penalty", s.repetition_penalty);
    read_number(sampling, "presence_penalty", s.presence_penalty);
    read_number(sampling, "frequency_penalty", s.frequency_penalty);
    read_number(sampling, "penalty_window", s.penalty_window);
    read_number(sampling, "seed", s.seed);
    read_number(sampling, "context", result.context);
    if (s.seed == 0) return std::nullopt; // a fresh one would be drawn
    const auto thinking = sampling.find("thinking");
    if (thinking != sampling.end() && *thinking == "on") result.request.thinking = engine::Thinking::on;
    if (thinking != sampling.end() && *thinking == "off") result.request.thinking = engine::Thinking::off;
    result.request.max_tokens = static_cast<std::int64_t>(replay.token_ids.size());
    return result;
}

std::string fingerprint_text(std::uint64_t fingerprint) {
    return fingerprint == 0 ? std::string() : fmt::format("{:016x}", fingerprint);
}

} // namespace spoutnik::app
