// SPDX-License-Identifier: MIT
#pragma once

#include "storage/conversations.h"

#include <string>

namespace spoutnik::storage::archive {

/// A name for a conversation whose file gives it none, made of what was said in it: who said what, when and
/// below which message. The same conversation has the same name in every file, whatever its title; one that
/// has gone on since has another, so that nothing new is ever taken for what is here already. FNV-1a of 64
/// bits: enough to tell a person's conversations apart (one chance in 10^9 among 100,000), no proof of
/// identity.
std::string content_id(const Tree& tree);

} // namespace spoutnik::storage::archive
