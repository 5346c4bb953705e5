// SPDX-License-Identifier: MIT
// Times the operations of the module for GPUs, each against its own limit: the bytes it must move over the
// copy bandwidth of this GPU, or its products over the rate of the unit that does them, whichever takes
// longer. Goes through the program's loader and the Backend, as a model does. Prints tables in Markdown;
// bench/gpu.sh runs it. usage: spoutnik_gpu_kernel_bench [--tiny] [--limits FILE] Ends with 77 where there is
// no GPU.
#include "bench/gpu/device_room.h"
#include "engine/placement/gpu_module.h"
#include "kernels/cuda/module_loader.h"

#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>

namespace {

using namespace spoutnik;

int run(int argc, char** argv) {
    bool is_tiny = false;
    bench::Limits limits;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--tiny") {
            is_tiny = true;
        } else if (word == "--limits" && i + 1 < argc) {
            limits = bench::read_limits(argv[++i]);
        } else {
            fmt::print(stderr, "usage: {} [--tiny] [--limits FILE]\n", argv[0]);
            return 2;
        }
    }
    const auto path = engine::gpu_module_path();
    if (!path) {
        fmt::print("GPUs are turned off (SPOUTNIK_CUDA_MODULE).\n");
        return 77;
    }
    const auto answer = kernels::cuda::open_module(path->string());
    if (!answer.backend) {
        fmt::print("{}\n", answer.problem);
        return 77;
    }
    const bench::DeviceRoom room(*answer.backend, is_tiny);
    bench::Table table(limits, !is_tiny);
    bench::time_products(room, table);
    bench::time_experts(room, table);
    bench::time_attention(room, table);
    bench::time_rows(room, table);
    if (!is_tiny) fmt::print("\nTargets of kernels missed: {}.\n", table.missed());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
