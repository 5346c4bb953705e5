// SPDX-License-Identifier: MIT
#include "web/error.h"
#include "web/url.h"

#include <catch2/catch.hpp>

using namespace spoutnik::web;

TEST_CASE("an address is read as it will be fetched") {
    const Url url = Url::parse("HTTPS://Example.ORG/a/b%20c.gguf?x=1#part");
    CHECK(url.scheme() == "https");
    CHECK(url.host() == "example.org");
    CHECK(url.port() == 443);
    CHECK(url.last_segment() == "b c.gguf");
    CHECK(url.text().find('#') == std::string::npos);
    CHECK(Url::parse("http://h").port() == 80);
    CHECK(Url::parse("http://h:8080/").port() == 8080);
    CHECK(Url::parse("http://h/").last_segment().empty());
    CHECK(Url::parse("http://h/x/%2e%2e%2fetc").last_segment() == "../etc"); // for the caller to refuse
    CHECK(Url::parse("http://[::1]:1/").host() == "[::1]");
    // The disguises of 127.0.0.1 are taken off.
    for (const std::string text :
         {"http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/"})
        CHECK(Url::parse(text).host() == "127.0.0.1");
}

TEST_CASE("addresses that are not fetched") {
    for (const std::string text :
         {"", "example.org", "file:///etc/passwd", "ftp://h/", "gopher://h/", "data:text/plain,x",
          "javascript:1", "http://", "http://user@h/", "http://user:secret@h/", "http://h:99999/",
          "http://h:0x50/", "http://a b/", "http://h/\r\nX: y", "//h/x", "http://[::1/"}) {
        INFO(text);
        CHECK_THROWS_AS(Url::parse(text), Error);
    }
    CHECK_THROWS_AS(Url::parse(std::string("http://h/\0x", 11)), Error);
}

TEST_CASE("a redirect is resolved where it was met") {
    const Url base = Url::parse("https://h/a/b?c");
    CHECK(base.resolve("d").text() == "https://h/a/d");
    CHECK(base.resolve("/d e").text() == "https://h/d%20e");
    CHECK(base.resolve("?x").text() == "https://h/a/b?x");
    CHECK(base.resolve("//other/x").host() == "other");
    CHECK(base.resolve("http://other/x").scheme() == "http");
    CHECK_THROWS_AS(base.resolve("file:///etc/passwd"), Error);
    CHECK(base.resolve("d").has_origin_of(base));
    CHECK(base.has_origin_of(Url::parse("https://H:443/")));
    CHECK_FALSE(base.has_origin_of(Url::parse("http://h/")));
    CHECK_FALSE(base.has_origin_of(Url::parse("https://h:8443/")));
}
