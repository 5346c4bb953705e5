// SPDX-License-Identifier: MIT
// The CUDA runtime behind device_runtime.h. Sources: CUDA Runtime API 13, "Memory Management", "Stream
// Management", "Graph Management".
#include "kernels/cuda/device_runtime.h"

#include <cuda_runtime.h>

namespace spoutnik::kernels::cuda {
namespace {

/// Kernels are compiled for Turing and later.
constexpr int least_major = 7;
constexpr int least_minor = 5;

void require(cudaError_t result, const char* what) {
    if (result == cudaSuccess) return;
    (void)cudaGetLastError(); // the next call must not report this one's
    throw DeviceFailure(std::string("CUDA: ") + what + ": " + cudaGetErrorString(result));
}

int attribute(cudaDeviceAttr which, int device) {
    int value = 0;
    require(cudaDeviceGetAttribute(&value, which, device), "asking for the properties of the GPU");
    return value;
}

int count_devices() {
    int count = 0;
    const cudaError_t result = cudaGetDeviceCount(&count);
    if (result == cudaSuccess && count > 0) return count;
    (void)cudaGetLastError();
    int driver = 0;
    const bool has_driver = cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0;
    if (!has_driver) throw NoDevice(GpuAbsence::no_driver, "No NVIDIA driver is installed.");
    if (result == cudaErrorInsufficientDriver)
        throw NoDevice(GpuAbsence::old_driver,
                       "The NVIDIA driver is too old: it knows CUDA " + std::to_string(driver / 1000) + "." +
                           std::to_string(driver % 1000 / 10) + ", " + std::to_string(CUDART_VERSION / 1000) +
                           ".0 or later is needed.");
    if (result == cudaSuccess || result == cudaErrorNoDevice)
        throw NoDevice(GpuAbsence::no_gpu, "The NVIDIA driver finds no GPU.");
    throw NoDevice(GpuAbsence::failure,
                   std::string("The NVIDIA driver does not work: ") + cudaGetErrorString(result) + ".");
}

DeviceTraits traits_of(int device) {
    cudaDeviceProp properties{};
    require(cudaGetDeviceProperties(&properties, device), "asking for the properties of the GPU");
    DeviceTraits traits;
    traits.number = device;
    traits.name = properties.name;
    traits.chip = "sm_" + std::to_string(properties.major) + std::to_string(properties.minor);
    traits.multiprocessors = properties.multiProcessorCount;
    traits.shared_bytes =
        static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    return traits;
}

bool runs_kernels(int device) {
    const int major = attribute(cudaDevAttrComputeCapabilityMajor, device);
    const int minor = attribute(cudaDevAttrComputeCapabilityMinor, device);
    return major > least_major || (major == least_major && minor >= least_minor);
}

} // namespace

DeviceTraits find_device() {
    const int count = count_devices();
    int best = -1;
    std::size_t most_free = 0;
    GpuAbsence why = GpuAbsence::old_gpu;
    std::string last_problem = "The NVIDIA GPU is older than Turing (compute capability 7.5), the oldest "
                               "that is supported.";
    for (int device = 0; device < count; ++device) {
        try {
            if (!runs_kernels(device)) continue;
            use_device(device);
            const std::size_t free_bytes = device_memory().free_bytes;
            if (best >= 0 && free_bytes <= most_free) continue;
            best = device;
            most_free = free_bytes;
        } catch (const DeviceFailure& failure) { // one GPU of several may be taken or broken
            why = GpuAbsence::failure;
            last_problem = std::string("The NVIDIA GPU cannot be used: ") + failure.what() + ".";
        }
    }
    if (best < 0) throw NoDevice(why, last_problem);
    return traits_of(best);
}

void use_device(int number) {
    require(cudaSetDevice(number), "taking the GPU");
}

MemoryInfo device_memory() {
    MemoryInfo info;
    require(cudaMemGetInfo(&info.free_bytes, &info.total_bytes), "asking for free memory");
    return info;
}

std::byte* allocate_device(std::size_t bytes) {
    void* memory = nullptr;
    const cudaError_t result = cudaMalloc(&memory, bytes);
    if (result == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        return nullptr;
    }
    require(result, "allocating memory");
    return static_cast<std::byte*>(memory);
}

void free_device(std::byte* memory) noexcept {
    (void)cudaFree(memory); // a device that has failed has freed it already
}

std::byte* allocate_pinned_host(std::size_t bytes) {
    void* memory = nullptr;
    if (cudaMallocHost(&memory, bytes) == cudaSuccess) return static_cast<std::byte*>(memory);
    (void)cudaGetLastError();
    return nullptr;
}

void free_pinned_host(std::byte* memory) noexcept {
    (void)cudaFreeHost(memory);
}

Stream make_stream() {
    cudaStream_t stream = nullptr;
    require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
    return stream;
}

void free_stream(Stream stream) noexcept {
    (void)cudaStreamDestroy(stream);
}

void wait_for(Stream stream) {
    require(cudaStreamSynchronize(stream), "computing");
}

void copy_to_device(Stream stream, std::span<const std::byte> host, std::byte* device) {
    require(cudaMemcpyAsync(device, host.data(), host.size(), cudaMemcpyHostToDevice, stream),
            "copying to the GPU");
}

void copy_to_host(Stream stream, const std::byte* device, std::span<std::byte> host) {
    require(cudaMemcpyAsync(host.data(), device, host.size(), cudaMemcpyDeviceToHost, stream),
            "copying from the GPU");
}

void fill_with_zeros(Stream stream, std::byte* device, std::size_t bytes) {
    require(cudaMemsetAsync(device, 0, bytes, stream), "clearing memory");
}

void begin_recording(Stream stream) {
    // What other threads of the process do with the device must not spoil the recording.
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "recording a graph");
}

Graph end_recording(Stream stream) noexcept {
    cudaGraph_t recorded = nullptr;
    cudaGraphExec_t graph = nullptr;
    if (cudaStreamEndCapture(stream, &recorded) == cudaSuccess && recorded != nullptr &&
        cudaGraphInstantiate(&graph, recorded, 0) != cudaSuccess)
        graph = nullptr;
    if (recorded != nullptr) (void)cudaGraphDestroy(recorded);
    // What the graph takes of the device's memory it takes now, where going without is still possible, and
    // not at its first start.
    if (graph != nullptr && cudaGraphUpload(graph, stream) != cudaSuccess) {
        (void)cudaGraphExecDestroy(graph);
        graph = nullptr;
    }
    if (graph == nullptr) (void)cudaGetLastError();
    return graph;
}

void replay(Graph graph, Stream stream) {
    require(cudaGraphLaunch(graph, stream), "starting a graph");
}

void free_graph(Graph graph) noexcept {
    (void)cudaGraphExecDestroy(graph);
}

} // namespace spoutnik::kernels::cuda
