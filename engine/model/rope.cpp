// SPDX-License-Identifier: MIT
#include "engine/model/rope.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace spoutnik::engine {
namespace {

/// The pair that makes `turns` turns within the original context (Peng et al., section 3.2), fractional.
double pair_that_turns(const RopeSettings& s, double turns) {
    return static_cast<double>(s.dims) * std::log(s.original_context / (turns * 2.0 * std::numbers::pi)) /
           (2.0 * std::log(s.base));
}

/// How much of each pair's own rate YaRN keeps: 1 for fast pairs, 0 for slow ones, a ramp between.
double rate_kept(const RopeSettings& s, double pair) {
    const double first = std::max(0.0, std::floor(pair_that_turns(s, s.beta_fast)));
    const double last = std::min(static_cast<double>(s.dims - 1), std::ceil(pair_that_turns(s, s.beta_slow)));
    const double ramp = std::clamp((pair - first) / std::max(0.001, last - first), 0.0, 1.0);
    return (1.0 - ramp) * s.extrapolation_weight;
}

} // namespace

RopeSettings read_rope_settings(const Keys& keys, std::int64_t head_size) {
    RopeSettings s;
    s.dims = keys.positive_or("rope.dimension_count", head_size);
    if (s.dims > head_size || s.dims % 2 != 0)
        keys.refuse("rope.dimension_count",
                    fmt::format("{} is odd or larger than the head's {} values", s.dims, head_size));
    s.base = keys.positive_number_or("rope.freq_base", 10000.0);

    s.attention_factor = keys.positive_number_or("rope.scaling.attn_factor", 1.0);

    const std::string type = keys.text_or("rope.scaling.type", "linear"); // files older than the key
    if (type == "none") return s;
    if (type != "linear" && type != "yarn")
        keys.refuse("rope.scaling.type", fmt::format("'{}' is not supported (none, linear, yarn)", type));
    s.factor =
        keys.positive_number_or("rope.scaling.factor", keys.positive_number_or("rope.scale_linear", 1.0));
    if (type == "linear") {
        s.scaling = s.factor == 1.0 ? RopeScaling::none : RopeScaling::linear;
        return s;
    }
    s.scaling = RopeScaling::yarn;
    if (s.base <= 1.0) keys.refuse("rope.freq_base", "YaRN needs a base above 1");
    s.original_context =
        static_cast<double>(keys.has("rope.scaling.original_context_length")
                                ? keys.positive("rope.scaling.original_context_length", std::int64_t{1} << 40)
                                : keys.positive("context_length", std::int64_t{1} << 40));
    s.beta_fast = keys.positive_number_or("rope.scaling.yarn_beta_fast", 32.0);
    s.beta_slow = keys.positive_number_or("rope.scaling.yarn_beta_slow", 1.0);
    s.extrapolation_weight = keys.number_or("rope.scaling.yarn_ext_factor", 1.0);
    if (s.extrapolation_weight < 0.0) s.extrapolation_weight = 1.0; // -1: "the usual"
    s.log_multiplier = keys.number_or("rope.scaling.yarn_log_multiplier", 0.0);
    return s;
}

double yarn_magnitude(const RopeSettings& settings) {
    if (settings.scaling != RopeScaling::yarn || settings.extrapolation_weight == 0.0)
        return settings.attention_factor;
    return settings.attention_factor * (1.0 + 0.1 * std::log(settings.factor));
}

RopeTable::RopeTable(const RopeSettings& s) : magnitude_(s.magnitude) {
    for (std::int64_t i = 0; i < s.dims / 2; ++i) {
        const auto pair = static_cast<double>(i);
        double rate = std::pow(s.base, -2.0 * pair / static_cast<double>(s.dims));
        if (!s.divisors.empty()) rate /= static_cast<double>(s.divisors[static_cast<std::size_t>(i)]);
        if (s.scaling == RopeScaling::linear) rate /= s.factor;
        if (s.scaling == RopeScaling::yarn) {
            const double kept = rate_kept(s, pair);
            rate = rate / s.factor * (1.0 - kept) + rate * kept;
        }
        rates_.push_back(rate);
    }
}

void RopeTable::fill(std::int64_t first_position, std::int64_t tokens, std::span<float> cos_sin) const {
    float* out = cos_sin.data();
    for (std::int64_t t = 0; t < tokens; ++t) {
        const auto position = static_cast<double>(first_position + t);
        for (const double rate : rates_) {
            *out++ = static_cast<float>(std::cos(position * rate) * magnitude_);
            *out++ = static_cast<float>(std::sin(position * rate) * magnitude_);
        }
    }
}

} // namespace spoutnik::engine
