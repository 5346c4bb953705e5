// SPDX-License-Identifier: MIT
#include "app/gui/engine_problem.h"

#include "engine/placement/plan.h"
#include "kernels/backend.h"

#include <array>
#include <new>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spoutnik::app {

QString opening_problem(const std::exception& error, const std::filesystem::path& file) {
    const bool lacks_memory = dynamic_cast<const engine::DoesNotFit*>(&error) ||
                              dynamic_cast<const kernels::OutOfMemory*>(&error) ||
                              dynamic_cast<const std::bad_alloc*>(&error);
    if (lacks_memory) return QStringLiteral("memory");
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) return QStringLiteral("missing");
    if (::access(file.c_str(), R_OK) != 0) return QStringLiteral("unreadable");
    const std::string_view said = error.what();
    const auto says = [&](std::string_view words) { return said.find(words) != std::string_view::npos; };
    if (says("not a GGUF file")) return QStringLiteral("not_gguf");
    if (says("not supported") || says("that is not known")) return QStringLiteral("unsupported");
    return dynamic_cast<const engine::Error*>(&error) ? QStringLiteral("damaged") : QStringLiteral("other");
}

QString answering_problem(const QString& sentence) {
    // The conversations of earlier versions hold these sentences too, so the words are what tells the kinds
    // apart.
    static constexpr std::array<std::pair<QLatin1String, QLatin1String>, 6> kinds{{
        {QLatin1String("no model is ready"), QLatin1String("no_model")},
        {QLatin1String("not enough memory"), QLatin1String("memory")},
        {QLatin1String("no memory"), QLatin1String("memory")},
        {QLatin1String("this message is too long"), QLatin1String("too_long")},
        {QLatin1String("no usable numbers"), QLatin1String("numbers")},
        {QLatin1String("chat template"), QLatin1String("template")},
    }};
    for (const auto& [words, kind] : kinds)
        if (sentence.contains(words)) return kind;
    return QStringLiteral("other");
}

QString gpu_problem(kernels::cuda::GpuAbsence why) {
    using kernels::cuda::GpuAbsence;
    switch (why) {
    case GpuAbsence::none:
    case GpuAbsence::no_module:
        return {};
    case GpuAbsence::no_driver:
        return QStringLiteral("no_driver");
    case GpuAbsence::old_driver:
        return QStringLiteral("old_driver");
    case GpuAbsence::no_gpu:
        return QStringLiteral("no_gpu");
    case GpuAbsence::old_gpu:
        return QStringLiteral("old_gpu");
    case GpuAbsence::other_version:
        return QStringLiteral("other_version");
    case GpuAbsence::failure:
        break;
    }
    return QStringLiteral("failure"); // and what a later module may say
}

} // namespace spoutnik::app
