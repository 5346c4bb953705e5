// SPDX-License-Identifier: MIT
// What every decoder-only transformer here shares: embedding, a stack of layers, a last norm, an output head.
// An architecture adds its layers.
#pragma once

#include "engine/model/cache.h"
#include "engine/model/rope.h"
#include "engine/model/weights.h"
#include "engine/model/workspace.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// Everything outside the layers.
struct Trunk {
    std::shared_ptr<const gguf::File> file; ///< the weights lie in its map
    kernels::Backend* backend = nullptr;
    WeightHomes homes;
    ModelDescription description;
    float norm_epsilon = 0.0F;
    CacheShape cache_shape;
    RopeTable rope;
    kernels::Matrix embedding;          ///< [vocabulary, hidden]
    const float* output_norm = nullptr; ///< [hidden]
    kernels::Matrix output;             ///< [vocabulary, hidden]; the embedding when tied
};

/// Scratch memory for what the trunk does: floats a token.
std::int64_t trunk_workspace(std::int64_t hidden, std::int64_t rope_dims);

/// Binds the three tensors outside the layers.
void bind_trunk(WeightBinder& binder, Trunk& trunk);

/// One pass: consecutive tokens on their way through the layers.
struct Pass {
    kernels::Tensor x;            ///< [tokens, hidden]: the residual stream
    kernels::ConstTensor cos_sin; ///< [tokens, rope dims]
    std::int64_t first_position = 0;
    const RowCache* cache = nullptr;
    /// How many of the last tokens are wanted after the layers. The last layer need not work out the others:
    /// nothing but their rows in the cache is ever looked at again.
    std::int64_t wanted = 0;

    /// The last `count` tokens.
    Pass tail(std::int64_t count) const;
};

class NextTokenDrafter;
struct NextTokenHead;

class Transformer : public Model {
  public:
    ~Transformer() override;

    const ModelDescription& description() const final { return trunk_.description; }
    std::unique_ptr<KvCache> make_cache(std::int64_t capacity,
                                        std::optional<kernels::Format> format) const final;
    std::vector<float> forward(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted) final;
    std::int64_t max_batch() const final { return backend().tokens_at_once(); }
    TopLogits forward_top(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted, std::int64_t k,
                          std::int64_t among) final;
    void reserve(KvCache& cache, std::int64_t tokens, std::int64_t logit_rows) final;
    void watch(LayerWatcher watcher) final { watcher_ = std::move(watcher); }
    void enable_drafts(KvCache& cache) final;
    std::vector<float> draft(std::int32_t token, KvCache& cache) final;
    /// What the description promised, counted.
    std::int64_t workspace_values_per_token() const { return workspace_.values_per_token(); }

  protected:
    explicit Transformer(Trunk trunk);

    /// To be called after each layer of a pass: throws GivenUp when whoever watches wants no more.
    void after_layer(std::size_t done) const;
    /// Leaves x of the wanted tokens, of max_batch() at most, as the layers made it, and rows of all of them
    /// in the cache.
    virtual void run_layers(const Pass& pass) = 0;

    /// Binds the layer behind the last one, and what joins it to the trunk; called once at most. Throws
    /// Error.
    virtual NextTokenHead bind_next_token_layer(WeightBinder& binder);
    /// Sends tokens through that layer; `pass.cache` has rows of one layer.
    virtual void run_next_token_layer(const Pass& pass);

    /// h = rms_norm(x) with a layer's gain, in a scratch place of its own: valid until the next call.
    kernels::Tensor normed(const kernels::Tensor& x, const float* gain);

    kernels::Backend& backend() const { return *trunk_.backend; }
    Workspace& workspace() { return workspace_; }
    const ModelDescription& shape() const { return trunk_.description; }
    const Trunk& trunk() const { return trunk_; }
    float norm_epsilon() const { return trunk_.norm_epsilon; }
    /// The last step of a constructor: what keeps the bound weights alive.
    void keep(WeightBuffers buffers) { buffers_ = std::move(buffers); }

  private:
    RowCache& own(KvCache& cache) const;
    void check_tokens(std::span<const std::int32_t> tokens) const;
    void check_call(std::span<const std::int32_t> tokens, const RowCache& cache) const;
    kernels::Tensor run(std::span<const std::int32_t> tokens, RowCache& cache, std::int64_t wanted);
    template <class Take>
    void pass_on(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted, Take&& take);
    template <class Take>
    void work_out_logits(const kernels::Tensor& x, Take&& take);
    void read_logits(const kernels::Tensor& x, float* logits);
    void read_top(const kernels::Tensor& x, std::int64_t among, TopLogits& top);
    void ensure_logits(std::int64_t rows);
    void rehearse(RowCache& cache, std::int64_t tokens, std::int64_t logit_rows);

    Trunk trunk_;
    WeightBuffers buffers_;
    Workspace workspace_;
    Workspace::Slot x_, normed_, cos_sin_;
    std::unique_ptr<kernels::Buffer> logits_; ///< [logit_rows_, vocabulary]
    std::unique_ptr<kernels::Buffer> top_;    ///< the largest of them: ids, then values, [logit_rows_, most]
    std::int64_t logit_rows_ = 0;
    std::vector<float> angles_; ///< host side of cos_sin_
    LayerWatcher watcher_;

    WeightBuffers drafter_buffers_;
    std::unique_ptr<NextTokenDrafter> drafter_; ///< null until drafts are enabled
};

} // namespace spoutnik::engine
