// SPDX-License-Identifier: MIT
// Rows of a KV cache in Q8_0: blocks of 32 codes of 8 bits with one f16 scale, as GGUF lays them out.
// Written once for every instruction set, so the codes are the same bits everywhere; a token stores a row or
// two a layer, which is nothing beside its products.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

inline constexpr std::int64_t q8_0_block = 32;

/// Writes `n` values, a multiple of 32, as blocks at `destination`, which needs no alignment.
/// scale = f16(largest magnitude / 127), code = x / scale to the nearest, ties to even: a value is off by
/// half a scale at most, as long as scale is a normal f16. A block that holds an infinity or a NaN becomes
/// NaN altogether.
void store_q8_0(const float* x, std::int64_t n, std::byte* destination);

} // namespace spoutnik::kernels
