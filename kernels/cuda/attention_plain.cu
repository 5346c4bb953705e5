// SPDX-License-Identifier: MIT
// Attention for every format and width, in f32 throughout: what serves a cache in f32, rows whose widths do
// not fit the tensor cores' tiles, and devices with too little shared memory for them. It is written to be
// plain, not fast.
//
// A block holds a few queries and goes through chunks of 32 positions: first a warp a position for the
// scores, then a warp a query for the softmax, then a thread a column for the values.
#include "kernels/cuda/attention_call.cuh"

#include <stdexcept>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int lanes = 32;
constexpr int warps = 4;
constexpr int threads = warps * lanes;
constexpr int chunk_rows = lanes;
constexpr unsigned whole_warp = 0xFFFFFFFFU;

/// Rows of one kind in the cache.
struct Rows {
    const std::byte* data; ///< of the group's slice of row 0
    std::int64_t row_bytes;
    Format format;

    /// Value `i` of the slice of row `row`.
    __device__ float at(std::int64_t row, int i) const {
        const std::byte* slice = data + row * row_bytes;
        switch (format) {
        case Format::f32:
            return reinterpret_cast<const float*>(slice)[i];
        case Format::f16:
            return f16_of_bits(reinterpret_cast<const std::uint16_t*>(slice)[i]);
        case Format::bf16:
            return bf16_of_bits(reinterpret_cast<const std::uint16_t*>(slice)[i]);
        default: { // q8_0: a scale in f16, then 32 codes
            const std::byte* block = slice + i / 32 * 34;
            const float scale = f16_of_bits(*reinterpret_cast<const std::uint16_t*>(block));
            return scale * static_cast<float>(reinterpret_cast<const std::int8_t*>(block + 2)[i % 32]);
        }
        }
    }
};

struct PlainCall {
    AttentionCall call;
    Format key_format;
    Format value_format;
};

/// Bytes of a slice's first value in its row.
__host__ __device__ std::int64_t slice_offset(Format format, std::int64_t value) {
    switch (format) {
    case Format::f32:
        return value * 4;
    case Format::q8_0:
        return value / 32 * 34;
    default:
        return value * 2;
    }
}

template <int query_count>
struct Shared {
    float* q;      ///< [query_count, key_width]
    float* mixed;  ///< [query_count, value_width] of the segment so far
    float* scores; ///< [query_count, chunk_rows], then the weights
    Blend* blend;  ///< [query_count]: what the values are multiplied by; at a segment's end, how it joins
    float* finish; ///< [query_count]: 1 / sum for the query's last segment, else 1

    __device__ explicit Shared(const AttentionCall& call) {
        float* memory = dynamic_shared<float>();
        q = memory;
        mixed = q + query_count * call.key_width;
        scores = mixed + query_count * call.value_width;
        finish = scores + query_count * chunk_rows;
        blend = reinterpret_cast<Blend*>(finish + query_count);
    }
    static std::size_t bytes(const AttentionCall& call) {
        return sizeof(float) * static_cast<std::size_t>(query_count) *
               static_cast<std::size_t>(call.key_width + call.value_width + chunk_rows + 3);
    }
};

/// The softmax of the query that this warp serves.
struct WarpSoftmax {
    SoftmaxSum segment;
    SoftmaxSum total;

    /// Turns a chunk's scores into weights; returns what everything before is multiplied by.
    __device__ float add_chunk(float* scores, int lane) {
        const float score = scores[lane];
        float largest = score;
        for (int other = lanes / 2; other > 0; other /= 2)
            largest = fmaxf(largest, __shfl_xor_sync(whole_warp, largest, other));
        largest = fmaxf(largest, segment.largest);
        const float shift = largest == minus_infinity ? 0.0F : largest; // nothing visible yet
        const float weight = exp2f(score - shift);
        float sum = weight;
        for (int other = lanes / 2; other > 0; other /= 2)
            sum += __shfl_xor_sync(whole_warp, sum, other);
        const float keep = exp2f(segment.largest - shift);
        scores[lane] = weight;
        segment.sum = segment.sum * keep + sum;
        segment.largest = largest;
        return keep;
    }
};

template <int query_count>
__global__ void plain_kernel(PlainCall plain) {
    const AttentionCall& call = plain.call;
    const Shared<query_count> shared(call);
    const int thread = static_cast<int>(threadIdx.x);
    const int warp = thread / lanes;
    const int lane = thread % lanes;
    const int group = static_cast<int>(blockIdx.y);
    const std::int64_t first_query = static_cast<std::int64_t>(blockIdx.x) * query_count;
    const auto count =
        static_cast<int>(min(static_cast<std::int64_t>(query_count), call.queries() - first_query));
    const Rows keys{call.keys +
                        slice_offset(plain.key_format, static_cast<std::int64_t>(group) * call.key_width),
                    call.key_row_bytes, plain.key_format};
    const Rows values{
        call.values +
            (call.values_are_keys
                 ? slice_offset(plain.key_format, static_cast<std::int64_t>(group) * call.key_width)
                 : slice_offset(plain.value_format, static_cast<std::int64_t>(group) * call.value_width)),
        call.value_row_bytes, plain.value_format};

    const bool in_parts = call.part_values != nullptr;
    const std::int64_t all_visible = visible_to(call, first_query + count - 1);
    const std::int64_t first_segment = in_parts ? blockIdx.z : 0;
    const std::int64_t end_segment = in_parts ? min(first_segment + 1, call.segments.count(all_visible))
                                              : call.segments.count(all_visible);
    if (first_segment >= end_segment) return;

    for (int i = thread; i < count * call.key_width; i += threads) {
        const QueryPlace at = place_of(call, group, first_query + i / call.key_width);
        shared.q[i] =
            call.q.data[at.token * call.q.token_stride + at.head * call.q.head_stride + i % call.key_width];
    }
    WarpSoftmax softmax;
    for (std::int64_t s = first_segment; s < end_segment; ++s) {
        const std::int64_t begin = call.segments.begin(s);
        const std::int64_t end = min(call.segments.begin(s + 1), all_visible);
        for (int i = thread; i < count * call.value_width; i += threads)
            shared.mixed[i] = 0.0F;
        softmax.segment = {};
        __syncthreads();
        for (std::int64_t chunk = begin; chunk < end; chunk += chunk_rows) {
            const auto rows = static_cast<int>(min(static_cast<std::int64_t>(chunk_rows), end - chunk));
            for (int p = warp; p < chunk_rows; p += warps) {
                float score[query_count] = {};
                if (p < rows)
                    for (int c = lane; c < call.key_width; c += lanes) {
                        const float key = keys.at(chunk + p, c);
                        for (int i = 0; i < query_count; ++i)
                            if (i < count) score[i] = fmaf(shared.q[i * call.key_width + c], key, score[i]);
                    }
                for (int i = 0; i < count; ++i) {
                    float sum = score[i];
                    for (int other = lanes / 2; other > 0; other /= 2)
                        sum += __shfl_xor_sync(whole_warp, sum, other);
                    const bool sees = chunk + p < visible_to(call, first_query + i);
                    if (lane == 0)
                        shared.scores[i * chunk_rows + p] = sees ? sum * call.scale : minus_infinity;
                }
            }
            __syncthreads();
            if (warp < count) {
                const float keep = softmax.add_chunk(shared.scores + warp * chunk_rows, lane);
                if (lane == 0) shared.blend[warp].keep = keep;
            }
            __syncthreads();
            for (int c = thread; c < call.value_width; c += threads) {
                float mixed[query_count];
                for (int i = 0; i < query_count; ++i)
                    mixed[i] =
                        i < count ? shared.mixed[i * call.value_width + c] * shared.blend[i].keep : 0.0F;
                for (int p = 0; p < rows; ++p) {
                    const float value = values.at(chunk + p, c);
                    // What a query does not see is not even multiplied by nothing.
                    for (int i = 0; i < query_count; ++i)
                        if (i < count && chunk + p < visible_to(call, first_query + i))
                            mixed[i] = fmaf(shared.scores[i * chunk_rows + p], value, mixed[i]);
                }
                for (int i = 0; i < count; ++i)
                    shared.mixed[i * call.value_width + c] = mixed[i];
            }
            __syncthreads();
        }

        if (in_parts) {
            for (int i = 0; i < count; ++i) {
                if (visible_to(call, first_query + i) <= begin) continue;
                const QueryPlace at = place_of(call, group, first_query + i);
                const std::int64_t part = (at.token * call.q.heads + at.head) * call.parts + s;
                if (warp == i && lane == 0)
                    call.part_sums[part] = make_float2(softmax.segment.largest, softmax.segment.sum);
                for (int c = thread; c < call.value_width; c += threads)
                    call.part_values[part * call.value_width + c] = shared.mixed[i * call.value_width + c];
            }
            continue;
        }
        if (warp < count) {
            const std::int64_t visible = visible_to(call, first_query + warp);
            if (visible > begin) {
                const Blend blend = blend_of(softmax.total.largest, softmax.segment.largest);
                softmax.total.sum = blended(blend, softmax.total.sum, softmax.segment.sum);
                softmax.total.largest = fmaxf(softmax.total.largest, softmax.segment.largest);
                if (lane == 0) {
                    shared.blend[warp] = blend;
                    shared.finish[warp] =
                        visible <= call.segments.begin(s + 1) ? 1.0F / softmax.total.sum : 1.0F;
                }
            }
        }
        __syncthreads();
        for (int i = 0; i < count; ++i) {
            if (visible_to(call, first_query + i) <= begin) continue;
            const QueryPlace at = place_of(call, group, first_query + i);
            float* out = call.out.data + at.token * call.out.token_stride + at.head * call.out.head_stride;
            for (int c = thread; c < call.value_width; c += threads) {
                const float before = s == 0 ? 0.0F : out[c];
                out[c] = blended(shared.blend[i], before, shared.mixed[i * call.value_width + c]) *
                         shared.finish[i];
            }
        }
        __syncthreads();
    }
}

template <int query_count>
void run(const PlainCall& plain, Stream stream) {
    const AttentionCall& call = plain.call;
    const dim3 grid(static_cast<unsigned>((call.queries() + query_count - 1) / query_count),
                    static_cast<unsigned>(call.groups),
                    static_cast<unsigned>(call.part_values != nullptr ? call.parts : 1));
    launch(plain_kernel<query_count>, grid, dim3(threads), Shared<query_count>::bytes(call), stream, plain);
}

} // namespace

void attend_plain(const AttentionCall& call, Format key_format, Format value_format, std::size_t shared_bytes,
                  Stream stream) {
    const PlainCall plain{call, key_format, value_format};
    if (Shared<4>::bytes(call) <= shared_bytes)
        run<4>(plain, stream);
    else if (Shared<1>::bytes(call) <= shared_bytes)
        run<1>(plain, stream);
    else
        throw std::invalid_argument("attention: heads too wide for the device's shared memory");
}

} // namespace spoutnik::kernels::cuda
