// SPDX-License-Identifier: MIT
// Choosing experts, and the feed-forward networks of the chosen ones.
#include "kernels/cpu/cpu_backend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace spoutnik::kernels {
namespace {

constexpr float lowest = std::numeric_limits<float>::lowest();
constexpr float excluded = -std::numeric_limits<float>::infinity();
constexpr float least_weight_sum = 0x1p-14F;

/// NaN counts as minus infinity; infinities become the largest finite values, so that sums and differences
/// of what follows never make a NaN.
float tame(float value) {
    if (std::isnan(value)) return lowest;
    return std::clamp(value, lowest, std::numeric_limits<float>::max());
}

/// Fills `scores` with the gate's scores of one token's logits.
void score_experts(const float* logits, GateFunction gate, std::vector<float>& scores) {
    const std::size_t experts = scores.size();
    if (gate == GateFunction::sigmoid) {
        for (std::size_t e = 0; e < experts; ++e)
            scores[e] = 1.0F / (1.0F + std::exp(-tame(logits[e])));
        return;
    }
    float most = lowest;
    for (std::size_t e = 0; e < experts; ++e)
        most = std::max(most, tame(logits[e]));
    float sum = 0.0F;
    for (std::size_t e = 0; e < experts; ++e) {
        scores[e] = std::exp(tame(logits[e]) - most);
        sum += scores[e];
    }
    for (float& score : scores)
        score /= sum;
}

/// What a group is worth: its best choice, or the sum of its two best.
float score_group(std::span<const float> choices, GroupScore rule) {
    float best = excluded;
    float second = excluded;
    for (const float choice : choices) {
        if (choice > best) {
            second = best;
            best = choice;
        } else {
            second = std::max(second, choice);
        }
    }
    return rule == GroupScore::max || choices.size() == 1 ? best : best + second;
}

/// The first `count` of `order` become the indices of the largest scores; equal ones: the lower index first.
void best_first(std::span<const float> scores, std::int64_t count, std::vector<std::int32_t>& order) {
    order.resize(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](std::int32_t a, std::int32_t b) {
        const float left = scores[static_cast<std::size_t>(a)];
        const float right = scores[static_cast<std::size_t>(b)];
        return left != right ? left > right : a < b;
    });
}

/// Puts out of play the experts of all but the best groups.
void keep_best_groups(const RoutingRule& rule, std::vector<float>& choices,
                      std::vector<std::int32_t>& order) {
    const auto groups = static_cast<std::size_t>(rule.groups);
    const std::size_t size = choices.size() / groups;
    std::vector<float> group_scores(groups);
    for (std::size_t g = 0; g < groups; ++g)
        group_scores[g] = score_group(std::span(choices).subspan(g * size, size), rule.group_score);
    best_first(group_scores, rule.groups_used, order);
    std::vector<bool> kept(groups, false);
    for (std::int64_t i = 0; i < rule.groups_used; ++i)
        kept[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
    for (std::size_t e = 0; e < choices.size(); ++e)
        if (!kept[e / size]) choices[e] = excluded;
}

} // namespace

void CpuBackend::route_experts(ConstTensor logits, const float* selection_bias, const RoutingRule& rule,
                               std::int32_t* ids, float* weights) {
    checks::route_experts(logits, rule, ids, weights);
    const std::int64_t experts = logits.cols;
    for_row_ranges(logits.rows, experts * 16, [&](std::int64_t first, std::int64_t last, Worker&) {
        std::vector<float> scores(static_cast<std::size_t>(experts));
        std::vector<float> choices;
        std::vector<std::int32_t> order;
        for (std::int64_t t = first; t < last; ++t) {
            score_experts(logits.data + t * logits.stride, rule.gate, scores);
            choices = scores;
            if (selection_bias != nullptr)
                for (std::size_t e = 0; e < choices.size(); ++e)
                    choices[e] = tame(choices[e] + selection_bias[e]);
            if (rule.groups_used < rule.groups) keep_best_groups(rule, choices, order);
            best_first(choices, rule.experts_used, order);
            float sum = 0.0F;
            for (std::int64_t k = 0; k < rule.experts_used; ++k)
                sum += scores[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
            for (std::int64_t k = 0; k < rule.experts_used; ++k) {
                const std::int32_t id = order[static_cast<std::size_t>(k)];
                float weight = scores[static_cast<std::size_t>(id)];
                if (rule.normalize_weights) weight /= std::max(sum, least_weight_sum);
                ids[t * rule.experts_used + k] = id;
                weights[t * rule.experts_used + k] = weight * rule.weights_scale;
            }
        }
    });
}

void CpuBackend::expert_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                            const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                            Tensor out) {
    checks::expert_ffn(gate, up, down, x, ids, weights, experts_used, out);
    const std::int64_t hidden = x.cols;
    const std::int64_t width = gate.rows;
    const std::int64_t experts = gate.count;
    const std::int64_t pairs = x.rows * experts_used;
    if (pairs == 0 || hidden == 0) return;

    // Sort the (token, k) pairs by expert: an expert's rows are then decoded once for all its tokens.
    std::vector<std::int64_t> begin(static_cast<std::size_t>(experts) + 1, 0);
    for (std::int64_t p = 0; p < pairs; ++p) {
        require(ids[p] >= 0 && ids[p] < experts, "expert_ffn: expert id out of range");
        ++begin[static_cast<std::size_t>(ids[p]) + 1];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::int64_t> place(static_cast<std::size_t>(pairs)); // of pair p in the sorted order
    std::vector<std::int64_t> token(static_cast<std::size_t>(pairs)); // of the pair at each place
    std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
    for (std::int64_t p = 0; p < pairs; ++p) {
        const std::int64_t at = next[static_cast<std::size_t>(ids[p])]++;
        place[static_cast<std::size_t>(p)] = at;
        token[static_cast<std::size_t>(at)] = p / experts_used;
    }
    std::vector<std::int32_t> active;
    std::int64_t most = 0;
    for (std::int64_t e = 0; e < experts; ++e) {
        const std::int64_t count =
            begin[static_cast<std::size_t>(e) + 1] - begin[static_cast<std::size_t>(e)];
        if (count > 0) active.push_back(static_cast<std::int32_t>(e));
        most = std::max(most, count);
    }

    // Inputs of the pairs in the sorted order, rounded where a weight wants it.
    std::vector<const float*> in(static_cast<std::size_t>(pairs));
    for (std::size_t i = 0; i < in.size(); ++i)
        in[i] = x.data + token[i] * x.stride;
    const auto rounded_inputs = [&](Format format, RoundedRows& memory) {
        std::vector<Int8Row> rows;
        if (!is_quantised(format)) return rows;
        round_rows(x.rows, hidden, rounding_block(format), memory,
                   [&](std::int64_t t) { return x.data + t * x.stride; });
        for (const std::int64_t t : token)
            rows.push_back(memory.row(t));
        return rows;
    };
    const std::vector<Int8Row> for_gate = rounded_inputs(gate.format, rounded_);
    const bool alike = is_quantised(gate.format) && is_quantised(up.format) &&
                       rounding_block(gate.format) == rounding_block(up.format);
    const std::vector<Int8Row> for_up = alike ? for_gate : rounded_inputs(up.format, rounded_too_);
    const auto operands = [&](const std::vector<Int8Row>& rounded, std::int64_t from, std::int64_t count) {
        return Operands{in.data() + from, rounded.empty() ? nullptr : rounded.data() + from, count};
    };

    // First half: silu(gate x) * up x for every pair, a task being some rows of one expert.
    const bool is_one_token = x.rows == 1 && most == 1;
    float* inner = gathered_.floats(pairs * width);
    // Where a thread goes on after some rows of `gate` and `up` of the active expert `number`.
    const auto gate_after = [&](std::int64_t number, std::int64_t last) -> const std::byte* {
        if (last < width) return row_of(gate, active[static_cast<std::size_t>(number)], last);
        const auto following = static_cast<std::size_t>(number) + 1;
        return following < active.size() ? row_of(gate, active[following], 0) : nullptr;
    };
    const auto raise = [&](std::int64_t number, std::int64_t first, std::int64_t last, Worker& worker) {
        const std::int32_t expert = active[static_cast<std::size_t>(number)];
        const std::int64_t rows = last - first;
        const std::int64_t from = begin[static_cast<std::size_t>(expert)];
        const std::int64_t count = begin[static_cast<std::size_t>(expert) + 1] - from;
        float* raised = worker.state.floats(count * rows);
        worker.out.resize(static_cast<std::size_t>(count));
        for (std::int64_t i = 0; i < count; ++i)
            worker.out[static_cast<std::size_t>(i)] = inner + (from + i) * width + first;
        multiply(gate, expert, first, last, operands(for_gate, from, count), worker.out.data(), worker,
                 row_of(up, expert, first));
        for (std::int64_t i = 0; i < count; ++i)
            worker.out[static_cast<std::size_t>(i)] = raised + i * rows;
        multiply(up, expert, first, last, operands(for_up, from, count), worker.out.data(), worker,
                 gate_after(number, last));
        for (std::int64_t i = 0; i < count; ++i) {
            float* target = inner + (from + i) * width + first;
            table_.swiglu(target, raised + i * rows, rows, target);
        }
    };
    const auto chosen = static_cast<std::int64_t>(active.size());
    if (is_one_token) {
        for_streamed_rows(gate, chosen * width, [&](std::int64_t first, std::int64_t last, Worker& worker) {
            for_parts_of(width, first, last, [&](std::int64_t number, std::int64_t row, std::int64_t end) {
                raise(number, row, end, worker);
            });
        });
    } else {
        const std::int64_t step = rows_per_task(gate);
        const std::int64_t parts = (width + step - 1) / step;
        pool_.run_in_order(parts * chosen, [&](std::int64_t part, int worker) {
            const std::int64_t first = part % parts * step;
            raise(part / parts, first, std::min(width, first + step),
                  workers_[static_cast<std::size_t>(worker)]);
        });
    }

    // Second half: a task is some rows of `down` for every expert, so that it owns those columns of the
    // output and can add the experts of a token in the order of k.
    for (std::int64_t i = 0; i < pairs; ++i)
        in[static_cast<std::size_t>(i)] = inner + i * width;
    std::vector<Int8Row> for_down;
    if (is_quantised(down.format)) {
        round_rows(pairs, width, rounding_block(down.format), rounded_,
                   [&](std::int64_t i) { return in[static_cast<std::size_t>(i)]; });
        for (std::int64_t i = 0; i < pairs; ++i)
            for_down.push_back(rounded_.row(i));
    }
    const auto lower = [&](std::int64_t first, std::int64_t last, Worker& worker) {
        const std::int64_t rows = last - first;
        float* results = worker.state.floats(pairs * rows);
        worker.out.resize(static_cast<std::size_t>(pairs));
        for (std::int64_t i = 0; i < pairs; ++i)
            worker.out[static_cast<std::size_t>(i)] = results + i * rows;
        for (std::size_t i = 0; i < active.size(); ++i) {
            const std::int32_t expert = active[i];
            const std::int64_t from = begin[static_cast<std::size_t>(expert)];
            const std::int64_t count = begin[static_cast<std::size_t>(expert) + 1] - from;
            const bool is_last = i + 1 == active.size();
            multiply(down, expert, first, last, operands(for_down, from, count), worker.out.data() + from,
                     worker, row_of(down, active[is_last ? 0 : i + 1], is_last ? last : first));
        }
        for (std::int64_t p = 0; p < pairs; ++p)
            table_.add_scaled(weights[p], results + place[static_cast<std::size_t>(p)] * rows, rows,
                              out.data + p / experts_used * out.stride + first);
    };
    if (is_one_token) {
        for_streamed_rows(down, hidden, lower);
    } else {
        const std::int64_t step = rows_per_task(down);
        pool_.run_in_order((hidden + step - 1) / step, [&](std::int64_t part, int worker) {
            lower(part * step, std::min(hidden, (part + 1) * step),
                  workers_[static_cast<std::size_t>(worker)]);
        });
    }
}

} // namespace spoutnik::kernels
