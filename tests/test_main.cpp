// SPDX-License-Identifier: MIT
// The one place that compiles Catch2's runner. Tests mean the same on every machine: a GPU that happens to be
// there is left alone unless SPOUTNIK_CUDA_MODULE names its module.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

int main(int argc, char** argv) {
    ::setenv("SPOUTNIK_CUDA_MODULE", "none", 0); // NOLINT: before there are threads
    return Catch::Session().run(argc, argv);
}
