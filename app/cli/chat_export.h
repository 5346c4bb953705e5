// SPDX-License-Identifier: MIT
#pragma once

#include "engine/session/session.h"

#include <filesystem>
#include <string>

namespace spoutnik::app::cli {

/// One answered request as a file of conversations that `verify` can replay and `import` takes.
void export_answer(const std::filesystem::path& file, const engine::ChatRequest& request,
                   const std::string& answer, const std::string& reasoning, const engine::Finished& finished,
                   const std::string& model);

} // namespace spoutnik::app::cli
