// SPDX-License-Identifier: MIT
// Conversations to look at: written through the storage as the program would.
#pragma once

#include <filesystem>
#include <string>

namespace spoutnik::test {

/// An answer with every kind of block.
std::string rich_answer(bool french);
std::string rich_reasoning(bool french);

/// Fills a new data folder. `with_list`: two months of conversations; else only one, finished, with the rich
/// answer. `with_error`: it is followed by an answer that failed.
void write_samples(const std::filesystem::path& folder, bool french, bool with_list, bool with_error);

} // namespace spoutnik::test
