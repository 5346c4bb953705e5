// SPDX-License-Identifier: MIT
#include "web/address_guard.h"

#include <catch2/catch.hpp>

#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

using namespace spoutnik::web;

namespace {

bool open_to(const std::string& text) {
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    return is_public(*address);
}

} // namespace

TEST_CASE("addresses of the open internet") {
    for (const std::string text :
         {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",        "11.0.0.0",
          "100.63.255.255",  "100.128.0.0",     "126.255.255.255",      "128.0.0.1",
          "169.253.255.255", "169.255.0.0",     "172.15.255.255",       "172.32.0.0",
          "192.0.1.0",       "192.167.255.255", "192.169.0.0",          "198.17.255.255",
          "198.20.0.0",      "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1",
          "2001:1::1",       "::ffff:8.8.8.8",  "64:ff9b::808:808",     "2002:808:808::1",
          "fbff::1",         "fe00::1"}) {
        INFO(text);
        CHECK(open_to(text));
    }
}

TEST_CASE("addresses that no page may lead to") {
    for (const std::string text :
         {"0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255",
          "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255",
          "192.0.0.1", "192.168.0.1", "192.168.255.255", "198.18.0.0", "198.19.255.255", "224.0.0.1",
          "239.255.255.255", "240.0.0.0", "255.255.255.255",
          // IPv6
          "::", "::1", "::127.0.0.1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
          "100::1", "2001:0:1234::1", "64:ff9b:1::1",
          // IPv4 inside IPv6
          "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:0:192.168.1.1", "64:ff9b::127.0.0.1",
          "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1", "2002:a00:1::5"}) {
        INFO(text);
        CHECK_FALSE(open_to(text));
    }
}

TEST_CASE("what is an address and what is not") {
    CHECK(IpAddress::parse("[::1]")->text() == "::1");
    CHECK(IpAddress::parse("fe80::1%eth0")->text() == "fe80::1");
    CHECK(IpAddress::parse("192.0.2.7")->text() == "192.0.2.7");
    for (const std::string text : {"", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1",
                                   "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "[", "[]", "1.2.3.4/8"}) {
        INFO(text);
        CHECK_FALSE(IpAddress::parse(text));
    }
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(0xC0A80101);
    CHECK(IpAddress::from(reinterpret_cast<sockaddr*>(&v4))->text() == "192.168.1.1");
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    CHECK(IpAddress::from(reinterpret_cast<sockaddr*>(&v6))->text() == "::1");
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    CHECK_FALSE(IpAddress::from(reinterpret_cast<sockaddr*>(&local)));
}

TEST_CASE("networks are compared bit by bit") {
    const auto in = [](const std::string& address, const std::string& network, unsigned bits) {
        return is_in_network(*IpAddress::parse(address), *IpAddress::parse(network), bits);
    };
    CHECK(in("10.1.2.3", "10.0.0.0", 8));
    CHECK_FALSE(in("11.1.2.3", "10.0.0.0", 8));
    CHECK(in("172.31.0.0", "172.16.0.0", 12));
    CHECK_FALSE(in("172.32.0.0", "172.16.0.0", 12));
    CHECK(in("1.2.3.4", "1.2.3.4", 32));
    CHECK_FALSE(in("1.2.3.4", "1.2.3.5", 32));
    CHECK(in("1.2.3.4", "9.9.9.9", 0));
    CHECK_FALSE(in("1.2.3.4", "1.2.3.4", 33));
    CHECK_FALSE(in("::1", "0.0.0.1", 0));
    CHECK(in("2001:db8::1", "2001:db8::ffff", 112));
    CHECK(in("::1", "::1", 128));
}
