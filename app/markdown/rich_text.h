// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace spoutnik::app::markdown {

/// Appends with & < > and quotes as entities, and what is not a character as U+FFFD.
void append_escaped(std::string& html, std::string_view text);

/// The address as it may stand in href="...", escaped; empty when it must not be a link: another scheme than
/// http, https or mailto.
std::string safe_address(std::string_view address);

/// Without the characters that turn the direction of writing, so that a link reads as what it is.
std::string without_bidi_controls(std::string_view text);

/// The character or characters of &name; for the few entities addresses contain; otherwise as it was.
std::string decoded_entity(std::string_view entity);

} // namespace spoutnik::app::markdown
