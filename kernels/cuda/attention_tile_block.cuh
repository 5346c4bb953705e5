// SPDX-License-Identifier: MIT
// Attention on tensor cores, for decode and prefill alike. The queries that share rows of the cache (all
// heads of a latent cache, the heads of a group otherwise, of one token or of many) are the rows of a matrix;
// a block takes 16 or 64 of them through chunks of positions:
//
//   chunk i + 1 arrives in shared memory (cp.async) while chunk i is multiplied, into whose place goes i + 2
//   scores  = queries keys^T    warps side by side along the positions
//   softmax                     largest scores meet in shared memory; weights go there in 16 bits
//   mixed  += weights values    each warp has its columns of all queries in registers; a column of ones
//                               beside the values gives the sums of the weights, a warp those of its tile
//
// Where values are keys (latents) a chunk is read from memory once for both products. README.md has the
// bytes and the limits.
#pragma once

#include "kernels/cuda/attention_tiles.cuh"

namespace spoutnik::kernels::cuda {

inline constexpr int tile_lanes = 32;
inline constexpr unsigned tile_warp_mask = 0xFFFFFFFFU;

/// `math`: f16 or bf16, what is multiplied; a cache in q8_0 becomes bf16.
template <Format math, int m_tiles, int chunk_rows>
class TileBlock {
  public:
    __device__ TileBlock(const AttentionCall& call, const TileLayout& at)
        : call_(call), at_(at), memory_(dynamic_shared<unsigned char>()),
          floats_(*reinterpret_cast<Floats*>(memory_ + at.floats)),
          warp_(static_cast<int>(threadIdx.x) / tile_lanes),
          lane_(static_cast<int>(threadIdx.x) % tile_lanes), group_(static_cast<int>(blockIdx.y)),
          first_query_(static_cast<std::int64_t>(gridDim.x - 1 - blockIdx.x) * Cut::queries),
          count_(
              static_cast<int>(min(static_cast<std::int64_t>(Cut::queries), call.queries() - first_query_))) {
        for (int m = 0; m < Cut::m_a_warp; ++m)
            for (int half = 0; half < 2; ++half)
                visible_[m][half] = static_cast<int>(visible(score_row(m, half)));
    }

    /// The positions that the block's last query sees.
    __device__ std::int64_t all_visible() const { return visible(count_ - 1); }

    /// Positions fit an int: registers are what tiles of 64 queries are short of.
    __device__ void run(int first_segment, int end_segment) {
        const int end = static_cast<int>(min(call_.segments.begin(end_segment), all_visible()));
        int segment = first_segment;
        int chunk = begin_of(segment);
        for (int stage = 0; stage < at_.stages; ++stage) // on their way while the queries are made ready
            load_chunk(chunk + stage * chunk_rows, end, stage);
        load_queries();
        int segment_end = begin_of(segment + 1);
        int stage = 0;
        begin_segment();
        for (; chunk < end; chunk += chunk_rows) {
            if (at_.stages == 2)
                copy_async_wait<1>();
            else
                copy_async_wait<0>();
            __syncthreads(); // the chunk is there for all
            score(chunk, stage);
            mix(stage);
            // Its place is filled again at once, and not when the next chunk has come: memory is never idle.
            const int next = chunk + at_.stages * chunk_rows;
            if (next < end) __syncthreads();
            load_chunk(next, end, stage);
            if (at_.stages == 2) stage = 1 - stage;
            if (chunk + chunk_rows < segment_end && chunk + chunk_rows < end) continue;
            end_segment_of(segment);
            segment_end = begin_of(++segment + 1);
            begin_segment();
        }
    }

  private:
    using Cut = TileCut<m_tiles, chunk_rows>;
    using Floats = TileFloats<m_tiles, chunk_rows>;
    using Math = Narrow<math>;
    static constexpr int value_tiles = most_value_tiles;

    // Places ---------------------------------------------------------------------------------------------

    /// Rows of this thread in the scores: a fragment holds two rows of each tile.
    __device__ int score_row(int m, int half) const {
        return ((warp_ / Cut::n_warps) * Cut::m_a_warp + m) * 16 + half * 8 + lane_ / 4;
    }
    /// The same in the mixed values, where each warp has all rows.
    __device__ int mixed_row(int m, int half) const { return m * 16 + half * 8 + lane_ / 4; }
    __device__ int begin_of(int segment) const { return static_cast<int>(call_.segments.begin(segment)); }
    __device__ bool scores_here() const { return warp_ < Cut::m_warps * Cut::n_warps; }
    __device__ int first_tile() const { return warp_ * at_.tiles_a_warp; }
    __device__ int all_tiles() const { return (call_.value_width + 7) / 8; }
    /// Rows of the cache that query `row` of the block sees; none where there is no such query.
    __device__ std::int64_t visible(int row) const {
        return row < count_ ? visible_to(call_, first_query_ + row) : 0;
    }

    // Loading --------------------------------------------------------------------------------------------

    /// A warp a row. In f16 a query is scaled by the power of two that brings its largest value to 1 ... 2.
    __device__ void load_queries() {
        const int units = padded_key_units();
        for (int row = warp_; row < Cut::queries; row += tile_warps) {
            const float* q = nullptr;
            if (row < count_) {
                const QueryPlace at = place_of(call_, group_, first_query_ + row);
                q = call_.q.data + at.token * call_.q.token_stride + at.head * call_.q.head_stride;
            }
            float down = 1.0F;
            float up = 1.0F;
            if (Math::has_small_range && q != nullptr) {
                float largest = 0.0F;
                for (int c = lane_; c < call_.key_width; c += tile_lanes)
                    largest = fmaxf(largest, fabsf(q[c]));
                for (int other = tile_lanes / 2; other > 0; other /= 2)
                    largest = fmaxf(largest, __shfl_xor_sync(tile_warp_mask, largest, other));
                const unsigned exponent = min(max(__float_as_uint(largest) >> 23U, 27U), 227U);
                down = __uint_as_float((254U - exponent) << 23U);
                up = __uint_as_float(exponent << 23U);
            }
            if (lane_ == 0) floats_.factor[row] = call_.scale * up;
            for (int unit = lane_; unit < units; unit += tile_lanes) {
                float value[unit_values] = {};
                for (int i = 0; i < unit_values; ++i)
                    if (const int c = unit * unit_values + i; q != nullptr && c < call_.key_width)
                        value[i] = q[c] * down;
                *reinterpret_cast<uint4*>(unit_at(memory_, at_.key_pitch, row, unit)) =
                    make_uint4(Math::pack(value[0], value[1]), Math::pack(value[2], value[3]),
                               Math::pack(value[4], value[5]), Math::pack(value[6], value[7]));
            }
        }
    }

    /// Positions chunk ... of which those from `end` on are zeros, and not read. In any case a group of
    /// copies, since run() counts them.
    __device__ void load_chunk(int chunk, int end, int stage) {
        if (chunk < end) {
            load_rows(call_.keys, call_.key_row_bytes, call_.key_width, padded_key_units(), keys_of(stage),
                      at_.key_pitch, chunk, end);
            if (!call_.values_are_keys)
                load_rows(call_.values, call_.value_row_bytes, call_.value_width,
                          (call_.value_width + 15) / 16 * 2, values_of(stage), at_.value_pitch, chunk, end);
        }
        copy_async_commit();
    }
    __device__ void load_rows(const std::byte* rows, std::int64_t row_bytes, int width, int padded_units_,
                              unsigned char* to, int pitch, int chunk, int end) const {
        const int units = width / unit_values;
        const std::int64_t first_value = static_cast<std::int64_t>(group_) * width;
        const std::int64_t slice = at_.is_q8_0 ? first_value / 32 * 34 : first_value * 2;
        for (int row = warp_; row < chunk_rows; row += tile_warps) {
            const bool present = chunk + row < end;
            const std::byte* source = rows + (present ? (chunk + row) * row_bytes + slice : 0);
            for (int unit = lane_; unit < padded_units_; unit += tile_lanes)
                if (at_.is_q8_0)
                    decode_unit(unit_at(to, pitch, row, unit), source, unit, present && unit < units);
                else
                    copy_unit(unit_at(to, pitch, row, unit), source, unit, present && unit < units);
        }
    }

    __device__ int padded_key_units() const {
        return (call_.key_width + values_a_step - 1) / values_a_step * (values_a_step / unit_values);
    }
    __device__ unsigned char* keys_of(int stage) const {
        return memory_ + at_.keys + stage * chunk_rows * at_.key_pitch;
    }
    __device__ unsigned char* values_of(int stage) const {
        return memory_ + at_.values + stage * chunk_rows * at_.value_pitch;
    }

    // Arithmetic -----------------------------------------------------------------------------------------

    __device__ void begin_segment() {
        for (auto& tile : mixed_)
            for (auto& fragment : tile)
                for (float& value : fragment)
                    value = 0.0F;
        for (float& value : sums_)
            value = 0.0F;
        for (auto& pair : largest_)
            for (float& value : pair)
                value = minus_infinity;
    }

    /// Scores of the chunk, then the weights 2^(score - largest so far) in shared memory.
    __device__ void score(int chunk, int stage) {
        float scores[Cut::m_a_warp][Cut::n_a_warp][4];
        if (scores_here()) {
            multiply_keys(keys_of(stage), scores);
            find_largest(chunk, scores);
        }
        __syncthreads();
        if (scores_here()) weigh(scores);
        __syncthreads();
    }

    /// Two sums a score, of every other sixteen values, so that products need not wait for each other.
    __device__ void multiply_keys(unsigned char* keys, float (&scores)[Cut::m_a_warp][Cut::n_a_warp][4]) {
        const int first_m = warp_ / Cut::n_warps * Cut::m_a_warp;
        const int first_n = warp_ % Cut::n_warps * Cut::n_a_warp;
        float odd[Cut::m_a_warp][Cut::n_a_warp][4];
#pragma unroll
        for (int m = 0; m < Cut::m_a_warp; ++m)
#pragma unroll
            for (int n = 0; n < Cut::n_a_warp; ++n)
#pragma unroll
                for (int j = 0; j < 4; ++j)
                    scores[m][n][j] = odd[m][n][j] = 0.0F;
        const int steps = padded_key_units() / 4;
#pragma unroll m_tiles < 4 ? 2 : 1 // of four tiles, registers are full
        for (int step = 0; step < steps; ++step) {
            std::uint32_t q[2][Cut::m_a_warp][4];
#pragma unroll
            for (int half = 0; half < 2; ++half)
#pragma unroll
                for (int m = 0; m < Cut::m_a_warp; ++m)
                    load_matrices_x4(q[half][m],
                                     unit_at(memory_, at_.key_pitch, (first_m + m) * 16 + lane_ % 16,
                                             step * 4 + half * 2 + lane_ / 16));
#pragma unroll
            for (int n = 0; n < Cut::n_a_warp; ++n) {
                std::uint32_t k[4];
                load_matrices_x4(
                    k, unit_at(keys, at_.key_pitch, (first_n + n) * 8 + lane_ % 8, step * 4 + lane_ / 8));
#pragma unroll
                for (int m = 0; m < Cut::m_a_warp; ++m) {
                    Math::mma(scores[m][n], q[0][m], k[0], k[1]);
                    Math::mma(odd[m][n], q[1][m], k[2], k[3]);
                }
            }
        }
#pragma unroll
        for (int m = 0; m < Cut::m_a_warp; ++m)
#pragma unroll
            for (int n = 0; n < Cut::n_a_warp; ++n)
#pragma unroll
                for (int j = 0; j < 4; ++j)
                    scores[m][n][j] += odd[m][n][j];
    }

    /// Scales and masks the scores, and leaves the largest of each query's in this warp's columns.
    __device__ void find_largest(int chunk, float (&scores)[Cut::m_a_warp][Cut::n_a_warp][4]) {
        const int warp_n = warp_ % Cut::n_warps;
#pragma unroll
        for (int m = 0; m < Cut::m_a_warp; ++m)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int row = score_row(m, half);
                const float factor = floats_.factor[row];
                const int seen = visible_[m][half] - chunk;
                float largest = minus_infinity;
#pragma unroll
                for (int n = 0; n < Cut::n_a_warp; ++n)
#pragma unroll
                    for (int j = 0; j < 2; ++j) {
                        float& score = scores[m][n][2 * half + j];
                        const int column = (warp_n * Cut::n_a_warp + n) * 8 + lane_ % 4 * 2 + j;
                        score = column < seen ? score * factor : minus_infinity;
                        largest = fmaxf(largest, score);
                    }
                largest = fmaxf(largest, __shfl_xor_sync(tile_warp_mask, largest, 1));
                largest = fmaxf(largest, __shfl_xor_sync(tile_warp_mask, largest, 2));
                if (lane_ % 4 == 0) floats_.largest_here[row * Cut::n_warps + warp_n] = largest;
            }
    }

    __device__ void weigh(const float (&scores)[Cut::m_a_warp][Cut::n_a_warp][4]) {
        const int warp_n = warp_ % Cut::n_warps;
#pragma unroll
        for (int m = 0; m < Cut::m_a_warp; ++m)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int row = score_row(m, half);
                float largest = largest_[m][half];
                for (int w = 0; w < Cut::n_warps; ++w)
                    largest = fmaxf(largest, floats_.largest_here[row * Cut::n_warps + w]);
                const float shift = largest == minus_infinity ? 0.0F : largest; // nothing visible yet
                if (warp_n == 0 && lane_ % 4 == 0) floats_.keep[row] = exp2f(largest_[m][half] - shift);
                largest_[m][half] = largest;
#pragma unroll
                for (int n = 0; n < Cut::n_a_warp; ++n) {
                    const float* score = scores[m][n] + 2 * half;
                    unsigned char* unit =
                        unit_at(memory_ + at_.weights, eight_units, row, warp_n * Cut::n_a_warp + n);
                    *reinterpret_cast<std::uint32_t*>(unit + lane_ % 4 * 4) =
                        Math::pack(exp2f(score[0] - shift), exp2f(score[1] - shift));
                }
            }
    }

    __device__ void mix(int stage) {
        rescale();
        unsigned char* values = values_of(stage);
        unsigned char* weights = memory_ + at_.weights;
#pragma unroll
        for (int step = 0; step < chunk_rows / 16; ++step) {
            std::uint32_t w[m_tiles][4];
#pragma unroll
            for (int m = 0; m < m_tiles; ++m)
                load_matrices_x4(w[m],
                                 unit_at(weights, eight_units, m * 16 + lane_ % 16, step * 2 + lane_ / 16));
            if (warp_ < m_tiles) { // read again: to choose among registers would cost more
                std::uint32_t own[4];
                load_matrices_x4(
                    own, unit_at(weights, eight_units, warp_ * 16 + lane_ % 16, step * 2 + lane_ / 16));
                Math::mma(sums_, own, Math::two_ones, Math::two_ones);
            }
#pragma unroll
            for (int tile = 0; tile < value_tiles; tile += 2) {
                if (tile >= at_.tiles_a_warp || first_tile() + tile >= all_tiles()) break;
                std::uint32_t v[4];
                load_matrices_x4_transposed(v, unit_at(values, at_.value_pitch, step * 16 + lane_ % 16,
                                                       first_tile() + tile + lane_ / 16));
#pragma unroll
                for (int m = 0; m < m_tiles; ++m) {
                    Math::mma(mixed_[m][tile], w[m], v[0], v[1]);
                    Math::mma(mixed_[m][tile + 1], w[m], v[2], v[3]);
                }
            }
        }
    }

    /// Multiplies what is there by what the new largest scores ask for; mostly by 1, which is left out.
    __device__ void rescale() {
        float keep[m_tiles][2];
        bool changes = false;
#pragma unroll
        for (int m = 0; m < m_tiles; ++m)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                keep[m][half] = floats_.keep[mixed_row(m, half)];
                changes = changes || keep[m][half] != 1.0F;
            }
        if (__any_sync(tile_warp_mask, changes ? 1 : 0) == 0) return;
#pragma unroll
        for (int m = 0; m < m_tiles; ++m)
#pragma unroll
            for (int j = 0; j < 4; ++j)
#pragma unroll
                for (int tile = 0; tile < value_tiles; ++tile)
                    mixed_[m][tile][j] *= keep[m][j / 2];
        if (warp_ < m_tiles)
#pragma unroll
            for (int j = 0; j < 4; ++j)
                sums_[j] *= floats_.keep[mixed_row(warp_, j / 2)];
    }

    // A segment's end ------------------------------------------------------------------------------------

    __device__ void end_segment_of(int segment) {
        if (scores_here() && warp_ % Cut::n_warps == 0 && lane_ % 4 == 0)
            for (int m = 0; m < Cut::m_a_warp; ++m)
                for (int half = 0; half < 2; ++half)
                    floats_.largest[score_row(m, half)] = largest_[m][half];
        if (warp_ < m_tiles && lane_ % 4 == 0)
            for (int half = 0; half < 2; ++half)
                floats_.sum[mixed_row(warp_, half)] = sums_[2 * half];
        // The scores' largest are no longer looked at: see score().
        if (const int row = static_cast<int>(threadIdx.x); row < Cut::queries)
            floats_.target[row] = target_of(row, segment);
        __syncthreads();
        if (call_.part_values != nullptr)
            leave_part();
        else
            join_total(segment);
    }

    /// Index of the first value among the parts or in `out`; -1 where the query sees nothing of the segment.
    __device__ std::int64_t target_of(int row, int segment) const {
        if (visible(row) <= call_.segments.begin(segment)) return -1;
        const QueryPlace at = place_of(call_, group_, first_query_ + row);
        return call_.part_values != nullptr
                   ? ((at.token * call_.q.heads + at.head) * call_.parts + segment) * call_.value_width
                   : at.token * call_.out.token_stride + at.head * call_.out.head_stride;
    }

    __device__ void leave_part() {
        if (const int row = static_cast<int>(threadIdx.x); row < Cut::queries && floats_.target[row] >= 0)
            call_.part_sums[floats_.target[row] / call_.value_width] =
                make_float2(floats_.largest[row], floats_.sum[row]);
#pragma unroll
        for (int m = 0; m < m_tiles; ++m)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const std::int64_t target = floats_.target[mixed_row(m, half)];
                if (target < 0) continue;
                float* values = call_.part_values + target;
                for_own_columns(
                    [&](int tile, int j, int column) { values[column] = mixed_[m][tile][2 * half + j]; });
            }
    }

    /// The running result of this block's queries stands in `out`, mostly in the second-level cache.
    __device__ void join_total(int segment) {
        if (const int row = static_cast<int>(threadIdx.x); row < Cut::queries && floats_.target[row] >= 0) {
            const Blend blend = blend_of(total_.largest, floats_.largest[row]);
            total_.sum = blended(blend, total_.sum, floats_.sum[row]);
            total_.largest = fmaxf(total_.largest, floats_.largest[row]);
            floats_.blend[row] = blend;
            const bool is_last = visible(row) <= call_.segments.begin(segment + 1);
            floats_.finish[row] = is_last ? 1.0F / total_.sum : 1.0F;
        }
        __syncthreads();
#pragma unroll
        for (int m = 0; m < m_tiles; ++m)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int row = mixed_row(m, half);
                const std::int64_t target = floats_.target[row];
                if (target < 0) continue;
                float* out = call_.out.data + target;
                const Blend blend = floats_.blend[row];
                const float finish = floats_.finish[row];
                for_own_columns([&](int tile, int j, int column) {
                    const float before = segment == 0 ? 0.0F : out[column];
                    out[column] = blended(blend, before, mixed_[m][tile][2 * half + j]) * finish;
                });
            }
    }

    /// The columns of values that this thread holds of a row.
    template <class Use>
    __device__ __forceinline__ void for_own_columns(Use use) const {
#pragma unroll
        for (int tile = 0; tile < value_tiles; ++tile)
#pragma unroll
            for (int j = 0; j < 2; ++j) {
                const int column = (first_tile() + tile) * 8 + lane_ % 4 * 2 + j;
                if (tile < at_.tiles_a_warp && column < call_.value_width) use(tile, j, column);
            }
    }

    const AttentionCall& call_;
    const TileLayout& at_;
    unsigned char* memory_;
    Floats& floats_;
    int warp_;
    int lane_;
    int group_;
    std::int64_t first_query_;
    int count_;
    int visible_[Cut::m_a_warp][2];   ///< rows of this thread's scores
    float largest_[Cut::m_a_warp][2]; ///< so far in the segment
    float mixed_[m_tiles][value_tiles][4];
    float sums_[4];    ///< of the weights of tile number warp_, where there is one
    SoftmaxSum total_; ///< of query number threadIdx.x, over the segments
};

} // namespace spoutnik::kernels::cuda
