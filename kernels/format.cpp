// SPDX-License-Identifier: MIT
#include "kernels/format.h"

#include <array>
#include <stdexcept>

namespace spoutnik::kernels {
namespace {

constexpr std::array<FormatTraits, 16> table{{
    {Format::f32, "F32", 1, 4},
    {Format::f16, "F16", 1, 2},
    {Format::q4_0, "Q4_0", 32, 18},
    {Format::q4_1, "Q4_1", 32, 20},
    {Format::q5_0, "Q5_0", 32, 22},
    {Format::q5_1, "Q5_1", 32, 24},
    {Format::q8_0, "Q8_0", 32, 34},
    {Format::q2_k, "Q2_K", 256, 84},
    {Format::q3_k, "Q3_K", 256, 110},
    {Format::q4_k, "Q4_K", 256, 144},
    {Format::q5_k, "Q5_K", 256, 176},
    {Format::q6_k, "Q6_K", 256, 210},
    {Format::iq4_nl, "IQ4_NL", 32, 18},
    {Format::iq4_xs, "IQ4_XS", 256, 136},
    {Format::bf16, "BF16", 1, 2},
    {Format::mxfp4, "MXFP4", 32, 17},
}};

} // namespace

std::span<const FormatTraits> all_formats() {
    return table;
}

const FormatTraits& traits_of(Format format) {
    for (const FormatTraits& traits : table)
        if (traits.format == format) return traits;
    throw std::invalid_argument("unknown number format");
}

std::optional<Format> format_from_gguf_id(std::uint32_t id) {
    for (const FormatTraits& traits : table)
        if (static_cast<std::uint32_t>(traits.format) == id) return traits.format;
    return std::nullopt;
}

std::size_t bytes_of(Format format, std::int64_t values) {
    const FormatTraits& traits = traits_of(format);
    return static_cast<std::size_t>(values) / traits.values_per_block * traits.bytes_per_block;
}

} // namespace spoutnik::kernels
