// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"
#include "engine/error.h"
#include "web/model_download.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stop_token>
#include <thread>

#include <unistd.h>

#include <fmt/core.h>

namespace spoutnik::app::cli {
namespace {

std::atomic<bool> interrupted{false};

void on_interrupt(int /*signal*/) {
    interrupted = true;
}

/// $XDG_DATA_HOME/spoutnik/models: where models live that belong to no package.
std::filesystem::path models_folder() {
    const char* data = std::getenv("XDG_DATA_HOME");
    if (data != nullptr && *data == '/') return std::filesystem::path(data) / "spoutnik" / "models";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') throw engine::Error("HOME is not set; name a folder with --to");
    return std::filesystem::path(home) / ".local" / "share" / "spoutnik" / "models";
}

void show(const web::DownloadProgress& progress) {
    const double percent = progress.total_bytes > 0 ? 100.0 * static_cast<double>(progress.done_bytes) /
                                                          static_cast<double>(progress.total_bytes)
                                                    : 0.0;
    std::string left;
    if (progress.seconds_left) left = fmt::format(", {:.0f} s left", *progress.seconds_left);
    fmt::print(stderr, "\r{:5.1f} % of {:.2f} GB, {:.1f} MB/s{}\x1b[K", percent,
               static_cast<double>(progress.total_bytes) / 1e9, progress.bytes_per_second / 1e6, left);
}

} // namespace

int run_download(const DownloadOptions& options) {
    web::DownloadRequest request;
    request.url = options.url;
    request.folder = options.folder.empty() ? models_folder() : options.folder;
    request.file_name = options.name;
    request.sha256 = options.sha256;
    request.trusted_address = options.trusted_address;

    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, nullptr);
    std::stop_source stop;
    // A signal handler may not touch a stop_source; this thread asks for it.
    const std::jthread watch([&](const std::stop_token& finished) {
        while (!finished.stop_requested()) {
            if (interrupted) stop.request_stop();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    });
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const web::DownloadReport report = terminal ? web::DownloadReport(show) : web::DownloadReport();
    const std::filesystem::path file = web::download_model(request, report, stop.get_token());
    if (terminal) fmt::print(stderr, "\n");
    fmt::print("{}\n", file.string());
    return 0;
}

} // namespace spoutnik::app::cli
