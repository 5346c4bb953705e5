// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace spoutnik::web {

/// What could not be fetched and why, in one sentence for the person at the screen.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The network failed on the way; the same request may succeed later.
class Interrupted : public Error {
  public:
    using Error::Error;
};

/// The caller's stop_token asked for the end.
class Cancelled : public Error {
  public:
    Cancelled() : Error("cancelled") {}
};

} // namespace spoutnik::web
