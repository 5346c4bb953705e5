// SPDX-License-Identifier: MIT
#include "engine/placement/plan.h"

#include "engine/model/describe.h"
#include "engine/model/next_token.h"
#include "engine/model/weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

/// Threads' scratch, tables, metadata and the allocator's own: what was seen over the sums below on real
/// models.
constexpr std::uint64_t small_things = std::uint64_t{48} << 20U;
/// A context below this is no help to anybody.
constexpr std::int64_t least_useful_context = 1024;

/// Sizes come from foreign files: beyond 64 bits they stay at the largest number, which fits nowhere.
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() / 8 : product;
}

std::uint64_t positive(std::int64_t value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value));
}

/// Tokens whose logits are worked out at once when drafts are checked.
constexpr std::uint64_t checked_tokens = 9;

std::uint64_t workspace_bytes(const ModelDescription& d, const PlanRequest& request) {
    const std::uint64_t batch = std::bit_ceil(positive(std::clamp<std::int64_t>(
        std::min(request.prefill_batch, request.context), 1, 512))); // as Workspace grows
    const std::uint64_t activations = times(times(positive(d.workspace_values_per_token), batch), 4);
    const std::uint64_t rows = request.speculates ? checked_tokens : 1;
    const std::uint64_t logits = times(positive(d.vocabulary), rows * 2 * sizeof(float)); // device and host
    return activations + logits + small_things;
}

/// What the layer behind the last one adds, with cache rows as those of every other layer.
void add_next_token_layer(const gguf::File& file, const ModelDescription& d, const PlanRequest& request,
                          DevicePlan& all) {
    for (const gguf::TensorInfo& info : file.tensors())
        if (block_of(info.name) == d.layers) all.weights += info.bytes.size();
    all.copies += positive(d.next_token_copied_bytes);
    all.cache += all.cache / positive(std::max<std::int64_t>(1, d.layers));
    const std::uint64_t batch = positive(std::clamp<std::int64_t>(request.context, 1, 512));
    all.workspace += times(times(positive(next_token_workspace(d.hidden)), batch), sizeof(float));
}

/// What one token reads of each format. Of the embedding it is a row, unless that is the output head too.
std::map<kernels::Format, std::uint64_t> read_per_token(const gguf::File& file, const ModelDescription& d) {
    const bool tied = file.find_tensor("output.weight") == nullptr;
    std::map<kernels::Format, std::uint64_t> sums;
    for_each_weight(file, d, [&](const gguf::TensorInfo& info, double share) {
        if (info.name == "token_embd.weight" && !tied) share = 1.0 / static_cast<double>(d.vocabulary);
        sums[info.format] += static_cast<std::uint64_t>(static_cast<double>(info.bytes.size()) * share);
    });
    return sums;
}

std::string gigabytes(std::uint64_t bytes) {
    const double gb = static_cast<double>(bytes) / 1e9;
    return gb < 10 ? fmt::format("{:.2f} GB", gb) : fmt::format("{:.1f} GB", gb);
}

/// Bits a weight of the usual mixtures of formats, as published files have them.
struct Quantisation {
    const char* name;
    double bits;
};
constexpr std::array<Quantisation, 6> quantisations{
    {{"Q8_0", 8.5}, {"Q6_K", 6.6}, {"Q5_K", 5.7}, {"Q4_K", 4.9}, {"Q3_K", 3.9}, {"Q2_K", 3.0}}};

/// A sentence about a file that would fit.
std::string smaller_file(const Plan& plan, const DevicePlan& device) {
    const std::uint64_t beside = device.workspace + times(plan.cache_bytes_per_token, least_useful_context);
    if (device.memory.free_bytes <= beside || plan.parameters <= 0)
        return "That is not enough for any quantisation of this model.";
    const std::uint64_t room = device.memory.free_bytes - beside;
    const double weights = static_cast<double>(plan.parameters);
    for (const Quantisation& q : quantisations) {
        const double bytes = q.bits / 8 * weights;
        if (bytes <= static_cast<double>(room) && bytes < 0.95 * static_cast<double>(device.weights))
            return fmt::format("A smaller quantisation would fit: {}, about {}.", q.name,
                               gigabytes(static_cast<std::uint64_t>(bytes)));
    }
    return "That is not enough for any quantisation of this model: only one with fewer parameters would fit.";
}

} // namespace

bool Plan::fits() const {
    return std::ranges::all_of(devices, &DevicePlan::fits);
}

std::int64_t Plan::longest_context() const {
    std::int64_t longest = std::numeric_limits<std::int64_t>::max();
    for (const DevicePlan& device : devices) {
        const std::uint64_t beside = device.total() - device.cache;
        if (device.memory.total_bytes == 0 || cache_bytes_per_token == 0) continue;
        if (device.memory.free_bytes <= beside) return 0;
        const std::uint64_t tokens = (device.memory.free_bytes - beside) / cache_bytes_per_token;
        longest = std::min(longest, static_cast<std::int64_t>(tokens));
    }
    return longest;
}

std::uint64_t Plan::bytes_read_at(std::int64_t position) const {
    std::uint64_t sum = times(positive(position), cache_bytes_per_token);
    for (const auto& [format, bytes] : read_per_token)
        sum += bytes;
    return sum;
}

std::string Plan::refusal() const {
    const auto tight = std::ranges::find_if_not(devices, &DevicePlan::fits);
    if (tight == devices.end()) return {};
    std::string text = fmt::format("This model needs {} of memory: {} for its weights, {} for a context of "
                                   "{} tokens, {} to work in. {} are "
                                   "free. ",
                                   gigabytes(tight->total()), gigabytes(tight->weights + tight->copies),
                                   gigabytes(tight->cache), request.context, gigabytes(tight->workspace),
                                   gigabytes(tight->memory.free_bytes));
    // Whole thousands: nobody sets 6,317 tokens.
    const std::int64_t context = longest_context() / least_useful_context * least_useful_context;
    if (context >= least_useful_context)
        return text + fmt::format("With a context of {} tokens it would fit.", context);
    return text + smaller_file(*this, *tight);
}

Plan make_plan(const gguf::File& file, const PlanRequest& request, const kernels::Backend& backend) {
    return make_plan(file, request, backend.name(), backend.memory());
}

Plan make_plan(const gguf::File& file, const PlanRequest& request, const std::string& device,
               const kernels::MemoryInfo& memory) {
    const ModelDescription d = describe_model(file);
    require_cacheable(request.cache_format, d.attention);
    Plan plan;
    plan.request = request;
    plan.parameters = d.parameters_total;
    plan.layers = d.layers;
    plan.cache_bytes_per_token = kernels::bytes_of(request.cache_format, d.cache_values_per_token);
    plan.read_per_token = read_per_token(file, d);
    plan.work = work_of_token(file, d);
    DevicePlan all{.device = device, .memory = memory};
    for_each_weight(
        file, d, [&](const gguf::TensorInfo& info, double /*share*/) { all.weights += info.bytes.size(); });
    all.copies = positive(d.copied_bytes);
    all.cache = times(plan.cache_bytes_per_token, positive(request.context));
    all.workspace = workspace_bytes(d, request);
    if (request.next_token_layer) add_next_token_layer(file, d, request, all);
    plan.devices.push_back(std::move(all));
    return plan;
}

void require_fit(const Plan& plan) {
    if (!plan.fits()) throw DoesNotFit(plan);
}

} // namespace spoutnik::engine
