// SPDX-License-Identifier: MIT
// What running a model will take, known before anything large is read or allocated.
#pragma once

#include "engine/placement/token_work.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// How a model is to be run.
struct PlanRequest {
    std::int64_t context = 8192;                         ///< tokens of the KV cache
    kernels::Format cache_format = kernels::Format::f16; ///< f32, f16, bf16 or q8_0
    std::int64_t prefill_batch = 0;                      ///< tokens at once; 0: Backend::tokens_at_once()
    bool speculates = false;       ///< drafts are checked: logits of several tokens at once
    bool next_token_layer = false; ///< the layer that guesses the token after the next is used

    // Where there is a GPU
    bool cpu_only = false;
    /// Routed experts of exactly so many layers on the GPU; none: of as many as fit, but not more than
    /// most_gpu_expert_layers.
    std::optional<std::int64_t> gpu_expert_layers{};
    std::int64_t most_gpu_expert_layers = std::numeric_limits<std::int64_t>::max();
    /// Of the GPU's free memory, what a plan leaves alone unless gpu_expert_layers is given: for what other
    /// programs and the driver take meanwhile, and for what splitting memory into blocks loses.
    std::uint64_t gpu_reserve = std::uint64_t{512} << 20U;
};

/// A memory that weights can be kept in.
struct DeviceMemory {
    std::string name; ///< Backend::name(): "cpu" is RAM, anything else a GPU
    kernels::MemoryInfo memory;
};

/// What there is to plan with.
struct Machine {
    DeviceMemory ram;
    std::optional<DeviceMemory> gpu{};
};

/// Bytes on one device.
struct DevicePlan {
    std::string device;          ///< Backend::name()
    std::uint64_t weights = 0;   ///< tensors of the file that the model uses
    std::uint64_t copies = 0;    ///< weights kept in another form beside them
    std::uint64_t cache = 0;     ///< KV cache, when it is full
    std::uint64_t workspace = 0; ///< activations of a batch, logits, threads' scratch
    std::uint64_t reserve = 0;   ///< free memory that is left alone
    kernels::MemoryInfo memory;  ///< of the device when the plan was made; total 0: not known

    bool is_gpu() const { return device != "cpu"; }
    std::uint64_t total() const { return weights + copies + cache + workspace; }
    bool fits() const { return memory.total_bytes == 0 || total() + reserve <= memory.free_bytes; }
};

struct Plan {
    PlanRequest request;
    std::vector<DevicePlan> devices; ///< the GPU first, where one is used; RAM always, or the one device
    std::int64_t parameters = 0;
    std::int64_t layers = 0;
    std::uint64_t cache_bytes_per_token = 0;
    /// Weights that one token of decode reads, by their format.
    std::map<kernels::Format, std::uint64_t> read_per_token;
    TokenWork work; ///< the same token by its operations

    WeightHomes homes;                  ///< for load_model()
    std::int64_t expert_layers = 0;     ///< that have routed experts
    std::int64_t gpu_expert_layers = 0; ///< those whose experts are on the GPU
    /// Routed experts on the GPU that might as well be in RAM if the person wants room for something else.
    std::uint64_t movable = 0;
    std::string note{}; ///< a sentence where there is a GPU that the plan does not use; else empty

    bool fits() const;
    bool uses_gpu() const { return devices.front().is_gpu(); }
    /// Tokens of context that fit beside weights and workspace, with routed experts in RAM where that helps;
    /// 0: not one, or not even the weights.
    std::int64_t longest_context() const;
    /// Weights and cache rows that the token at `position` reads.
    std::uint64_t bytes_read_at(std::int64_t position) const;
    /// In words, what is where; empty on a machine without a GPU.
    std::string placement() const;
    /// Empty when the plan fits. Else two or three sentences: what is needed, what is free, what would fit.
    std::string refusal() const;
};

/// The best place for everything: the GPU alone; else the GPU with the embedding table, and routed experts of
/// as few layers as must be, in RAM; else the CPU alone. What fits nowhere is planned as near to fitting as
/// can be. Reads names and shapes of the file. Throws Error as describe_model does, and for a cache format
/// that does not suit the model.
Plan make_plan(const gguf::File& file, const PlanRequest& request, const Machine& machine);
/// The same with everything on one backend.
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
