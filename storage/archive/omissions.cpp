// SPDX-License-Identifier: MIT
#include "storage/archive/omissions.h"

#include <string_view>

namespace spoutnik::storage::archive {

std::string in_words(Omission omission, std::int64_t count) {
    const auto with = [count](std::string_view one, std::string_view several) {
        return std::to_string(count) + ' ' + std::string(count == 1 ? one : several);
    };
    switch (omission) {
    case Omission::image:
        return with("image", "images");
    case Omission::audio:
        return with("recording", "recordings");
    case Omission::file:
        return with("attached file", "attached files");
    case Omission::search_result:
        return with("search result", "search results");
    case Omission::citation_mark:
        return with("citation mark", "citation marks");
    case Omission::folder:
        return with("folder whose name the file does not hold", "folders whose names the file does not hold");
    case Omission::tool_part:
        return with("part of a tool call", "parts of tool calls");
    case Omission::unknown_part:
        return with("part of an unknown kind", "parts of unknown kinds");
    case Omission::hidden_message:
        return with("hidden message", "hidden messages");
    case Omission::empty_message:
        return with("empty message", "empty messages");
    case Omission::empty_conversation:
        return with("conversation without a message", "conversations without a message");
    case Omission::broken_link:
        return with("broken link between messages", "broken links between messages");
    case Omission::unreadable_message:
        return with("unreadable message", "unreadable messages");
    case Omission::unreadable_conversation:
        return with("unreadable conversation", "unreadable conversations");
    case Omission::unrecognised_conversation:
        return with("entry that is no conversation", "entries that are no conversations");
    }
    return {};
}

} // namespace spoutnik::storage::archive
