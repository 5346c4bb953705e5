// SPDX-License-Identifier: MIT
#include "bench/random_weights.h"

#include <cstring>
#include <random>

namespace spoutnik::bench {

using kernels::Format;
using kernels::FormatTraits;

std::vector<std::byte> random_weights(Format format, std::int64_t values) {
    const FormatTraits& traits = kernels::traits_of(format);
    std::vector<std::byte> bytes(kernels::bytes_of(format, values));
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + i, &word, 8);
    }
    if (traits.values_per_block == 1) {
        for (std::int64_t i = 0; i < values; ++i) {
            const float value = static_cast<float>(i % 61 - 30) / 64.0F;
            const std::uint16_t half =
                format == Format::f16 ? kernels::f32_to_f16(value) : kernels::f32_to_bf16(value);
            if (format == Format::f32)
                std::memcpy(bytes.data() + i * 4, &value, 4);
            else
                std::memcpy(bytes.data() + i * 2, &half, 2);
        }
        return bytes;
    }
    const std::uint16_t scale = kernels::f32_to_f16(1.0F / 64);
    for (std::size_t block = 0; block + traits.bytes_per_block <= bytes.size();
         block += traits.bytes_per_block) {
        std::byte* at = bytes.data() + block;
        switch (format) {
        case Format::q2_k:
            std::memcpy(at + 80, &scale, 2);
            std::memcpy(at + 82, &scale, 2);
            break;
        case Format::q3_k:
            std::memcpy(at + 108, &scale, 2);
            break;
        case Format::q6_k:
            std::memcpy(at + 208, &scale, 2);
            break;
        case Format::mxfp4:
            at[0] = std::byte{121};
            break;
        case Format::q4_1:
        case Format::q5_1:
        case Format::q4_k:
        case Format::q5_k:
            std::memcpy(at + 2, &scale, 2);
            [[fallthrough]];
        default:
            std::memcpy(at, &scale, 2);
            break;
        }
    }
    return bytes;
}

} // namespace spoutnik::bench
