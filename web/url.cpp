// SPDX-License-Identifier: MIT
#include "web/url.h"

#include "web/error.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace spoutnik::web {

namespace {

struct ReleaseUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, ReleaseUrl>;

/// One part of an address; empty when it has none.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags) {
    char* raw = nullptr;
    if (curl_url_get(url, part, &raw, flags) != CURLUE_OK || raw == nullptr) return {};
    std::string text(raw);
    curl_free(raw);
    return text;
}

std::string shortened(const std::string& text) {
    constexpr std::size_t most = 200;
    return text.size() <= most ? text : text.substr(0, most) + "…";
}

} // namespace

Url Url::from_parts(const std::string& base, const std::string& text) {
    const auto refuse = [&](const std::string& why) {
        throw Error("the address " + shortened(text) + " " + why);
    };
    const CurlUrl handle(curl_url());
    if (!handle) throw std::bad_alloc();
    constexpr unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE;
    if (!base.empty()) curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), flags);
    if (text.find('\0') != std::string::npos) refuse("is malformed");
    const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), flags);
    if (code != CURLUE_OK) refuse(std::string("is malformed (") + curl_url_strerror(code) + ")");

    Url url;
    url.scheme_ = part_of(handle.get(), CURLUPART_SCHEME, 0);
    if (url.scheme_ != "http" && url.scheme_ != "https") refuse("is neither http nor https");
    if (!part_of(handle.get(), CURLUPART_USER, 0).empty() ||
        !part_of(handle.get(), CURLUPART_PASSWORD, 0).empty())
        refuse("holds a user name or password");
    url.host_ = part_of(handle.get(), CURLUPART_HOST, 0);
    if (url.host_.empty()) refuse("names no host");
    std::transform(url.host_.begin(), url.host_.end(), url.host_.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const std::string port = part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), url.port_);
    if (failure != std::errc() || end != port.data() + port.size()) refuse("has no usable port");
    curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
    url.text_ = part_of(handle.get(), CURLUPART_URL, 0);
    // Cut first, then decode: an encoded slash must not make a folder.
    const std::string path = part_of(handle.get(), CURLUPART_PATH, 0);
    const std::string last = path.substr(path.rfind('/') + 1); // without a slash rfind's npos + 1 is 0
    int decoded_bytes = 0;
    if (char* decoded =
            curl_easy_unescape(nullptr, last.c_str(), static_cast<int>(last.size()), &decoded_bytes)) {
        url.last_segment_.assign(decoded, static_cast<std::size_t>(decoded_bytes));
        curl_free(decoded);
    }
    return url;
}

Url Url::parse(const std::string& text) {
    return from_parts({}, text);
}

Url Url::resolve(const std::string& location) const {
    return from_parts(text_, location);
}

} // namespace spoutnik::web
