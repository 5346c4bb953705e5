// SPDX-License-Identifier: MIT
#include "storage/archive/branches.h"
#include "storage/archive/timestamp.h"
#include "storage/archive/writer.h"

#include <algorithm>

namespace spoutnik::storage::archive {

namespace {

/// A line of text as a heading: nothing in it may be read as Markdown.
std::string as_plain_line(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (std::string_view("\\`*_{}[]<>#|~$&").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// The fence that a text leaves open, as an interrupted answer does; empty when there is none.
std::string open_fence(std::string_view text) {
    std::string open;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line.remove_prefix(
            std::min(line.find_first_not_of(" \t>"), line.size())); // in a list or quotation too
        if (line.empty() || (line.front() != '`' && line.front() != '~')) continue;
        const std::size_t length = std::min(line.find_first_not_of(line.front()), line.size());
        const std::string_view rest = line.substr(length);
        if (length < 3) continue;
        if (open.empty()) {
            if (line.front() == '~' || rest.find('`') == std::string_view::npos)
                open.assign(length, line.front());
        } else if (line.front() == open.front() && length >= open.size() &&
                   rest.find_first_not_of(" \t\r") == std::string_view::npos) {
            open.clear();
        }
    }
    return open;
}

/// The text, its last line ended, with nothing left open over what follows.
std::string whole_block(const std::string& text) {
    std::string block = text;
    if (!block.ends_with('\n')) block += '\n';
    if (const std::string fence = open_fence(text); !fence.empty()) block += fence + '\n';
    return block;
}

class MarkdownWriter : public Writer {
  public:
    explicit MarkdownWriter(Words words) : words_(std::move(words)) {}

    std::string begin(std::size_t /*count*/) override { return {}; }

    std::string add(const Tree& tree) override {
        std::string text = is_first_ ? "" : "\n---\n\n";
        is_first_ = false;
        text += "# " + as_plain_line(title_of(tree, words_)) + "\n";
        std::string line = readable_time(tree.conversation.created_ms);
        if (!line.empty()) line += " UTC";
        if (!tree.conversation.model.empty())
            line += (line.empty() ? "" : ", ") + as_plain_line(tree.conversation.model);
        if (!line.empty()) text += "\n*" + line + "*\n";
        const std::vector<Place> places = places_of(tree);
        for (std::size_t i = 0; i < tree.messages.size(); ++i)
            text += message_text(tree, i, places);
        return text;
    }

    std::string end() override { return {}; }

  private:
    std::string message_text(const Tree& tree, std::size_t index, const std::vector<Place>& places) const {
        const Message& message = tree.messages[index].message;
        std::string text = "\n## " + as_plain_line(name_in(words_, message.role));
        if (const std::string note = place_note(tree, index, places, words_); !note.empty())
            text += " " + std::to_string(places[index].number) + " (" + note + ")";
        text += '\n';
        if (!message.reasoning.empty())
            text += "\n<details>\n<summary>" + reasoning_label(message, words_) + "</summary>\n\n" +
                    whole_block(message.reasoning) + "\n</details>\n";
        if (!message.content.empty()) text += '\n' + whole_block(message.content);
        if (const std::string note = end_note(message, words_); !note.empty())
            text += "\n*" + as_plain_line(note) + "*\n";
        return text;
    }

    Words words_;
    bool is_first_ = true;
};

} // namespace

std::unique_ptr<Writer> markdown_writer(Words words) {
    return std::make_unique<MarkdownWriter>(std::move(words));
}

} // namespace spoutnik::storage::archive
