// SPDX-License-Identifier: MIT
#include "engine/model/next_token.h"

#include <algorithm>
#include <utility>

namespace spoutnik::engine {
namespace {

using kernels::ConstTensor;
using kernels::Matrix;
using kernels::Tensor;

float* floats(kernels::Buffer& buffer) {
    return reinterpret_cast<float*>(buffer.data());
}

std::size_t bytes_of_rows(std::int64_t rows, std::int64_t cols) {
    return static_cast<std::size_t>(rows * cols) * sizeof(float);
}

} // namespace

NextTokenHead bind_next_token_head(WeightBinder& binder, const std::string& prefix, const Trunk& trunk) {
    const std::int64_t hidden = trunk.description.hidden;
    const std::int64_t vocabulary = trunk.description.vocabulary;
    const std::string own = prefix + "nextn.";
    const auto matrix_or = [&](const char* name, const Matrix& shared) {
        return binder.has(own + name) ? binder.matrix(own + name, hidden, vocabulary) : shared;
    };
    return {.embedding_norm = binder.vector(own + "enorm.weight", hidden),
            .hidden_norm = binder.vector(own + "hnorm.weight", hidden),
            .projection = binder.matrix(own + "eh_proj.weight", 2 * hidden, hidden),
            .embedding = matrix_or("embed_tokens.weight", trunk.embedding),
            .output_norm = binder.vector(own + "shared_head_norm.weight", hidden),
            .output = matrix_or("shared_head_head.weight", trunk.output)};
}

std::int64_t next_token_workspace(std::int64_t hidden) {
    return 5 * hidden; // h that waits, [embedding; h], x, and the angles, which are fewer
}

// Memory ----------------------------------------------------------------------------------------------------

NextTokenMemory::NextTokenMemory(kernels::Backend& backend, const RowCache& trunk, std::int64_t hidden,
                                 std::int64_t most_batch)
    : cache_(backend, {.layers = 1, .lanes = trunk.shape().lanes, .width = trunk.shape().width},
             trunk.capacity(), trunk.layout().format),
      // One more: the last token of the pass before.
      hidden_(backend.allocate(bytes_of_rows(std::min(most_batch, trunk.capacity()) + 1, hidden))),
      guess_(backend.allocate(bytes_of_rows(1, hidden))) {
}

void NextTokenMemory::truncate(std::int64_t length) {
    guessed_ = false;
    // The row of the last kept token was made with the token after it, which goes.
    std::size_t kept = pairs_.size();
    while (kept > 0 && pairs_[kept - 1].position >= length - 1)
        --kept;
    forget_pairs(kept);
    const std::int64_t waiting = std::max<std::int64_t>(0, length - first_waiting_);
    if (waiting < static_cast<std::int64_t>(waiting_.size()))
        waiting_.resize(static_cast<std::size_t>(waiting));
}

void NextTokenMemory::forget_pairs(std::size_t kept) {
    pairs_.resize(kept);
    cache_.truncate(static_cast<std::int64_t>(kept));
}

/// How many of the waiting tokens, from the first, have their row already.
std::size_t NextTokenMemory::already_paired() const {
    if (pairs_.empty()) return 0;
    const std::int64_t done = pairs_.back().position + 1 - first_waiting_;
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(done, 0, static_cast<std::int64_t>(waiting_.size())));
}

// Drafter ---------------------------------------------------------------------------------------------------

NextTokenDrafter::NextTokenDrafter(const Trunk& trunk, const NextTokenHead& head, RunLayer run_layer)
    : backend_(*trunk.backend), head_(head), run_layer_(std::move(run_layer)), rope_(&trunk.rope),
      trunk_norm_(trunk.output_norm), norm_epsilon_(trunk.norm_epsilon), hidden_(trunk.description.hidden),
      workspace_(backend_), joined_(workspace_.add(2 * hidden_)), x_(workspace_.add(hidden_)),
      cos_sin_(workspace_.add(trunk.rope.dims())),
      logits_(backend_.allocate(bytes_of_rows(1, trunk.description.vocabulary))) {
}

Tensor NextTokenDrafter::waiting_rows(const NextTokenMemory& memory, std::size_t first,
                                      std::size_t count) const {
    return {floats(*memory.hidden_) + static_cast<std::int64_t>(first) * hidden_,
            static_cast<std::int64_t>(count), hidden_, hidden_};
}

void NextTokenDrafter::reserve(std::int64_t tokens, Workspace& scratch, NextTokenMemory& memory) {
    if (!backend_.begin_rehearsal()) return;
    try {
        const std::vector<std::int32_t> any(static_cast<std::size_t>(tokens));
        run(waiting_rows(memory, 0, any.size()), any, 1, scratch, memory);
    } catch (...) {
        memory.forget_pairs(0);
        backend_.end_rehearsal();
        throw;
    }
    memory.forget_pairs(0);
    backend_.end_rehearsal();
}

void NextTokenDrafter::make_room(std::int64_t count, Workspace& scratch, NextTokenMemory& memory) {
    std::vector<std::int32_t>& waiting = memory.waiting_;
    const auto room = static_cast<std::int64_t>(memory.hidden_->bytes() / bytes_of_rows(1, hidden_));
    if (waiting.empty() || static_cast<std::int64_t>(waiting.size()) + count <= room) return;
    const std::size_t done = memory.already_paired();
    const std::size_t last = waiting.size() - 1; // its next token is not known yet
    if (done < last)
        run(waiting_rows(memory, done, last - done), std::span(waiting).subspan(done + 1), 0, scratch,
            memory);
    if (last > 0) // the only copy on the device that the operations know
        backend_.store_rows(waiting_rows(memory, last, 1),
                            {memory.hidden_->data(), kernels::Format::f32, hidden_, 1}, 0, 0);
    memory.first_waiting_ += static_cast<std::int64_t>(last);
    waiting.erase(waiting.begin(), waiting.end() - 1);
}

void NextTokenDrafter::remember(std::span<const std::int32_t> tokens, ConstTensor x,
                                std::int64_t first_position, NextTokenMemory& memory) {
    memory.guessed_ = false;
    // What was guessed ahead goes, but for the row that was made with the token that came indeed.
    std::size_t kept = memory.pairs_.size();
    while (kept > 0 && memory.pairs_[kept - 1].position >= first_position)
        --kept;
    if (kept > 0 && memory.pairs_[kept - 1].position == first_position - 1 &&
        memory.pairs_[kept - 1].next != tokens.front())
        --kept;
    memory.forget_pairs(kept);

    std::vector<std::int32_t>& waiting = memory.waiting_;
    // Rows may have come from elsewhere since: then h of the token before is not known.
    if (memory.first_waiting_ + static_cast<std::int64_t>(waiting.size()) != first_position) waiting.clear();
    if (waiting.empty()) memory.first_waiting_ = first_position;
    backend_.rms_norm(x, trunk_norm_, norm_epsilon_, waiting_rows(memory, waiting.size(), tokens.size()));
    waiting.insert(waiting.end(), tokens.begin(), tokens.end());
}

/// Makes rows of h and the tokens after them. x' [wanted, hidden] of the last ones, valid until the next
/// call.
Tensor NextTokenDrafter::run(ConstTensor h, std::span<const std::int32_t> next, std::int64_t wanted,
                             Workspace& scratch, NextTokenMemory& memory) {
    const std::int64_t count = h.rows;
    scratch.ensure(count);
    workspace_.ensure(count);
    const Tensor joined = workspace_.rows(joined_, count); // [tokens, 2 * hidden]
    const Tensor embedded = part_of(joined, 0, hidden_);
    backend_.embed_rows(head_.embedding, next, embedded);
    backend_.rms_norm(embedded, head_.embedding_norm, norm_epsilon_, embedded);
    backend_.rms_norm(h, head_.hidden_norm, norm_epsilon_, part_of(joined, hidden_, hidden_));
    const Tensor x = workspace_.rows(x_, count);
    backend_.matmul(head_.projection, joined, x);

    const Tensor cos_sin = workspace_.rows(cos_sin_, count);
    const std::int64_t first = memory.cache_.length();
    angles_.resize(static_cast<std::size_t>(count * cos_sin.cols));
    rope_->fill(first, count, angles_);
    backend_.upload(std::as_bytes(std::span(angles_)), reinterpret_cast<std::byte*>(cos_sin.data));
    run_layer_(
        {.x = x, .cos_sin = cos_sin, .first_position = first, .cache = &memory.cache_, .wanted = wanted});

    const std::int64_t position =
        memory.guessed_ ? memory.pairs_.back().position + 1
                        : memory.first_waiting_ + static_cast<std::int64_t>(memory.already_paired());
    for (std::int64_t i = 0; i < count; ++i)
        memory.pairs_.push_back({position + i, next[static_cast<std::size_t>(i)]});
    memory.cache_.grow(count);
    return last_rows(x, wanted);
}

std::vector<float> NextTokenDrafter::draft(std::int32_t token, Workspace& scratch, NextTokenMemory& memory) {
    const RowCache& cache = memory.cache_;
    if (memory.guessed_) { // a guess upon a guess
        if (cache.length() >= cache.capacity()) return {};
        const Tensor h{floats(*memory.guess_), 1, hidden_, hidden_};
        return read_guess(run(h, std::span(&token, 1), 1, scratch, memory), memory);
    }
    std::vector<std::int32_t>& waiting = memory.waiting_;
    if (waiting.empty()) return {};
    const std::size_t done = memory.already_paired(); // never all: the last one's next token comes here
    if (cache.length() + static_cast<std::int64_t>(waiting.size() - done) > cache.capacity()) return {};
    std::vector<std::int32_t> next(waiting.begin() + static_cast<std::ptrdiff_t>(done) + 1, waiting.end());
    next.push_back(token);
    return read_guess(run(waiting_rows(memory, done, next.size()), next, 1, scratch, memory), memory);
}

/// Head(norm(x')) of one row, to host memory; norm(x') is what the next guess goes on from.
std::vector<float> NextTokenDrafter::read_guess(Tensor x, NextTokenMemory& memory) {
    const Tensor h{floats(*memory.guess_), 1, hidden_, hidden_};
    backend_.rms_norm(x, head_.output_norm, norm_epsilon_, h);
    const std::int64_t vocabulary = head_.output.rows;
    backend_.matmul(head_.output, h, {floats(*logits_), 1, vocabulary, vocabulary});
    std::vector<float> logits(static_cast<std::size_t>(vocabulary));
    backend_.download(logits_->data(), std::as_writable_bytes(std::span(logits)));
    memory.guessed_ = true;
    return logits;
}

} // namespace spoutnik::engine
