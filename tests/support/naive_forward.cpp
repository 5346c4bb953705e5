// SPDX-License-Identifier: MIT
#include "tests/support/naive_forward.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>

namespace spoutnik::testing {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

/// x as llama.cpp multiplies it with a matrix of this format.
Row rounded_for(kernels::Format format, Row x) {
    using kernels::Format;
    const bool k_format = (format >= Format::q2_k && format <= Format::q6_k) || format == Format::iq4_xs;
    if (format == Format::f32) return x;
    const std::size_t block = format == Format::f16 || format == Format::bf16 ? 1 : k_format ? 256 : 32;
    for (std::size_t first = 0; first < x.size(); first += block) {
        if (format == Format::f16)
            x[first] = kernels::f16_to_f32(kernels::f32_to_f16(static_cast<float>(x[first])));
        if (format == Format::bf16)
            x[first] = kernels::bf16_to_f32(kernels::f32_to_bf16(static_cast<float>(x[first])));
        if (block == 1) continue;
        const auto larger = [](double a, double b) { return std::fabs(a) < std::fabs(b); };
        const auto begin = x.begin() + static_cast<std::ptrdiff_t>(first);
        const auto peak =
            static_cast<float>(*std::max_element(begin, begin + static_cast<std::ptrdiff_t>(block), larger));
        const float step = k_format ? peak / -127.0F : std::fabs(peak) / 127.0F;
        const float stored = k_format ? step : kernels::f16_to_f32(kernels::f32_to_f16(step));
        for (std::size_t i = first; i < first + block; ++i) {
            const float code = step == 0.0F ? 0.0F : std::nearbyint(static_cast<float>(x[i]) * (1.0F / step));
            x[i] = static_cast<double>(std::min(code, 127.0F)) * static_cast<double>(stored);
        }
    }
    return x;
}

/// x as the engine multiplies it with a matrix of this format.
Row rounded_by_engine(kernels::Format format, Row x) {
    const auto block = static_cast<std::ptrdiff_t>(kernels::traits_of(format).values_per_block);
    if (block == 1) return x;
    for (auto first = x.begin(); first != x.end(); first += block) {
        float peak = 0.0F;
        for (auto v = first; v != first + block; ++v)
            peak = std::max(peak, std::fabs(static_cast<float>(*v)));
        for (auto v = first; v != first + block; ++v) {
            const float code = peak > 0.0F ? std::nearbyint(static_cast<float>(*v) * (127.0F / peak)) : 0.0F;
            *v = static_cast<double>(code) * static_cast<double>(peak / 127.0F);
        }
    }
    return x;
}

/// One head's past.
struct Past {
    Rows keys, values;
};

class Naive {
  public:
    Naive(const TinyModel& model, Mistake mistake, Activations activations)
        : m_(model), s_(model.spec), mistake_(mistake), activations_(activations) {
        rates();
    }

    Row run(std::span<const std::int32_t> tokens) {
        Row logits;
        for (const Row& x : trunk(tokens))
            logits = join(std::move(logits), multiply(output(), norm(x, "output_norm.weight")));
        return logits;
    }

    /// DeepSeek-V3, section 2.2, every row worked out again for each token that is added.
    Row run_next_token(std::span<const std::int32_t> tokens, std::span<const std::int32_t> chained) {
        const std::string b = "blk." + std::to_string(s_.layers) + ".";
        const std::string n = b + "nextn.";
        const bool own_embedding = m_.has(n + "embed_tokens.weight");
        const bool own_head = m_.has(n + "shared_head_head.weight");
        const auto joined = [&](const Row& h, std::int32_t token) {
            const Row e = slice(own_embedding ? n + "embed_tokens.weight" : "token_embd.weight",
                                token * s_.hidden, s_.hidden);
            return multiply(n + "eh_proj.weight",
                            join(norm(e, n + "enorm.weight"), norm(h, n + "hnorm.weight")));
        };
        const Rows stream = trunk(tokens);
        Rows into;
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
            into.push_back(joined(norm(stream[i], "output_norm.weight"), tokens[i + 1]));
        Row logits;
        for (std::size_t step = 0;; ++step) {
            Rows out = into;
            layer(b, out);
            for (std::size_t i = step == 0 ? 0 : out.size() - 1; i < out.size(); ++i)
                logits = join(std::move(logits), multiply(own_head ? n + "shared_head_head.weight" : output(),
                                                          norm(out[i], n + "shared_head_norm.weight")));
            if (step == chained.size()) return logits;
            into.push_back(joined(norm(out.back(), n + "shared_head_norm.weight"), chained[step]));
        }
    }

  private:
    std::string output() const { return s_.tied_output ? "token_embd.weight" : "output.weight"; }

    /// What the layers make of the tokens.
    Rows trunk(std::span<const std::int32_t> tokens) const {
        Rows stream;
        for (const std::int32_t token : tokens)
            stream.push_back(slice("token_embd.weight", token * s_.hidden, s_.hidden));
        for (std::int64_t i = 0; i < s_.layers; ++i)
            layer("blk." + std::to_string(i) + ".", stream);
        return stream;
    }
    void layer(const std::string& b, Rows& stream) const {
        attention(b, stream);
        for (Row& x : stream)
            add(x, feed_forward(b, norm(x, b + "ffn_norm.weight")));
    }

    bool wrong(Mistake what) const { return mistake_ == what; }
    bool absorbed() const { return activations_ != Activations::exact && s_.is_deepseek(); }

    // Plain arithmetic

    Row slice(const std::string& tensor, std::int64_t first, std::int64_t count) const {
        const auto& v = m_.values(tensor);
        return {v.begin() + first, v.begin() + first + count};
    }
    /// Rows first ... first + count - 1 of a matrix, times x.
    Row multiply_rows(const std::string& tensor, std::int64_t first, std::int64_t count, Row x) const {
        const auto& v = m_.values(tensor);
        const kernels::Format format = m_.tensors.at(tensor).format;
        if (activations_ == Activations::as_llama_cpp) x = rounded_for(format, std::move(x));
        if (activations_ == Activations::as_engine) x = rounded_by_engine(format, std::move(x));
        Row y(static_cast<std::size_t>(count), 0.0);
        for (std::size_t r = 0; r < y.size(); ++r)
            for (std::size_t c = 0; c < x.size(); ++c)
                y[r] += static_cast<double>(v[(static_cast<std::size_t>(first) + r) * x.size() + c]) * x[c];
        return y;
    }
    Row multiply(const std::string& tensor, const Row& x) const {
        const auto size = static_cast<std::int64_t>(m_.values(tensor).size());
        return multiply_rows(tensor, 0, size / static_cast<std::int64_t>(x.size()), x);
    }
    static void add(Row& to, const Row& x) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] += x[i];
    }
    Row norm(const Row& x, const std::string& gain) const {
        const double epsilon = static_cast<double>(static_cast<float>(s_.norm_epsilon));
        const double mean =
            std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size());
        Row y = x;
        const auto& g = m_.values(gain);
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = x[i] / std::sqrt(mean + epsilon) * (i < g.size() ? static_cast<double>(g[i]) : 1.0);
        return y;
    }
    static Row part(const Row& x, std::int64_t first, std::int64_t count) {
        return {x.begin() + first, x.begin() + first + count};
    }
    static Row join(Row a, const Row& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    }
    void bias(Row& x, const std::string& tensor) const {
        if (wrong(Mistake::biases_ignored) || !m_.has(tensor)) return;
        const auto& b = m_.values(tensor);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] += static_cast<double>(b[i]);
    }
    static Row softmax(Row x) {
        const double top = *std::max_element(x.begin(), x.end());
        double sum = 0;
        for (double& v : x)
            sum += v = std::exp(v - top);
        for (double& v : x)
            v /= sum;
        return x;
    }

    // Rotation

    void rates() {
        const std::int64_t n = s_.turned();
        const auto base = static_cast<double>(static_cast<float>(s_.base));
        const auto factor = static_cast<double>(static_cast<float>(s_.factor));
        const auto context = static_cast<double>(s_.original_context);
        const bool stretched = !s_.scaling.empty() && !wrong(Mistake::scaling_ignored);
        const auto correction = [&](double beta) {
            return static_cast<double>(n) * std::log(context / (2 * std::numbers::pi * beta)) /
                   (2 * std::log(base));
        };
        for (std::int64_t i = 0; i < n / 2; ++i) {
            double rate = 1.0 / std::pow(base, static_cast<double>(2 * i) / static_cast<double>(n));
            if (s_.rope_divisors && !wrong(Mistake::divisors_ignored))
                rate /= static_cast<double>(m_.values("rope_freqs.weight")[static_cast<std::size_t>(i)]);
            if (stretched && s_.scaling == "linear") rate /= factor;
            if (stretched && s_.scaling == "yarn") {
                const double low = std::max(0.0, std::floor(correction(32)));
                const double high = std::min(static_cast<double>(n - 1), std::ceil(correction(1)));
                const double t = (static_cast<double>(i) - low) / std::max(0.001, high - low);
                const double slow = t < 0 ? 0 : t > 1 ? 1 : t;
                rate = slow * (rate / factor) + (1 - slow) * rate;
            }
            rates_.push_back(rate);
        }
        const bool yarn = s_.scaling == "yarn";
        const double m =
            yarn ? 1 + static_cast<double>(static_cast<float>(s_.log_multiplier)) * std::log(factor) : 1;
        multiplier_ = s_.is_deepseek() && !wrong(Mistake::no_attention_multiplier) ? m * m : 1;
        if (yarn && s_.is_deepseek() == wrong(Mistake::magnitude_on_rotation))
            magnitude_ = 1 + 0.1 * std::log(factor);
    }

    Row turn(Row x, std::size_t position) const {
        const bool adjacent = (s_.is_deepseek() || s_.architecture == "llama") != wrong(Mistake::other_pairs);
        const std::size_t pairs = rates_.size();
        for (std::size_t i = 0; i < pairs; ++i) {
            const std::size_t a = adjacent ? 2 * i : i;
            const std::size_t b = adjacent ? 2 * i + 1 : i + pairs;
            const double angle = static_cast<double>(position) * rates_[i];
            const double cosine = std::cos(angle) * magnitude_;
            const double sine = std::sin(angle) * magnitude_;
            const double xa = x[a];
            const double xb = x[b];
            x[a] = xa * cosine - xb * sine;
            x[b] = xa * sine + xb * cosine;
        }
        return x;
    }

    // Attention: full keys and values for each head

    void attention(const std::string& b, Rows& stream) const {
        std::vector<Past> past(static_cast<std::size_t>(s_.heads));
        std::vector<Rows> queries; // [position][head]
        for (std::size_t p = 0; p < stream.size(); ++p) {
            const Row h = norm(stream[p], b + "attn_norm.weight");
            queries.push_back(s_.is_deepseek() ? deepseek_heads(b, h, p, past) : usual_heads(b, h, p, past));
        }
        for (std::size_t p = 0; p < stream.size(); ++p) {
            Row all;
            for (std::size_t head = 0; head < past.size(); ++head) {
                Row out = attend(queries[p][head], past[head], p);
                if (absorbed()) out = value_of(b, static_cast<std::int64_t>(head), out);
                all = join(std::move(all), out);
            }
            Row out = multiply(b + "attn_output.weight", all);
            bias(out, b + "attn_output.bias");
            add(stream[p], out);
        }
    }

    Row attend(const Row& q, const Past& past, std::size_t position) const {
        const std::size_t seen = wrong(Mistake::sees_future) ? past.keys.size() : position + 1;
        const std::int64_t width = wrong(Mistake::scale_of_latent) ? s_.latent + s_.position
                                   : s_.is_deepseek()              ? s_.key()
                                                                   : s_.head;
        Row scores;
        for (std::size_t j = 0; j < seen; ++j)
            scores.push_back(std::inner_product(q.begin(), q.end(), past.keys[j].begin(), 0.0) * multiplier_ /
                             std::sqrt(static_cast<double>(width)));
        scores = softmax(std::move(scores));
        Row out(past.values[0].size(), 0.0);
        for (std::size_t j = 0; j < seen; ++j)
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] += scores[j] * past.values[j][i];
        return out;
    }

    Rows deepseek_heads(const std::string& b, const Row& h, std::size_t position,
                        std::vector<Past>& past) const {
        Row q = s_.query_rank > 0 ? multiply(b + "attn_q_b.weight", norm(multiply(b + "attn_q_a.weight", h),
                                                                         b + "attn_q_a_norm.weight"))
                                  : multiply(b + "attn_q.weight", h);
        const Row kv = multiply(b + "attn_kv_a_mqa.weight", h);
        Row latent = part(kv, 0, s_.latent);
        Row shared = part(kv, s_.latent, s_.position);
        if (wrong(Mistake::norm_over_shared_key)) {
            const Row both = norm(kv, b + "attn_kv_a_norm.weight");
            latent = part(both, 0, s_.latent);
            shared = part(both, s_.latent, s_.position);
        } else if (!wrong(Mistake::latent_not_normed)) {
            latent = norm(latent, b + "attn_kv_a_norm.weight");
        }
        if (!wrong(Mistake::key_not_turned)) shared = turn(shared, position);
        Rows queries;
        for (std::int64_t head = 0; head < s_.heads; ++head) {
            Past& own = past[static_cast<std::size_t>(head)];
            own.keys.push_back(join(absorbed() ? latent : key_of(b, head, latent), shared));
            own.values.push_back(absorbed() ? latent : value_of(b, head, latent));
            const Row mine = part(q, head * s_.key(), s_.key());
            const bool swapped = wrong(Mistake::position_first);
            Row content = part(mine, swapped ? s_.position : 0, s_.content);
            if (absorbed())
                content = m_.has(b + "attn_k_b.weight")
                              ? multiply_rows(b + "attn_k_b.weight", head * s_.latent, s_.latent, content)
                              : into_latent(b, head, content);
            queries.push_back(
                join(content, turn(part(mine, swapped ? 0 : s_.content, s_.position), position)));
        }
        return queries;
    }

    Row key_of(const std::string& b, std::int64_t head, const Row& latent) const {
        if (m_.has(b + "attn_kv_b.weight"))
            return multiply_rows(b + "attn_kv_b.weight", head * (s_.content + s_.value), s_.content, latent);
        const auto& transposed = m_.values(b + "attn_k_b.weight"); // [head][latent][content]
        Row key(static_cast<std::size_t>(s_.content), 0.0);
        for (std::size_t c = 0; c < latent.size(); ++c)
            for (std::size_t r = 0; r < key.size(); ++r)
                key[r] +=
                    latent[c] *
                    static_cast<double>(
                        transposed[(static_cast<std::size_t>(head) * latent.size() + c) * key.size() + r]);
        return key;
    }
    /// A head's query through the transposed key rows of the whole projection, which nothing is rounded for.
    Row into_latent(const std::string& b, std::int64_t head, const Row& content) const {
        const auto& rows = m_.values(b + "attn_kv_b.weight");
        Row q(static_cast<std::size_t>(s_.latent), 0.0);
        const auto first = static_cast<std::size_t>(head * (s_.content + s_.value));
        for (std::size_t r = 0; r < content.size(); ++r)
            for (std::size_t c = 0; c < q.size(); ++c)
                q[c] += content[r] * static_cast<double>(rows[(first + r) * q.size() + c]);
        return q;
    }
    Row value_of(const std::string& b, std::int64_t head, const Row& latent) const {
        const bool is_cut = absorbed() && m_.has(b + "attn_v_b.weight");
        if (!is_cut && m_.has(b + "attn_kv_b.weight"))
            return multiply_rows(b + "attn_kv_b.weight", head * (s_.content + s_.value) + s_.content,
                                 s_.value, latent);
        return multiply_rows(b + "attn_v_b.weight", head * s_.value, s_.value, latent);
    }

    Rows usual_heads(const std::string& b, const Row& h, std::size_t position,
                     std::vector<Past>& past) const {
        Row q = multiply(b + "attn_q.weight", h);
        Row k = multiply(b + "attn_k.weight", h);
        Row v = multiply(b + "attn_v.weight", h);
        bias(q, b + "attn_q.bias");
        bias(k, b + "attn_k.bias");
        bias(v, b + "attn_v.bias");
        const auto placed = [&](const Row& all, std::int64_t head, const std::string& gain) {
            Row x = part(all, head * s_.head, s_.head);
            const bool late = wrong(Mistake::head_norm_after_turn);
            if (m_.has(gain) && !late) x = norm(x, gain);
            x = turn(std::move(x), position);
            if (m_.has(gain) && late) x = norm(x, gain);
            return x;
        };
        Rows queries;
        for (std::int64_t head = 0; head < s_.heads; ++head) {
            const std::int64_t group = s_.heads / s_.kv_heads;
            const std::int64_t shared = wrong(Mistake::wrong_kv_head) ? head % s_.kv_heads : head / group;
            queries.push_back(placed(q, head, b + "attn_q_norm.weight"));
            Past& own = past[static_cast<std::size_t>(head)];
            own.keys.push_back(placed(k, shared, b + "attn_k_norm.weight"));
            own.values.push_back(part(v, shared * s_.head, s_.head));
        }
        return queries;
    }

    // Feed-forward

    static Row gated(Row gate, const Row& up) {
        for (std::size_t i = 0; i < gate.size(); ++i)
            gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
        return gate;
    }
    Row dense(const std::string& b, const std::string& kind, const Row& h) const {
        return multiply(b + "ffn_down" + kind + ".weight",
                        gated(multiply(b + "ffn_gate" + kind + ".weight", h),
                              multiply(b + "ffn_up" + kind + ".weight", h)));
    }

    Row feed_forward(const std::string& b, const Row& h) const {
        if (!m_.has(b + "ffn_gate_inp.weight")) return dense(b, "", h);
        Row y(h.size(), 0.0);
        if (m_.has(b + "ffn_gate_shexp.weight") && !wrong(Mistake::no_shared_expert))
            y = dense(b, "_shexp", h);
        for (const auto& [expert, weight] : route(b, h)) {
            Row part_of_y = expert_output(b, expert, h);
            for (double& v : part_of_y)
                v *= weight;
            add(y, part_of_y);
        }
        return y;
    }

    Row expert_output(const std::string& b, std::int64_t e, const Row& h) const {
        if (s_.expert_tensors) return dense(b, "." + std::to_string(e), h);
        const std::int64_t ff = s_.expert_ff;
        Row gate;
        Row up;
        if (s_.fused_gate_up) {
            gate = multiply_rows(b + "ffn_gate_up_exps.weight", e * 2 * ff, ff, h);
            up = multiply_rows(b + "ffn_gate_up_exps.weight", e * 2 * ff + ff, ff, h);
            if (wrong(Mistake::up_before_gate)) std::swap(gate, up);
        } else {
            gate = multiply_rows(b + "ffn_gate_exps.weight", e * ff, ff, h);
            up = multiply_rows(b + "ffn_up_exps.weight", e * ff, ff, h);
        }
        return multiply_rows(b + "ffn_down_exps.weight", e * s_.hidden, s_.hidden,
                             gated(std::move(gate), up));
    }

    std::vector<std::pair<std::int64_t, double>> route(const std::string& b, const Row& h) const {
        Row p = multiply(b + "ffn_gate_inp.weight", h);
        const bool sigmoid = (s_.is_deepseek() && s_.sigmoid) != wrong(Mistake::other_gate);
        if (sigmoid)
            for (double& v : p)
                v = 1 / (1 + std::exp(-v));
        else
            p = softmax(std::move(p));

        Row choice = p;
        const bool biased = m_.has(b + "exp_probs_b.bias");
        if (biased && !wrong(Mistake::bias_ignored))
            for (std::size_t e = 0; e < choice.size(); ++e)
                choice[e] += static_cast<double>(m_.values(b + "exp_probs_b.bias")[e]);
        const Row biased_choice = choice;
        if (s_.is_deepseek() && s_.groups > 1 && !wrong(Mistake::groups_ignored))
            keep_best_groups(choice, biased);

        std::vector<std::int64_t> order(p.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t c) {
            return choice[static_cast<std::size_t>(a)] > choice[static_cast<std::size_t>(c)];
        });
        order.resize(static_cast<std::size_t>(s_.experts_used - (wrong(Mistake::one_expert_less) ? 1 : 0)));

        std::vector<std::pair<std::int64_t, double>> chosen;
        double sum = 0;
        for (const std::int64_t e : order) {
            const auto at = static_cast<std::size_t>(e);
            chosen.emplace_back(e, wrong(Mistake::bias_in_weights) ? biased_choice[at] : p[at]);
            sum += chosen.back().second;
        }
        const bool usually = !s_.is_deepseek() || s_.normalize;
        const bool divide = wrong(Mistake::no_renormalisation) ? false
                            : wrong(Mistake::renormalised)     ? true
                                                               : usually;
        const bool scaled = s_.is_deepseek() && !wrong(Mistake::no_weights_scale);
        for (auto& [e, weight] : chosen)
            weight = weight / (divide ? sum : 1) *
                     (scaled ? static_cast<double>(static_cast<float>(s_.weights_scale)) : 1);
        return chosen;
    }

    void keep_best_groups(Row& choice, bool biased) const {
        const auto size = static_cast<std::size_t>(s_.experts / s_.groups);
        const bool two = biased != wrong(Mistake::other_group_score);
        std::vector<std::pair<double, std::size_t>> groups;
        for (std::size_t g = 0; g < static_cast<std::size_t>(s_.groups); ++g) {
            Row members(choice.begin() + static_cast<std::ptrdiff_t>(g * size),
                        choice.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
            std::sort(members.rbegin(), members.rend());
            groups.emplace_back(two ? members[0] + members[1] : members[0], g);
        }
        std::sort(groups.rbegin(), groups.rend());
        for (std::size_t i = static_cast<std::size_t>(s_.groups_used); i < groups.size(); ++i)
            for (std::size_t e = 0; e < size; ++e)
                choice[groups[i].second * size + e] = -std::numeric_limits<double>::infinity();
    }

    const TinyModel& m_;
    const TinySpec& s_;
    Mistake mistake_;
    Activations activations_;
    Row rates_; ///< radians a position, one a pair
    double multiplier_ = 1;
    double magnitude_ = 1;
};

} // namespace

std::vector<double> naive_forward(const TinyModel& model, std::span<const std::int32_t> tokens,
                                  Mistake mistake, Activations activations) {
    return Naive(model, mistake, activations).run(tokens);
}

std::vector<double> naive_next_token(const TinyModel& model, std::span<const std::int32_t> tokens,
                                     std::span<const std::int32_t> chained) {
    return Naive(model, Mistake::none, Activations::exact).run_next_token(tokens, chained);
}

double nmse(std::span<const float> result, std::span<const double> reference) {
    if (result.size() != reference.size()) throw std::invalid_argument("nmse of unequal lengths");
    double error = 0;
    double power = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        const double difference = static_cast<double>(result[i]) - reference[i];
        error += difference * difference;
        power += reference[i] * reference[i];
    }
    return error / power;
}

} // namespace spoutnik::testing
