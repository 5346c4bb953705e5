// SPDX-License-Identifier: MIT
// Vectors: NIST, "Examples with Intermediate Values" and the SHAVS short messages.
#include "web/sha256.h"

#include <catch2/catch.hpp>

using spoutnik::web::Sha256;

namespace {

std::string digest(std::string_view text) {
    Sha256 sha;
    sha.update(text);
    return sha.hex();
}

} // namespace

TEST_CASE("SHA-256 gives NIST's digests") {
    CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(digest("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                 "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    CHECK(digest(std::string(1000000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("how the bytes arrive makes no difference") {
    std::string text;
    for (int i = 0; i < 300; ++i)
        text += static_cast<char>(i * 7);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::string expected = digest(text.substr(0, length));
        Sha256 sha;
        for (std::size_t at = 0; at < length;) {
            const std::size_t step = 1 + (at * 31 + length) % 70;
            sha.update(std::string_view(text).substr(at, std::min(step, length - at)));
            at += step;
        }
        CHECK(sha.hex() == expected);
    }
}
