// SPDX-License-Identifier: MIT
#include "web/proxy.h"

#include "web/address_guard.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>

namespace spoutnik::web {

namespace {

std::string first_set(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    return {};
}

bool matches(const std::string& host, std::string entry) {
    if (entry == "*") return true;
    if (const auto address = IpAddress::parse(host)) {
        const std::size_t slash = entry.find('/');
        const auto network = IpAddress::parse(entry.substr(0, slash));
        if (!network) return false;
        unsigned bits = network->family == IpAddress::Family::v4 ? 32 : 128;
        if (slash != std::string::npos) {
            const char* const end = entry.data() + entry.size();
            if (std::from_chars(entry.data() + slash + 1, end, bits).ptr != end) return false;
        }
        return is_in_network(*address, *network, bits);
    }
    if (entry.starts_with('.')) entry.erase(0, 1);
    for (char& letter : entry)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (entry.empty() || !host.ends_with(entry)) return false;
    return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

} // namespace

bool is_without_proxy(const std::string& host, const std::string& no_proxy) {
    std::size_t at = 0;
    while (at < no_proxy.size()) {
        const std::size_t begin = no_proxy.find_first_not_of(", \t", at);
        if (begin == std::string::npos) return false;
        at = std::min(no_proxy.find_first_of(", \t", begin), no_proxy.size());
        if (matches(host, no_proxy.substr(begin, at - begin))) return true;
    }
    return false;
}

std::string proxy_for(const Url& url) {
    if (url.host() == "localhost" || is_without_proxy(url.host(), "127.0.0.0/8,::1")) return {};
    if (is_without_proxy(url.host(), first_set({"no_proxy", "NO_PROXY"}))) return {};
    // HTTP_PROXY in capitals is left out on purpose: a web server sets it from a request's "Proxy:" header.
    return url.scheme() == "https" ? first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                                   : first_set({"http_proxy", "all_proxy", "ALL_PROXY"});
}

} // namespace spoutnik::web
