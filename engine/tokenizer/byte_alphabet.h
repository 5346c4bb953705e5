// SPDX-License-Identifier: MIT
// The alphabet in which byte-level BPE vocabularies are written: each of the 256 bytes has one printable
// character. Source: Radford et al. 2019 (GPT-2), "byte-level BPE".
#pragma once

#include <string>
#include <string_view>

namespace spoutnik::engine {

/// The character that stands for a byte, in UTF-8 ("Ġ" for a space).
std::string_view letter_of_byte(unsigned char byte);

/// Each byte of `bytes` as its letter.
std::string to_byte_letters(std::string_view bytes);

/// The bytes that `letters` stands for. A character outside the alphabet stays as it is.
std::string from_byte_letters(std::string_view letters);

} // namespace spoutnik::engine
