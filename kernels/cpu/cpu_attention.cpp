// SPDX-License-Identifier: MIT
// Rotation, the cache, and attention.
//
// Both attentions are one loop, in one of two arithmetics: f32, or products of bf16 pairs where the processor
// has them and the cache holds values of at most 16 bits anyway. The rows a query sees are taken in chunks of
// chunk_rows: a chunk is converted to f32 once, all query heads that share it are multiplied with it
// together, and an online softmax carries maximum, sum and mixed values on. Chunks belong to segments of
// segment_rows; each segment starts anew and segments are merged in order. Both borders are absolute
// positions, so a result depends on the query's position only, and a lone token with a long past can have its
// segments computed by several threads.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/q8_0_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace spoutnik::kernels {
namespace {

constexpr std::int64_t chunk_rows = 64;
constexpr std::int64_t segment_rows = 512;
constexpr std::int64_t queries_per_task = 16;
constexpr std::int64_t narrow_queries_per_task = 64; ///< in bf16: preparing a chunk weighs more

} // namespace

/// What latent and grouped attention have in common. A row of the cache holds `groups` slices; the queries of
/// group g see the slice of keys at g * key_width and of values at g * value_width.
struct AttentionCall {
    Heads q;
    Heads out;
    CacheRows keys;
    CacheRows values;
    bool values_are_keys = false; ///< the values are the first ones of the key's slice
    std::int64_t groups = 1;
    std::int64_t key_width = 0;
    std::int64_t value_width = 0;
    std::int64_t first_position = 0;
    float scale = 1.0F;

    // How the work is cut into tasks; no result depends on it.
    std::int64_t heads_per_task = 1;
    std::int64_t head_parts = 1; ///< a group
    std::int64_t tokens_per_task = 1;
    std::int64_t segment_parts = 1;  ///< > 1: tasks leave partial results here, one a segment
    float* partial_values = nullptr; ///< [tokens, heads, segments, value_width]
    Softmax* partial_sums = nullptr; ///< [tokens, heads, segments]
};

/// Values of 16 or 8 bits lose little to bf16; a cache in f32 is kept for those who want every bit.
static bool fits_bf16(const AttentionCall& call) {
    return call.keys.format != Format::f32 && call.values.format != Format::f32;
}

void CpuBackend::rope(Heads x, ConstTensor cos_sin, RopePairs pairs) {
    checks::rope(x, cos_sin);
    const std::int64_t count = x.width / 2;
    const std::int64_t step = pairs == RopePairs::adjacent ? 2 : 1;
    const std::int64_t partner = pairs == RopePairs::adjacent ? 1 : count;
    for_row_ranges(x.tokens, x.heads * x.width, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t) {
            const float* angles = cos_sin.data + t * cos_sin.stride;
            for (std::int64_t h = 0; h < x.heads; ++h) {
                float* head = x.data + t * x.token_stride + h * x.head_stride;
                for (std::int64_t i = 0; i < count; ++i) {
                    float& left = head[i * step];
                    float& right = head[i * step + partner];
                    const float a = left;
                    const float b = right;
                    left = a * angles[2 * i] - b * angles[2 * i + 1];
                    right = a * angles[2 * i + 1] + b * angles[2 * i];
                }
            }
        }
    });
}

void CpuBackend::store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                            std::int64_t first_value) {
    checks::store_rows(rows, cache, first_row, first_value);
    for_row_ranges(rows.rows, rows.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t) {
            const float* source = rows.data + t * rows.stride;
            std::byte* target = value_at(cache, first_row + t, first_value);
            if (cache.format == Format::f32)
                upload(std::as_bytes(std::span(source, static_cast<std::size_t>(rows.cols))), target);
            else if (cache.format == Format::f16)
                table_.store_f16(source, rows.cols, target);
            else if (cache.format == Format::q8_0)
                store_q8_0(source, rows.cols, target);
            else
                table_.store_bf16(source, rows.cols, target);
        }
    });
}

void CpuBackend::latent_attention(Heads q, CacheRows cache, std::int64_t first_position, std::int64_t latent,
                                  float scale, Heads out) {
    checks::latent_attention(q, cache, first_position, latent, out);
    AttentionCall call;
    call.q = q;
    call.out = out;
    call.keys = cache;
    call.values = cache;
    call.values_are_keys = true;
    call.key_width = cache.width;
    call.value_width = latent;
    call.first_position = first_position;
    call.scale = scale;
    attend(call);
}

void CpuBackend::head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                std::int64_t first_position, float scale, Heads out) {
    checks::head_attention(q, keys, values, kv_heads, first_position, out);
    AttentionCall call;
    call.q = q;
    call.out = out;
    call.keys = keys;
    call.values = values;
    call.groups = kv_heads;
    call.key_width = q.width;
    call.value_width = out.width;
    call.first_position = first_position;
    call.scale = scale;
    attend(call);
}

void CpuBackend::attend(const AttentionCall& shape) {
    AttentionCall call = shape;
    if (call.q.tokens == 0 || call.q.heads == 0) return;

    const std::int64_t heads_a_group = call.q.heads / call.groups;
    const std::int64_t segments = (call.first_position + call.q.tokens + segment_rows - 1) / segment_rows;
    const std::int64_t threads = pool_.threads();
    // One or two tokens far along: let several threads work on one head's past.
    const bool split_segments = call.q.tokens <= 2 && segments > 1 && threads > 1;
    call.segment_parts = split_segments ? segments : 1;
    const std::int64_t queries =
        bf16_ != nullptr && fits_bf16(call) ? narrow_queries_per_task : queries_per_task;
    call.heads_per_task = std::min(heads_a_group, queries);
    call.tokens_per_task = split_segments ? 1 : std::max<std::int64_t>(1, queries / call.heads_per_task);
    const auto tasks = [&] {
        call.head_parts = (heads_a_group + call.heads_per_task - 1) / call.heads_per_task;
        const std::int64_t token_parts = (call.q.tokens + call.tokens_per_task - 1) / call.tokens_per_task;
        return call.groups * call.head_parts * token_parts * call.segment_parts;
    };
    while (tasks() < threads && call.tokens_per_task > 1)
        call.tokens_per_task = (call.tokens_per_task + 1) / 2;
    while (tasks() < threads && call.heads_per_task > 1)
        call.heads_per_task = (call.heads_per_task + 1) / 2;

    std::vector<Softmax> sums;
    if (split_segments) {
        const std::int64_t results = call.q.tokens * call.q.heads * segments;
        call.partial_values = gathered_.floats(results * call.value_width);
        sums.resize(static_cast<std::size_t>(results));
        call.partial_sums = sums.data();
    }
    pool_.run_in_order(tasks(), [&](std::int64_t part, int worker) {
        attend_part(call, part, workers_[static_cast<std::size_t>(worker)]);
    });
    if (!split_segments) return;
    // Merge the segments of each query in order, as a single task would have done.
    pool_.run(call.q.tokens * call.q.heads, [&](std::int64_t query, int) {
        const std::int64_t t = query / call.q.heads;
        const std::int64_t visible = call.first_position + t + 1;
        const std::int64_t count = (visible + segment_rows - 1) / segment_rows;
        float* target =
            call.out.data + t * call.out.token_stride + query % call.q.heads * call.out.head_stride;
        std::fill_n(target, call.value_width, 0.0F);
        Softmax total;
        for (std::int64_t s = 0; s < count; ++s)
            merge_segment(call.partial_sums[query * segments + s],
                          call.partial_values + (query * segments + s) * call.value_width, call.value_width,
                          total, target);
        table_.scale(1.0F / total.sum, call.value_width, target);
    });
}

/// Adds a segment's result to what is there: both sides are brought to the larger maximum.
void CpuBackend::merge_segment(const Softmax& segment, const float* values, std::int64_t width,
                               Softmax& total, float* target) const {
    const float largest = std::max(total.largest, segment.largest);
    const float keep = std::exp(total.largest - largest); // 0 at first, when the total is empty
    const float take = std::exp(segment.largest - largest);
    table_.blend(keep, take, values, width, target);
    total.sum = total.sum * keep + segment.sum * take;
    total.largest = largest;
}

namespace {

/// Where the rows of one task's chunk go, and how queries meet them. Buffers belong to the worker.
struct ChunkBuffers {
    const CpuTable& table;
    const Bf16Table* bf16;
    Scratch& rows;
    Scratch& more;
    Scratch& narrow;
};

/// Everything in f32: a chunk is converted once for all queries of a task.
class F32Chunk {
  public:
    F32Chunk(const AttentionCall& call, const ChunkBuffers& buffers, const float* const* queries,
             std::int64_t /*count*/, float* const* scores)
        : call_(call), table_(buffers.table), queries_(queries), scores_(scores),
          key_stride_((call.key_width + 15) / 16 * 16),
          value_stride_(call.values_are_keys ? key_stride_ : (call.value_width + 15) / 16 * 16),
          keys_(buffers.rows.floats(chunk_rows * key_stride_)),
          values_(call.values_are_keys ? keys_ : buffers.more.floats(chunk_rows * value_stride_)) {}

    void load(std::int64_t first_row, std::int64_t rows, std::int64_t group) {
        convert(call_.keys, first_row, rows, group * call_.key_width, call_.key_width, keys_, key_stride_);
        if (!call_.values_are_keys)
            convert(call_.values, first_row, rows, group * call_.value_width, call_.value_width, values_,
                    value_stride_);
    }
    void ask_ahead(std::int64_t /*first_row*/, std::int64_t /*rows*/, std::int64_t /*group*/) {}
    void score(std::int64_t first, std::int64_t count, std::int64_t seen) const {
        table_.dot_tile(keys_, key_stride_, seen, call_.key_width, queries_ + first, count, scores_ + first);
    }
    void mix(std::int64_t first, std::int64_t count, std::int64_t seen, float* const* out, bool fresh) const {
        for (std::int64_t i = first; fresh && i < first + count; ++i)
            std::fill_n(out[i], call_.value_width, 0.0F);
        table_.mix_rows(scores_ + first, count, values_, value_stride_, seen, call_.value_width, out + first);
    }

  private:
    void convert(const CacheRows& cache, std::int64_t first_row, std::int64_t rows, std::int64_t first_value,
                 std::int64_t width, float* target, std::int64_t stride) const {
        for (std::int64_t r = 0; r < rows; ++r)
            table_.dequantize(cache.format, value_at(cache, first_row + r, first_value), width,
                              target + r * stride);
    }

    const AttentionCall& call_;
    const CpuTable& table_;
    const float* const* queries_;
    float* const* scores_;
    std::int64_t key_stride_;
    std::int64_t value_stride_;
    float* keys_;
    float* values_;
};

/// Products of bf16 pairs. Keys in bf16 are used where they lie; values are laid out in pairs of rows.
class Bf16Chunk {
  public:
    Bf16Chunk(const AttentionCall& call, const ChunkBuffers& buffers, const float* const* queries,
              std::int64_t count, float* const* scores)
        : call_(call), bf16_(*buffers.bf16), scores_(scores), query_stride_((call.key_width + 31) / 32 * 32),
          value_stride_((call.value_width + 31) / 32 * 32),
          pair_stride_(2 * value_stride_ + 32), // off the powers of two, where lines would share cache sets
          in_place_(call.keys.format == Format::bf16 && call.values.format == Format::bf16) {
        const std::int64_t turned = bf16_.takes_turned ? query_stride_ * turned_queries(count) : 0;
        std::uint16_t* narrow = halves(buffers.narrow, turned + count * (query_stride_ + chunk_rows));
        if (bf16_.takes_turned) turned_ = std::exchange(narrow, narrow + turned);
        weights_ = narrow + count * query_stride_;
        for (std::int64_t i = 0; i < count; ++i) {
            bf16_.round(queries[i], call.key_width, narrow + i * query_stride_);
            std::fill(narrow + i * query_stride_ + call.key_width, narrow + (i + 1) * query_stride_,
                      std::uint16_t{0});
        }
        if (bf16_.takes_turned) turn(buffers.table, narrow, count);
        pointers_.resize(static_cast<std::size_t>(2 * count));
        for (std::int64_t i = 0; i < count; ++i) {
            pointers_[static_cast<std::size_t>(i)] = narrow + i * query_stride_;
            pointers_[static_cast<std::size_t>(count + i)] = weights_ + i * chunk_rows;
        }
        count_ = count;
        if (!in_place_)
            converted_ = halves(buffers.rows,
                                chunk_rows * (query_stride_ + (call.values_are_keys ? 0 : value_stride_)));
        // Pairs of rows, and one more pair for a last row without a partner.
        pairs_ = halves(buffers.more, (chunk_rows / 2 + 1) * pair_stride_);
        last_pair_ = pairs_ + chunk_rows / 2 * pair_stride_;
    }

    void load(std::int64_t first_row, std::int64_t rows, std::int64_t group) {
        keys_ = rows_of(call_.keys, first_row, rows, group * call_.key_width, call_.key_width, converted_,
                        query_stride_);
        values_ = call_.values_are_keys
                      ? keys_
                      : rows_of(call_.values, first_row, rows, group * call_.value_width, call_.value_width,
                                converted_ == nullptr ? nullptr : converted_ + chunk_rows * query_stride_,
                                value_stride_);
        for (std::int64_t r = 0; r + 2 <= rows; r += 2)
            bf16_.pair_rows(values_.row(r), values_.row(r + 1), call_.value_width,
                            pairs_ + r / 2 * pair_stride_);
    }
    /// The rows that load() will be given next; asked for during this chunk's products.
    void ask_ahead(std::int64_t first_row, std::int64_t rows, std::int64_t group) {
        keys_ahead_ = ahead_of(call_.keys, first_row, rows, group * call_.key_width, call_.key_width);
        if (!call_.values_are_keys)
            values_ahead_ =
                ahead_of(call_.values, first_row, rows, group * call_.value_width, call_.value_width);
    }
    void score(std::int64_t first, std::int64_t count, std::int64_t seen) {
        const Bf16Vectors vectors{.rows = pointers_.data() + first,
                                  .count = count,
                                  .turned = turned_ == nullptr ? nullptr : turned_ + 2 * first,
                                  .turned_stride = 2 * turned_queries(count_)};
        bf16_.dot_tile(keys_.data, keys_.stride, seen, call_.key_width, vectors, scores_ + first,
                       std::exchange(keys_ahead_, {}));
    }
    void mix(std::int64_t first, std::int64_t count, std::int64_t seen, float* const* out, bool fresh) {
        const std::uint16_t* const* weights = pointers_.data() + count_ + first;
        for (std::int64_t i = first; i < first + count; ++i) {
            bf16_.round(scores_[i], seen, weights_ + i * chunk_rows);
            if (seen % 2 == 1) weights_[i * chunk_rows + seen] = 0;
        }
        bf16_.mix_pairs(weights, count, pairs_, pair_stride_, seen / 2, call_.value_width, out + first, fresh,
                        std::exchange(values_ahead_, {}));
        if (seen % 2 == 0) return;
        // What stands beyond the last row is not looked at: not even to be multiplied by nothing.
        bf16_.pair_rows(values_.row(seen - 1), nullptr, call_.value_width, last_pair_);
        last_weights_.clear();
        for (std::int64_t i = 0; i < count; ++i)
            last_weights_.push_back(weights[i] + seen - 1);
        bf16_.mix_pairs(last_weights_.data(), count, last_pair_, pair_stride_, 1, call_.value_width,
                        out + first, false, {});
    }

  private:
    struct Rows {
        const std::uint16_t* data = nullptr;
        std::int64_t stride = 0;
        const std::uint16_t* row(std::int64_t r) const { return data + r * stride; }
    };

    static std::uint16_t* halves(Scratch& memory, std::int64_t count) {
        return reinterpret_cast<std::uint16_t*>(memory.floats((count + 1) / 2)); // NOLINT: memory
    }
    /// Queries in a row of turned ones: whole lines of memory.
    static std::int64_t turned_queries(std::int64_t count) { return (count + 15) / 16 * 16; }
    /// A pair of neighbours in a row is moved as if it were a float.
    void turn(const CpuTable& table, const std::uint16_t* queries, std::int64_t count) {
        table.transpose(reinterpret_cast<const float*>(queries), query_stride_ / 2,
                        count,                                                // NOLINT: bits only
                        query_stride_ / 2, reinterpret_cast<float*>(turned_), // NOLINT
                        turned_queries(count));
    }
    static Ahead ahead_of(const CacheRows& cache, std::int64_t first_row, std::int64_t rows,
                          std::int64_t first_value, std::int64_t width) {
        return {.data = value_at(cache, first_row, first_value),
                .rows = rows,
                .row_bytes = static_cast<std::int64_t>(bytes_of(cache.format, width)),
                .stride_bytes = static_cast<std::int64_t>(bytes_of(cache.format, cache.width))};
    }
    Rows rows_of(const CacheRows& cache, std::int64_t first_row, std::int64_t rows, std::int64_t first_value,
                 std::int64_t width, std::uint16_t* converted, std::int64_t stride) const {
        if (in_place_)
            return {reinterpret_cast<const std::uint16_t*>(value_at(cache, first_row, first_value)), // NOLINT
                    cache.width};
        for (std::int64_t r = 0; r < rows; ++r) {
            const std::byte* source = value_at(cache, first_row + r, first_value);
            if (cache.format == Format::f16)
                bf16_.round_f16(source, width, converted + r * stride);
            else if (cache.format == Format::q8_0)
                bf16_.round_q8_0(source, width, converted + r * stride);
            else
                std::memcpy(converted + r * stride, source, static_cast<std::size_t>(2 * width));
        }
        return {converted, stride};
    }

    const AttentionCall& call_;
    const Bf16Table& bf16_;
    float* const* scores_;
    std::int64_t query_stride_;
    std::int64_t value_stride_;
    std::int64_t pair_stride_;
    bool in_place_;
    std::int64_t count_ = 0;
    std::vector<const std::uint16_t*> pointers_; ///< to the queries, then to their softmax weights
    std::vector<const std::uint16_t*> last_weights_;
    std::uint16_t* turned_ = nullptr; ///< the queries, for tables that take them so
    std::uint16_t* weights_ = nullptr;
    std::uint16_t* converted_ = nullptr;
    std::uint16_t* pairs_ = nullptr;
    std::uint16_t* last_pair_ = nullptr;
    Rows keys_;
    Rows values_;
    Ahead keys_ahead_;
    Ahead values_ahead_;
};

} // namespace

void CpuBackend::attend_part(const AttentionCall& call, std::int64_t part, Worker& worker) {
    if (bf16_ != nullptr && fits_bf16(call))
        attend_chunks<Bf16Chunk>(call, part, worker);
    else
        attend_chunks<F32Chunk>(call, part, worker);
}

template <class Chunk>
void CpuBackend::attend_chunks(const AttentionCall& call, std::int64_t part, Worker& worker) {
    const std::int64_t heads_a_group = call.q.heads / call.groups;
    const std::int64_t segment = part % call.segment_parts;
    part /= call.segment_parts;
    const std::int64_t group = part % call.groups;
    part /= call.groups;
    const std::int64_t first_head = part % call.head_parts * call.heads_per_task;
    const std::int64_t heads = std::min(call.heads_per_task, heads_a_group - first_head);
    const std::int64_t first_token = part / call.head_parts * call.tokens_per_task;
    const std::int64_t tokens = std::min(call.tokens_per_task, call.q.tokens - first_token);
    const bool partial = call.segment_parts > 1;
    const auto partial_of = [&](std::int64_t query) {
        const std::int64_t head = group * heads_a_group + first_head + query % heads;
        return ((first_token + query / heads) * call.q.heads + head) * call.segment_parts + segment;
    };

    // Scores [query, chunk_rows], the segment's values and the totals [query, value_width].
    const std::int64_t queries = tokens * heads;
    const std::int64_t width = call.value_width;
    float* scores = worker.state.floats(queries * (chunk_rows + 2 * width));
    float* segment_values = scores + queries * chunk_rows;
    float* total_values = segment_values + queries * width;
    if (!partial) std::fill_n(total_values, queries * width, 0.0F);
    worker.softmax.assign(static_cast<std::size_t>(2 * queries), Softmax{});
    Softmax* segment_sums = worker.softmax.data();
    Softmax* totals = segment_sums + queries;

    worker.in.resize(static_cast<std::size_t>(queries));
    worker.out.resize(static_cast<std::size_t>(2 * queries));
    const float** query_rows = worker.in.data();
    float** score_rows = worker.out.data();
    float** value_rows = score_rows + queries;
    for (std::int64_t i = 0; i < queries; ++i) {
        const std::int64_t head = group * heads_a_group + first_head + i % heads;
        query_rows[i] =
            call.q.data + (first_token + i / heads) * call.q.token_stride + head * call.q.head_stride;
        score_rows[i] = scores + i * chunk_rows;
        // A partial result is worked out where it stays.
        value_rows[i] = partial ? call.partial_values + partial_of(i) * width : segment_values + i * width;
    }

    const std::int64_t visible_to_first = call.first_position + first_token + 1;
    const std::int64_t visible_to_last = visible_to_first + tokens - 1;
    const std::int64_t begin = partial ? segment * segment_rows : 0;
    const std::int64_t end = partial ? std::min(visible_to_last, begin + segment_rows) : visible_to_last;
    Chunk math(call, {table_, bf16_, worker.rows, worker.more, worker.narrow}, query_rows, queries,
               score_rows);

    for (std::int64_t chunk = begin; chunk < end; chunk += chunk_rows) {
        const bool fresh = chunk % segment_rows == 0;
        if (fresh) std::fill_n(segment_sums, queries, Softmax{});
        const std::int64_t rows = std::min(chunk_rows, end - chunk); // nothing beyond is touched
        math.load(chunk, rows, group);
        // The next chunk is this task's or, the last one's, that of the segment which this worker takes next.
        const std::int64_t next = chunk + rows;
        math.ask_ahead(next, std::clamp<std::int64_t>(visible_to_last - next, 0, chunk_rows), group);

        // All tokens at once where all see the whole chunk, else one token after the other.
        const bool whole = visible_to_first >= chunk + rows;
        const std::int64_t step = whole ? queries : heads;
        for (std::int64_t first = 0; first < queries; first += step) {
            const std::int64_t visible = visible_to_first + first / heads;
            const std::int64_t seen = whole ? rows : std::min(rows, visible - chunk);
            if (seen <= 0) continue;
            math.score(first, step, seen);
            for (std::int64_t i = first; i < first + step; ++i) {
                Softmax& sum = segment_sums[i];
                table_.scale(call.scale, seen, score_rows[i]);
                const float largest = std::max(sum.largest, table_.largest(score_rows[i], seen));
                const float keep = std::exp(sum.largest - largest);
                sum.sum = sum.sum * keep + table_.exp_and_sum(score_rows[i], seen, largest);
                if (keep != 1.0F && !fresh) table_.scale(keep, width, value_rows[i]);
                sum.largest = largest;
            }
            math.mix(first, step, seen, value_rows, fresh);
        }

        const bool segment_ends = (chunk + chunk_rows) % segment_rows == 0 || chunk + chunk_rows >= end;
        if (!segment_ends || partial) continue;
        for (std::int64_t i = 0; i < queries; ++i) {
            const std::int64_t visible = visible_to_first + i / heads;
            if (visible > chunk / segment_rows * segment_rows)
                merge_segment(segment_sums[i], value_rows[i], width, totals[i], total_values + i * width);
        }
    }

    for (std::int64_t i = 0; i < queries; ++i) {
        const std::int64_t t = first_token + i / heads;
        const std::int64_t head = group * heads_a_group + first_head + i % heads;
        if (partial) {
            call.partial_sums[partial_of(i)] = segment_sums[i];
        } else {
            table_.scale(1.0F / totals[i].sum, width, total_values + i * width);
            std::copy_n(total_values + i * width, width,
                        call.out.data + t * call.out.token_stride + head * call.out.head_stride);
        }
    }
}

} // namespace spoutnik::kernels
