// SPDX-License-Identifier: MIT
#include "tests/unit/web/loopback_server.h"
#include "web/http_client.h"
#include "web/proxy.h"

#include <catch2/catch.hpp>

using namespace spoutnik::web;
using spoutnik::testing::LoopbackServer;
using spoutnik::testing::NoProxies;
using spoutnik::testing::ServerConnection;
using spoutnik::testing::ServerRequest;

TEST_CASE("the environment chooses the proxy") {
    const NoProxies clean;
    CHECK(proxy_for(Url::parse("http://example.org/")).empty());
    setenv("http_proxy", "http://p:1", 1);
    setenv("https_proxy", "http://p:2", 1);
    CHECK(proxy_for(Url::parse("http://example.org/")) == "http://p:1");
    CHECK(proxy_for(Url::parse("https://example.org/")) == "http://p:2");
    setenv("no_proxy", "intranet, .example.org,10.0.0.0/8", 1);
    CHECK(proxy_for(Url::parse("https://example.org/")).empty());
    CHECK(proxy_for(Url::parse("https://sub.example.org/")).empty());
    CHECK(proxy_for(Url::parse("https://notexample.org/")) == "http://p:2");
    CHECK(proxy_for(Url::parse("http://10.2.3.4/")).empty());
    CHECK(proxy_for(Url::parse("http://11.2.3.4/")) == "http://p:1");
    CHECK(proxy_for(Url::parse("http://localhost:8888/")).empty());
    CHECK(proxy_for(Url::parse("http://127.0.0.5/")).empty());
    CHECK(proxy_for(Url::parse("http://[::1]/")).empty());
    setenv("no_proxy", "*", 1);
    CHECK(proxy_for(Url::parse("http://example.com/")).empty());
}

TEST_CASE("lists of hosts without proxy") {
    CHECK_FALSE(is_without_proxy("h", ""));
    CHECK_FALSE(is_without_proxy("h", " , ,"));
    CHECK(is_without_proxy("h", "a h"));
    CHECK(is_without_proxy("a.b", "A.B"));
    CHECK_FALSE(is_without_proxy("10.1.1.1", "10.0.0.0/x"));
    CHECK_FALSE(is_without_proxy("10.1.1.1", "1.1.1"));
    CHECK(is_without_proxy("[fd00::1]", "fd00::/8"));
}

TEST_CASE("a foreign page comes through the proxy, a private address does not go to it") {
    const NoProxies clean;
    LoopbackServer proxy([](const ServerRequest&, ServerConnection& client) {
        client.answer("200 OK", "Content-Type: text/html\r\n", "by proxy");
    });
    setenv("http_proxy", proxy.address().c_str(), 1);
    FetchRequest request;
    request.url = "http://no-such-host.invalid/page";
    CHECK(fetch(request).body == "by proxy");
    REQUIRE(proxy.requests().size() == 1);
    CHECK(proxy.requests()[0].target == "http://no-such-host.invalid/page");
    for (const std::string url :
         {"http://192.168.1.1/", "http://[fe80::1]/", "http://0xa000001/", "http://x.localhost/"}) {
        request.url = url;
        CHECK_THROWS_WITH(fetch(request), Catch::Contains("private network"));
    }
    CHECK(proxy.requests().size() == 1);
}
