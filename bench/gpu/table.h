// SPDX-License-Identifier: MIT
// Rows of a timing table, each held against what the device can do at best.
#pragma once

#include <cstdint>
#include <string>

namespace spoutnik::bench {

/// Per second, as spoutnik_gpu_limits (limits.cu) measures them; 0: not known.
struct Limits {
    double copy_bytes = 0;
    double int8_operations = 0;
    double half_operations = 0; ///< f16 and bf16 into f32
    double f32_operations = 0;
};

/// From lines "name value". Throws std::runtime_error when the file cannot be read.
Limits read_limits(const std::string& path);

/// What multiplies.
enum class Unit { none, int8, half, f32 };

/// What an operation must move and compute at least.
struct Work {
    double bytes = 0;
    double operations = 0; ///< a multiplication and an addition count two
    Unit unit = Unit::none;
};

/// "1 token", "512 tokens".
std::string token_count(std::int64_t tokens);

/// Prints Markdown as it goes.
class Table {
  public:
    /// `judges`: rows are held against their targets.
    Table(const Limits& limits, bool judges) : limits_(limits), judges_(judges) {}

    void section(const std::string& title);
    /// `target`: the least share of the limit that is asked for; 0: nothing is.
    void row(const std::string& operation, const std::string& shape, double seconds, const Work& work,
             double target = 0);

    int missed() const { return missed_; } ///< targets

  private:
    double rate_of(Unit unit) const;

    Limits limits_;
    bool judges_;
    int missed_ = 0;
};

} // namespace spoutnik::bench
