// SPDX-License-Identifier: MIT
// Which proxy the environment asks for: http_proxy, https_proxy, all_proxy, no_proxy, read as libcurl reads
// them.
#pragma once

#include "web/url.h"

#include <string>

namespace spoutnik::web {

/// The proxy for an address, as libcurl takes it; empty for a direct connection. This machine is reached
/// directly.
std::string proxy_for(const Url& url);

/// True when a no_proxy list ("example.org, .lan, 10.0.0.0/8, *") holds `host`.
bool is_without_proxy(const std::string& host, const std::string& no_proxy);

} // namespace spoutnik::web
