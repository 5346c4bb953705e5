// SPDX-License-Identifier: MIT
// Downloading a model file: resumed where it broke off, checked before it gets its name.
#pragma once

#include "web/error.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace spoutnik::web {

struct DownloadRequest {
    std::string url;              ///< https
    std::filesystem::path folder; ///< created when missing
    std::string file_name;        ///< ends in .gguf; empty: the last part of the address
    std::string sha256;           ///< 64 hexadecimal digits; empty: not known, not checked
    /// A server of the user's own ("http://192.168.1.20:8080"): only there may the address be plain http or
    /// private.
    std::string trusted_address;
};

struct DownloadProgress {
    std::uint64_t done_bytes = 0; ///< with those of an earlier attempt
    std::uint64_t total_bytes = 0;
    double bytes_per_second = 0;        ///< over the last seconds
    std::optional<double> seconds_left; ///< nothing while the speed is not known
};

/// Called at most four times a second and once at the end, on the caller's own thread.
using DownloadReport = std::function<void(const DownloadProgress&)>;

/// Downloads a GGUF file and gives its path. What has come is kept in NAME.part after an error or a cancel,
/// and the next call goes on from there if the server still has the same file. A file that is no GGUF or has
/// another SHA-256 is removed. An existing file is never replaced. Blocks; ends soon after `stop` asks.
/// Throws Error in one sentence; Interrupted when trying again may help; Cancelled.
std::filesystem::path download_model(const DownloadRequest& request, const DownloadReport& report = {},
                                     const std::stop_token& stop = {});

} // namespace spoutnik::web
