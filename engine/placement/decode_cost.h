// SPDX-License-Identifier: MIT
// What a token of decode costs on a backend, measured before a model is loaded.
#pragma once

#include "engine/placement/plan.h"

#include <chrono>

namespace spoutnik::engine {

/// Seconds of one token, all layers.
struct DecodeCost {
    double products = 0;                ///< matrices that every token goes through, output head included
    double routed_experts = 0;          ///< those chosen, without the gate's product
    double experts_in_ram = 0;          ///< the same of layers whose experts are beside the device
    double attention = 0;               ///< of a token that sees nothing but itself
    double attention_a_row = 0;         ///< more, for each position that it sees
    double small_operations = 0;        ///< norms, sums, choice of experts, logits on their way out
    double memory_bytes_per_second = 0; ///< the device's: large rows of plain floats, all threads
    double ram_bytes_per_second = 0;    ///< the same of RAM beside a device that leaves experts there; else 0

    /// Of the token at `position`.
    double seconds_at(std::int64_t position) const;
};

/// `backend`: as backend_for() of devices.h makes it of the plan, so that crossing to RAM and back is part of
/// what experts there take.
/// Does once and again what a token of the plan's model is made of, with the backend's own operations and
/// threads, on memory that holds nothing in particular: shapes and formats are the model's, weights are never
/// in a processor's caches, experts are slices here and there. Takes about `duration`, and up to 192 MB for
/// that time. Throws kernels::OutOfMemory.
DecodeCost measure_decode(kernels::Backend& backend, const Plan& plan,
                          std::chrono::milliseconds duration = std::chrono::milliseconds(200));

/// Tokens a second of decode with `position` tokens in the context; 0 when nothing was measured.
double predict_decode(const DecodeCost& cost, std::int64_t position);

} // namespace spoutnik::engine
