// SPDX-License-Identifier: MIT
// Whether AMX may be used: the processor must have it, the system must save its registers and grant them to
// this process, and what the tiles compute must be what AVX-512 computes. Products of bytes and of bf16 are
// two questions: a processor, or a trial, may say yes to the one alone.
#pragma once

#include "kernels/cpu/bf16_table.h"
#include "kernels/cpu/int8_rows.h"

#include <cstdint>
#include <string>

namespace spoutnik::kernels {

/// What CPUID and XGETBV say of tiles.
struct TileFacts {
    bool has_avx512 = false;       ///< all that CpuIsa::avx512 needs
    bool has_avx512_bf16 = false;  ///< what attention in bf16 needs without tiles, and beside them
    std::uint32_t leaf_7_edx = 0;  ///< CPUID 7.0
    std::uint64_t xcr0 = 0;        ///< which registers the system saves; 0 where it has not enabled XGETBV
    std::uint32_t palette_eax = 0; ///< CPUID 1D.1: bytes of all tiles, bytes of one
    std::uint32_t palette_ebx = 0; ///< bytes of a row, tiles
    std::uint32_t palette_ecx = 0; ///< rows
};

TileFacts read_tile_facts();

/// Why tiles cannot be used on such a processor under such a system, or "" when they can.
std::string reason_against_tiles(const TileFacts& facts);
/// The same for attention's products in bf16 on them.
std::string reason_against_bf16_tiles(const TileFacts& facts);

/// The name of the first format of whose products the two tables differ in a bit, on small random matrices,
/// or
/// "". `tokens` at a time; both tables must run here.
std::string first_difference(const Int8Table& candidate, const Int8Table& trusted, std::int64_t tokens);

/// The name of the first loop whose results differ between the two tables, on small random operands of odd
/// shapes among NaNs, or "": in a bit where the operands are whole numbers, of which no sum is rounded, and
/// by more than rounding explains where they are fractions. Both tables must run here.
std::string first_difference(const Bf16Table& candidate, const Bf16Table& trusted);

/// Why this process does without AMX, or "" when it may use it. Found out at the first call, in about a
/// millisecond: the system is asked for the registers, once for all threads, and the tiles are tried. A wrong
/// product is told on stderr.
const std::string& reason_against_amx();
/// The same for attention's products in bf16 on the tiles; not "" where reason_against_amx() is not.
const std::string& reason_against_bf16_tiles();

} // namespace spoutnik::kernels
