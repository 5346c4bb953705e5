// SPDX-License-Identifier: MIT
// The architectures that can be run. To add one: a file that defines its Architecture, a line in
// registry.cpp.
#pragma once

#include "engine/model/model.h"

#include <memory>
#include <span>
#include <string_view>

namespace spoutnik::engine {

struct Architecture {
    std::string_view name; ///< general.architecture
    ModelDescription (*describe)(const gguf::File& file);
    std::unique_ptr<Model> (*load)(std::shared_ptr<const gguf::File> file, kernels::Backend& backend,
                                   const LoadProgress& progress, const WeightHomes& homes);
};

/// Every architecture, in the order in which they are named to people.
std::span<const Architecture* const> all_architectures();

/// The architecture of a file. Throws Error in a sentence when it is not supported.
const Architecture& architecture_of(const gguf::File& file);

} // namespace spoutnik::engine
