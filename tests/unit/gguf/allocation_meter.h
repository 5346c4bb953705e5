// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace spoutnik::testing {

/// Counts what operator new hands out in this program, from construction on.
class AllocationMeter {
  public:
    AllocationMeter();
    /// The most bytes that were in use at once, over what was in use at construction.
    std::size_t peak_bytes() const;

  private:
    std::size_t base_;
};

} // namespace spoutnik::testing
