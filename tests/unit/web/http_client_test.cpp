// SPDX-License-Identifier: MIT
#include "tests/unit/web/loopback_server.h"
#include "web/address_guard.h"
#include "web/http_client.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

using namespace spoutnik::web;
using spoutnik::testing::LoopbackServer;
using spoutnik::testing::NoProxies;
using spoutnik::testing::ServerConnection;
using spoutnik::testing::ServerRequest;
using namespace std::chrono_literals;

namespace {

/// A request that may reach the test's server.
FetchRequest to(const LoopbackServer& server, const std::string& path = "/") {
    FetchRequest request;
    request.url = server.address(path);
    request.trusted_address = server.address();
    return request;
}

/// A gzip stream of zero bytes, 258 for each 13 bits: written by hand (RFC 1951, fixed codes) so that the
/// test needs no compressor.
std::string zeros_in_gzip(std::size_t runs) {
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    unsigned held = 0;
    unsigned held_bits = 0;
    const auto put_bit = [&](unsigned bit) {
        held |= bit << held_bits;
        if (++held_bits == 8) {
            out += static_cast<char>(held);
            held = 0;
            held_bits = 0;
        }
    };
    const auto put_code = [&](unsigned code, unsigned bits) {
        while (bits-- > 0)
            put_bit(code >> bits & 1);
    };
    put_bit(1); // the last block
    put_bit(1); // fixed codes: 01, low bit first
    put_bit(0);
    put_code(0b00110000, 8); // a zero byte
    for (std::size_t i = 0; i < runs; ++i) {
        put_code(0b11000101, 8); // 258 bytes
        put_code(0, 5);          // from one byte back
    }
    put_code(0, 7); // end of block
    while (held_bits != 0)
        put_bit(0);
    return out + std::string(8, '\0');
}

} // namespace

TEST_CASE("a page comes with its status, type and final address") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        if (request.target == "/old")
            client.answer("301 Moved", "Location: /new?q=1\r\n", "moved");
        else if (request.target == "/missing")
            client.answer("404 Not Found", "Content-Type: text/plain\r\n", "no");
        else
            client.answer("200 OK", "Content-Type: Text/HTML; Charset=\"UTF-8\"\r\nSet-Cookie: a=b\r\n",
                          "<p>été");
    });
    const FetchedPage page = fetch(to(server, "/old"));
    CHECK(page.status == 200);
    CHECK(page.url == server.address("/new?q=1"));
    CHECK(page.media_type == "text/html");
    CHECK(page.charset == "utf-8");
    CHECK(page.body == "<p>été");
    CHECK(fetch(to(server, "/missing")).status == 404);
    for (const auto& request : server.requests())
        CHECK_FALSE(request.headers.contains("cookie"));
}

TEST_CASE("a private address is not connected to") {
    const NoProxies clean;
    LoopbackServer server(
        [](const ServerRequest&, ServerConnection& client) { client.answer("200 OK", "", "secret"); });
    const std::string port = std::to_string(server.port());
    FetchRequest request;
    for (const std::string host : {"127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]",
                                   "localhost", "0", "[::1]", "foo.localhost", "LOCALHOST"}) {
        request.url = "http://" + host + ":" + port + "/";
        INFO(request.url);
        CHECK_THROWS_WITH(fetch(request), Catch::Contains("private network"));
    }
    // An exception for one port is none for another.
    request.url = server.address();
    request.trusted_address = "http://127.0.0.1:1/";
    CHECK_THROWS_WITH(fetch(request), Catch::Contains("private network"));
    CHECK(server.connections() == 0);
}

TEST_CASE("a name that resolves to a private address is refused when it is connected to") {
    const NoProxies clean;
    LoopbackServer server(
        [](const ServerRequest&, ServerConnection& client) { client.answer("200 OK", "", "secret"); });
    // The names that this machine's own table gives to private addresses: nothing in them says so.
    std::ifstream table("/etc/hosts");
    int names = 0;
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address;
        words >> address;
        const auto parsed = IpAddress::parse(address);
        if (!parsed || is_public(*parsed)) continue;
        for (std::string name; words >> name;) {
            if (name == "localhost") continue; // refused by name, above
            FetchRequest request;
            request.url = "http://" + name + ":" + std::to_string(server.port()) + "/";
            INFO(request.url);
            CHECK_THROWS_WITH(fetch(request),
                              Catch::Contains("leads to") && Catch::Contains("private network"));
            ++names;
        }
    }
    if (names == 0) std::cout << "skipped: /etc/hosts has no name but localhost for a private address\n";
    CHECK(server.connections() == 0);
}

TEST_CASE("a redirect leads nowhere that the first address could not") {
    const NoProxies clean;
    LoopbackServer inner(
        [](const ServerRequest&, ServerConnection& client) { client.answer("200 OK", "", "secret"); });
    std::string location;
    LoopbackServer server([&](const ServerRequest&, ServerConnection& client) {
        client.answer("302 Found", "Location: " + location + "\r\n", "");
    });
    for (const std::string& target : std::vector<std::string>{
             std::string("file:///etc/passwd"), std::string("ftp://example.org/x"),
             std::string("gopher://127.0.0.1:25/x"), inner.address("/admin"),
             "http://localhost:" + std::to_string(inner.port()) + "/",
             "//127.1:" + std::to_string(inner.port()) + "/", std::string("http://u:p@h/"),
             std::string("http://169.254.169.254/latest/meta-data/")}) {
        location = target;
        INFO(location);
        CHECK_THROWS_AS(fetch(to(server)), Error);
    }
    CHECK(inner.connections() == 0);
}

TEST_CASE("redirects end") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        const int left = std::stoi(request.target.substr(1));
        if (left == 0)
            client.answer("200 OK", "", "here");
        else if (left < 0)
            client.answer("307 Temporary", "Location: " + request.target + "\r\n", "");
        else
            client.answer("308 Permanent", "Location: /" + std::to_string(left - 1) + "\r\n",
                          std::string(100000, 'x'));
    });
    CHECK(fetch(to(server, "/5")).body == "here");
    CHECK_THROWS_WITH(fetch(to(server, "/6")), Catch::Contains("redirects too often"));
    CHECK_THROWS_WITH(fetch(to(server, "/-1")), Catch::Contains("redirects too often"));
}

TEST_CASE("a caller's headers stay with the first origin") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        if (request.target == "/a")
            client.answer("302 Found", "Location: /b\r\n", "");
        else
            client.answer("200 OK", "",
                          request.headers.contains("x-key") ? request.headers.at("x-key") : "none");
    });
    FetchRequest request = to(server, "/a");
    request.headers = {"X-Key: secret"};
    CHECK(fetch(request).body == "secret");
    // By another name it is another origin, though the same server.
    LoopbackServer elsewhere([&](const ServerRequest&, ServerConnection& client) {
        client.answer("302 Found", "Location: " + server.address("/b") + "\r\n", "");
    });
    request.url = elsewhere.address();
    request.trusted_address = elsewhere.address();
    CHECK_THROWS_AS(fetch(request), Error); // a private address to boot
    request.headers = {"X-Key: a\r\nHost: b"};
    CHECK_THROWS_WITH(fetch(request), Catch::Contains("line break"));
}

TEST_CASE("bodies are measured as they unfold") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        if (request.target == "/gzip") {
            client.answer("200 OK", "Content-Encoding: gzip\r\n",
                          zeros_in_gzip(400000)); // 650 kB become 103 MB
        } else if (request.target == "/small") {
            const std::string zeros = zeros_in_gzip(4);
            client.answer("200 OK", "Content-Encoding: gzip\r\n",
                          zeros.substr(0, zeros.size() - 8) + std::string("\x45\x60\xb2\x35\x09\x04\0\0", 8));
        } else {
            client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
            while (client.send(chunk)) {
            }
        }
    });
    CHECK_THROWS_WITH(fetch(to(server, "/gzip")), Catch::Contains("more than 2097152 bytes"));
    CHECK_THROWS_WITH(fetch(to(server, "/endless")), Catch::Contains("more than 2097152 bytes"));
    FetchRequest small = to(server, "/gzip");
    small.limits.body_bytes = 10;
    CHECK_THROWS_WITH(fetch(small), Catch::Contains("more than 10 bytes"));
}

TEST_CASE("what is not text is not read") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        client.answer("200 OK", request.target == "/none" ? "" : "Content-Type: image/png\r\n", "\x89PNG");
    });
    FetchRequest request = to(server);
    request.media_types = {"text/html", "text/plain"};
    CHECK_THROWS_WITH(fetch(request), Catch::Contains("image/png"));
    request.url = server.address("/none");
    CHECK_THROWS_WITH(fetch(request), Catch::Contains("unnamed"));
    request.media_types.clear();
    CHECK(fetch(request).body.size() == 4);
}

TEST_CASE("answers that break off, lie or never come are errors") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        if (request.target == "/short") client.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        if (request.target == "/chunk")
            client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
        if (request.target == "/garbage") client.send("\x01\x02 not http at all\r\n\r\n");
        if (request.target == "/head") client.send("HTTP/1.1 200 OK\r\nContent-Ty");
        if (request.target == "/early")
            client.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                        "Content-Length: 2\r\n\r\nok");
        if (request.target == "/silent") client.hold();
    });
    for (const std::string path : {"/short", "/chunk", "/garbage", "/head", "/nothing"}) {
        INFO(path);
        CHECK_THROWS_AS(fetch(to(server, path)), Error);
    }
    CHECK_THROWS_AS(fetch(to(server, "/short")), Interrupted);
    CHECK(fetch(to(server, "/early")).body == "ok");
    FetchRequest slow = to(server, "/silent");
    slow.limits.total = 200ms;
    CHECK_THROWS_WITH(fetch(slow), Catch::Contains("did not answer in time"));
    FetchRequest closed = to(server);
    closed.url = closed.trusted_address = "http://127.0.0.1:1/";
    CHECK_THROWS_WITH(fetch(closed), Catch::Contains("no connection"));
}

TEST_CASE("a slow server is left as soon as one asks") {
    const NoProxies clean;
    LoopbackServer server([](const ServerRequest& request, ServerConnection& client) {
        if (request.target == "/drip") {
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while (client.send("x"))
                std::this_thread::sleep_for(5ms);
        }
        client.hold();
    });
    for (const std::string path : {"/silent", "/drip"}) {
        std::stop_source stop;
        std::jthread canceller([&] {
            std::this_thread::sleep_for(100ms);
            stop.request_stop();
        });
        FetchRequest request = to(server, path);
        request.limits.total = 60s;
        CHECK_THROWS_AS(fetch(request, stop.get_token()), Cancelled);
    }
    std::stop_source already;
    already.request_stop();
    const int before = server.connections();
    CHECK_THROWS_AS(fetch(to(server), already.get_token()), Cancelled);
    CHECK(server.connections() == before);
}
