// SPDX-License-Identifier: MIT
// Backend::top_k for values in host memory, on the calling thread.
#pragma once

#include "kernels/tensors.h"

#include <cstdint>

namespace spoutnik::kernels {

/// See Backend::top_k; throws std::invalid_argument as it does.
void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values);

} // namespace spoutnik::kernels
