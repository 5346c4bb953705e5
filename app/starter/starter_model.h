// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace spoutnik::app {

/// The starter model: the file that SPOUTNIK_STARTER names, else the installed one (share/spoutnik beside the
/// program's folder), else the source tree's. Empty when there is none.
std::filesystem::path find_starter_model();

} // namespace spoutnik::app
