// SPDX-License-Identifier: MIT
// What a device must be able to do for a transformer: memory, and the operations at the size of a paper's
// equations. The model files of engine/model call nothing else, so they read the same on every device.
//
// Conventions
// - Activations are f32. A shape [tokens, hidden] is `tokens` rows of `hidden` consecutive floats.
// - A weight [out, in] is `out` rows of `in` values in one Format; y = W x.
// - Pointers are addresses on the backend's device; only upload() and download() cross the border.
// - Results depend neither on the number of threads nor on how many rows a call brings: row t of a result is
//   computed in the same order of operations whether it comes alone or among 512. Sessions rely on it.
// - Errors are exceptions: OutOfMemory from allocate(), std::invalid_argument for shapes that do not fit.
#pragma once

#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace spoutnik::kernels {

/// The device has no room for an allocation; what() says how many bytes were asked for.
class OutOfMemory : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Memory on a backend's device, freed with the object (aligned to 64 bytes; content zero).
class Buffer {
  public:
    virtual ~Buffer() = default;
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    virtual std::byte* data() = 0; ///< device address
    virtual std::size_t bytes() const = 0;
};

/// Backend::tokens_at_once() unless a backend says otherwise.
inline constexpr std::int64_t usual_tokens_at_once = 512;

/// Bytes of device memory now.
struct MemoryInfo {
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
};

/// One stretch of memory on its way to the host.
struct Download {
    const std::byte* device = nullptr;
    std::span<std::byte> host;
};

class Backend {
  public:
    virtual ~Backend() = default;
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// "cpu" or "cuda".
    virtual std::string name() const = 0;
    /// The instruction set or chip in use: "avx512", "amx", "amx without bf16" (attention then has no tiles),
    /// "sm_90".
    virtual std::string isa() const = 0;
    virtual MemoryInfo memory() const = 0;
    /// The 16-bit format of KV caches that attention reads fastest: f16 or bf16.
    virtual Format cache_format() const { return Format::f16; }

    /// The backend whose adopt(), allocate() and upload() make a weight of that home ready.
    virtual Backend& keeper_of(Home /*home*/) { return *this; }

    // Memory -------------------------------------------------------------------------------------------

    virtual std::unique_ptr<Buffer> allocate(std::size_t bytes) = 0;
    /// Makes bytes of host memory readable on the device. They outlive the result; the CPU uses them in
    /// place.
    virtual std::unique_ptr<Buffer> adopt(std::span<const std::byte> host) = 0;
    /// Both come after every operation called before; on return `host` may be changed, or is complete.
    virtual void upload(std::span<const std::byte> host, std::byte* device) = 0;
    virtual void download(const std::byte* device, std::span<std::byte> host) = 0;
    /// The same for several, which a device may have wait for each other's end only once.
    virtual void download_all(std::span<const Download> parts) {
        for (const Download& part : parts)
            download(part.device, part.host);
    }
    /// Host memory that is fastest to upload from and download to; null where any is as good.
    virtual std::unique_ptr<Buffer> allocate_pinned(std::size_t /*bytes*/) { return nullptr; }
    /// Returns when every operation called so far is done; only clocks need it.
    virtual void synchronize() {}

    // Rows ---------------------------------------------------------------------------------------------

    /// out[t] = row tokens[t] of the embedding table. out: [tokens, hidden]. Ids are host memory, checked.
    virtual void embed_rows(const Matrix& table, std::span<const std::int32_t> tokens, Tensor out) = 0;
    /// out = x / sqrt(mean(x^2) + epsilon) * gain, a row at a time (Zhang and Sennrich 2019, eq. 4). In place
    /// allowed.
    virtual void rms_norm(ConstTensor x, const float* gain, float epsilon, Tensor out) = 0;
    /// out += x.
    virtual void add(ConstTensor x, Tensor out) = 0;
    /// out[t] += bias for every row t.
    virtual void add_bias(const float* bias, Tensor out) = 0;
    /// out = silu(gate) * up. In place allowed (Shazeer 2020, SwiGLU).
    virtual void swiglu(ConstTensor gate, ConstTensor up, Tensor out) = 0;

    /// Tokens of a long prompt that one pass should take: of more, each weight that was read and decoded
    /// meets more, and their activations take more memory.
    virtual std::int64_t tokens_at_once() const { return usual_tokens_at_once; }

    // Products -----------------------------------------------------------------------------------------

    /// out = W x for every row. x: [tokens, in], out: [tokens, out].
    virtual void matmul(const Matrix& weight, ConstTensor x, Tensor out) = 0;
    /// The same with a matrix of its own for each head (weight.count = heads):
    /// out[t, h] = W_h x[t, h]. x.width = in, out.width = out.
    virtual void matmul_per_head(const Matrix& weight, Heads x, Heads out) = 0;

    // Several of these operations as one, with the same bits; a device may do them in fewer steps. `room` may
    // hold anything afterwards.

    /// out += W x. room: [tokens, out].
    virtual void matmul_add(const Matrix& weight, ConstTensor x, Tensor room, Tensor out);
    /// out += down(silu(gate x) * up x): a network that every token takes. gate, up: [ff, hidden]; down:
    /// [hidden, ff].
    virtual void swiglu_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                            const FfnRoom& room, Tensor out);

    // Attention ----------------------------------------------------------------------------------------

    /// Turns each pair of x by its angle, in place. cos_sin: [tokens, width] on the device, for pair i the
    /// cosine at column 2i and the sine at 2i+1. x.width is the number of turned values.
    virtual void rope(Heads x, ConstTensor cos_sin, RopePairs pairs) = 0;
    /// Converts rows [tokens, width] to the cache's format at rows first_row ... of the cache, starting at
    /// value `first_value` of each row. In q8_0 both first_value and width are multiples of 32.
    virtual void store_rows(ConstTensor rows, CacheRows cache, std::int64_t first_row,
                            std::int64_t first_value) = 0;
    /// Causal attention over the latent cache (DeepSeek-V2 section 2.1.1, absorbed form). Query t stands at
    /// position first_position + t and sees rows 0 ... its own. q: [tokens, heads, latent + rope];
    /// a cache row is latent values then rope values; out: [tokens, heads, latent].
    virtual void latent_attention(Heads q, CacheRows cache, std::int64_t first_position, std::int64_t latent,
                                  float scale, Heads out) = 0;
    /// The same attention with the keys and values of each head worked out from the latents (section 2.1.1
    /// before W_uk and W_uv are absorbed): k = [W_uk^T c ; the row's rope values], v = W_uv c. w_uk: [latent,
    /// content] x heads, w_uv: [value, latent] x heads. q: [tokens, heads, content + rope]; out: [tokens,
    /// heads, value]. But for rounding, the same as matmul_per_head(w_uk), latent_attention() and
    /// matmul_per_head(w_uv). Only where decompression_pays_from() is not empty.
    virtual void decompressed_attention(Heads q, CacheRows cache, const Matrix& w_uk, const Matrix& w_uv,
                                        std::int64_t first_position, float scale, Heads out);
    /// Tokens of a call from which on decompressed_attention() takes less time than the absorbed form; none:
    /// this backend has only that one.
    virtual std::optional<std::int64_t> decompression_pays_from() const { return std::nullopt; }
    /// Causal grouped-query attention. q: [tokens, heads, d]; a row of `keys` and of `values` is
    /// kv_heads * d values; heads / kv_heads queries share one; out: [tokens, heads, d].
    virtual void head_attention(Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                                std::int64_t first_position, float scale, Heads out) = 0;

    // Experts ------------------------------------------------------------------------------------------

    /// Chooses experts. logits: [tokens, experts]; selection_bias: [experts] or null, added for the choice
    /// only; ids and weights: [tokens, experts_used] on the device, best first (equal scores: lower id
    /// first).
    virtual void route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                               std::int32_t* ids, float* weights) = 0;
    /// out[t] += sum over k of weights[t,k] * down_e(silu(gate_e x[t]) * up_e x[t]), e = ids[t,k], in the
    /// order of k. gate, up: [ff, hidden] x experts; down: [hidden, ff] x experts.
    virtual void expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                            const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                            Tensor out) = 0;

    // Sampling -----------------------------------------------------------------------------------------

    /// Most values that top_k() finds in a row.
    static constexpr std::int64_t most_top_k = 1024;
    /// The k largest values of each row and their columns, largest first; of equal ones the lower column
    /// first; what is not a number comes last. ids, values: [rows, k] on the device. 1 <= k <= min(cols,
    /// most_top_k).
    virtual void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) = 0;

    // Rehearsals ---------------------------------------------------------------------------------------

    /// From now until end_rehearsal() operations and transfers are checked but not performed: a device that
    /// works in memory of its own beside the operands learns how much. False: this backend has none to take
    /// beforehand, and performs what it is called for.
    virtual bool begin_rehearsal() { return false; }
    /// Takes that memory, and from now on no more for operations of those shapes. Throws OutOfMemory; the
    /// rehearsal is over in any case.
    virtual void end_rehearsal() {}
};

/// What the CPU backend says of tokens_at_once() and decompression_pays_from(), for plans made before there
/// is one. Measured: bench/NOTES.md.
inline constexpr std::int64_t cpu_tokens_at_once = 1024;
inline constexpr std::int64_t cpu_decompression_from = 160;

/// Instruction sets of the CPU backend, from plain C++ up. `amx` is avx512 with tiles for the products of
/// many tokens and, where they multiply bf16 too, for attention.
enum class CpuIsa { reference, avx2, avx512, amx };

/// The best this processor has, or what the environment variable SPOUTNIK_ISA forces
/// (reference|avx2|avx512|amx). Throws std::invalid_argument for a name it does not know or cannot run.
CpuIsa choose_cpu_isa();

/// "reference", "avx2", "avx512", "amx".
std::string_view name_of(CpuIsa isa);

/// True when this process can run it. For `amx` the first call asks the system for the tiles and tries them.
bool cpu_supports(CpuIsa isa);

struct CpuOptions {
    int threads = 0; ///< 0: one a core of this process's affinity mask
    CpuIsa isa = choose_cpu_isa();
};

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options = {});

} // namespace spoutnik::kernels
