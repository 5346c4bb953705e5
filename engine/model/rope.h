// SPDX-License-Identifier: MIT
// Rotary position embedding (Su et al. 2021) and its stretchings: how far each pair of a head turns at each
// position. Linear interpolation: Chen et al. 2023. YaRN: Peng et al. 2023, section 3.
#pragma once

#include "engine/model/keys.h"

#include <cstdint>
#include <span>
#include <vector>

namespace spoutnik::engine {

enum class RopeScaling { none, linear, yarn };

struct RopeSettings {
    std::int64_t dims = 0; ///< values of a head that turn; pairs are dims / 2
    double base = 10000.0; ///< pair i turns base^(-2i/dims) radians a position
    RopeScaling scaling = RopeScaling::none;
    double factor = 1.0;               ///< the context is stretched this many times
    double original_context = 0.0;     ///< tokens before stretching (YaRN)
    double beta_fast = 32.0;           ///< pairs that turn more often than this in it keep their rate
    double beta_slow = 1.0;            ///< pairs that turn less often are interpolated
    double extrapolation_weight = 1.0; ///< 0: every pair is interpolated
    double log_multiplier = 0.0;   ///< DeepSeek: attention's scale is multiplied by (1 + this * ln factor)^2
    double magnitude = 1.0;        ///< cosines and sines are multiplied by this
    double attention_factor = 1.0; ///< the file's own factor of that magnitude
    std::vector<float> divisors;   ///< Llama 3.1: pair i's rate is divided by this; empty = 1
};

/// Reads rope.* keys. `head_size` is the fallback of rope.dimension_count and its upper bound.
RopeSettings read_rope_settings(const Keys& keys, std::int64_t head_size);

/// The magnitude of plain YaRN (Peng et al., eq. 22), 1 + 0.1 ln(factor), times the file's attention factor.
/// DeepSeek's models do not use it.
double yarn_magnitude(const RopeSettings& settings);

/// Cosines and sines, worked out in double precision.
class RopeTable {
  public:
    explicit RopeTable(const RopeSettings& settings);

    std::int64_t dims() const { return static_cast<std::int64_t>(rates_.size()) * 2; }
    /// Radians a position that pair i turns.
    std::span<const double> rates() const { return rates_; }
    /// Writes [tokens, dims] floats: row t for position first_position + t, cosine of pair i at 2i, sine at
    /// 2i+1.
    void fill(std::int64_t first_position, std::int64_t tokens, std::span<float> cos_sin) const;

  private:
    std::vector<double> rates_;
    double magnitude_;
};

} // namespace spoutnik::engine
