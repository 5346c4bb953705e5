// SPDX-License-Identifier: MIT
// Multi-token prediction: a layer behind the others that guesses the token after the next (DeepSeek-V3,
// arXiv:2412.19437, section 2.2; depth 1). With h_i what the trunk's output head sees of token i,
//
//     x_i = M [enorm(Emb(t_{i+1})); hnorm(h_i)],   x'_i = Layer(x_i),   P(t_{i+2}) = Head(norm(x'_i))
//
// What the report leaves open is taken from the engines that run the published weights: the embedding stands
// first in M's columns (the report's equation 21 writes it second; vLLM, SGLang and TensorRT-LLM all put it
// first), and h_i is behind the trunk's last norm, as is what one guess hands to the next (vLLM
// models/deepseek_mtp.py; ROCm/ATOM pull request 1764 measured 2.94 tokens a pass against 2.84 on R1). That
// agrees with the report, whose OutHead "linearly maps the representation to logits".
#pragma once

#include "engine/model/transformer.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// What joins the layer to the trunk: tensors blk.N.nextn.* of the file.
struct NextTokenHead {
    const float* embedding_norm = nullptr; ///< enorm [hidden]
    const float* hidden_norm = nullptr;    ///< hnorm [hidden]
    kernels::Matrix projection;            ///< M, eh_proj [hidden, 2 * hidden]
    kernels::Matrix embedding;             ///< [vocabulary, hidden]; the trunk's where the file has no other
    const float* output_norm = nullptr;    ///< shared_head_norm [hidden]
    kernels::Matrix output;                ///< [vocabulary, hidden]; the trunk's where the file has no other
};

/// `prefix`: the block's, "blk.61.". Throws Error naming a tensor.
NextTokenHead bind_next_token_head(WeightBinder& binder, const std::string& prefix, const Trunk& trunk);

/// What the layer remembers of a sequence: its own rows of a KV cache, and the trunk's h of the last tokens,
/// which wait for their next token to be known. Row i needs t_{i+1}, so the layer is one token behind; where
/// the trunk's rows came from disk it has none, and where a prefix was cut it may lack one. Rows then stand
/// closer together than their positions: guesses are a little worse, nothing else.
class NextTokenMemory {
  public:
    /// For the sequence of `trunk`, whose passes are of `most_batch` tokens at most.
    NextTokenMemory(kernels::Backend& backend, const RowCache& trunk, std::int64_t hidden,
                    std::int64_t most_batch);

    /// The trunk forgets everything from position `length` on.
    void truncate(std::int64_t length);

    const RowCache& cache() const { return cache_; }

  private:
    friend class NextTokenDrafter;

    /// A row of the layer: made of h at this position and of the token after it.
    struct Pair {
        std::int64_t position = 0;
        std::int32_t next = 0;
    };

    void forget_pairs(std::size_t kept);
    std::size_t already_paired() const;

    RowCache cache_;
    std::vector<Pair> pairs_; ///< of each row of cache_; guesses upon guesses stand behind the sequence's end
    std::unique_ptr<kernels::Buffer> hidden_; ///< [waiting, hidden]: h of tokens first_waiting_ ...
    std::int64_t first_waiting_ = 0;
    std::vector<std::int32_t> waiting_;      ///< those tokens
    std::unique_ptr<kernels::Buffer> guess_; ///< [hidden]: norm(x') of the last guess
    bool guessed_ = false;                   ///< draft() was called since the trunk's last token
};

/// Runs the layer.
class NextTokenDrafter {
  public:
    /// Sends x [tokens, hidden] through the layer, in place.
    using RunLayer = std::function<void(const Pass&)>;

    NextTokenDrafter(const Trunk& trunk, const NextTokenHead& head, RunLayer run_layer);

    /// Takes what a device works in for up to `tokens` tokens at once, while `memory` is new. Throws
    /// kernels::OutOfMemory.
    void reserve(std::int64_t tokens, Workspace& scratch, NextTokenMemory& memory);
    /// Before a pass of `count` tokens: what waits goes through the layer when there is no room for more.
    void make_room(std::int64_t count, Workspace& scratch, NextTokenMemory& memory);
    /// After a pass: x [tokens, hidden] is what the trunk's layers made of `tokens`.
    void remember(std::span<const std::int32_t> tokens, kernels::ConstTensor x, std::int64_t first_position,
                  NextTokenMemory& memory);
    /// See Model::draft. `scratch`: the workspace that the layer uses.
    std::vector<float> draft(std::int32_t token, Workspace& scratch, NextTokenMemory& memory);

  private:
    kernels::Tensor waiting_rows(const NextTokenMemory& memory, std::size_t first, std::size_t count) const;
    kernels::Tensor run(kernels::ConstTensor h, std::span<const std::int32_t> next, std::int64_t wanted,
                        Workspace& scratch, NextTokenMemory& memory);
    std::vector<float> read_guess(kernels::Tensor x, NextTokenMemory& memory);

    kernels::Backend& backend_;
    NextTokenHead head_;
    RunLayer run_layer_;
    const RopeTable* rope_;
    const float* trunk_norm_;
    float norm_epsilon_;
    std::int64_t hidden_;
    Workspace workspace_;
    Workspace::Slot joined_, x_, cos_sin_;
    std::unique_ptr<kernels::Buffer> logits_; ///< [vocabulary]
    std::vector<float> angles_;
};

/// Floats a token that the layer takes beside those of the description, at most.
std::int64_t next_token_workspace(std::int64_t hidden);

} // namespace spoutnik::engine
