// SPDX-License-Identifier: MIT
#include "web/address_guard.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace spoutnik::web {

namespace {

struct Network {
    std::string_view address;
    unsigned bits;
};

constexpr std::array closed_v4{
    Network{"0.0.0.0", 8},    Network{"10.0.0.0", 8},     Network{"100.64.0.0", 10},
    Network{"127.0.0.0", 8},  Network{"169.254.0.0", 16}, Network{"172.16.0.0", 12},
    Network{"192.0.0.0", 24}, Network{"192.168.0.0", 16}, Network{"198.18.0.0", 15},
    Network{"224.0.0.0", 4},  Network{"240.0.0.0", 4},
};

constexpr std::array closed_v6{
    Network{"::", 96},          // unspecified, loopback, and the old IPv4-compatible form
    Network{"64:ff9b:1::", 48}, // NAT64 inside one network
    Network{"100::", 64},       // discarded
    Network{"2001::", 32},      // Teredo: the inner address is scrambled
    Network{"fc00::", 7},       // unique local
    Network{"fe80::", 10},      // link-local
    Network{"fec0::", 10},      // site-local, withdrawn but still routed in places
    Network{"ff00::", 8},       // multicast
};

/// Where in an IPv6 address of this network an IPv4 address lies.
struct Embedding {
    Network network;
    std::size_t at; ///< byte
};
constexpr std::array embeddings{
    Embedding{{"::ffff:0:0", 96}, 12},   // IPv4-mapped
    Embedding{{"::ffff:0:0:0", 96}, 12}, // IPv4-translated
    Embedding{{"64:ff9b::", 96}, 12},    // NAT64
    Embedding{{"2002::", 16}, 2},        // 6to4
};

bool is_in(const IpAddress& address, const Network& network) {
    const auto base = IpAddress::parse(network.address);
    return base && is_in_network(address, *base, network.bits);
}

} // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    const std::string plain(text.substr(0, text.find('%')));
    IpAddress address;
    if (inet_pton(AF_INET, plain.c_str(), address.bytes.data()) == 1) return address;
    address.family = Family::v6;
    if (inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::optional<IpAddress> IpAddress::from(const sockaddr* address) {
    IpAddress out;
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        std::memcpy(out.bytes.data(), &v4.sin_addr, 4);
        return out;
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        out.family = Family::v6;
        std::memcpy(out.bytes.data(), &v6.sin6_addr, 16);
        return out;
    }
    return std::nullopt;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const char* written =
        inet_ntop(family == Family::v4 ? AF_INET : AF_INET6, bytes.data(), buffer.data(), buffer.size());
    return written == nullptr ? std::string() : std::string(written);
}

bool is_in_network(const IpAddress& address, const IpAddress& network, unsigned bits) {
    const unsigned width = address.family == IpAddress::Family::v4 ? 32 : 128;
    if (address.family != network.family || bits > width) return false;
    const std::size_t whole = bits / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    network.bytes.begin()))
        return false;
    if (bits % 8 == 0) return true;
    const unsigned mask = 0xFFU << (8 - bits % 8) & 0xFFU;
    return (address.bytes[whole] & mask) == (network.bytes[whole] & mask);
}

bool is_public(const IpAddress& address) {
    const auto holds = [&](const Network& network) { return is_in(address, network); };
    if (address.family == IpAddress::Family::v4)
        return std::none_of(closed_v4.begin(), closed_v4.end(), holds);
    for (const Embedding& embedding : embeddings) {
        if (!is_in(address, embedding.network)) continue;
        IpAddress inner;
        std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(embedding.at), 4,
                    inner.bytes.begin());
        return is_public(inner);
    }
    return std::none_of(closed_v6.begin(), closed_v6.end(), holds);
}

} // namespace spoutnik::web
