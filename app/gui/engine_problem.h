// SPDX-License-Identifier: MIT
// Why the engine can't do something, as a key that QML has a sentence for in the person's language. The
// engine itself speaks English: what it said stands after the sentence, for those who want to know or ask.
#pragma once

#include "kernels/cuda/gpu_absence.h"

#include <QString>

#include <exception>
#include <filesystem>

namespace spoutnik::app {

/// Why `file` could not be opened: "memory" (it doesn't fit), "missing", "unreadable", "not_gguf",
/// "unsupported" (an architecture, vocabulary or number format that is not known), "damaged", or "other".
QString opening_problem(const std::exception& error, const std::filesystem::path& file);

/// Why an answer ended in a failure, by the sentence that is stored with it: "no_model", "memory",
/// "too_long", "numbers", "template", or "other".
QString answering_problem(const QString& sentence);

/// Why no GPU is used, for somebody who might expect one: "no_driver", "old_driver", "no_gpu", "old_gpu",
/// "other_version", "failure"; empty where there is nothing to say.
QString gpu_problem(kernels::cuda::GpuAbsence why);

} // namespace spoutnik::app
