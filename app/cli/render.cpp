// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"

#include "engine/chat_template/chat_template.h"
#include "engine/gguf/gguf.h"

#include <cstdio>

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
    const std::string prompt = chat_template.render(variables);
    std::fwrite(prompt.data(), 1, prompt.size(), stdout);
    return 0;
}

} // namespace spoutnik::app::cli
