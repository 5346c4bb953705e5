// SPDX-License-Identifier: MIT
// SHA-256. Source: FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2. Here because libcurl's own is not public and
// linking OpenSSL for one function is not worth a dependency.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoutnik::web {

/// A digest in the making.
class Sha256 {
  public:
    void update(std::string_view bytes);
    /// The digest of all bytes so far, 64 lower-case hexadecimal digits. The object is used up.
    std::string hex();

  private:
    void compress(const std::uint8_t* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> block_{};
    std::size_t filled_ = 0; ///< bytes of block_
    std::uint64_t total_bytes_ = 0;
};

} // namespace spoutnik::web
