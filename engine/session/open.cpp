// SPDX-License-Identifier: MIT
#include "engine/chat_template/chat_template.h"
#include "engine/placement/plan.h"
#include "engine/session/engine_session.h"
#include "engine/session/saved_caches.h"

#include <utility>

#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

std::unique_ptr<const ChatTemplate> template_of(const gguf::File& file) {
    const std::string* source = file.find_string("tokenizer.chat_template");
    if (source == nullptr || source->empty()) return nullptr;
    try {
        return std::make_unique<const ChatTemplate>(*source);
    } catch (const Error& error) {
        throw Error(fmt::format("key 'tokenizer.chat_template': {}", error.what()));
    }
}

/// Whether the session uses the layer that predicts the token after the next: where the file has one and it
/// was asked for, or its memory is there beside the rest.
bool wants_next_token_layer(const gguf::File& file, PlanRequest request, const kernels::Backend& backend,
                            Speculation speculation) {
    if (speculation != Speculation::automatic && speculation != Speculation::mtp) return false;
    const bool has_one = describe_model(file).has_next_token_layer;
    if (speculation == Speculation::mtp) {
        if (!has_one) throw Error("This file has no layer that predicts the token after the next (MTP).");
        return true;
    }
    request.next_token_layer = true;
    return has_one && make_plan(file, request, backend).fits();
}

} // namespace

std::unique_ptr<Session> Session::open(const std::filesystem::path& model, const SessionOptions& options,
                                       EventSink sink, const LoadProgress& progress) {
    const auto file = gguf::File::open(model);
    SessionParts parts;
    parts.tokenizer = Tokenizer::load(*file);
    parts.prompts =
        std::make_unique<const PromptBuilder>(*parts.tokenizer, template_of(*file), special_texts(*file));
    kernels::CpuOptions cpu;
    cpu.threads = options.threads;
    parts.backend = kernels::make_cpu_backend(cpu);
    PlanRequest request;
    request.context = session_context(options, describe_model(*file));
    request.cache_format = options.cache_format.value_or(parts.backend->cache_format());
    request.prefill_batch = options.prefill_batch;
    request.speculates = options.speculation != Speculation::off;
    request.next_token_layer = wants_next_token_layer(*file, request, *parts.backend, options.speculation);
    parts.use_next_token_layer = request.next_token_layer;
    if (!options.allow_oversize) require_fit(make_plan(*file, request, *parts.backend));
    parts.model = load_model(file, *parts.backend, progress);
    if (parts.model->description().vocabulary < parts.tokenizer->size())
        throw Error(fmt::format("tensor 'output.weight': {} tokens, but the vocabulary has {}",
                                parts.model->description().vocabulary, parts.tokenizer->size()));
    parts.fingerprint = model_fingerprint(*file, *parts.backend);
    return make_session(std::move(parts), options, std::move(sink));
}

} // namespace spoutnik::engine
