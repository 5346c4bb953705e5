// SPDX-License-Identifier: MIT
// How fast a backend reads weights and cache, and what that makes of a model.
#pragma once

#include "engine/placement/plan.h"

#include <chrono>
#include <map>
#include <memory>

namespace spoutnik::engine {

struct ReadSpeed {
    double memory_bytes_per_second = 0;                         ///< plain floats, all threads
    std::map<kernels::Format, double> weights_bytes_per_second; ///< one token through a matrix of this format
    double seconds_per_operation = 0;                           ///< of one that has next to nothing to do
};

/// Multiplies one vector by matrices larger than the caches, in the formats of `plan`, with the backend's own
/// operations and threads, for about `duration`. Takes up to 192 MB for that time. Throws
/// kernels::OutOfMemory.
ReadSpeed measure_read_speed(kernels::Backend& backend, const Plan& plan,
                             std::chrono::milliseconds duration = std::chrono::milliseconds(200));

/// Tokens a second of decode with `position` tokens in the context: the time of a token is that of reading
/// what it reads.
double predict_decode(const Plan& plan, const ReadSpeed& speed, std::int64_t position);

} // namespace spoutnik::engine
