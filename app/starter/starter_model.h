// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace spoutnik::app {

/// The starter model: the file that SPOUTNIK_STARTER names, else the first spoutnik-starter.gguf of
/// - the source tree, for a program that still lies in its build tree;
/// - share/spoutnik beside the program's folder;
/// - the folder `spoutnik` of $XDG_DATA_HOME and of each of $XDG_DATA_DIRS, with their usual defaults (XDG
/// Base
///   Directory Specification 0.8);
/// - the source tree.
/// Empty when there is none.
std::filesystem::path find_starter_model();

} // namespace spoutnik::app
