// SPDX-License-Identifier: MIT
// Attention of many tokens over the latent cache, in the form DeepSeek-V2 section 2.1.1 starts from: the keys
// and values of a head are worked out of the latents, a chunk of rows at a time, and met by all queries.
//
// A query and a row cost content + rope + value products here (320 in V3) and 2 latent + rope (1,088) in the
// absorbed form; to work a row out costs latent * (content + value), which many queries share. Nothing is
// kept from call to call: the cache holds latents alone.
//
// All four products (keys, values, scores, results) are one operation, `mix`: rows added up with weights.
// What is added up must lie row by row, so latents are transposed for the keys, and keys come out transposed
// as the scores need them.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/q8_0_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace spoutnik::kernels {
namespace {

constexpr std::int64_t keys_at_once = 64;
/// Whose scores and weights stay in the first-level cache.
constexpr std::int64_t queries_at_once = 48;
/// Of queries that see different parts of a chunk, as many as a tile of `mix` takes.
constexpr std::int64_t neighbours = 6;
/// Fewer tokens to a task would work the same keys out too often.
constexpr std::int64_t least_tokens_a_task = 64;
constexpr std::int64_t weight_rows_at_once = 16;

/// Products in f32.
class F32Math {
  public:
    using Value = float;
    static constexpr std::int64_t together = 1; ///< rows that one step of mix() takes

    F32Math(const CpuTable& table, const Bf16Table* /*bf16*/) : table_(table) {}

    /// Floats of memory that `count` values take.
    static std::int64_t floats_of(std::int64_t count) { return count; }
    void round(const float* x, std::int64_t n, Value* out) const { std::copy_n(x, n, out); }
    void read(Format format, const std::byte* x, std::int64_t n, Value* out) const {
        table_.dequantize(format, x, n, out);
    }
    /// Lays rows of floats as mix() takes them.
    void lay_rows(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, Value* out,
                  std::int64_t out_stride) const {
        for (std::int64_t r = 0; r < rows; ++r)
            std::copy_n(x + r * stride, cols, out + r * out_stride);
    }
    /// Lays the columns of x, `rows` long, as rows `out_stride` apart.
    void lay_columns(const Value* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, Value* out,
                     std::int64_t out_stride) const {
        table_.transpose(x, stride, rows, cols, out, out_stride);
    }
    /// out[i][c] (+)= sum over r of weights[i][r] * laid[r][c]; `fresh`: out counts as 0.
    void mix(const Value* const* weights, std::int64_t count, const Value* laid, std::int64_t stride,
             std::int64_t rows, std::int64_t cols, float* const* out, bool fresh) const {
        for (std::int64_t i = 0; fresh && i < count; ++i)
            std::fill_n(out[i], cols, 0.0F);
        table_.mix_rows(weights, count, laid, stride, rows, cols, out);
    }

  private:
    const CpuTable& table_;
};

/// Products of bf16 pairs: rows are laid two and two, their values in turn.
class Bf16Math {
  public:
    using Value = std::uint16_t;
    static constexpr std::int64_t together = 2;

    Bf16Math(const CpuTable& table, const Bf16Table* bf16) : table_(table), bf16_(*bf16) {}

    static std::int64_t floats_of(std::int64_t count) { return (count + 1) / 2; }
    void round(const float* x, std::int64_t n, Value* out) const { bf16_.round(x, n, out); }
    void read(Format format, const std::byte* x, std::int64_t n, Value* out) const {
        if (format == Format::f16)
            bf16_.round_f16(x, n, out);
        else if (format == Format::q8_0)
            bf16_.round_q8_0(x, n, out);
        else
            std::memcpy(out, x, static_cast<std::size_t>(2 * n));
    }
    void lay_rows(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, Value* out,
                  std::int64_t out_stride) {
        halves_.resize(static_cast<std::size_t>(2 * cols));
        Value* first = halves_.data();
        Value* second = first + cols;
        for (std::int64_t r = 0; r < rows; r += 2) {
            bf16_.round(x + r * stride, cols, first);
            if (r + 1 < rows) bf16_.round(x + (r + 1) * stride, cols, second);
            bf16_.pair_rows(first, r + 1 < rows ? second : nullptr, cols, out + r * out_stride);
        }
    }
    /// `cols` and the strides are even: what is moved are pairs of neighbours in a row.
    void lay_columns(const Value* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, Value* out,
                     std::int64_t out_stride) const {
        table_.transpose(reinterpret_cast<const float*>(x), stride / 2, rows, cols / 2, // NOLINT: bits only
                         reinterpret_cast<float*>(out), out_stride);                    // NOLINT
    }
    void mix(const Value* const* weights, std::int64_t count, const Value* laid, std::int64_t stride,
             std::int64_t rows, std::int64_t cols, float* const* out, bool fresh) const {
        bf16_.mix_pairs(weights, count, laid, 2 * stride, (rows + 1) / 2, cols, out, fresh, {});
    }

  private:
    const CpuTable& table_;
    const Bf16Table& bf16_;
    std::vector<Value> halves_;
};

struct DecompressedCall {
    Heads q;
    CacheRows cache;
    Matrix w_uk;
    Matrix w_uv;
    std::int64_t first_position = 0;
    float scale = 1.0F;
    Heads out;
};

/// One head's attention for some tokens of a call.
template <class Math>
class HeadTask {
    using Value = typename Math::Value;

  public:
    HeadTask(const DecompressedCall& call, const CpuTable& table, const Bf16Table* bf16, std::int64_t head,
             std::int64_t first_token, std::int64_t tokens, DecompressedRoom& room)
        : call_(call), table_(table), math_(table, bf16), head_(head), first_token_(first_token),
          tokens_(tokens), first_position_(call.first_position + first_token), content_(call.w_uk.cols),
          value_(call.w_uv.rows), latent_(padded(call.w_uk.rows)),
          rope_(padded(call.cache.width - call.w_uk.rows)), key_(padded(content_) + rope_),
          queries_(values_in(room.queries, tokens_ * key_)), w_uk_(values_in(room.w_uk, content_ * latent_)),
          w_uv_(values_in(room.w_uv, latent_ * value_)),
          latents_(values_in(room.latents, keys_at_once * latent_)),
          turned_latents_(values_in(room.turned_latents, latent_ * keys_at_once)),
          ropes_(values_in(room.ropes, keys_at_once * rope_)),
          keys_(values_in(room.keys, key_ * keys_at_once)),
          values_(values_in(room.values, padded(keys_at_once) * value_)),
          weights_(values_in(room.weights, queries_at_once * keys_at_once)),
          scores_(room.scores.floats(queries_at_once * keys_at_once)),
          results_(room.results.floats(tokens_ * value_)),
          some_rows_(room.some_rows.floats(std::max(
              {content_ * keys_at_once, keys_at_once * value_, call.q.width, call.w_uk.rows,
               2 * weight_rows_at_once * content_, weight_rows_at_once * latent_ + call.w_uk.rows}))),
          sums_(room.sums) {
        sums_.assign(static_cast<std::size_t>(tokens_), Softmax{});
        round_queries();
        lay_w_uk();
        lay_w_uv();
    }

    void run() {
        const std::int64_t visible_to_last = first_position_ + tokens_;
        for (std::int64_t chunk = 0; chunk < visible_to_last; chunk += keys_at_once) {
            const std::int64_t rows = std::min(keys_at_once, visible_to_last - chunk);
            work_out(chunk, rows);
            meet(chunk, rows);
        }
        for (std::int64_t t = 0; t < tokens_; ++t) {
            float* result = results_ + t * value_;
            table_.scale(1.0F / sums_[static_cast<std::size_t>(t)].sum, value_, result);
            std::copy_n(result, value_,
                        call_.out.data + (first_token_ + t) * call_.out.token_stride +
                            head_ * call_.out.head_stride);
        }
    }

  private:
    static std::int64_t padded(std::int64_t count) {
        return (count + Math::together - 1) / Math::together * Math::together;
    }
    static Value* values_in(Scratch& memory, std::int64_t count) {
        return reinterpret_cast<Value*>(memory.floats(Math::floats_of(count))); // NOLINT: memory
    }

    /// Queries carry the scale, so that scores need none.
    void round_queries() {
        for (std::int64_t t = 0; t < tokens_; ++t) {
            float* scaled = some_rows_;
            std::copy_n(call_.q.data + (first_token_ + t) * call_.q.token_stride +
                            head_ * call_.q.head_stride,
                        call_.q.width, scaled);
            table_.scale(call_.scale, call_.q.width, scaled);
            round_padded(scaled, content_, queries_ + t * key_);
            round_padded(scaled + content_, call_.q.width - content_, queries_ + t * key_ + padded(content_));
        }
    }

    void round_padded(const float* x, std::int64_t count, Value* out) {
        math_.round(x, count, out);
        std::fill(out + count, out + padded(count), Value{});
    }

    /// [latent, content] in the file; here a row holds what one value of a key takes of each latent value.
    void lay_w_uk() {
        const std::int64_t latent = call_.w_uk.rows;
        for (std::int64_t first = 0; first < latent; first += weight_rows_at_once) {
            const std::int64_t rows = std::min(weight_rows_at_once, latent - first);
            float* turned = some_rows_ + weight_rows_at_once * content_;
            for (std::int64_t r = 0; r < rows; ++r)
                table_.dequantize(call_.w_uk.format, row_of(call_.w_uk, head_, first + r), content_,
                                  some_rows_ + r * content_);
            table_.transpose(some_rows_, content_, rows, content_, turned, weight_rows_at_once);
            for (std::int64_t d = 0; d < content_; ++d)
                math_.round(turned + d * weight_rows_at_once, rows, w_uk_ + d * latent_ + first);
        }
        for (std::int64_t d = 0; d < content_; ++d)
            std::fill(w_uk_ + d * latent_ + latent, w_uk_ + (d + 1) * latent_, Value{});
    }

    /// [value, latent] in the file; here laid by latent value, to be added up.
    void lay_w_uv() {
        float* row = some_rows_;
        auto* some = reinterpret_cast<Value*>(some_rows_ + call_.w_uv.cols); // NOLINT: memory
        for (std::int64_t first = 0; first < value_; first += weight_rows_at_once) {
            const std::int64_t rows = std::min(weight_rows_at_once, value_ - first);
            for (std::int64_t r = 0; r < rows; ++r) {
                table_.dequantize(call_.w_uv.format, row_of(call_.w_uv, head_, first + r), call_.w_uv.cols,
                                  row);
                round_padded(row, call_.w_uv.cols, some + r * latent_);
            }
            math_.lay_columns(some, latent_, rows, latent_, w_uv_ + Math::together * first, value_);
        }
    }

    /// Keys and values of rows chunk ... chunk + rows - 1.
    void work_out(std::int64_t chunk, std::int64_t rows) {
        const CacheRows& cache = call_.cache;
        const std::int64_t latent = call_.w_uk.rows;
        for (std::int64_t r = 0; r < rows; ++r) {
            math_.read(cache.format, value_at(cache, chunk + r, 0), latent, latents_ + r * latent_);
            std::fill(latents_ + r * latent_ + latent, latents_ + (r + 1) * latent_, Value{});
            math_.read(cache.format, value_at(cache, chunk + r, latent), cache.width - latent,
                       ropes_ + r * rope_);
            std::fill(ropes_ + r * rope_ + cache.width - latent, ropes_ + (r + 1) * rope_, Value{});
        }
        math_.lay_columns(latents_, latent_, rows, latent_, turned_latents_, keys_at_once);
        math_.mix(each(inputs_, w_uk_, latent_, content_), content_, turned_latents_, keys_at_once, latent_,
                  rows, each(outputs_, some_rows_, keys_at_once, content_), true);
        math_.lay_rows(some_rows_, keys_at_once, content_, rows, keys_, keys_at_once);
        math_.lay_columns(ropes_, rope_, rows, rope_, keys_ + padded(content_) * keys_at_once, keys_at_once);

        math_.mix(each(inputs_, latents_, latent_, rows), rows, w_uv_, value_, latent_, value_,
                  each(outputs_, some_rows_, value_, rows), true);
        math_.lay_rows(some_rows_, value_, rows, value_, values_, value_);
    }

    /// Every query that sees something of the chunk: those that see all of it many at a time.
    void meet(std::int64_t chunk, std::int64_t rows) {
        std::int64_t t = std::max<std::int64_t>(0, chunk - first_position_);
        while (t < tokens_) {
            const bool all = seen_by(t, chunk, rows) == rows;
            const std::int64_t count = std::min(all ? queries_at_once : neighbours, tokens_ - t);
            meet_some(chunk, rows, t, count);
            t += count;
        }
    }

    std::int64_t seen_by(std::int64_t t, std::int64_t chunk, std::int64_t rows) const {
        return std::min(rows, first_position_ + t + 1 - chunk);
    }

    void meet_some(std::int64_t chunk, std::int64_t rows, std::int64_t first, std::int64_t count) {
        const std::int64_t most = seen_by(first + count - 1, chunk, rows);
        math_.mix(each(inputs_, queries_ + first * key_, key_, count), count, keys_, keys_at_once, key_, most,
                  each(outputs_, scores_, keys_at_once, count), true);
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t seen = seen_by(first + i, chunk, rows);
            float* scores = scores_ + i * keys_at_once;
            Softmax& sum = sums_[static_cast<std::size_t>(first + i)];
            const float largest = std::max(sum.largest, table_.largest(scores, seen));
            const float keep = std::exp(sum.largest - largest);
            sum.sum = sum.sum * keep + table_.exp_and_sum(scores, seen, largest);
            sum.largest = largest;
            if (keep != 1.0F && chunk > 0) table_.scale(keep, value_, results_ + (first + i) * value_);
            std::fill(scores + seen, scores + most, 0.0F); // rows of its neighbours
            round_padded(scores, most, weights_ + i * keys_at_once);
        }
        math_.mix(each(inputs_, weights_, keys_at_once, count), count, values_, value_, most, value_,
                  each(outputs_, results_ + first * value_, value_, count), chunk == 0);
    }

    /// Pointers to `count` rows.
    template <class Pointer>
    static Pointer const* each(std::vector<Pointer>& pointers, Pointer rows, std::int64_t stride,
                               std::int64_t count) {
        pointers.resize(static_cast<std::size_t>(count));
        for (std::int64_t i = 0; i < count; ++i)
            pointers[static_cast<std::size_t>(i)] = rows + i * stride;
        return pointers.data();
    }
    static const Value* const* each(std::vector<const Value*>& pointers, Value* rows, std::int64_t stride,
                                    std::int64_t count) {
        return each<const Value*>(pointers, rows, stride, count);
    }

    const DecompressedCall& call_;
    const CpuTable& table_;
    Math math_;
    std::int64_t head_;
    std::int64_t first_token_;
    std::int64_t tokens_;
    std::int64_t first_position_; ///< of the first token
    // Widths; rows of the operands of mix() are padded to what is multiplied together.
    std::int64_t content_;
    std::int64_t value_;
    std::int64_t latent_;
    std::int64_t rope_;
    std::int64_t key_;
    // In the order of use. "Laid": as mix() adds it up.
    Value* queries_;        ///< [tokens, key]
    Value* w_uk_;           ///< [content, latent]
    Value* w_uv_;           ///< laid [latent, value]
    Value* latents_;        ///< [rows, latent]
    Value* turned_latents_; ///< laid [latent, rows]
    Value* ropes_;          ///< [rows, rope]
    Value* keys_;           ///< laid [key, rows]
    Value* values_;         ///< laid [rows, value]
    Value* weights_;        ///< [queries, rows] of the softmax
    float* scores_;         ///< [queries, rows]
    float* results_;        ///< [tokens, value]
    float* some_rows_;
    std::vector<Softmax>& sums_; ///< [tokens]
    std::vector<const Value*> inputs_;
    std::vector<float*> outputs_;
};

} // namespace

std::optional<std::int64_t> CpuBackend::decompression_pays_from() const {
    return cpu_decompression_from;
}

void CpuBackend::decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                        std::int64_t first_position, float scale, Heads out) {
    checks::decompressed_attention(q, cache, w_uk, w_uv, first_position, out);
    if (q.tokens == 0 || q.heads == 0) return;
    const DecompressedCall call{q, cache, w_uk, w_uv, first_position, scale, out};
    // Few heads: a head's tokens are shared out too.
    constexpr std::int64_t tasks_a_thread = 4;
    const std::int64_t wanted = (tasks_a_thread * pool_.threads() + q.heads - 1) / q.heads;
    const std::int64_t parts =
        std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, q.tokens / least_tokens_a_task));
    const bool in_bf16 = bf16_ != nullptr && cache.format != Format::f32;
    pool_.run_in_order(q.heads * parts, [&](std::int64_t task, int number) {
        Worker& worker = workers_[static_cast<std::size_t>(number)];
        const std::int64_t part = task % parts;
        const std::int64_t first = q.tokens * part / parts;
        const std::int64_t tokens = q.tokens * (part + 1) / parts - first;
        if (in_bf16)
            HeadTask<Bf16Math>(call, table_, bf16_, task / parts, first, tokens, worker.decompressed).run();
        else
            HeadTask<F32Math>(call, table_, bf16_, task / parts, first, tokens, worker.decompressed).run();
    });
}

} // namespace spoutnik::kernels
