// SPDX-License-Identifier: MIT
#include "attention_sets.h"

#include "kernels/cpu/cpu_backend.h"
#include "tile_model.h"

namespace test {

std::vector<AttentionSet> attention_sets() {
    using spoutnik::kernels::bf16_table_of;
    std::vector<AttentionSet> sets;
    for (const CpuIsa isa : instruction_sets())
        sets.push_back({std::string(name_of(isa)), isa, bf16_table_of(isa)});
#ifdef SPOUTNIK_X86_VARIANTS
    if (cpu_supports(CpuIsa::avx512) && bf16_table_of(CpuIsa::avx512) != nullptr)
        sets.push_back({"avx512 with bf16 on the tile model", CpuIsa::avx512, &bf16_model_table(), true});
#endif
    return sets;
}

std::unique_ptr<Backend> backend(const AttentionSet& set, int threads) {
    return std::make_unique<spoutnik::kernels::CpuBackend>(spoutnik::kernels::CpuOptions{threads, set.isa},
                                                           set.bf16);
}

} // namespace test
