// SPDX-License-Identifier: MIT
// One guarded GET with its redirects, as a stream: what fetching a page and downloading a model have in
// common. Other folders use http_client.h and model_download.h.
#pragma once

#include "web/url.h"

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::web {

struct TransferOptions {
    /// "Name: value". Sent again after a redirect only to the same origin, but for those in
    /// `harmless_headers`.
    std::vector<std::string> headers;
    std::vector<std::string> harmless_headers; ///< sent to whatever host the redirects lead to
    /// The one place where private addresses (and plain http under https_only) are in order: the user's own
    /// server.
    std::optional<Url> trusted;
    bool https_only = false;
    bool decompress = true;
    int most_redirects = 5;
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds total_timeout{0}; ///< redirects included; 0 = none
    std::chrono::seconds stall_timeout{0};      ///< without a byte; 0 = none
};

/// Status and headers of the answer after all redirects.
struct ResponseHead {
    long status = 0;
    std::string url;
    std::map<std::string, std::string> headers; ///< names in lower case; of repeated ones the last

    /// The value, or empty.
    std::string_view header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

/// Who takes the answer. What either function throws ends the transfer and comes out of transfer().
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void head(const ResponseHead& head) = 0;
    virtual void body(std::string_view bytes) = 0; ///< decompressed
};

/// Throws Error: refused address, no connection, broken off, too slow; Cancelled when `stop` asks.
void transfer(const Url& url, const TransferOptions& options, Sink& sink, const std::stop_token& stop);

} // namespace spoutnik::web
