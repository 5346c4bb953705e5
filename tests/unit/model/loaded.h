// SPDX-License-Identifier: MIT
// A tiny model, its file image and the engine's model of it, kept together.
#pragma once

#include "engine/model/model.h"
#include "tests/support/tiny_model.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::testing {

/// The engine's model over an image in memory.
struct Loaded {
    std::vector<std::byte> image;
    std::unique_ptr<kernels::Backend> backend;
    std::unique_ptr<engine::Model> model;

    explicit Loaded(std::vector<std::byte> bytes, const kernels::CpuOptions& options = {.threads = 1})
        : image(std::move(bytes)), backend(kernels::make_cpu_backend(options)),
          model(engine::load_model(engine::gguf::File::parse(image), *backend)) {}
    explicit Loaded(const TinyModel& tiny, const kernels::CpuOptions& options = {.threads = 1})
        : Loaded(tiny.gguf(), options) {}

    /// Logits of every position, from a fresh cache.
    std::vector<float> logits(std::span<const std::int32_t> tokens,
                              kernels::Format cache = kernels::Format::f32) const {
        const auto memory = model->make_cache(static_cast<std::int64_t>(tokens.size()), cache);
        return model->forward(tokens, *memory, engine::Logits::all);
    }
};

/// The sentence with which loading the image is refused; empty when it is not.
inline std::string refusal_of(const std::vector<std::byte>& image) {
    try {
        const Loaded loaded(image);
        return {};
    } catch (const engine::Error& error) {
        return error.what();
    }
}

} // namespace spoutnik::testing
