// SPDX-License-Identifier: MIT
// The tiny models that the tests use, by name: every architecture and variant.
#pragma once

#include "tests/support/tiny_model.h"

#include <string_view>
#include <vector>

namespace spoutnik::testing {

/// F32 models, each with a variant of its own in spec.name.
const std::vector<TinySpec>& tiny_zoo();

/// Models that llama.cpp reads too, with a byte-level vocabulary, in several formats.
const std::vector<TinySpec>& peer_zoo();

/// Of either list. Throws std::out_of_range.
const TinySpec& tiny_spec(std::string_view name);

} // namespace spoutnik::testing
