// SPDX-License-Identifier: MIT
#pragma once

namespace spoutnik::app {

class Application;

/// Asks the model one question through the open window and prints the answer as it is shown. 0 when it came
/// to its end, 1 with a sentence on stderr otherwise.
int self_test(Application& application);

} // namespace spoutnik::app
