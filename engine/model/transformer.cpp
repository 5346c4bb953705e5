// SPDX-License-Identifier: MIT
#include "engine/model/transformer.h"

#include "engine/model/next_token.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace spoutnik::engine {
namespace {

using kernels::Tensor;

/// Rows of logits worked out at once: a vocabulary is wide, a whole batch of it would be hundreds of MB.
constexpr std::int64_t most_logit_rows = 32;

} // namespace

std::int64_t trunk_workspace(std::int64_t hidden, std::int64_t rope_dims) {
    return 2 * hidden + rope_dims; // x, its norm, angles
}

void bind_trunk(WeightBinder& binder, Trunk& trunk) {
    const std::int64_t hidden = trunk.description.hidden;
    const std::int64_t vocabulary = trunk.description.vocabulary;
    trunk.embedding = binder.matrix("token_embd.weight", hidden, vocabulary);
    trunk.output_norm = binder.vector("output_norm.weight", hidden);
    trunk.output = binder.has("output.weight") ? binder.matrix("output.weight", hidden, vocabulary)
                                               : trunk.embedding; // tied
}

Transformer::Transformer(Trunk trunk)
    : trunk_(std::move(trunk)), workspace_(*trunk_.backend), x_(workspace_.add(trunk_.description.hidden)),
      normed_(workspace_.add(trunk_.description.hidden)), cos_sin_(workspace_.add(trunk_.rope.dims())) {
}

std::unique_ptr<KvCache> Transformer::make_cache(std::int64_t capacity,
                                                 std::optional<kernels::Format> format) const {
    const kernels::Format chosen = format.value_or(trunk_.backend->cache_format());
    require_cacheable(chosen, trunk_.description.attention);
    return std::make_unique<RowCache>(*trunk_.backend, trunk_.cache_shape, capacity, chosen);
}

Tensor Transformer::normed(const Tensor& x, const float* gain) {
    const Tensor h = workspace_.rows(normed_, x.rows);
    backend().rms_norm(x, gain, trunk_.norm_epsilon, h);
    return h;
}

Transformer::~Transformer() = default;

RowCache& Transformer::own(KvCache& cache) const {
    auto* rows = dynamic_cast<RowCache*>(&cache);
    if (rows == nullptr || rows->shape() != trunk_.cache_shape || &rows->backend() != trunk_.backend)
        throw Error("This KV cache was made for another model.");
    return *rows;
}

void Transformer::check_call(std::span<const std::int32_t> tokens, const RowCache& cache) const {
    const auto count = static_cast<std::int64_t>(tokens.size());
    if (count > cache.capacity() - cache.length())
        throw Error(fmt::format("The context is full: {} tokens do not fit after {} of {}.", count,
                                cache.length(), cache.capacity()));
    check_tokens(tokens);
}

void Transformer::check_tokens(std::span<const std::int32_t> tokens) const {
    for (const std::int32_t token : tokens)
        if (token < 0 || token >= trunk_.description.vocabulary)
            throw Error(fmt::format("Token {} is not in the vocabulary of {}.", token,
                                    trunk_.description.vocabulary));
}

/// Sends tokens through in passes; `take` is given x of the wanted ones of each.
template <class Take>
void Transformer::pass_on(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted, Take&& take) {
    RowCache& rows = own(cache);
    check_call(tokens, rows);
    for (std::size_t done = 0; done < tokens.size();) {
        const std::size_t count = std::min(tokens.size() - done, static_cast<std::size_t>(max_batch()));
        const bool is_last = done + count == tokens.size();
        const std::size_t kept = wanted == Logits::all ? count : wanted == Logits::last && is_last ? 1 : 0;
        const Tensor x = run(tokens.subspan(done, count), rows, static_cast<std::int64_t>(kept));
        if (kept > 0) take(x);
        done += count;
    }
}

std::vector<float> Transformer::forward(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted) {
    const auto vocabulary = static_cast<std::size_t>(trunk_.description.vocabulary);
    std::vector<float> logits;
    pass_on(tokens, cache, wanted, [&](const Tensor& x) {
        const std::size_t before = logits.size();
        logits.resize(before + static_cast<std::size_t>(x.rows) * vocabulary);
        read_logits(x, logits.data() + before);
    });
    return logits;
}

void Transformer::after_layer(std::size_t done) const {
    if (!watcher_) return;
    const auto layers = static_cast<std::int64_t>(trunk_.description.layers);
    const bool goes_on = watcher_(static_cast<std::int64_t>(done), layers);
    if (!goes_on && std::cmp_less(done, layers)) throw GivenUp();
}

TopLogits Transformer::forward_top(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted,
                                   std::int64_t k, std::int64_t among) {
    if (k < 1 || k > std::min(among, kernels::Backend::most_top_k) || among > trunk_.description.vocabulary)
        throw Error(fmt::format("{} of {} logits cannot be chosen.", k, among));
    TopLogits top;
    top.k = k;
    pass_on(tokens, cache, wanted, [&](const Tensor& x) { read_top(x, among, top); });
    return top;
}

Pass Pass::tail(std::int64_t count) const {
    Pass last = *this;
    last.x = last_rows(x, count);
    last.cos_sin = last_rows(cos_sin, count);
    last.first_position += x.rows - count;
    return last;
}

/// Sends tokens through every layer, which leaves their rows in the cache, and returns the residual stream of
/// the last `wanted`.
Tensor Transformer::run(std::span<const std::int32_t> tokens, RowCache& cache, std::int64_t wanted) {
    const auto count = static_cast<std::int64_t>(tokens.size());
    if (cache.next_token() != nullptr) drafter_->make_room(count, workspace_, *cache.next_token());
    workspace_.ensure(count);

    const Tensor x = workspace_.rows(x_, count);
    backend().embed_rows(trunk_.embedding, tokens, x);

    const Tensor cos_sin = workspace_.rows(cos_sin_, count);
    angles_.resize(static_cast<std::size_t>(count * cos_sin.cols));
    trunk_.rope.fill(cache.length(), count, angles_);
    backend().upload(std::as_bytes(std::span(angles_)), reinterpret_cast<std::byte*>(cos_sin.data));

    const bool is_followed = cache.next_token() != nullptr; // by a layer that asks for every token
    run_layers({.x = x,
                .cos_sin = cos_sin,
                .first_position = cache.length(),
                .cache = &cache,
                .wanted = is_followed ? count : wanted});
    if (is_followed) drafter_->remember(tokens, x, cache.length(), *cache.next_token());
    cache.grow(count);
    return last_rows(x, wanted);
}

NextTokenHead Transformer::bind_next_token_layer(WeightBinder& /*binder*/) {
    throw Error("This model has no layer that predicts the token after the next.");
}

void Transformer::run_next_token_layer(const Pass& /*pass*/) {
}

void Transformer::enable_drafts(KvCache& cache) {
    RowCache& rows = own(cache);
    if (!drafter_) {
        const LoadProgress silent;
        WeightBinder binder(*trunk_.file, backend(), silent, trunk_.homes);
        NextTokenHead head = bind_next_token_layer(binder);
        drafter_buffers_ = binder.take_buffers();
        drafter_ = std::make_unique<NextTokenDrafter>(
            trunk_, head, [this](const Pass& pass) { run_next_token_layer(pass); });
    }
    rows.follow_with(
        std::make_unique<NextTokenMemory>(backend(), rows, trunk_.description.hidden, max_batch()));
    drafter_->reserve(std::min(max_batch(), rows.capacity()), workspace_, *rows.next_token());
}

std::vector<float> Transformer::draft(std::int32_t token, KvCache& cache) {
    RowCache& rows = own(cache);
    if (rows.next_token() == nullptr) return {};
    check_tokens(std::span(&token, 1));
    return drafter_->draft(token, workspace_, *rows.next_token());
}

void Transformer::reserve(KvCache& cache, std::int64_t tokens, std::int64_t logit_rows) {
    RowCache& rows = own(cache);
    tokens = std::clamp<std::int64_t>(tokens, 1, std::min(max_batch(), rows.capacity()));
    logit_rows = std::clamp<std::int64_t>(logit_rows, 1, std::min(most_logit_rows, rows.capacity()));
    workspace_.ensure(std::max(tokens, logit_rows));
    ensure_logits(logit_rows);
    if (!backend().begin_rehearsal()) return;
    try {
        // Where most of the cache is behind them: one token of decode, a check of drafts, a batch of a
        // prompt.
        for (const std::int64_t count : {std::int64_t{1}, logit_rows, tokens})
            rehearse(rows, count, std::min(count, logit_rows));
    } catch (...) {
        backend().end_rehearsal();
        throw;
    }
    backend().end_rehearsal();
}

void Transformer::rehearse(RowCache& cache, std::int64_t tokens, std::int64_t logit_rows) {
    const std::vector<std::int32_t> any(static_cast<std::size_t>(tokens));
    const Tensor x = workspace_.rows(x_, tokens);
    backend().embed_rows(trunk_.embedding, any, x);
    run_layers({.x = x,
                .cos_sin = workspace_.rows(cos_sin_, tokens),
                .first_position = cache.capacity() - tokens,
                .cache = &cache,
                .wanted = logit_rows});
    const std::int64_t vocabulary = trunk_.description.vocabulary;
    TopLogits top;
    top.k = std::min(vocabulary, kernels::Backend::most_top_k);
    read_top(last_rows(x, logit_rows), vocabulary, top);
}

void Transformer::ensure_logits(std::int64_t rows) {
    if (logit_rows_ >= rows) return;
    logits_.reset();
    top_.reset();
    logit_rows_ = 0;
    const std::int64_t vocabulary = trunk_.description.vocabulary;
    const std::int64_t most = std::min(vocabulary, kernels::Backend::most_top_k);
    logits_ = backend().allocate(static_cast<std::size_t>(rows * vocabulary) * sizeof(float));
    top_ = backend().allocate(static_cast<std::size_t>(rows * most) * (sizeof(std::int32_t) + sizeof(float)));
    logit_rows_ = rows;
}

/// logits = output * rms_norm(x), some rows at a time; `take` is given each time the logits of so many.
template <class Take>
void Transformer::work_out_logits(const Tensor& x, Take&& take) {
    const std::int64_t vocabulary = trunk_.description.vocabulary;
    ensure_logits(std::min(x.rows, most_logit_rows));
    const Tensor h = normed(x, trunk_.output_norm);
    for (std::int64_t row = 0; row < x.rows; row += logit_rows_) {
        const std::int64_t count = std::min(logit_rows_, x.rows - row);
        const Tensor out{reinterpret_cast<float*>(logits_->data()), count, vocabulary, vocabulary};
        backend().matmul(trunk_.output, {h.data + row * h.stride, count, h.cols, h.stride}, out);
        take(out);
    }
}

/// To host memory: [tokens, vocabulary].
void Transformer::read_logits(const Tensor& x, float* logits) {
    work_out_logits(x, [&](const Tensor& rows) {
        const auto values = static_cast<std::size_t>(rows.rows * rows.cols);
        backend().download(logits_->data(), std::as_writable_bytes(std::span(logits, values)));
        logits += values;
    });
}

/// Behind those that `top` holds.
void Transformer::read_top(const Tensor& x, std::int64_t among, TopLogits& top) {
    work_out_logits(x, [&](const Tensor& rows) {
        const auto before = static_cast<std::ptrdiff_t>(top.values.size());
        const auto found = static_cast<std::size_t>(rows.rows * top.k);
        auto* ids = reinterpret_cast<std::int32_t*>(top_->data());
        auto* values = reinterpret_cast<float*>(top_->data() + found * sizeof(std::int32_t));
        backend().top_k({rows.data, rows.rows, among, rows.stride}, top.k, ids, values);
        top.tokens.resize(top.tokens.size() + found);
        top.values.resize(top.values.size() + found);
        const std::span tokens_here(top.tokens.begin() + before, top.tokens.end());
        const std::span values_here(top.values.begin() + before, top.values.end());
        const kernels::Download parts[] = {
            {reinterpret_cast<const std::byte*>(ids), std::as_writable_bytes(tokens_here)},
            {reinterpret_cast<const std::byte*>(values), std::as_writable_bytes(values_here)}};
        backend().download_all(parts);
    });
}

} // namespace spoutnik::engine
