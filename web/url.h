// SPDX-License-Identifier: MIT
// Web addresses, read by the same parser that will fetch them: libcurl's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spoutnik::web {

/// A parsed http or https address without user or password.
class Url {
  public:
    /// Throws Error for anything else: other schemes, no host, a user name in it, malformed.
    static Url parse(const std::string& text);
    /// Where a Location header met at this address leads. Throws Error as parse does.
    Url resolve(const std::string& location) const;

    const std::string& text() const { return text_; }     ///< normalised; what is handed to libcurl
    const std::string& scheme() const { return scheme_; } ///< "http" or "https"
    const std::string& host() const { return host_; }     ///< lower case; IPv6 in brackets
    std::uint16_t port() const { return port_; }          ///< the scheme's own when none is written
    /// The path's last segment, percent-decoded; may be empty or hold anything.
    const std::string& last_segment() const { return last_segment_; }
    /// Same scheme, host and port.
    bool has_origin_of(const Url& other) const {
        return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
    }

  private:
    Url() = default;
    static Url from_parts(const std::string& base, const std::string& text);

    std::string text_;
    std::string scheme_;
    std::string host_;
    std::string last_segment_;
    std::uint16_t port_ = 0;
};

} // namespace spoutnik::web
