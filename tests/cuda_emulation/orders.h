// SPDX-License-Identifier: MIT
// Tests of kernels run everything under several orders of blocks and threads.
#pragma once

#include "cuda_emulation/grid.h"

#include <catch2/catch.hpp>

#include <utility>

namespace spoutnik::cuda_emulation {

/// Runs `body` under `count` orders; a failure tells which.
template <class Body>
void for_each_order(int count, Body&& body) {
    for (int seed = 1; seed <= count; ++seed) {
        INFO("order of threads " << seed);
        set_order_seed(static_cast<std::uint64_t>(seed));
        body();
    }
}

} // namespace spoutnik::cuda_emulation
