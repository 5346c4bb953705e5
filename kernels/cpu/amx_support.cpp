// SPDX-License-Identifier: MIT
#include "kernels/cpu/amx_support.h"

#include "kernels/cpu/cpu_backend.h"

#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#ifdef SPOUTNIK_X86_VARIANTS
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spoutnik::kernels {
namespace {

constexpr std::uint32_t amx_bf16_bit = 1U << 22U;
constexpr std::uint32_t amx_tile_bit = 1U << 24U;
constexpr std::uint32_t amx_int8_bit = 1U << 25U;
/// XCR0: the configuration of the tiles, and their content.
constexpr std::uint64_t tile_states = (1ULL << 17U) | (1ULL << 18U);
/// Palette 1 as products are written for it: 8 tiles of 16 rows of 64 bytes.
constexpr std::uint32_t all_tiles = 8192;
constexpr std::uint32_t one_tile = 1024;
constexpr std::uint32_t low_half = 0xFFFF;

constexpr std::int64_t block_of_activations = 256;

constexpr Format formats_on_tiles[] = {Format::q2_k, Format::q3_k, Format::q4_k,
                                       Format::q5_k, Format::q6_k, Format::iq4_xs};

/// Where a block keeps its f16 scale, and its minimum or the scale again.
struct Places {
    std::size_t scale;
    std::size_t minimum;
};
Places places_in(Format format) {
    switch (format) {
    case Format::q2_k:
        return {80, 82};
    case Format::q3_k:
        return {108, 108};
    case Format::q6_k:
        return {208, 208};
    case Format::iq4_xs:
        return {0, 0};
    default: // Q4_K and Q5_K
        return {0, 2};
    }
}

/// Blocks of random bits, the first row's all set and the second's none, with scales between 1/16 and 1/8.
std::vector<std::byte> random_rows(Format format, std::int64_t rows, std::int64_t cols,
                                   std::mt19937& random) {
    const std::size_t row_bytes = bytes_of(format, cols);
    std::vector<std::byte> bytes(static_cast<std::size_t>(rows) * row_bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = i < row_bytes       ? std::byte{0xFF}
                   : i < 2 * row_bytes ? std::byte{0}
                                       : static_cast<std::byte>(random() >> 24U);
    const Places places = places_in(format);
    for (std::size_t block = 0; block < bytes.size(); block += traits_of(format).bytes_per_block)
        for (const std::size_t place : {places.scale, places.minimum}) {
            const auto half = static_cast<std::uint16_t>(0x2C00U | (random() >> 22U));
            std::memcpy(bytes.data() + block + place, &half, sizeof half);
        }
    return bytes;
}

/// out[t][r] of a table's dot_tile.
std::vector<float> product_of(const Int8Table& table, Format format, const std::vector<std::byte>& weights,
                              std::int64_t rows, std::int64_t cols, const std::vector<Int8Row>& x) {
    const auto tokens = static_cast<std::int64_t>(x.size());
    std::vector<float> results(x.size() * static_cast<std::size_t>(rows));
    std::vector<float*> out(x.size());
    for (std::size_t t = 0; t < x.size(); ++t)
        out[t] = results.data() + t * static_cast<std::size_t>(rows);
    Scratch scratch;
    const std::size_t floats = table.scratch_bytes(cols, tokens) / sizeof(float) + 1;
    table.dot_tile(format, weights.data(), bytes_of(format, cols), rows, cols, x.data(), tokens, out.data(),
                   reinterpret_cast<std::byte*>(scratch.floats(static_cast<std::int64_t>(floats))), // NOLINT
                   nullptr);
    return results;
}

#ifdef SPOUTNIK_X86_VARIANTS

__attribute__((target("xsave"))) std::uint64_t enabled_states() {
    return _xgetbv(0);
}

/// Linux hands the tiles' registers out on demand (5.16 and later), for they make every thread's saved state
/// 8 KB larger.
bool system_grants_tiles() {
    constexpr long request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;              // XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

std::string find_reason() {
    std::string reason = reason_against_tiles(read_tile_facts());
    if (!reason.empty()) return reason;
    if (!system_grants_tiles()) return "the system does not grant this process its registers";
    constexpr std::int64_t tokens = 37; // two groups, halves of two sizes
    const std::string differing = first_difference(int8_amx_table(), int8_avx512_table(), tokens);
    if (differing.empty()) return "";
    reason = "its products of " + differing + " differ from AVX-512's";
    std::fprintf(stderr, "spoutnik: AMX stays unused: %s\n", reason.c_str());
    return reason;
}

std::string find_reason_against_bf16() {
    std::string reason = reason_against_amx(); // and the system has been asked
    if (reason.empty()) reason = reason_against_bf16_tiles(read_tile_facts());
    if (!reason.empty()) return reason;
    const std::string differing = first_difference(bf16_amx_table(), bf16_avx512_table());
    if (differing.empty()) return "";
    reason = differing + " in bf16 on its tiles differs from AVX-512's";
    std::fprintf(stderr, "spoutnik: AMX stays unused for attention: %s\n", reason.c_str());
    return reason;
}

#else

std::string find_reason() {
    return "this build has no AMX path";
}
std::string find_reason_against_bf16() {
    return find_reason();
}

#endif

} // namespace

TileFacts read_tile_facts() {
    TileFacts facts;
#ifdef SPOUTNIK_X86_VARIANTS
    facts.has_avx512 = cpu_supports(CpuIsa::avx512);
    facts.has_avx512_bf16 = __builtin_cpu_supports("avx512bf16");
    std::uint32_t eax = 0;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_OSXSAVE) != 0)
        facts.xcr0 = enabled_states();
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) facts.leaf_7_edx = edx;
    if ((facts.leaf_7_edx & amx_tile_bit) != 0 && __get_cpuid_count(0x1D, 1, &eax, &ebx, &ecx, &edx) != 0) {
        facts.palette_eax = eax;
        facts.palette_ebx = ebx;
        facts.palette_ecx = ecx;
    }
#endif
    return facts;
}

std::string reason_against_tiles(const TileFacts& facts) {
    if (!facts.has_avx512) return "this processor lacks AVX-512 with VNNI, which goes with it";
    if ((facts.leaf_7_edx & amx_tile_bit) == 0) return "this processor has no tiles (AMX-TILE)";
    if ((facts.leaf_7_edx & amx_int8_bit) == 0) return "this processor's tiles multiply no bytes (AMX-INT8)";
    if ((facts.xcr0 & tile_states) != tile_states) return "the system does not save its registers";
    const bool has_palette = (facts.palette_eax & low_half) >= all_tiles &&
                             facts.palette_eax >> 16U == one_tile && (facts.palette_ebx & low_half) == 64 &&
                             facts.palette_ebx >> 16U >= 8 && (facts.palette_ecx & low_half) == 16;
    if (!has_palette) return "this processor's tiles have other shapes than 16 rows of 64 bytes";
    return "";
}

std::string reason_against_bf16_tiles(const TileFacts& facts) {
    std::string reason = reason_against_tiles(facts);
    if (!reason.empty()) return reason;
    if (!facts.has_avx512_bf16) return "this processor lacks AVX-512 BF16, which goes with it";
    if ((facts.leaf_7_edx & amx_bf16_bit) == 0) return "this processor's tiles multiply no bf16 (AMX-BF16)";
    return "";
}

std::string first_difference(const Int8Table& candidate, const Int8Table& trusted, std::int64_t tokens) {
    constexpr std::int64_t rows = 35; // two whole tiles and a part
    constexpr std::int64_t cols = 512;
    std::mt19937 random(1); // the same numbers at every start
    RoundedRows rounded;
    rounded.resize(tokens, cols, block_of_activations);
    std::vector<Int8Row> x;
    std::vector<float> values(cols);
    for (std::int64_t t = 0; t < tokens; ++t) {
        for (float& value : values) // the first two tokens are all ends, which make the largest sums
            value = t == 0   ? 1.0F
                    : t == 1 ? (random() % 2 == 0 ? 1.0F : -1.0F)
                             : static_cast<float>(random()) * 0x1p-31F - 1.0F;
        trusted.round_row(block_of_activations, values.data(), cols, rounded.memory_of(t));
        x.push_back(rounded.row(t));
    }
    for (const Format format : formats_on_tiles) {
        const std::vector<std::byte> weights = random_rows(format, rows, cols, random);
        const std::vector<float> expected = product_of(trusted, format, weights, rows, cols, x);
        const std::vector<float> actual = product_of(candidate, format, weights, rows, cols, x);
        if (std::memcmp(expected.data(), actual.data(), expected.size() * sizeof(float)) != 0)
            return std::string(traits_of(format).name);
    }
    return "";
}

const std::string& reason_against_amx() {
    static const std::string reason = find_reason();
    return reason;
}

const std::string& reason_against_bf16_tiles() {
    static const std::string reason = find_reason_against_bf16();
    return reason;
}

} // namespace spoutnik::kernels
