// SPDX-License-Identifier: MIT
// What this GPU gives at best, measured with nothing of the module: the limits that
// bench/gpu/kernel_bench.cpp holds the kernels against. Lines "name value" on the standard output; 77 and a
// sentence where there is no GPU.
//
// Copy: cudaMemcpyAsync of 1 GiB within the device, read and written bytes together. Matrix rates: every warp
// multiplies fragments that stay in registers, by the instruction that the kernels use (mma.sync; Hopper's
// own wgmma would give more). f32: fused multiply-adds. Events around each launch, median of eleven after
// three.
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

void require(cudaError_t result, const char* what) {
    if (result == cudaSuccess) return;
    std::printf("%s: %s\n", what, cudaGetErrorString(result));
    std::exit(1);
}

constexpr int steps = 4096;
constexpr int chains = 8; ///< products of a warp that do not wait for each other
constexpr int warps = 8;  ///< of a block

/// d += a b, [16, k] by [k, 8], k = 32 in int8 and 16 in f16.
template <bool is_int8>
__device__ void multiply(std::uint32_t (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
    if constexpr (is_int8)
        asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
                     "{%0,%1,%2,%3};\n"
                     : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    else
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
            "{%0,%1,%2,%3};\n"
            : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else // Turing: half of the depth at a time, and in int8 half of the rows
    for (int half = 0; half < 2; ++half)
        if constexpr (is_int8)
            for (int rows = 0; rows < 2; ++rows)
                asm volatile("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0,%1}, {%2}, {%3}, {%0,%1};\n"
                             : "+r"(d[2 * rows]), "+r"(d[2 * rows + 1])
                             : "r"(a[2 * half + rows]), "r"(b[half]));
        else
            asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, "
                         "{%0,%1,%2,%3};\n"
                         : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
                         : "r"(a[2 * half]), "r"(a[2 * half + 1]), "r"(b[half]));
#endif
}

template <bool is_int8>
__global__ void multiply_matrices(std::uint32_t* out) {
    std::uint32_t d[chains][4] = {};
    const std::uint32_t a[4] = {threadIdx.x, threadIdx.x + 1, threadIdx.x + 2, threadIdx.x + 3};
    const std::uint32_t b[2] = {threadIdx.x + 4, threadIdx.x + 5};
    for (int step = 0; step < steps; ++step)
#pragma unroll
        for (int chain = 0; chain < chains; ++chain)
            multiply<is_int8>(d[chain], a, b);
    std::uint32_t sum = 0;
    for (const auto& chain : d)
        for (const std::uint32_t value : chain)
            sum ^= value;
    if (sum == 0x12345678U) out[threadIdx.x] = sum; // keeps the compiler from leaving it all out
}

__global__ void multiply_floats(std::uint32_t* out, float factor) {
    float d[chains]; // each its own, or the compiler makes one of them all
    for (int chain = 0; chain < chains; ++chain)
        d[chain] = static_cast<float>(threadIdx.x) + static_cast<float>(chain);
    for (int step = 0; step < steps; ++step)
#pragma unroll
        for (int chain = 0; chain < chains; ++chain)
            d[chain] = fmaf(d[chain], factor, 1.0F);
    float sum = 0;
    for (const float value : d)
        sum += value;
    if (sum == 0.5F) out[threadIdx.x] = 1;
}

template <class Launch>
double median_seconds(const Launch& launch) {
    cudaEvent_t begin = nullptr;
    cudaEvent_t end = nullptr;
    require(cudaEventCreate(&begin), "making an event");
    require(cudaEventCreate(&end), "making an event");
    std::vector<float> milliseconds;
    for (int i = 0; i < 14; ++i) {
        require(cudaEventRecord(begin), "recording an event");
        launch();
        require(cudaEventRecord(end), "recording an event");
        require(cudaEventSynchronize(end), "computing");
        float elapsed = 0;
        require(cudaEventElapsedTime(&elapsed, begin, end), "reading a clock");
        if (i >= 3) milliseconds.push_back(elapsed);
    }
    require(cudaEventDestroy(begin), "freeing an event");
    require(cudaEventDestroy(end), "freeing an event");
    std::nth_element(milliseconds.begin(), milliseconds.begin() + 5, milliseconds.end());
    return milliseconds[5] / 1e3;
}

} // namespace

int main() {
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) {
        std::puts("No GPU was found.");
        return 77;
    }
    int device = 0; // the one the module takes: the most free memory
    std::size_t most_free = 0;
    for (int i = 0; i < count; ++i) {
        std::size_t free_bytes = 0;
        std::size_t total_bytes = 0;
        require(cudaSetDevice(i), "taking the GPU");
        require(cudaMemGetInfo(&free_bytes, &total_bytes), "asking for free memory");
        if (i > 0 && free_bytes <= most_free) continue;
        device = i;
        most_free = free_bytes;
    }
    require(cudaSetDevice(device), "taking the GPU");
    cudaDeviceProp properties{};
    require(cudaGetDeviceProperties(&properties, device), "asking for the properties of the GPU");

    constexpr std::size_t bytes = std::size_t{1} << 30U;
    std::byte* from = nullptr;
    std::byte* to = nullptr;
    require(cudaMalloc(&from, bytes), "allocating memory");
    require(cudaMalloc(&to, bytes), "allocating memory");
    require(cudaMemset(from, 1, bytes), "filling memory");
    const double copy = median_seconds(
        [&] { require(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copying"); });

    auto* out = reinterpret_cast<std::uint32_t*>(to);
    const auto blocks = static_cast<unsigned>(properties.multiProcessorCount * 8);
    constexpr unsigned threads = warps * 32U;
    const double fragments = static_cast<double>(blocks) * warps * steps * chains;
    const double int8 = median_seconds([&] { multiply_matrices<true><<<blocks, threads>>>(out); });
    const double half = median_seconds([&] { multiply_matrices<false><<<blocks, threads>>>(out); });
    const double floats = median_seconds([&] { multiply_floats<<<blocks, threads>>>(out, 0.5F); });
    require(cudaGetLastError(), "computing");
    require(cudaFree(from), "freeing memory");
    require(cudaFree(to), "freeing memory");

    std::printf("device %d\nchip sm_%d%d\nmultiprocessors %d\nl2_mb %.0f\n", device, properties.major,
                properties.minor, properties.multiProcessorCount, properties.l2CacheSize / 1e6);
    std::printf("copy_gbs %.1f\n", 2.0 * static_cast<double>(bytes) / copy / 1e9);
    std::printf("int8_tops %.1f\n", 2.0 * 16 * 8 * 32 * fragments / int8 / 1e12);
    std::printf("half_tflops %.1f\n", 2.0 * 16 * 8 * 16 * fragments / half / 1e12);
    std::printf("f32_tflops %.1f\n", 2.0 * 32 * fragments / floats / 1e12);
    return 0;
}
