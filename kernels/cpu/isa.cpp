// SPDX-License-Identifier: MIT
#include "kernels/cpu/amx_support.h"
#include "kernels/cpu/bf16_table.h"
#include "kernels/cpu/int8_rows.h"
#include "kernels/cpu/table.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace spoutnik::kernels {

std::string_view name_of(CpuIsa isa) {
    switch (isa) {
    case CpuIsa::reference:
        return "reference";
    case CpuIsa::avx2:
        return "avx2";
    case CpuIsa::avx512:
        return "avx512";
    case CpuIsa::amx:
        return "amx";
    }
    throw std::invalid_argument("unknown instruction set");
}

bool cpu_supports(CpuIsa isa) {
    if (isa == CpuIsa::reference) return true;
    if (isa == CpuIsa::amx) return reason_against_amx().empty();
#ifdef SPOUTNIK_X86_VARIANTS
    // These built-ins also ask whether the operating system saves the wide registers (XGETBV).
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#ifndef __clang__ // clang 14 does not know the name; every processor with AVX2 has F16C
    avx2 = avx2 && __builtin_cpu_supports("f16c");
#endif
    if (isa == CpuIsa::avx2) return avx2;
    if (isa == CpuIsa::avx512)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vnni");
#endif
    return false;
}

const CpuTable& table_of(CpuIsa isa) {
    if (!cpu_supports(isa))
        throw std::invalid_argument("this processor cannot run " + std::string(name_of(isa)));
#ifdef SPOUTNIK_X86_VARIANTS
    if (isa == CpuIsa::avx512 || isa == CpuIsa::amx) return avx512_table();
    if (isa == CpuIsa::avx2) return avx2_table();
#endif
    return reference_table();
}

#ifdef SPOUTNIK_X86_VARIANTS
namespace {
/// Cascade Lake has VNNI without these; every later processor with AVX-512 has both.
bool has_byte_permutes() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni");
}
} // namespace
#endif

const Int8Table& int8_table_of(CpuIsa isa) {
#ifdef SPOUTNIK_X86_VARIANTS
    if (isa == CpuIsa::amx) return int8_amx_table();
    if (isa == CpuIsa::avx512) return has_byte_permutes() ? int8_avx512_vbmi_table() : int8_avx512_table();
    if (isa == CpuIsa::avx2) return int8_avx2_table();
#endif
    (void)isa;
    return int8_reference_table();
}

const Bf16Table* bf16_table_of(CpuIsa isa) {
#ifdef SPOUTNIK_X86_VARIANTS
    if (isa == CpuIsa::amx && reason_against_bf16_tiles().empty()) return &bf16_amx_table();
    __builtin_cpu_init();
    if ((isa == CpuIsa::avx512 || isa == CpuIsa::amx) && __builtin_cpu_supports("avx512bf16"))
        return &bf16_avx512_table();
#endif
    (void)isa;
    return nullptr;
}

CpuIsa choose_cpu_isa() {
    const char* forced = std::getenv("SPOUTNIK_ISA"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (forced != nullptr && *forced != '\0') {
        const std::string name = forced;
        for (const CpuIsa isa : {CpuIsa::reference, CpuIsa::avx2, CpuIsa::avx512, CpuIsa::amx}) {
            if (name != name_of(isa)) continue;
            if (cpu_supports(isa)) return isa;
            throw std::invalid_argument(
                "SPOUTNIK_ISA=" + name + ": " +
                (isa == CpuIsa::amx ? reason_against_amx() : "this processor cannot run it"));
        }
        throw std::invalid_argument("SPOUTNIK_ISA=" + name +
                                    ": not an instruction set; use reference, avx2, avx512 or amx");
    }
    if (cpu_supports(CpuIsa::amx)) return CpuIsa::amx;
    if (cpu_supports(CpuIsa::avx512)) return CpuIsa::avx512;
    if (cpu_supports(CpuIsa::avx2)) return CpuIsa::avx2;
    return CpuIsa::reference;
}

} // namespace spoutnik::kernels
