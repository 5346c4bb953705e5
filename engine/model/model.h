// SPDX-License-Identifier: MIT
// A loaded transformer and its KV cache, whatever the architecture and the device.
#pragma once

#include "engine/error.h"
#include "engine/gguf/gguf.h"
#include "engine/model/weight_homes.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// What the query of a token meets at each position of the cache.
struct AttentionShape {
    std::int64_t heads = 0;       ///< of queries
    std::int64_t kv_heads = 0;    ///< keys and values that they share; 0: all heads share one latent
    std::int64_t key_width = 0;   ///< values of a head's query: of the key, or of latent and position
    std::int64_t value_width = 0; ///< values of a head's result: of the value, or of the latent

    bool operator==(const AttentionShape&) const = default;
};

/// True when the rows of such attention can be kept in `format`: f32, f16, bf16, and q8_0 where heads are
/// made of whole blocks of 32 values.
bool can_be_cached_in(kernels::Format format, const AttentionShape& shape);
/// Throws Error with a sentence that says why, unless it is.
void require_cacheable(kernels::Format format, const AttentionShape& shape);

/// What a person or a plan wants to know of a model without running it.
struct ModelDescription {
    std::string architecture; ///< "deepseek2"
    std::string name;         ///< general.name, may be empty
    std::int64_t layers = 0;
    std::int64_t hidden = 0;
    std::int64_t vocabulary = 0;
    std::int64_t context_length = 0; ///< tokens the model was trained for
    std::int64_t experts = 0;        ///< 0: dense
    std::int64_t experts_used = 0;
    std::int64_t parameters_total = 0;
    std::int64_t parameters_active = 0;           ///< touched for one token: all but the experts not chosen
    std::int64_t cache_values_per_token = 0;      ///< all layers: latents for deepseek2
    std::int64_t full_heads_values_per_token = 0; ///< all layers: what a K/V cache of full heads would hold
    std::int64_t workspace_values_per_token = 0;  ///< floats of scratch memory for each token of a batch
    /// The part of these that only the absorbed form of attention uses (Backend::decompressed_attention()).
    std::int64_t absorbed_values_per_token = 0;
    std::int64_t copied_bytes = 0; ///< of weights that loading turns into another form, beside the file's
    AttentionShape attention;      ///< of every layer
    /// The file holds a layer that predicts the token after the next; Model::enable_drafts() puts it to use.
    bool has_next_token_layer = false;
    std::int64_t next_token_copied_bytes = 0; ///< copied_bytes of that layer
};

/// How the rows of a cache lie when they leave it: `lanes` times (layer by layer) rows of `row_bytes`.
struct CacheLayout {
    std::int64_t lanes = 0;
    std::size_t row_bytes = 0;
    kernels::Format format = kernels::Format::f16;

    bool operator==(const CacheLayout&) const = default;
    std::size_t bytes_per_token() const { return static_cast<std::size_t>(lanes) * row_bytes; }
};

/// What attention remembers of the tokens seen so far, one sequence, rows 0 ... length()-1.
class KvCache {
  public:
    virtual ~KvCache() = default;
    virtual std::int64_t length() const = 0;
    virtual std::int64_t capacity() const = 0;
    virtual std::size_t bytes() const = 0;
    /// Forgets everything from position `length` on.
    virtual void truncate(std::int64_t length) = 0;

    // Rows on their way to a file and back. Bytes are in host memory, [lanes, rows, row_bytes].

    virtual CacheLayout layout() const = 0;
    /// Copies rows first ... first + count - 1 out. They exist, and `out` has exactly their size.
    virtual void read_rows(std::int64_t first, std::int64_t count, std::span<std::byte> out) const = 0;
    /// Appends rows first ... first + count - 1 of a block of `block_rows` rows. Throws Error when there is
    /// no room or the block is of another size.
    virtual void append_rows(std::span<const std::byte> block, std::int64_t block_rows, std::int64_t first,
                             std::int64_t count) = 0;
};

/// Called after each layer of a pass: so many of all are done. Returns false to give up what is left.
using LayerWatcher = std::function<bool(std::int64_t done, std::int64_t layers)>;

/// What forward() throws then. The cache holds the tokens of the passes before.
class GivenUp : public std::exception {
  public:
    const char* what() const noexcept override { return "the pass was given up"; }
};

/// For which of the given tokens forward() returns logits.
enum class Logits { none, last, all };

/// The largest logits of some rows and whose they are, largest first: of equal ones the lower token first,
/// what is not a number last.
struct TopLogits {
    std::int64_t k = 0;
    std::vector<float> values;        ///< [rows, k]
    std::vector<std::int32_t> tokens; ///< [rows, k]
};

/// Those of logits [rows, vocabulary] among the first `among` tokens; 1 <= k <= among.
TopLogits top_of(std::span<const float> logits, std::int64_t vocabulary, std::int64_t k, std::int64_t among);

class Model {
  public:
    virtual ~Model() = default;
    virtual const ModelDescription& description() const = 0;
    /// A cache for `capacity` tokens; format f32, f16, bf16 or q8_0, or the 16-bit one that suits the device.
    /// Throws kernels::OutOfMemory, and Error for a format that this model's rows cannot be kept in.
    virtual std::unique_ptr<KvCache> make_cache(std::int64_t capacity,
                                                std::optional<kernels::Format> format = {}) const = 0;
    /// Appends `tokens` to the cache and returns logits [wanted rows, vocabulary] in host memory. Any number
    /// of tokens up to the cache's room; internally at most max_batch() at a time. How a text is cut into
    /// calls does not change the result by a bit, but that passes of many tokens may use a form of attention
    /// that rounds otherwise (Backend::decompressed_attention()). One call at a time.
    virtual std::vector<float> forward(std::span<const std::int32_t> tokens, KvCache& cache,
                                       Logits wanted) = 0;
    /// The same but for what is returned: of each row the k largest logits among the tokens below `among`,
    /// found where they are, so that nothing but them leaves the device. 1 <= k <= min(among,
    /// Backend::most_top_k), among <= vocabulary; else throws Error.
    virtual TopLogits forward_top(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted,
                                  std::int64_t k, std::int64_t among);
    /// From now on `watcher` is asked between the layers of every pass; an empty one: nobody is.
    virtual void watch(LayerWatcher watcher);
    /// Tokens that one pass through the layers takes at most.
    virtual std::int64_t max_batch() const = 0;
    /// Takes now all the memory of the device that passes of up to `tokens` tokens with logits of up to
    /// `logit_rows` of them work in, wherever in `cache` they are, so that a device that is nearly full says
    /// so at loading and not in the middle of an answer. `cache` keeps its rows. Throws kernels::OutOfMemory.
    virtual void reserve(KvCache& cache, std::int64_t tokens, std::int64_t logit_rows);

    // Guesses of the model's own next-token layer (DeepSeek-V3 section 2.2), for models that have one. They
    // change nothing of what forward() returns.

    /// Binds the layer and takes its memory: from now on forward() keeps for `cache` what draft() needs.
    /// Throws Error when there is no such layer or its tensors do not fit, or kernels::OutOfMemory.
    virtual void enable_drafts(KvCache& cache);
    /// Logits [vocabulary] of the guess for the token after `token`. `token` follows the last one of the
    /// cache or, called again without forward() in between, the one of the call before. Empty: nothing is
    /// known to guess from. `cache` keeps its length and its rows.
    virtual std::vector<float> draft(std::int32_t token, KvCache& cache);
};

/// Done so far, of all: bytes of weights made ready. Return false to give up (load_model then throws Error).
using LoadProgress = std::function<bool(std::size_t done_bytes, std::size_t total_bytes)>;

/// Reads only hyperparameters and tensor names. Throws Error for an architecture that is not supported.
ModelDescription describe_model(const gguf::File& file);

/// Binds the file's tensors to the backend, each where `homes` says. The model keeps `file` alive; `backend`
/// must outlive it. Throws Error naming a tensor or key, and kernels::OutOfMemory.
std::unique_ptr<Model> load_model(const std::shared_ptr<const gguf::File>& file, kernels::Backend& backend,
                                  const LoadProgress& progress = {}, const WeightHomes& homes = {});

} // namespace spoutnik::engine
