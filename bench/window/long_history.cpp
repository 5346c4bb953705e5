// SPDX-License-Identifier: MIT
#include "bench/window/long_history.h"

#include "storage/conversations.h"

#include <array>
#include <random>
#include <utility>
#include <vector>

namespace spoutnik::bench {

const char* const long_title = "The conversation of five years";

namespace {

using storage::Tree;

class Writer {
  public:
    explicit Writer(std::uint32_t number) : random_(number) {}

    int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
    std::string word() {
        static constexpr std::array<const char*, 40> words{
            "the",     "stream",  "of",      "numbers", "keeps",   "a",         "median", "between",
            "halves",  "and",     "each",    "new",     "value",   "goes",      "where",  "it",
            "belongs", "which",   "costs",   "little",  "memory",  "that",      "grows",  "slowly",
            "when",    "garden",  "à",       "côté",    "chemin",  "d'été",     "œuvre",  "lumière",
            "heap",    "balance", "balance", "shares",  "because", "otherwise", "every",  "reader"};
        return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
    }
    std::string sentence(int words) {
        std::string text = word();
        text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0]);
        for (int i = 1; i < words; ++i) {
            const int kind = below(40);
            const std::string next = word();
            text += ' ';
            text += kind == 0   ? "**" + next + "**"
                    : kind == 1 ? "`" + next + "`"
                    : kind == 2 ? "[" + next + "](https://example.org)"
                    : kind == 3 ? "*" + next + "*"
                                : next;
        }
        return text + ".";
    }
    std::string paragraph(int sentences) {
        std::string text;
        for (int i = 0; i < sentences; ++i)
            text += sentence(6 + below(14)) + (i + 1 < sentences ? " " : "\n\n");
        return text;
    }
    std::string list(int items) {
        std::string text;
        for (int i = 0; i < items; ++i)
            text += "- " + sentence(5 + below(8)) + "\n";
        return text + "\n";
    }
    std::string code(int lines) {
        std::string text = "```python\nimport heapq\n\n";
        for (int i = 0; i < lines; ++i)
            text += "    " + word() + "_" + std::to_string(i) + " = heapq.heappushpop(low, -" +
                    std::to_string(below(1000)) + ")  # " + word() + " " + word() + "\n";
        return text + "```\n\n";
    }
    std::string table(int rows) {
        std::string text = "| Structure | Insert | Median |\n| --- | --- | ---: |\n";
        for (int i = 0; i < rows; ++i)
            text +=
                "| " + word() + " " + word() + " | $O(\\log n)$ | " + std::to_string(below(10'000)) + " |\n";
        return text + "\n";
    }

  private:
    std::mt19937 random_;
};

Tree::Node node(int row, std::string text, storage::TimeMs time) {
    Tree::Node made;
    made.message.id = row + 1;
    if (row > 0) made.message.parent = row;
    made.message.role = row % 2 == 0 ? storage::Role::user : storage::Role::assistant;
    made.message.content = std::move(text);
    made.message.created_ms = time;
    return made;
}

} // namespace

std::string markdown_answer(std::uint32_t number) {
    Writer writer(number);
    std::string text = writer.paragraph(3);
    if (number % 2 == 0) text += "## " + writer.word() + " " + writer.word() + "\n\n" + writer.paragraph(2);
    if (number % 4 == 1) text += writer.list(5);
    if (number % 6 == 0) text += writer.code(12);
    if (number % 10 == 3) text += writer.table(5);
    if (number % 12 == 5)
        text += "The sum is $\\sum_{i=1}^{n} i$, in full:\n\n$$\\frac{n(n+1)}{2}$$\n\n" + writer.paragraph(1);
    return text + writer.paragraph(1 + writer.below(3));
}

std::string long_code(int lines) {
    return Writer(1).code(lines);
}

void make_history(const std::filesystem::path& folder, int conversations, int messages) {
    if (std::filesystem::exists(folder / "spoutnik.db")) return;
    storage::OpenOptions options;
    options.folder = folder;
    storage::Database database(options);
    storage::Conversations into(database);
    Writer writer(7);
    constexpr storage::TimeMs minute = 60'000;
    constexpr int each = 10;
    // The last message is of today, the first of years ago.
    storage::TimeMs now =
        database.now_ms() - minute * (static_cast<storage::TimeMs>(conversations) * each * 20 + messages);
    std::vector<Tree> trees;
    for (int c = 0; c < conversations; ++c) {
        Tree tree;
        tree.conversation.title = writer.sentence(5);
        tree.conversation.title.pop_back();
        tree.conversation.is_pinned = c % 1000 == 0;
        if (c % 3 == 0) tree.tags = {c % 2 == 0 ? "recipes" : "à lire"};
        for (int row = 0; row < each; ++row)
            tree.messages.push_back(node(row,
                                         row % 2 == 0 ? writer.paragraph(2)
                                                      : markdown_answer(static_cast<std::uint32_t>(c + row)),
                                         now += 20 * minute));
        tree.conversation.active_leaf = each;
        tree.conversation.created_ms = tree.conversation.updated_ms = now;
        trees.push_back(std::move(tree));
        if (trees.size() == 200 || c + 1 == conversations) {
            into.insert(trees);
            trees.clear();
        }
    }
    Tree tree;
    tree.conversation.title = long_title;
    for (int row = 0; row < messages; ++row)
        tree.messages.push_back(
            node(row, row % 2 == 0 ? writer.paragraph(2) : markdown_answer(static_cast<std::uint32_t>(row)),
                 now += minute));
    tree.conversation.active_leaf = messages;
    tree.conversation.created_ms = tree.conversation.updated_ms = now;
    trees.push_back(std::move(tree));
    into.insert(trees);
}

} // namespace spoutnik::bench
