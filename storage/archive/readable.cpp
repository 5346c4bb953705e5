// SPDX-License-Identifier: MIT
// What exports for reading share: labels, and where a message of a tree stands.
#include "storage/archive/branches.h"
#include "storage/archive/writer.h"

#include <algorithm>
#include <map>

namespace spoutnik::storage::archive {

const std::string& name_in(const Words& words, Role role) {
    switch (role) {
    case Role::system:
        return words.system;
    case Role::user:
        return words.user;
    case Role::tool:
        return words.tool;
    case Role::assistant:
        break;
    }
    return words.assistant;
}

std::string title_of(const Tree& tree, const Words& words) {
    std::string title = tree.conversation.title;
    std::replace_if(
        title.begin(), title.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return title.find_first_not_of(' ') == std::string::npos ? words.untitled : title;
}

std::string reasoning_label(const Message& message, const Words& words) {
    if (message.reasoning_ms < 1000) return words.reasoning;
    return words.reasoning + " (" + std::to_string((message.reasoning_ms + 500) / 1000) + ' ' +
           words.seconds + ')';
}

std::string end_note(const Message& message, const Words& words) {
    if (message.status == Status::error) return message.error.empty() ? words.has_failed : message.error;
    const bool is_cut = message.status == Status::interrupted || message.status == Status::streaming;
    return is_cut ? words.was_interrupted : std::string();
}

std::vector<Place> places_of(const Tree& tree) {
    std::vector<Place> places(tree.messages.size());
    std::map<MessageId, std::size_t> children; // of each parent; 0: of none
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::optional<MessageId> parent = tree.messages[i].message.parent;
        places[i].number = i + 1;
        places[i].version = ++children[parent.value_or(0)];
        places[i].follows = parent ? index_of(*parent) + 1 == i : i == 0;
    }
    for (std::size_t i = 0; i < places.size(); ++i)
        places[i].versions = children[tree.messages[i].message.parent.value_or(0)];
    return places;
}

std::string place_note(const Tree& tree, std::size_t index, const std::vector<Place>& places,
                       const Words& words) {
    const Place& place = places[index];
    std::string note;
    if (place.versions > 1)
        note = words.version + ' ' + std::to_string(place.version) + '/' + std::to_string(place.versions);
    const std::optional<MessageId> parent = tree.messages[index].message.parent;
    if (!place.follows && parent) {
        if (!note.empty()) note += ", ";
        note += words.in_reply_to + ' ' + std::to_string(places[index_of(*parent)].number);
    }
    return note;
}

} // namespace spoutnik::storage::archive
