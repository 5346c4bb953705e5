// SPDX-License-Identifier: MIT
// Any bytes as a file of conversations: trees that hold together, and that every format takes and gives back.
#include "storage/archive/branches.h"
#include "storage/archive/import.h"
#include "storage/archive/writer.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace spoutnik::storage;
using namespace spoutnik::storage::archive;

namespace {

std::vector<Tree> read(std::string_view text) {
    std::vector<Tree> trees;
    Omissions omissions;
    try {
        read_conversations(
            text, [&](Tree tree) { trees.push_back(std::move(tree)); }, omissions);
    } catch (const Error&) {
        trees.clear(); // refused in words
    }
    return trees;
}

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const Tree& tree) {
    for (std::size_t i = 0; i < tree.messages.size(); ++i) {
        const Message& message = tree.messages[i].message;
        require(index_of(message.id) == i);
        require(!message.parent || (*message.parent >= 1 && index_of(*message.parent) < i));
    }
    const auto leaf = tree.conversation.active_leaf;
    require(!leaf || (*leaf >= 1 && index_of(*leaf) < tree.messages.size()));
}

std::string written(Writer& writer, const std::vector<Tree>& trees) {
    std::string text = writer.begin(trees.size());
    for (const Tree& tree : trees)
        text += writer.add(tree);
    return text + writer.end();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<Tree> trees = read({reinterpret_cast<const char*>(data), size});
    for (const Tree& tree : trees)
        check(tree);
    const std::string own = written(*own_json_writer(), trees);
    const std::vector<Tree> again = read(own);
    require(again.size() == trees.size());
    require(written(*own_json_writer(), again) == own);
    written(*markdown_writer(), trees);
    written(*share_gpt_writer(), trees);
    for (const Tree& tree : read(written(*open_webui_writer(), trees)))
        check(tree);
    return 0;
}
