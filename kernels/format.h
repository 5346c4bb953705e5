// SPDX-License-Identifier: MIT
// The number formats a weight can be stored in, in one table.
// Source: GGUF specification and ggml's type ids (the ids are part of the file format).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace spoutnik::kernels {

/// Numeric values are the ids of the GGUF file format.
enum class Format : std::uint32_t {
    f32 = 0,
    f16 = 1,
    q4_0 = 2,
    q4_1 = 3,
    q5_0 = 6,
    q5_1 = 7,
    q8_0 = 8,
    q2_k = 10,
    q3_k = 11,
    q4_k = 12,
    q5_k = 13,
    q6_k = 14,
    iq4_nl = 20,
    iq4_xs = 23,
    bf16 = 30,
    mxfp4 = 39,
};

/// One row of the table of formats.
struct FormatTraits {
    Format format;
    std::string_view name;          ///< as people write it: "Q4_K"
    std::uint32_t values_per_block; ///< a row's length is a multiple of this
    std::uint32_t bytes_per_block;
};

/// Every supported format, in the order of the ids.
std::span<const FormatTraits> all_formats();

/// The traits of a supported format.
const FormatTraits& traits_of(Format format);

/// The format with this id in a GGUF file, or nothing when it is unknown or retired.
std::optional<Format> format_from_gguf_id(std::uint32_t id);

/// Bytes of `values` consecutive values; `values` must be a multiple of the block and small enough not to
/// overflow (readers of foreign files check first).
std::size_t bytes_of(Format format, std::int64_t values);

/// The plain definition of every format: writes `values` floats from the blocks at `source`, which needs no
/// alignment. It is the oracle of the tests and the base of the reference kernels.
void dequantize(Format format, const std::byte* source, std::int64_t values, float* destination);

/// Round-to-nearest conversions of one value (IEEE 754 binary16, bfloat16).
float f16_to_f32(std::uint16_t half);
std::uint16_t f32_to_f16(float value);
float bf16_to_f32(std::uint16_t bits);
std::uint16_t f32_to_bf16(float value);

} // namespace spoutnik::kernels
