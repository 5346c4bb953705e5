// SPDX-License-Identifier: MIT
#include "storage/archive/branches.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spoutnik::storage::archive {

Tree numbered(Tree tree) {
    std::unordered_map<MessageId, MessageId> number_of;
    const auto number = [&](std::optional<MessageId> id) -> std::optional<MessageId> {
        const auto found = id ? number_of.find(*id) : number_of.end();
        return found == number_of.end() ? std::nullopt : std::optional(found->second);
    };
    MessageId next = 1;
    for (Tree::Node& node : tree.messages) {
        node.message.parent = number(node.message.parent);
        number_of.emplace(node.message.id, next);
        node.message.id = next++;
    }
    tree.conversation.active_leaf = number(tree.conversation.active_leaf);
    return tree;
}

std::vector<std::size_t> branch_of(const Tree& tree, std::optional<MessageId> leaf) {
    std::vector<std::size_t> branch;
    for (auto at = leaf; at; at = tree.messages[index_of(*at)].message.parent)
        branch.push_back(index_of(*at));
    std::reverse(branch.begin(), branch.end());
    return branch;
}

std::vector<MessageId> leaves_of(const Tree& tree) {
    std::vector<bool> has_child(tree.messages.size(), false);
    for (const Tree::Node& node : tree.messages)
        if (node.message.parent) has_child[index_of(*node.message.parent)] = true;
    std::vector<MessageId> leaves;
    for (const Tree::Node& node : tree.messages)
        if (!has_child[index_of(node.message.id)]) leaves.push_back(node.message.id);
    return leaves;
}

Tree active_branch_of(const Tree& tree) {
    Tree active = tree;
    active.messages.clear();
    for (const std::size_t index : branch_of(tree, tree.conversation.active_leaf))
        active.messages.push_back(tree.messages[index]);
    return numbered(std::move(active));
}

Tree depth_first(const Tree& tree, const std::function<bool(const Message&)>& keep) {
    std::vector<std::vector<std::size_t>> below(tree.messages.size());
    std::vector<std::size_t> waiting; // the next one last
    for (std::size_t i = tree.messages.size(); i-- > 0;) {
        const auto parent = tree.messages[i].message.parent;
        (parent ? below[index_of(*parent)] : waiting).push_back(i);
    }
    Tree ordered = tree;
    ordered.messages.clear();
    std::vector<std::optional<MessageId>> kept(tree.messages.size()); // the message, or the next one above
    while (!waiting.empty()) {
        const std::size_t i = waiting.back();
        waiting.pop_back();
        waiting.insert(waiting.end(), below[i].begin(), below[i].end());
        const auto parent = tree.messages[i].message.parent;
        kept[i] = parent ? kept[index_of(*parent)] : std::nullopt;
        if (!keep(tree.messages[i].message)) continue;
        Tree::Node node = tree.messages[i];
        node.message.parent = kept[i];
        kept[i] = node.message.id = static_cast<MessageId>(ordered.messages.size()) + 1;
        ordered.messages.push_back(std::move(node));
    }
    const auto leaf = tree.conversation.active_leaf;
    ordered.conversation.active_leaf = leaf ? kept[index_of(*leaf)] : std::nullopt;
    return ordered;
}

} // namespace spoutnik::storage::archive
