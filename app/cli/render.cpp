// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"

#include "engine/chat_template/chat_template.h"
#include "engine/gguf/gguf.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

std::string template_source(const RenderOptions& options) {
    if (!options.template_file.empty()) return read_file(options.template_file);
    const auto file = engine::gguf::File::open(options.model);
    const std::string* source = file->find_string("tokenizer.chat_template");
    if (source == nullptr) throw engine::Error(options.model.string() + ": no tokenizer.chat_template in it");
    return *source;
}

/// What strftime_now shows: now in the local zone or, for prompts that are the same tomorrow, the seconds
/// since 1970 that SOURCE_DATE_EPOCH gives (https://reproducible-builds.org/specs/source-date-epoch/), in
/// UTC.
engine::RenderOptions clock_of_environment() {
    engine::RenderOptions options;
    const char* const named = std::getenv("SOURCE_DATE_EPOCH");
    if (named == nullptr || *named == '\0') return options;
    const std::string_view digits(named);
    std::int64_t seconds = 0;
    constexpr std::int64_t year_10000 = 253402300800;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0 || seconds >= year_10000)
        throw engine::Error(fmt::format("SOURCE_DATE_EPOCH is '{}', not seconds since 1970", digits));
    options.now = std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    options.utc = true;
    return options;
}

} // namespace

int run_render(const RenderOptions& options) {
    const engine::ChatTemplate chat_template(template_source(options));
    nlohmann::ordered_json variables;
    try {
        variables = nlohmann::ordered_json::parse(read_file(options.input));
    } catch (const nlohmann::ordered_json::exception& error) {
        throw engine::Error(options.input.string() + ": " + error.what());
    }
    if (!variables.is_object()) throw engine::Error(options.input.string() + ": expected a JSON object");
    const std::string prompt = chat_template.render(variables, clock_of_environment());
    std::fwrite(prompt.data(), 1, prompt.size(), stdout);
    return 0;
}

} // namespace spoutnik::app::cli
