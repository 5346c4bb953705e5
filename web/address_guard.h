// SPDX-License-Identifier: MIT
// Which network addresses a page from the web may lead to. Source: IANA's registries of special-purpose IPv4
// and IPv6 addresses. Pure functions: nothing here resolves or connects.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace spoutnik::web {

/// An IPv4 or IPv6 address. IPv4 fills the first four bytes.
struct IpAddress {
    enum class Family : std::uint8_t { v4, v6 };
    Family family = Family::v4;
    std::array<std::uint8_t, 16> bytes{}; ///< most significant first

    /// "192.0.2.1", "2001:db8::1", also in brackets; a zone ("%eth0") is ignored. Nothing for anything else:
    /// names and the short or octal forms of IPv4.
    static std::optional<IpAddress> parse(std::string_view text);
    /// Nothing for families other than IPv4 and IPv6.
    static std::optional<IpAddress> from(const sockaddr* address);
    std::string text() const;
};

/// True when the first `bits` bits of both are the same and both are of one family.
bool is_in_network(const IpAddress& address, const IpAddress& network, unsigned bits);

/// True for addresses of the open internet. False for this machine, private, link-local, carrier-grade NAT,
/// benchmark, multicast and reserved networks, also when an IPv4 address of these hides in an IPv6 one
/// (mapped, NAT64, 6to4), and for IPv6 tunnels whose inner address cannot be judged.
bool is_public(const IpAddress& address);

} // namespace spoutnik::web
