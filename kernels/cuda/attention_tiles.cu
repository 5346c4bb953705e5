// SPDX-License-Identifier: MIT
// Attention on tensor cores: which tiles a shape gets on a device. The work itself is told in
// attention_tile_block.cuh.
#include "kernels/cuda/attention_tile_block.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr int threads = tile_warps * tile_lanes;

template <Format math, int m_tiles, int chunk_rows>
__global__ void __launch_bounds__(threads, 1) tile_kernel(AttentionCall call, TileLayout at) {
    TileBlock<math, m_tiles, chunk_rows> block(call, at);
    const int count = static_cast<int>(call.segments.count(block.all_visible()));
    if (call.part_values == nullptr) {
        block.run(0, count);
        return;
    }
    // The long segments stand last and are begun first.
    const int segment = static_cast<int>(gridDim.z - 1 - blockIdx.z);
    if (segment < count) block.run(segment, segment + 1);
}

/// How a shape is served on a device with `shared_bytes`: with 64 positions a chunk where two chunks and 64
/// queries have room, else with 32. Bits depend on the chunk, so it must not depend on the number of queries.
struct TileChoice {
    bool long_chunks = false;
    bool fits = false;
};
TileChoice choose(const AttentionCall& call, std::size_t shared_bytes) {
    const auto room = static_cast<std::int64_t>(shared_bytes);
    if (layout_of<4, 64>(call, 2).bytes <= room) return {true, true};
    return {false, layout_of<1, 32>(call, 1).bytes <= room};
}

template <Format math, int m_tiles, int chunk_rows>
bool try_run(const AttentionCall& call, bool is_q8_0, std::size_t shared_bytes, Stream stream) {
    for (const int stages : {2, 1}) {
        TileLayout at = layout_of<m_tiles, chunk_rows>(call, stages);
        at.is_q8_0 = is_q8_0;
        if (at.bytes > static_cast<std::int64_t>(shared_bytes)) continue;
        const std::int64_t blocks = (call.queries() + 16 * m_tiles - 1) / (16 * m_tiles);
        const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(call.groups),
                        static_cast<unsigned>(call.part_values != nullptr ? call.parts : 1));
        launch(tile_kernel<math, m_tiles, chunk_rows>, grid, dim3(threads),
               static_cast<std::size_t>(at.bytes), stream, call, at);
        return true;
    }
    return false;
}

template <Format math, int chunk_rows>
void run_chunked(const AttentionCall& call, bool is_q8_0, std::size_t shared_bytes, Stream stream) {
    constexpr std::int64_t few = 32; // below, tiles of 64 would stand half empty
    if (call.queries() > few && try_run<math, 4, chunk_rows>(call, is_q8_0, shared_bytes, stream)) return;
    try_run<math, 1, chunk_rows>(call, is_q8_0, shared_bytes, stream);
}

template <Format math>
void run(const AttentionCall& call, bool is_q8_0, std::size_t shared_bytes, Stream stream) {
    if (choose(call, shared_bytes).long_chunks)
        run_chunked<math, 64>(call, is_q8_0, shared_bytes, stream);
    else
        run_chunked<math, 32>(call, is_q8_0, shared_bytes, stream);
}

bool is_aligned(const std::byte* rows, std::int64_t row_bytes) {
    return reinterpret_cast<std::uintptr_t>(rows) % unit_bytes == 0 && row_bytes % unit_bytes == 0; // NOLINT
}

} // namespace

bool fits_tiles(const AttentionCall& call, Format key_format, Format value_format, std::size_t shared_bytes) {
    if (key_format != value_format || call.value_width > tile_warps * most_value_tiles * 8) return false;
    if (call.key_width > 4096) return false; // no device has the memory
    switch (key_format) {
    case Format::f16:
    case Format::bf16:
        if (call.key_width % unit_values != 0 || !is_aligned(call.keys, call.key_row_bytes)) return false;
        if (!call.values_are_keys &&
            (call.value_width % unit_values != 0 || !is_aligned(call.values, call.value_row_bytes)))
            return false;
        break;
    case Format::q8_0:
        break;
    default:
        return false;
    }
    return choose(call, shared_bytes).fits;
}

void attend_tiles(const AttentionCall& call, Format format, std::size_t shared_bytes, Stream stream) {
    if (format == Format::f16)
        run<Format::f16>(call, false, shared_bytes, stream);
    else
        run<Format::bf16>(call, format == Format::q8_0, shared_bytes, stream);
}

} // namespace spoutnik::kernels::cuda
