// SPDX-License-Identifier: MIT
// What one token of decode is made of: which products, of which shapes, how many of each.
#pragma once

#include "engine/model/model.h"

#include <compare>
#include <cstdint>
#include <map>

namespace spoutnik::engine {

/// One token through a matrix [rows, cols], or through `count` of them, each with a head of its own.
struct ProductShape {
    kernels::Format format = kernels::Format::f32;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t count = 1;

    auto operator<=>(const ProductShape&) const = default; // NOLINT: clang-tidy 14 sees a null pointer
};

/// One token through the experts that its gate chose: gate and up [ff, hidden], down [hidden, ff] of each.
struct ExpertShape {
    kernels::Format gate = kernels::Format::f32;
    kernels::Format up = kernels::Format::f32;
    kernels::Format down = kernels::Format::f32;
    std::int64_t ff = 0;

    auto operator<=>(const ExpertShape&) const = default; // NOLINT: clang-tidy 14 sees a null pointer
};

/// The work of a token, with equal pieces counted once and how often each is done beside them.
struct TokenWork {
    std::int64_t layers = 0;
    std::int64_t hidden = 0;
    std::int64_t vocabulary = 0;
    std::int64_t experts = 0; ///< 0: dense
    std::int64_t experts_used = 0;
    AttentionShape attention;                      ///< once a layer
    std::map<ProductShape, std::int64_t> products; ///< router and output head among them
    std::map<ExpertShape, std::int64_t> routed;    ///< by layers that have such experts
    /// The same of layers whose experts are in RAM beside a device.
    std::map<ExpertShape, std::int64_t> routed_in_ram;
};

/// Reads names and shapes only. `description` is the file's.
TokenWork work_of_token(const gguf::File& file, const ModelDescription& description,
                        const WeightHomes& homes = {});

} // namespace spoutnik::engine
