// SPDX-License-Identifier: MIT
#include "engine/chat_template/chat_template.h"
#include "engine/session/engine_session.h"
#include "engine/session/placed_model.h"
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

/// What of the plan's wish the model's next-token layer is: it is used where it was asked for, or where its
/// memory is there beside the rest.
void wish_for_next_token_layer(const gguf::File& file, Speculation speculation, PlacementWish& wish) {
    if (speculation == Speculation::mtp) {
        if (!describe_model(file).has_next_token_layer)
            throw Error("This file has no layer that predicts the token after the next (MTP).");
        wish.request.next_token_layer = true;
    }
    wish.next_token_layer_if_free = speculation == Speculation::automatic;
}

PlacementWish wish_of(const gguf::File& file, const SessionOptions& options) {
    PlacementWish wish;
    wish.request.context = session_context(options, describe_model(file));
    wish.request.prefill_batch = options.prefill_batch;
    wish.request.speculates = options.speculation != Speculation::off;
    wish.request.cpu_only = options.device == DeviceChoice::cpu;
    wish.request.gpu_expert_layers = options.gpu_expert_layers;
    wish.cache_format = options.cache_format;
    wish.allow_oversize = options.allow_oversize;
    wish_for_next_token_layer(file, options.speculation, wish);
    return wish;
}

SessionPlacement placement_of(const PlacedModel& placed, const Devices& devices) {
    SessionPlacement placement;
    for (const DevicePlan& device : placed.plan.devices)
        placement.devices.push_back({device.device, device.total()});
    placement.words = placed.plan.placement();
    placement.notes = placed.notes;
    placement.expert_layers = placed.plan.expert_layers;
    placement.gpu_expert_layers = placed.plan.gpu_expert_layers;
    if (devices.lacks_expected_gpu()) {
        placement.gpu_absence = devices.absence;
        placement.why_no_gpu = devices.why_no_gpu;
    }
    return placement;
}

} // namespace

std::unique_ptr<Session> Session::open(const std::filesystem::path& model, const SessionOptions& options,
                                       EventSink sink, const LoadProgress& progress) {
    return open_session(model, open_devices(options.threads, options.device), options, std::move(sink),
                        progress);
}

std::unique_ptr<Session> open_session(const std::filesystem::path& model, const Devices& devices,
                                      const SessionOptions& options, Session::EventSink sink,
                                      const LoadProgress& progress) {
    const auto file = gguf::File::open(model);
    SessionParts parts;
    parts.tokenizer = Tokenizer::load(*file);
    parts.prompts =
        std::make_unique<const PromptBuilder>(*parts.tokenizer, template_of(*file), special_texts(*file));
    PlacedModel placed = load_placed(file, wish_of(*file, options), devices, progress);
    parts.placement = placement_of(placed, devices);
    parts.use_next_token_layer = placed.plan.request.next_token_layer;
    parts.backend = std::move(placed.backend);
    parts.model = std::move(placed.model);
    parts.cache = std::move(placed.cache);
    if (parts.model->description().vocabulary < parts.tokenizer->size())
        throw Error(fmt::format("tensor 'output.weight': {} tokens, but the vocabulary has {}",
                                parts.model->description().vocabulary, parts.tokenizer->size()));
    parts.fingerprint = model_fingerprint(*file, *parts.backend);
    return make_session(std::move(parts), options, std::move(sink));
}

} // namespace spoutnik::engine
