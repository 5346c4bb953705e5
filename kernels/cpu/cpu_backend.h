// SPDX-License-Identifier: MIT
// The CPU backend: every operation written once over a CpuTable and a thread pool.
// Its members are spread over cpu_backend.cpp (memory, rows), cpu_products.cpp (matrix products),
// cpu_experts.cpp (routing and experts), cpu_attention.cpp and cpu_decompressed.cpp (attention of long
// prompts).
#pragma once

#include "kernels/backend.h"
#include "kernels/checks.h"
#include "kernels/cpu/bf16_table.h"
#include "kernels/cpu/int8_rows.h"
#include "kernels/cpu/table.h"
#include "kernels/cpu/thread_pool.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace spoutnik::kernels {

/// Floats aligned to 64 bytes whose content is lost when they grow.
class Scratch {
  public:
    float* floats(std::int64_t count);

  private:
    struct Free {
        void operator()(float* p) const;
    };
    std::unique_ptr<float[], Free> data_;
    std::int64_t capacity_ = 0;
};

struct AttentionCall;

/// Values that activations are rounded together in, to meet a quantised format.
inline std::int64_t rounding_block(Format format) {
    return traits_of(format).values_per_block;
}

/// Rows of rounded activations in memory that is kept from call to call.
class RoundedRows {
  public:
    /// Makes room for `count` rows of `cols` values in blocks of `block`; their content is lost.
    void resize(std::int64_t count, std::int64_t cols, std::int64_t block);
    std::int64_t block() const { return block_; }
    Int8RowMemory memory_of(std::int64_t i) const;
    Int8Row row(std::int64_t i) const {
        const Int8RowMemory m = memory_of(i);
        return {m.codes, m.scales, m.group_sums, m.block_sums};
    }

  private:
    Scratch memory_;
    std::byte* data_ = nullptr;
    std::int64_t block_ = 0;
    std::size_t scales_at_ = 0; ///< in a row; codes come first
    std::size_t sums_at_ = 0;
    std::size_t row_bytes_ = 0;
};

/// What a weight is multiplied by: rows of floats, and the same rounded where the weight is quantised.
struct Operands {
    const float* const* floats = nullptr;
    const Int8Row* rounded = nullptr;
    std::int64_t count = 0;
};

/// Running softmax of one query: the largest score so far and the sum of exp(score - largest).
struct Softmax {
    float largest = -std::numeric_limits<float>::infinity();
    float sum = 0.0F;
};

/// What a task of decompressed_attention() works in (cpu_decompressed.cpp says what is what).
struct DecompressedRoom {
    Scratch queries;
    Scratch w_uk;
    Scratch w_uv;
    Scratch latents;
    Scratch turned_latents;
    Scratch ropes;
    Scratch keys;
    Scratch values;
    Scratch weights;
    Scratch scores;
    Scratch results;
    Scratch some_rows;
    std::vector<Softmax> sums;
};

class CpuBackend final : public Backend {
  public:
    explicit CpuBackend(const CpuOptions& options) : CpuBackend(options, bf16_table_of(options.isa)) {}
    /// With another arithmetic of attention than the instruction set's own, or none in bf16 where it is null.
    CpuBackend(const CpuOptions& options, const Bf16Table* bf16);

    std::string name() const override { return "cpu"; }
    std::string isa() const override;
    MemoryInfo memory() const override;
    Format cache_format() const override { return bf16_ != nullptr ? Format::bf16 : Format::f16; }

    std::int64_t tokens_at_once() const override { return cpu_tokens_at_once; }

    std::unique_ptr<Buffer> allocate(std::size_t bytes) override;
    std::unique_ptr<Buffer> adopt(std::span<const std::byte> host) override;
    void upload(std::span<const std::byte> host, std::byte* device) override;
    void download(const std::byte* device, std::span<std::byte> host) override;

    void embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) override;
    void rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) override;
    void add(ConstTensor x, Tensor out) override;
    void add_bias(const float* bias, Tensor out) override;
    void swiglu(ConstTensor gate, ConstTensor up, Tensor out) override;

    void matmul(const Matrix& weight, ConstTensor x, Tensor out) override;
    void matmul_per_head(const Matrix& weight, Heads x, Heads out) override;

    void rope(Heads x, ConstTensor cos_sin, RopePairs pairs) override;
    void store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                    std::int64_t first_value) override;
    void latent_attention(Heads q, CacheRows cache, std::int64_t first_position, std::int64_t latent,
                          float scale, Heads out) override;
    void decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                std::int64_t first_position, float scale, Heads out) override;
    std::optional<std::int64_t> decompression_pays_from() const override;
    void head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                        std::int64_t first_position, float scale, Heads out) override;

    void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) override;
    void route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                       std::int32_t* ids, float* weights) override;
    void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                    const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                    Tensor out) override;

  private:
    /// Scratch of one worker, one a purpose.
    struct Worker {
        Scratch rows;   ///< dequantised weights, converted cache rows
        Scratch more;   ///< a second set: values beside keys
        Scratch state;  ///< what an operation gathers
        Scratch narrow; ///< attention in bf16: queries and softmax weights
        std::vector<const float*> in;
        std::vector<Int8Row> rounded;
        std::vector<float*> out;
        std::vector<Softmax> softmax;
        DecompressedRoom decompressed;
    };

    /// Splits `rows` rows of `cols` values over the threads; body(first, last, worker).
    template <class Body>
    void for_row_ranges(std::int64_t rows, std::int64_t cols, Body&& body);

    /// out[i][r - first_row] = row r of matrix `index` . x[i], for r in first_row ... last_row-1. One vector
    /// is multiplied as the row is decoded; several share rows decoded once into scratch. Same bits either
    /// way. `then`: what this thread reads next, where that is not what lies behind the rows.
    void multiply(const Matrix& weight, std::int64_t index, std::int64_t first_row, std::int64_t last_row,
                  const Operands& x, float* const* out, Worker& worker,
                  const std::byte* then = nullptr) const;
    /// Rows a task of multiply() should take where there are several vectors.
    std::int64_t rows_per_task(const Matrix& weight) const;
    /// The rows of weights like this one that meet a single vector, `rows` in all: body(first, last, worker).
    /// Threads read their rows in the order in which they lie.
    template <class Body>
    void for_streamed_rows(const Matrix& weight, std::int64_t rows, Body&& body);
    /// Rounds `count` rows of `cols` values in blocks of `block`; row(i) says where the floats of row i lie.
    template <class Row>
    void round_rows(std::int64_t count, std::int64_t cols, std::int64_t block, RoundedRows& to, Row&& row);

    void attend(const AttentionCall& call);
    void attend_part(const AttentionCall& call, std::int64_t part, Worker& worker);
    /// The same in the arithmetic of a kind of chunk.
    template <class Chunk>
    void attend_chunks(const AttentionCall& call, std::int64_t part, Worker& worker);

    void merge_segment(const Softmax& segment, const float* values, std::int64_t width, Softmax& total,
                       float* target) const;

    CpuIsa isa_;
    const CpuTable& table_;
    const Int8Table& int8_;
    const Bf16Table* bf16_; ///< null where the processor multiplies no bf16
    ThreadPool pool_;
    std::vector<Worker> workers_;
    // Shared by the workers of one operation:
    Scratch gathered_;
    RoundedRows rounded_;
    RoundedRows rounded_too_; ///< the same values in other blocks, or the second half's
};

/// Address of row `row` of matrix `index`.
inline const std::byte* row_of(const Matrix& weight, std::int64_t index, std::int64_t row) {
    return weight.data + static_cast<std::size_t>(index) * weight.stride_bytes +
           static_cast<std::size_t>(row) * bytes_of(weight.format, weight.cols);
}

/// Value `value` of row `row` of a cache, which begins a block.
inline std::byte* value_at(const CacheRows& cache, std::int64_t row, std::int64_t value) {
    return cache.data + static_cast<std::size_t>(row) * bytes_of(cache.format, cache.width) +
           bytes_of(cache.format, value);
}

/// Cuts rows first ... last-1 of matrices of `rows` rows, counted through, where a matrix ends:
/// body(matrix, first_row, last_row).
template <class Body>
void for_parts_of(std::int64_t rows, std::int64_t first, std::int64_t last, Body&& body) {
    while (first < last) {
        const std::int64_t matrix = first / rows;
        const std::int64_t end = std::min(last, (matrix + 1) * rows);
        body(matrix, first - matrix * rows, end - matrix * rows);
        first = end;
    }
}

template <class Body>
void CpuBackend::for_row_ranges(std::int64_t rows, std::int64_t cols, Body&& body) {
    constexpr std::int64_t values_per_task = 16384; // below it a thread costs more than it brings
    if (rows <= 0) return;
    const std::int64_t step = std::max<std::int64_t>(1, values_per_task / std::max<std::int64_t>(1, cols));
    pool_.run((rows + step - 1) / step, [&](std::int64_t part, int worker) {
        body(part * step, std::min(rows, (part + 1) * step), workers_[static_cast<std::size_t>(worker)]);
    });
}

template <class Body>
void CpuBackend::for_streamed_rows(const Matrix& weight, std::int64_t rows, Body&& body) {
    constexpr std::int64_t bytes_at_once = 16 * 1024; // some 100 of which pass in the time of a wake-up
    constexpr std::int64_t rows_at_once = 4;          // as the kernels take them
    const auto four_rows = static_cast<std::int64_t>(bytes_of(weight.format, weight.cols)) * rows_at_once;
    const std::int64_t step = std::max<std::int64_t>(1, bytes_at_once / std::max<std::int64_t>(1, four_rows));
    pool_.run_stretches((rows + rows_at_once - 1) / rows_at_once, step,
                        [&](std::int64_t first, std::int64_t last, int worker) {
                            body(first * rows_at_once, std::min(rows, last * rows_at_once),
                                 workers_[static_cast<std::size_t>(worker)]);
                        });
}

template <class Row>
void CpuBackend::round_rows(std::int64_t count, std::int64_t cols, std::int64_t block, RoundedRows& to,
                            Row&& row) {
    to.resize(count, cols, block);
    for_row_ranges(count, cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t i = first; i < last; ++i)
            int8_.round_row(block, row(i), cols, to.memory_of(i));
    });
}

} // namespace spoutnik::kernels
