// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spoutnik::storage::archive {

/// What a foreign file holds and a conversation here does not: counted, and said to the person.
enum class Omission {
    image,
    audio,
    file,
    search_result, ///< pages that a search of the other program brought
    citation_mark, ///< marks inside a text that pointed at such pages
    folder,        ///< a conversation's folder, where the file holds no name of it
    tool_part,     ///< calls and results in a form that is not known
    unknown_part,  ///< a part of a message of another kind
    hidden_message,
    empty_message,
    broken_link, ///< a message whose parent is missing or below itself: it became a beginning
    empty_conversation,
    unreadable_message,       ///< not of the shape of a message
    unreadable_conversation,  ///< damaged, too deep or too large
    unrecognised_conversation ///< readable JSON of no format that is known
};
using Omissions = std::map<Omission, std::int64_t>;

/// "2 images", "1 attached file": English, for the command line.
std::string in_words(Omission omission, std::int64_t count);

} // namespace spoutnik::storage::archive
