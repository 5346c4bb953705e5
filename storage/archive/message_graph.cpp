// SPDX-License-Identifier: MIT
#include "storage/archive/message_graph.h"

#include "storage/archive/branches.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace spoutnik::storage::archive {

namespace {

using Index = std::size_t;
constexpr Index none = static_cast<Index>(-1);

/// The nodes' links as indices.
struct Links {
    std::vector<Index> parent;
    std::vector<std::vector<Index>> children;
    std::vector<Index> roots;
};

class Linker {
  public:
    Linker(const std::vector<GraphNode>& nodes, Omissions& omissions) : nodes_(nodes), omissions_(omissions) {
        for (Index i = 0; i < nodes.size(); ++i)
            by_id_.emplace(nodes[i].id, i);
    }

    Index find(const std::string& id) const {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? none : found->second;
    }

    Links link() {
        Links links;
        find_parents(links.parent);
        cut_circles(links.parent);
        order_children(links);
        return links;
    }

  private:
    /// What the child says comes first; where it says nothing that is there, what a parent says.
    void find_parents(std::vector<Index>& parent) {
        parent.assign(nodes_.size(), none);
        place_.assign(nodes_.size(), none);
        std::vector<Index> named_by(nodes_.size(), none);
        for (Index i = 0; i < nodes_.size(); ++i)
            for (Index place = 0; place < nodes_[i].children.size(); ++place) {
                const Index child = find(nodes_[i].children[place]);
                if (child == none || child == i) continue;
                if (named_by[child] == none) named_by[child] = i;
                if (place_[child] == none) place_[child] = place;
            }
        for (Index i = 0; i < nodes_.size(); ++i) {
            const Index said = nodes_[i].parent.empty() ? none : find(nodes_[i].parent);
            parent[i] = said != none && said != i ? said : named_by[i];
            if (!nodes_[i].parent.empty() && parent[i] == none) ++omissions_[Omission::broken_link];
        }
    }

    /// Follows each node up to a root; a step back onto the own path is a circle.
    void cut_circles(std::vector<Index>& parent) {
        std::vector<Index> seen_from(nodes_.size(), none);
        for (Index start = 0; start < nodes_.size(); ++start) {
            Index at = start;
            while (seen_from[at] == none) {
                seen_from[at] = start;
                if (parent[at] == none) break;
                if (seen_from[parent[at]] == start) {
                    parent[at] = none;
                    ++omissions_[Omission::broken_link];
                    break;
                }
                at = parent[at];
            }
        }
    }

    void order_children(Links& links) const {
        links.children.resize(nodes_.size());
        for (Index i = 0; i < nodes_.size(); ++i)
            (links.parent[i] == none ? links.roots : links.children[links.parent[i]]).push_back(i);
        const auto in_order = [this](Index a, Index b) {
            return std::tuple(place_[a], nodes_[a].message.created_ms, a) <
                   std::tuple(place_[b], nodes_[b].message.created_ms, b);
        };
        std::sort(links.roots.begin(), links.roots.end(), in_order);
        for (auto& siblings : links.children)
            std::sort(siblings.begin(), siblings.end(), in_order);
    }

    const std::vector<GraphNode>& nodes_;
    Omissions& omissions_;
    std::unordered_map<std::string, Index> by_id_;
    std::vector<Index> place_; ///< among the children its parent names
};

bool is_reasoning_only(const Message& message) {
    return message.role == Role::assistant && message.content.empty() && !message.reasoning.empty();
}

/// `answer` follows the reasoning in `message`, and takes its place there.
void join(Message& message, Message answer) {
    if (!answer.reasoning.empty()) message.reasoning += "\n\n" + answer.reasoning;
    message.content = std::move(answer.content);
    message.status = answer.status;
    message.error = std::move(answer.error);
    if (!answer.model.empty()) message.model = std::move(answer.model);
    message.finished_ms = std::max(message.finished_ms, answer.finished_ms);
    message.reasoning_ms += answer.reasoning_ms;
}

/// The latest message that nothing follows.
std::optional<MessageId> latest_leaf(const Tree& tree) {
    std::optional<MessageId> latest;
    const auto created = [&](MessageId id) { return tree.messages[index_of(id)].message.created_ms; };
    for (const MessageId leaf : leaves_of(tree))
        if (!latest || created(leaf) >= created(*latest)) latest = leaf;
    return latest;
}

} // namespace

void arrange(std::vector<GraphNode> nodes, const std::string& current, Tree& tree, Omissions& omissions) {
    Linker linker(nodes, omissions);
    const Links links = linker.link();
    const Index shown = linker.find(current);

    tree.messages.clear();
    std::vector<MessageId> kept(nodes.size(), 0); ///< the node's message, or the next kept one above; 0: none
    std::vector<bool> is_lone(nodes.size(), false); ///< no fork between it and the next one kept above it
    std::vector<Index> waiting(links.roots.rbegin(), links.roots.rend());
    while (!waiting.empty()) {
        const Index i = waiting.back();
        waiting.pop_back();
        waiting.insert(waiting.end(), links.children[i].rbegin(), links.children[i].rend());

        const Index up = links.parent[i];
        const MessageId above = up == none ? 0 : kept[up];
        is_lone[i] = up != none && links.children[up].size() == 1 && (nodes[up].is_kept || is_lone[up]);
        Message& message = nodes[i].message;
        if (!nodes[i].is_kept) {
            kept[i] = above;
        } else if (above != 0 && is_lone[i] && message.role == Role::assistant &&
                   is_reasoning_only(tree.messages[index_of(above)].message)) {
            join(tree.messages[index_of(above)].message, std::move(message));
            kept[i] = above;
        } else {
            kept[i] = message.id = static_cast<MessageId>(tree.messages.size()) + 1;
            message.parent = above == 0 ? std::nullopt : std::optional(above);
            tree.messages.push_back({std::move(message), {}});
        }
    }
    const MessageId leaf = shown == none ? 0 : kept[shown];
    tree.conversation.active_leaf = leaf == 0 ? latest_leaf(tree) : std::optional(leaf);
}

} // namespace spoutnik::storage::archive
