// SPDX-License-Identifier: MIT
// What running a model will take, known before anything large is read or allocated.
#pragma once

#include "engine/placement/token_work.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// How a model is to be run.
struct PlanRequest {
    std::int64_t context = 8192;                         ///< tokens of the KV cache
    kernels::Format cache_format = kernels::Format::f16; ///< f32, f16, bf16 or q8_0
    std::int64_t prefill_batch = 512;                    ///< tokens at once
    bool speculates = false;       ///< drafts are checked: logits of several tokens at once
    bool next_token_layer = false; ///< the layer that guesses the token after the next is used
};

/// Bytes on one device.
struct DevicePlan {
    std::string device;          ///< Backend::name()
    std::uint64_t weights = 0;   ///< tensors of the file that the model uses
    std::uint64_t copies = 0;    ///< weights kept in another form beside them
    std::uint64_t cache = 0;     ///< KV cache, when it is full
    std::uint64_t workspace = 0; ///< activations of a batch, logits, threads' scratch
    kernels::MemoryInfo memory;  ///< of the device when the plan was made; total 0: not known

    std::uint64_t total() const { return weights + copies + cache + workspace; }
    bool fits() const { return memory.total_bytes == 0 || total() <= memory.free_bytes; }
};

struct Plan {
    PlanRequest request;
    std::vector<DevicePlan> devices;
    std::int64_t parameters = 0;
    std::int64_t layers = 0;
    std::uint64_t cache_bytes_per_token = 0;
    /// Weights that one token of decode reads, by their format.
    std::map<kernels::Format, std::uint64_t> read_per_token;
    TokenWork work; ///< the same token by its operations

    bool fits() const;
    /// Tokens of context that fit beside weights and workspace; 0: not one, or not even the weights.
    std::int64_t longest_context() const;
    /// Weights and cache rows that the token at `position` reads.
    std::uint64_t bytes_read_at(std::int64_t position) const;
    /// Empty when the plan fits. Else two or three sentences: what is needed, what is free, what would fit.
    std::string refusal() const;
};

/// Reads names and shapes of the file, and the backend's free memory. Throws Error as describe_model does,
/// and for a cache format that does not suit the model.
Plan make_plan(const gguf::File& file, const PlanRequest& request, const kernels::Backend& backend);
/// The same for a memory of a size of one's own.
Plan make_plan(const gguf::File& file, const PlanRequest& request, const std::string& device,
               const kernels::MemoryInfo& memory);

/// A model that this machine has no memory for; what() is Plan::refusal().
class DoesNotFit : public Error {
  public:
    explicit DoesNotFit(Plan plan) : Error(plan.refusal()), plan_(std::move(plan)) {}
    const Plan& plan() const { return plan_; }

  private:
    Plan plan_;
};

/// Throws DoesNotFit unless it does.
void require_fit(const Plan& plan);

} // namespace spoutnik::engine
