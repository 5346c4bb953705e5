// SPDX-License-Identifier: MIT
// Operations on rows: RMS normalisation, sums, SwiGLU, RoPE. All are bound by memory; a decode pass calls
// them on one row, which stays in the second-level cache, so what counts there is that they start at once.
#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/ops_rows.h"
#include "kernels/cuda/row_grid.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr unsigned norm_threads = 512; // a block for each row

/// The sum over a block, in an order fixed by the number of threads; every thread receives it.
__device__ __forceinline__ float block_sum(float value) {
    float* sums = dynamic_shared<float>(); // [warps]
    for (int other = 16; other > 0; other /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, other);
    if (threadIdx.x % 32U == 0) sums[threadIdx.x / 32U] = value;
    __syncthreads();
    float total = 0.0F;
    for (unsigned warp = 0; warp < norm_threads / 32U; ++warp)
        total += sums[warp];
    return total;
}

__global__ void rms_norm_rows(ConstTensor x, const float* gain, float epsilon, Tensor out) {
    const float* row = x.data + blockIdx.x * x.stride;
    float* target = out.data + blockIdx.x * out.stride;
    float squares = 0.0F;
    for (std::int64_t i = threadIdx.x; i < x.cols; i += norm_threads)
        squares = fmaf(row[i], row[i], squares);
    const float mean = block_sum(squares) / static_cast<float>(x.cols);
    const float factor = 1.0F / sqrtf(mean + epsilon);
    for (std::int64_t i = threadIdx.x; i < x.cols; i += norm_threads)
        target[i] = row[i] * factor * gain[i];
}

/// A stride of 0 adds one row to all.
__global__ void add_rows(const float* x, std::int64_t stride, Tensor out) {
    const std::int64_t column = own_column();
    if (column < out.cols) out.data[blockIdx.x * out.stride + column] += x[blockIdx.x * stride + column];
}

__global__ void swiglu_rows(ConstTensor gate, ConstTensor up, Tensor out) {
    const std::int64_t column = own_column();
    if (column >= out.cols) return;
    const float g = gate.data[blockIdx.x * gate.stride + column];
    out.data[blockIdx.x * out.stride + column] =
        g / (1.0F + expf(-g)) * up.data[blockIdx.x * up.stride + column];
}

/// Columns count the pairs of all heads.
__global__ void rope_rows(Heads x, ConstTensor cos_sin, std::int64_t step, std::int64_t partner) {
    const std::int64_t pairs = x.width / 2;
    const std::int64_t column = own_column();
    if (column >= x.heads * pairs) return;
    const std::int64_t i = column % pairs;
    float* head = x.data + blockIdx.x * x.token_stride + column / pairs * x.head_stride;
    const float* angles = cos_sin.data + blockIdx.x * cos_sin.stride + 2 * i;
    const float a = head[i * step];
    const float b = head[i * step + partner];
    head[i * step] = a * angles[0] - b * angles[1];
    head[i * step + partner] = a * angles[1] + b * angles[0];
}

__global__ void count_up(std::int64_t* positions, std::int64_t first, unsigned count) {
    if (threadIdx.x < count) positions[threadIdx.x] = first + threadIdx.x;
}

struct Packet {
    unsigned char bytes[bytes_at_once];
};

__global__ void unpack(const __grid_constant__ Packet packet, unsigned count, unsigned char* to) {
    for (unsigned i = threadIdx.x; i < count; i += row_threads)
        to[i] = packet.bytes[i];
}

} // namespace

void rms_norm(const Context& context, ConstTensor x, const float* gain, float epsilon, Tensor out) {
    if (x.rows == 0 || x.cols == 0) return;
    launch(rms_norm_rows, static_cast<unsigned>(x.rows), norm_threads, norm_threads / 32 * sizeof(float),
           context.stream, x, gain, epsilon, out);
}

void add(const Context& context, ConstTensor x, Tensor out) {
    if (out.rows == 0 || out.cols == 0) return;
    launch(add_rows, row_grid(out.rows, out.cols), row_threads, 0, context.stream, x.data, x.stride, out);
}

void add_bias(const Context& context, const float* bias, Tensor out) {
    if (out.rows == 0 || out.cols == 0) return;
    launch(add_rows, row_grid(out.rows, out.cols), row_threads, 0, context.stream, bias, 0, out);
}

void swiglu(const Context& context, ConstTensor gate, ConstTensor up, Tensor out) {
    if (out.rows == 0 || out.cols == 0) return;
    launch(swiglu_rows, row_grid(out.rows, out.cols), row_threads, 0, context.stream, gate, up, out);
}

void rope(const Context& context, Heads x, ConstTensor cos_sin, RopePairs pairs) {
    if (x.tokens == 0 || x.heads == 0 || x.width == 0) return;
    const bool are_adjacent = pairs == RopePairs::adjacent;
    launch(rope_rows, row_grid(x.tokens, x.heads * (x.width / 2)), row_threads, 0, context.stream, x, cos_sin,
           are_adjacent ? 2 : 1, are_adjacent ? 1 : x.width / 2);
}

void write_positions(const Context& context, std::int64_t* positions, std::int64_t first,
                     std::int64_t count) {
    launch(count_up, 1, static_cast<unsigned>(count), 0, context.stream, positions, first,
           static_cast<unsigned>(count));
}

void store_bytes(const Context& context, std::span<const std::byte> host, std::byte* device) {
    for (std::size_t done = 0; done < host.size(); done += bytes_at_once) {
        const std::span<const std::byte> part =
            host.subspan(done, host.size() - done < bytes_at_once ? host.size() - done : bytes_at_once);
        Packet packet{};
        for (std::size_t i = 0; i < part.size(); ++i)
            packet.bytes[i] = static_cast<unsigned char>(part[i]);
        launch(unpack, 1, row_threads, 0, context.stream, packet, static_cast<unsigned>(part.size()),
               reinterpret_cast<unsigned char*>(device + done));
    }
}

} // namespace spoutnik::kernels::cuda
