// SPDX-License-Identifier: MIT
// A title for a conversation that came without one.
#pragma once

#include "storage/conversations.h"

#include <string>

namespace spoutnik::storage::archive {

/// The first line of the first message of the person, cut at a word; empty where nobody said anything.
std::string first_words(const Tree& tree);

} // namespace spoutnik::storage::archive
