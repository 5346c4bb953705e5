// SPDX-License-Identifier: MIT
// What attention is tested on: every instruction set of this machine and, where it has AVX-512 BF16, the
// products of bf16_tiles.h over the model of the tile unit.
#pragma once

#include "kernels/cpu/bf16_table.h"
#include "support.h"

#include <string>

namespace test {

struct AttentionSet {
    std::string name;
    CpuIsa isa;
    const spoutnik::kernels::Bf16Table* bf16 = nullptr; ///< null: all in f32
    bool is_model = false;
};

std::vector<AttentionSet> attention_sets();
std::unique_ptr<Backend> backend(const AttentionSet& set, int threads = 2);

} // namespace test
