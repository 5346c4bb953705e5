// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace spoutnik::engine {

/// What the engine cannot do, in one line for the person at the screen: it names the key, tensor, token or
/// setting at fault.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

} // namespace spoutnik::engine
