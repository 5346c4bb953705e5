// SPDX-License-Identifier: MIT
// What attention on tensor cores is allowed to lose: queries and the softmax's weights rounded to the 16 bits
// of the cache (bf16 for q8_0), everything else in double precision. Shares no code with the kernels.
#pragma once

#include "kernels/backend.h"

#include <cstdint>

namespace spoutnik::cuda_emulation {

/// One kind of rows of a cache and the slice that a head sees.
struct CacheSlice {
    kernels::CacheRows rows;
    std::int64_t first_value = 0;
    std::int64_t width = 0;
};

/// out = softmax(scale q k) v for one query that sees `visible` rows. A cache in f32 rounds nothing.
void attend_rounded(const float* q, const CacheSlice& keys, const CacheSlice& values, std::int64_t visible,
                    float scale, float* out);

} // namespace spoutnik::cuda_emulation
