// SPDX-License-Identifier: MIT
#include "app/gui/private_conversation.h"

#include <algorithm>
#include <utility>

namespace spoutnik::app {

storage::Message PrivateConversation::add(std::optional<Id> parent, storage::Role role, std::string content) {
    storage::Message message;
    message.id = --last_id_;
    message.conversation = -1;
    message.parent = parent;
    message.role = role;
    message.status = role == storage::Role::assistant ? storage::Status::streaming : storage::Status::done;
    message.content = std::move(content);
    leaf_ = message.id;
    messages_.push_back(message);
    return branch().back();
}

void PrivateConversation::update(const storage::Message& message) {
    const auto found = std::ranges::find(messages_, message.id, &storage::Message::id);
    if (found == messages_.end()) return;
    const auto parent = found->parent;
    *found = message;
    found->parent = parent;
}

void PrivateConversation::remove(Id id) {
    const storage::Message* message = find(id);
    if (message == nullptr) return;
    const std::optional<Id> parent = message->parent;
    std::vector<Id> gone{id};
    for (const storage::Message& below : messages_) // a parent stands before its children
        if (below.parent && std::ranges::find(gone, *below.parent) != gone.end()) gone.push_back(below.id);
    const bool was_shown = std::ranges::find(gone, leaf_) != gone.end();
    std::erase_if(messages_,
                  [&](const storage::Message& m) { return std::ranges::find(gone, m.id) != gone.end(); });
    if (!was_shown) return;
    const std::vector<Id> beside = siblings(parent);
    leaf_ = !beside.empty() ? leaf_below(beside.back()) : parent.value_or(0);
}

void PrivateConversation::show_sibling(Id id, int step) {
    const storage::Message* message = find(id);
    if (message == nullptr) return;
    const std::vector<Id> all = siblings(message->parent);
    const auto here = static_cast<int>(std::ranges::find(all, id) - all.begin());
    const int there = std::clamp(here + step, 0, static_cast<int>(all.size()) - 1);
    leaf_ = leaf_below(all[static_cast<std::size_t>(there)]);
}

std::vector<storage::Message> PrivateConversation::branch() const {
    std::vector<storage::Message> shown;
    for (const storage::Message* at = find(leaf_); at != nullptr;
         at = at->parent ? find(*at->parent) : nullptr) {
        const std::vector<Id> all = siblings(at->parent);
        shown.push_back(*at);
        shown.back().sibling_index = std::ranges::find(all, at->id) - all.begin();
        shown.back().sibling_count = static_cast<std::int64_t>(all.size());
    }
    std::ranges::reverse(shown);
    return shown;
}

void PrivateConversation::clear() {
    messages_.clear();
    leaf_ = 0;
}

const storage::Message* PrivateConversation::find(Id id) const {
    const auto found = std::ranges::find(messages_, id, &storage::Message::id);
    return found == messages_.end() ? nullptr : &*found;
}

std::vector<PrivateConversation::Id> PrivateConversation::siblings(std::optional<Id> parent) const {
    std::vector<Id> ids;
    for (const storage::Message& message : messages_)
        if (message.parent == parent) ids.push_back(message.id);
    return ids;
}

PrivateConversation::Id PrivateConversation::leaf_below(Id id) const {
    for (std::vector<Id> below = siblings(id); !below.empty(); below = siblings(id))
        id = below.back();
    return id;
}

} // namespace spoutnik::app
