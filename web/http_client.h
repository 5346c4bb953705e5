// SPDX-License-Identifier: MIT
// Fetching one page from an address that somebody else chose: a search result, a link in a conversation.
#pragma once

#include "web/error.h"

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace spoutnik::web {

struct FetchLimits {
    std::chrono::milliseconds connect{5000};
    std::chrono::milliseconds total{12000};        ///< redirects included
    std::size_t body_bytes = std::size_t{2} << 20; ///< after decompression
    int redirects = 5;
};

struct FetchRequest {
    std::string url;
    /// "Name: value". Not sent to another origin than the first address's.
    std::vector<std::string> headers;
    /// Media types that are wanted ("text/html"); empty: any. Others are an Error before the body is read.
    std::vector<std::string> media_types;
    /// A server of the user's own, as they typed its address in the settings ("http://localhost:8888").
    /// Private addresses are allowed at exactly this scheme, host and port, and nowhere else.
    std::string trusted_address;
    FetchLimits limits;
};

struct FetchedPage {
    long status = 0;        ///< any; 4xx and 5xx are not errors here
    std::string url;        ///< after redirects
    std::string media_type; ///< "text/html", lower case; empty when the server says none
    std::string charset;    ///< "utf-8", lower case; empty when the server says none
    std::string body;       ///< decompressed bytes
};

/// A GET without cookies or credentials: http and https only, certificates checked, no private network, not
/// more than the limits; the environment's proxy is used. Behind a proxy it is the proxy that resolves names,
/// so only addresses written as such are checked. Blocks; ends soon after `stop` asks. Throws Error or
/// Cancelled.
FetchedPage fetch(const FetchRequest& request, const std::stop_token& stop = {});

} // namespace spoutnik::web
