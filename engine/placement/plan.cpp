// SPDX-License-Identifier: MIT
#include "engine/placement/plan.h"

#include "engine/model/describe.h"
#include "engine/model/next_token.h"
#include "engine/model/weights.h"
#include "kernels/cuda/scratch_bound.h"

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

/// Tokens that go through a layer at once; through the next-token layer all that have come, up to a model's
/// largest batch.
std::uint64_t batch_of(const PlanRequest& request, std::int64_t tokens_at_once) {
    const bool is_shorter = request.prefill_batch > 0 && !request.next_token_layer;
    const std::int64_t batch = is_shorter ? request.prefill_batch : tokens_at_once;
    return positive(std::clamp<std::int64_t>(std::min(batch, request.context), 1, tokens_at_once));
}

/// Rows that the workspace grows to, as Workspace does.
std::uint64_t batch_rows(const PlanRequest& request, std::int64_t tokens_at_once) {
    return std::bit_ceil(batch_of(request, tokens_at_once));
}

std::uint64_t float_bytes(std::int64_t values_a_row, std::uint64_t rows) {
    return times(times(positive(values_a_row), rows), sizeof(float));
}

std::uint64_t logit_bytes(const ModelDescription& d, const PlanRequest& request) {
    return times(positive(d.vocabulary), (request.speculates ? checked_tokens : 1) * sizeof(float));
}

/// Memory that operations on a GPU work in beside their operands.
struct GpuScratch {
    std::uint64_t all = 0;             ///< for every operation
    std::uint64_t without_experts = 0; ///< for all but routed experts
};

GpuScratch gpu_scratch(const gguf::File& file, const ModelDescription& d, const PlanRequest& request) {
    namespace cuda = kernels::cuda;
    const std::uint64_t tokens = batch_of(request, kernels::usual_tokens_at_once);
    const std::uint64_t checked = request.speculates ? checked_tokens : 1;
    const AttentionShape& attention = d.attention;
    const std::uint64_t heads = positive(attention.heads);
    std::uint64_t most =
        cuda::rounded_bound(tokens * heads, positive(std::max(attention.key_width, attention.value_width)));
    most = std::max(most, cuda::attention_bound(checked, heads, positive(attention.value_width),
                                                positive(request.context)));
    const std::uint64_t vocabulary = positive(d.vocabulary);
    most = std::max(most, cuda::top_k_bound(checked, vocabulary,
                                            std::min(vocabulary, positive(kernels::Backend::most_top_k))));
    std::uint64_t experts = 0;
    const std::uint64_t hidden = positive(d.hidden);
    for (const gguf::TensorInfo& info : file.tensors()) {
        const std::uint64_t cols = positive(info.dims[0]);
        if (!belongs_to_routed_experts(info.name))
            most = std::max({most, cuda::rounded_bound(tokens, cols),
                             cuda::expert_ffn_bound(1, 1, 1, hidden, cols)}); // a network of all tokens
        else if (info.name.find("ffn_down") != std::string::npos)
            experts = std::max(experts, cuda::expert_ffn_bound(tokens, positive(d.experts_used),
                                                               positive(d.experts), hidden, cols));
    }
    return {.all = cuda::scratch_room(std::max(most, experts)), .without_experts = cuda::scratch_room(most)};
}

/// A model cut into what can have a place of its own.
struct Parts {
    std::uint64_t fixed = 0;     ///< weights that stay together: attention, shared experts, norms, head ...
    std::uint64_t embedding = 0; ///< tables of which a token takes a row; 0: tied to the head
    std::map<std::int64_t, std::uint64_t> experts; ///< routed ones, by block
    std::uint64_t copies = 0;
    std::uint64_t cache = 0;
    std::uint64_t activations = 0;     ///< where everything is on a device
    std::uint64_t cpu_activations = 0; ///< where everything is in RAM
    std::uint64_t logits = 0;          ///< on the device; as many again in RAM
    GpuScratch scratch;                ///< on a GPU
    std::uint64_t crossing = 0;        ///< in RAM, what experts there take from a device and give back

    std::uint64_t experts_from(std::int64_t first_block, std::int64_t end_block) const {
        std::uint64_t sum = 0;
        for (const auto& [block, bytes] : experts)
            if (block >= first_block && block < end_block) sum += bytes;
        return sum;
    }
    std::uint64_t weights() const { return fixed + embedding + experts_from(0, WeightHomes::none); }
};

Parts parts_of(const gguf::File& file, const ModelDescription& d, const PlanRequest& request,
               std::uint64_t cache_bytes_per_token) {
    const bool tied = file.find_tensor("output.weight") == nullptr;
    constexpr WeightHomes tables{.embedding_on_host = true};
    Parts parts;
    const auto add = [&](const gguf::TensorInfo& info) {
        if (belongs_to_routed_experts(info.name))
            parts.experts[block_of(info.name)] += info.bytes.size();
        else if (tables.of(info.name) == kernels::Home::host && !tied)
            parts.embedding += info.bytes.size();
        else
            parts.fixed += info.bytes.size();
    };
    for_each_weight(file, d, [&](const gguf::TensorInfo& info, double /*share*/) { add(info); });
    parts.copies = positive(d.copied_bytes);
    parts.cache = times(cache_bytes_per_token, positive(request.context));
    const std::uint64_t rows = batch_rows(request, kernels::usual_tokens_at_once);
    parts.activations = float_bytes(d.workspace_values_per_token, rows);
    const std::uint64_t cpu_rows = batch_rows(request, kernels::cpu_tokens_at_once);
    parts.cpu_activations =
        float_bytes(d.workspace_values_per_token - d.absorbed_values_per_token, cpu_rows) +
        float_bytes(d.absorbed_values_per_token,
                    std::min(cpu_rows, positive(kernels::cpu_decompression_from - 1)));
    parts.logits = logit_bytes(d, request);
    parts.scratch = gpu_scratch(file, d, request);
    parts.crossing = float_bytes(2 * d.hidden + 2 * d.experts_used, rows);
    if (!request.next_token_layer) return parts;
    // The layer behind the last one, with cache rows as those of every other layer.
    for (const gguf::TensorInfo& info : file.tensors())
        if (block_of(info.name) == d.layers) add(info);
    parts.copies += positive(d.next_token_copied_bytes);
    parts.cache += parts.cache / positive(std::max<std::int64_t>(1, d.layers));
    parts.activations += float_bytes(next_token_workspace(d.hidden), rows);
    parts.cpu_activations += float_bytes(next_token_workspace(d.hidden), cpu_rows);
    return parts;
}

/// The first block whose routed experts are in RAM when those of `on_gpu` layers are not.
std::int64_t first_block_in_ram(const Parts& parts, std::int64_t on_gpu) {
    for (const auto& [block, bytes] : parts.experts)
        if (on_gpu-- == 0) return block;
    return WeightHomes::none;
}

DevicePlan on_one_device(const Parts& parts, const DeviceMemory& device) {
    DevicePlan all{.device = device.name, .memory = device.memory};
    all.weights = parts.weights();
    all.copies = parts.copies;
    all.cache = parts.cache;
    all.workspace =
        (all.is_gpu() ? parts.activations : parts.cpu_activations) + 2 * parts.logits + small_things;
    return all;
}

std::vector<DevicePlan> on_gpu_and_ram(const Parts& parts, const WeightHomes& homes,
                                       const PlanRequest& request, const Machine& machine) {
    DevicePlan ram{.device = machine.ram.name, .memory = machine.ram.memory};
    ram.weights = (homes.embedding_on_host ? parts.embedding : 0) +
                  parts.experts_from(homes.first_expert_block_on_host, WeightHomes::none);
    ram.workspace = parts.logits + small_things + (homes.anything_on_host() ? parts.crossing : 0);
    DevicePlan gpu{.device = machine.gpu->name, .memory = machine.gpu->memory};
    gpu.weights = parts.weights() - ram.weights;
    gpu.copies = parts.copies;
    gpu.cache = parts.cache;
    const bool has_experts = parts.experts_from(0, homes.first_expert_block_on_host) > 0;
    gpu.workspace = parts.activations + parts.logits + small_things +
                    (has_experts ? parts.scratch.all : parts.scratch.without_experts);
    gpu.reserve = request.gpu_expert_layers ? 0 : request.gpu_reserve;
    return {gpu, ram};
}

/// Bytes that are not there.
std::uint64_t shortage(const std::vector<DevicePlan>& devices) {
    std::uint64_t sum = 0;
    for (const DevicePlan& device : devices)
        if (!device.fits()) sum += device.total() + device.reserve - device.memory.free_bytes;
    return sum;
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

std::uint64_t free_in(const std::vector<DevicePlan>& devices) {
    std::uint64_t sum = 0;
    for (const DevicePlan& device : devices)
        sum += device.memory.free_bytes - std::min<std::uint64_t>(device.memory.free_bytes, device.reserve);
    return sum;
}

/// All devices taken together.
DevicePlan sum_of(const std::vector<DevicePlan>& devices) {
    DevicePlan sum;
    for (const DevicePlan& device : devices) {
        sum.weights += device.weights;
        sum.copies += device.copies;
        sum.cache += device.cache;
        sum.workspace += device.workspace;
    }
    return sum;
}

/// A sentence about a file that would fit.
std::string smaller_file(const Plan& plan) {
    const DevicePlan all = sum_of(plan.devices);
    const std::uint64_t free_bytes = free_in(plan.devices);
    const std::uint64_t beside = all.workspace + times(plan.cache_bytes_per_token, least_useful_context);
    if (free_bytes <= beside || plan.parameters <= 0)
        return "That is not enough for any quantisation of this model.";
    const std::uint64_t room = free_bytes - beside;
    const double weights = static_cast<double>(plan.parameters);
    for (const Quantisation& q : quantisations) {
        const double bytes = q.bits / 8 * weights;
        if (bytes <= static_cast<double>(room) && bytes < 0.95 * static_cast<double>(all.weights))
            return fmt::format("A smaller quantisation would fit: {}, about {}.", q.name,
                               gigabytes(static_cast<std::uint64_t>(bytes)));
    }
    return "That is not enough for any quantisation of this model: only one with fewer parameters would fit.";
}

/// "24.0 GB are free." or "24.0 GB are free on the GPU and 60.0 GB in RAM."
std::string what_is_free(const std::vector<DevicePlan>& devices) {
    if (devices.size() == 1) return fmt::format("{} are free. ", gigabytes(devices[0].memory.free_bytes));
    return fmt::format("{} are free on the GPU and {} in RAM. ", gigabytes(devices[0].memory.free_bytes),
                       gigabytes(devices[1].memory.free_bytes));
}

/// What is the same wherever the model goes.
Plan without_devices(const gguf::File& file, const ModelDescription& d, const PlanRequest& request) {
    require_cacheable(request.cache_format, d.attention);
    Plan plan;
    plan.request = request;
    plan.parameters = d.parameters_total;
    plan.layers = d.layers;
    plan.cache_bytes_per_token = kernels::bytes_of(request.cache_format, d.cache_values_per_token);
    plan.read_per_token = read_per_token(file, d);
    return plan;
}

/// Ways to use the GPU, best first.
std::vector<WeightHomes> ways_to_share(const Parts& parts, const PlanRequest& request) {
    const auto layers = static_cast<std::int64_t>(parts.experts.size());
    const std::int64_t most = std::clamp<std::int64_t>(
        request.gpu_expert_layers.value_or(request.most_gpu_expert_layers), 0, layers);
    const std::int64_t least = request.gpu_expert_layers ? most : 0;
    std::vector<WeightHomes> ways;
    if (most == layers) ways.push_back({});
    for (std::int64_t on_gpu = most; on_gpu >= least; --on_gpu)
        ways.push_back({.embedding_on_host = parts.embedding > 0,
                        .first_expert_block_on_host = first_block_in_ram(parts, on_gpu)});
    return ways;
}

bool all_fit(const std::vector<DevicePlan>& devices) {
    return std::ranges::all_of(devices, &DevicePlan::fits);
}

void share(const Parts& parts, const WeightHomes& homes, const Machine& machine, Plan& plan) {
    plan.homes = homes;
    plan.devices = on_gpu_and_ram(parts, homes, plan.request, machine);
    plan.expert_layers = static_cast<std::int64_t>(parts.experts.size());
    plan.gpu_expert_layers = std::ranges::count_if(
        parts.experts, [&](const auto& each) { return each.first < homes.first_expert_block_on_host; });
    plan.movable = parts.experts_from(0, homes.first_expert_block_on_host);
}

void use_cpu_alone(const Parts& parts, const Machine& machine, Plan& plan) {
    plan.homes = {};
    plan.devices = {on_one_device(parts, machine.ram)};
    plan.expert_layers = static_cast<std::int64_t>(parts.experts.size());
    plan.gpu_expert_layers = 0;
    plan.movable = 0;
}

/// Why a GPU is left alone.
std::string why_not_gpu(const Plan& shared) {
    const DevicePlan& gpu = shared.devices.front();
    if (!gpu.fits())
        return fmt::format(
            "The CPU computes everything: what has to be on the GPU takes {} with a context of "
            "{} tokens, and {} are free there.",
            gigabytes(gpu.total() + gpu.reserve), shared.request.context, gigabytes(gpu.memory.free_bytes));
    return fmt::format(
        "The CPU computes everything: beside the GPU {} of RAM would be needed, and {} are free.",
        gigabytes(shared.devices.back().total()), gigabytes(shared.devices.back().memory.free_bytes));
}

} // namespace

bool Plan::fits() const {
    return all_fit(devices);
}

std::int64_t Plan::longest_context() const {
    const DevicePlan& home = devices.front(); // of the cache
    if (home.memory.total_bytes == 0 || cache_bytes_per_token == 0)
        return std::numeric_limits<std::int64_t>::max();
    std::uint64_t beside = home.total() + home.reserve - home.cache;
    if (devices.size() > 1) {
        const DevicePlan& ram = devices.back();
        if (!ram.fits()) return 0;
        const std::uint64_t room =
            ram.memory.total_bytes == 0 ? movable : ram.memory.free_bytes - ram.total();
        beside -= std::min(movable, room);
    }
    if (home.memory.free_bytes <= beside) return 0;
    return static_cast<std::int64_t>((home.memory.free_bytes - beside) / cache_bytes_per_token);
}

std::uint64_t Plan::bytes_read_at(std::int64_t position) const {
    std::uint64_t sum = times(positive(position), cache_bytes_per_token);
    for (const auto& [format, bytes] : read_per_token)
        sum += bytes;
    return sum;
}

std::string Plan::placement() const {
    if (!uses_gpu()) return note;
    if (!homes.anything_on_host()) return "Everything is on the GPU.";
    if (gpu_expert_layers == expert_layers) return "Everything but the embedding table is on the GPU.";
    const std::string on_gpu = gpu_expert_layers == 0
                                   ? std::string("all but the routed experts")
                                   : fmt::format("all but the routed experts of {} layers of {}",
                                                 expert_layers - gpu_expert_layers, expert_layers);
    return fmt::format("On the GPU {}{}; the CPU computes these experts where they are in RAM.", on_gpu,
                       homes.embedding_on_host ? " and the embedding table" : "");
}

std::string Plan::refusal() const {
    if (fits()) return {};
    const DevicePlan all = sum_of(devices);
    std::string text =
        fmt::format("This model needs {} of memory: {} for its weights, {} for a context of "
                    "{} tokens, {} to work in. {}",
                    gigabytes(all.total()), gigabytes(all.weights + all.copies), gigabytes(all.cache),
                    request.context, gigabytes(all.workspace), what_is_free(devices));
    if (request.gpu_expert_layers && uses_gpu())
        return text +
               fmt::format("That does not do with the routed experts of {} layers on the GPU: leave it to "
                           "the plan how many are there.",
                           gpu_expert_layers);
    // Whole thousands: nobody sets 6,317 tokens.
    const std::int64_t context = longest_context() / least_useful_context * least_useful_context;
    if (context >= least_useful_context)
        return text + fmt::format("With a context of {} tokens it would fit.", context);
    return text + smaller_file(*this);
}

Plan make_plan(const gguf::File& file, const PlanRequest& request, const kernels::Backend& backend) {
    return make_plan(file, request, backend.name(), backend.memory());
}

Plan make_plan(const gguf::File& file, const PlanRequest& request, const std::string& device,
               const kernels::MemoryInfo& memory) {
    return make_plan(file, request, Machine{.ram = {device, memory}});
}

Plan make_plan(const gguf::File& file, const PlanRequest& request, const Machine& machine) {
    const ModelDescription d = describe_model(file);
    Plan alone = without_devices(file, d, request);
    const Parts parts = parts_of(file, d, request, alone.cache_bytes_per_token);
    use_cpu_alone(parts, machine, alone);
    alone.work = work_of_token(file, d);
    if (!machine.gpu || request.cpu_only) return alone;

    // What is on the GPU grows with the layers whose experts are there, what is in RAM shrinks: the first way
    // that the GPU has room for is the only one to ask RAM for.
    Plan shared = alone;
    for (const WeightHomes& homes : ways_to_share(parts, request)) {
        share(parts, homes, machine, shared);
        if (shared.devices.front().fits()) break;
    }
    shared.work = work_of_token(file, d, shared.homes);
    if (shared.fits()) return shared;
    alone.note = why_not_gpu(shared);
    if (request.gpu_expert_layers) return shared; // as was asked
    return alone.fits() || shortage(alone.devices) <= shortage(shared.devices) ? alone : shared;
}

void require_fit(const Plan& plan) {
    if (!plan.fits()) throw DoesNotFit(plan);
}

} // namespace spoutnik::engine
