// SPDX-License-Identifier: MIT
// Conversations as a file. A writer gives the file's bytes piece by piece, so that ten thousand conversations
// are never in memory at once.
#pragma once

#include "storage/conversations.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace spoutnik::storage::archive {

class Writer {
  public:
    virtual ~Writer() = default;
    /// The file's beginning; `count` conversations will follow.
    virtual std::string begin(std::size_t count) = 0;
    /// One conversation. The tree is numbered (branches.h) and cut to what is wanted of it.
    virtual std::string add(const Tree& tree) = 0;
    virtual std::string end() = 0;
};

/// The words that exports for reading put between the messages; the window gives them in its language.
struct Words {
    std::string language = "en"; ///< BCP 47
    std::string user = "You";
    std::string assistant = "Assistant";
    std::string system = "System";
    std::string tool = "Tool";
    std::string reasoning = "Reasoning";
    std::string untitled = "Untitled conversation";
    std::string contents = "Conversations";
    std::string version = "version";                ///< "version 2/3" of siblings, in exports of all branches
    std::string in_reply_to = "in reply to";        ///< "in reply to 4"
    std::string was_interrupted = "(stopped here)"; ///< under an answer that is not whole
    std::string has_failed = "(the answer failed)"; ///< where the error says nothing more
    std::string seconds = "s";
};

/// Every conversation with everything that is known of it; own_json.h.
std::unique_ptr<Writer> own_json_writer();
/// An array that Open WebUI's import takes.
std::unique_ptr<Writer> open_webui_writer();
/// For reading and for other programs: reasoning in <details>, the messages' Markdown untouched.
std::unique_ptr<Writer> markdown_writer(Words words = {});
/// ShareGPT: a JSON line a branch, {"id", "conversations": [{"from": "human", "value"}...]}; reasoning stands
/// between <think> tags, as data for training has it.
std::unique_ptr<Writer> share_gpt_writer();

// --- what exports for reading share

const std::string& name_in(const Words& words, Role role);
/// Its title, or Words::untitled; one line.
std::string title_of(const Tree& tree, const Words& words);
/// "Reasoning (12 s)"
std::string reasoning_label(const Message& message, const Words& words);
/// "(stopped here)", the error's sentence, or nothing.
std::string end_note(const Message& message, const Words& words);

/// Where each message of a tree stands, for exports of all branches in one row.
struct Place {
    std::size_t number = 0;   ///< from 1, in the order of the row
    std::size_t version = 1;  ///< among its siblings, from 1
    std::size_t versions = 1; ///< how many they are
    bool follows = true;      ///< its parent stands directly before it
};
std::vector<Place> places_of(const Tree& tree);
/// "version 2/3, in reply to 4"; empty for a message with nothing to say.
std::string place_note(const Tree& tree, std::size_t index, const std::vector<Place>& places,
                       const Words& words);

} // namespace spoutnik::storage::archive
