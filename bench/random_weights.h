// SPDX-License-Identifier: MIT
// Weights to time products with: what a format's blocks look like matters for speed, what they say does not.
#pragma once

#include "kernels/format.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spoutnik::bench {

/// Random blocks that decode to small finite numbers: every f16 scale is 1/64.
std::vector<std::byte> random_weights(kernels::Format format, std::int64_t values);

} // namespace spoutnik::bench
