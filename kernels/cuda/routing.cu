// SPDX-License-Identifier: MIT
// Choosing experts: one warp a token. The scores of a token's experts lie in shared memory; each choice is
// the best of what is left, found by all lanes together. Sums run in the order of the CPU's, so that the
// weights differ from the CPU's by what the two exponentials differ, and in no other bit.
#include "kernels/cuda/ops_routing.h"

#include "kernels/cuda/dialect.cuh"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int lanes = 32;
constexpr unsigned whole_warp = 0xFFFFFFFFU;
constexpr float lowest = std::numeric_limits<float>::lowest();
constexpr float highest = std::numeric_limits<float>::max();
constexpr float least_weight_sum = 0x1p-14F;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr int no_index = std::numeric_limits<int>::max();

struct RouteCall {
    const float* logits;
    std::int64_t stride;
    const float* selection_bias;
    RoutingRule rule;
    int experts;
    std::int32_t* ids;
    float* weights;
};

/// NaN counts as minus infinity; infinities become the largest finite values.
__device__ float tame(float value) {
    if (value != value) return lowest;
    return fminf(fmaxf(value, lowest), highest);
}

/// A value and where it stands; not a number means: no longer to be had.
struct Candidate {
    float value;
    int index;
};

/// The larger one; of equals the one with the lower index.
__device__ Candidate better(Candidate a, Candidate b) {
    const bool second = b.value > a.value || (b.value == a.value && b.index < a.index);
    return second ? b : a;
}

/// Takes the best of values [count] in shared memory and puts it out of play. The same answer in all lanes.
__device__ int take_best(float* values, int count, int lane) {
    Candidate best{-infinity, no_index};
    for (int i = lane; i < count; i += lanes)
        best = better(best, {values[i], i});
    for (int step = lanes / 2; step > 0; step /= 2)
        best = better(best, {__shfl_xor_sync(whole_warp, best.value, step),
                             __shfl_xor_sync(whole_warp, best.index, step)});
    __syncwarp();
    if (lane == 0) values[best.index] = not_a_number;
    __syncwarp();
    return best.index;
}

__device__ void score_experts(const float* logits, int experts, GateFunction gate, float* scores, int lane) {
    if (gate == GateFunction::sigmoid) {
        for (int e = lane; e < experts; e += lanes)
            scores[e] = 1.0F / (1.0F + expf(-tame(logits[e])));
        __syncwarp();
        return;
    }
    float most = lowest;
    for (int e = lane; e < experts; e += lanes)
        most = fmaxf(most, tame(logits[e]));
    for (int step = lanes / 2; step > 0; step /= 2)
        most = fmaxf(most, __shfl_xor_sync(whole_warp, most, step));
    for (int e = lane; e < experts; e += lanes)
        scores[e] = expf(tame(logits[e]) - most);
    __syncwarp();
    // Every lane adds all of them, one after the other as the CPU does: reads of one address by the whole
    // warp cost no more than one lane's.
    float sum = 0.0F;
    for (int e = 0; e < experts; ++e)
        sum += scores[e];
    __syncwarp();
    for (int e = lane; e < experts; e += lanes)
        scores[e] /= sum;
    __syncwarp();
}

/// What group `group` is worth: its best choice, or the sum of its two best. A lane begins with expert
/// number `group` of its group, lest the lanes meet in one bank of shared memory.
__device__ float score_group(const float* choices, int size, int group, GroupScore rule) {
    float best = -infinity;
    float second = best;
    int e = group % size;
    for (int i = 0; i < size; ++i) {
        const float choice = choices[group * size + e];
        second = fmaxf(second, fminf(best, choice));
        best = fmaxf(best, choice);
        e = e + 1 == size ? 0 : e + 1;
    }
    return rule == GroupScore::max || size == 1 ? best : best + second;
}

/// Puts out of play the experts of all but the best groups.
__device__ void keep_best_groups(const RoutingRule& rule, float* choices, int experts, float* group_scores,
                                 int lane) {
    const int groups = static_cast<int>(rule.groups);
    const int size = experts / groups;
    for (int g = lane; g < groups; g += lanes)
        group_scores[g] = score_group(choices, size, g, rule.group_score);
    __syncwarp();
    for (int i = 0; i < static_cast<int>(rule.groups_used); ++i)
        take_best(group_scores, groups, lane);
    // What was taken is not a number any more: those groups stay.
    for (int e = lane; e < experts; e += lanes) {
        const float group = group_scores[e / size];
        if (group == group) choices[e] = -infinity;
    }
    __syncwarp();
}

__global__ void route_experts_kernel(RouteCall call) {
    float* scores = dynamic_shared<float>();
    float* choices = scores + call.experts;
    float* group_scores = choices + call.experts;
    const int lane = static_cast<int>(threadIdx.x);
    const auto token = static_cast<std::int64_t>(blockIdx.x);
    const RoutingRule& rule = call.rule;
    const int used = static_cast<int>(rule.experts_used);

    score_experts(call.logits + token * call.stride, call.experts, rule.gate, scores, lane);
    for (int e = lane; e < call.experts; e += lanes)
        choices[e] = call.selection_bias == nullptr ? scores[e] : tame(scores[e] + call.selection_bias[e]);
    __syncwarp();
    if (rule.groups_used < rule.groups) keep_best_groups(rule, choices, call.experts, group_scores, lane);

    std::int32_t* ids = call.ids + token * used;
    float* weights = call.weights + token * used;
    float sum = 0.0F;
    for (int k = 0; k < used; ++k) {
        const int id = take_best(choices, call.experts, lane);
        sum += scores[id];
        if (lane == k % lanes) {
            ids[k] = id;
            weights[k] = scores[id];
        }
    }
    for (int k = lane; k < used; k += lanes) { // what this lane has written
        float weight = weights[k];
        if (rule.normalize_weights) weight /= fmaxf(sum, least_weight_sum);
        weights[k] = weight * rule.weights_scale;
    }
}

} // namespace

void route_experts(const Context& context, ConstTensor logits, const float* selection_bias,
                   const RoutingRule& rule, std::int32_t* ids, float* weights) {
    if (logits.cols > most_experts)
        throw std::invalid_argument("route_experts: more experts than the device's router holds");
    if (logits.rows == 0) return;
    const RouteCall call{logits.data, logits.stride, selection_bias, rule, static_cast<int>(logits.cols),
                         ids,         weights};
    const auto shared = static_cast<std::size_t>(2 * logits.cols + rule.groups) * sizeof(float);
    launch(route_experts_kernel, dim3(static_cast<unsigned>(logits.rows)), dim3(lanes), shared,
           context.stream, call);
}

} // namespace spoutnik::kernels::cuda
