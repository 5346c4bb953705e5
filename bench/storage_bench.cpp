// SPDX-License-Identifier: MIT
// Storage at the size of years: search as you type over 100,000 messages, the list of 10,000 conversations.
// usage: spoutnik_storage_bench [MESSAGES [CONVERSATIONS [FOLDER]]]   FOLDER is kept, and used again
#include "storage/conversations.h"
#include "storage/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <stdlib.h> // mkdtemp

using namespace spoutnik::storage;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Made-up words whose frequencies fall as those of a language do (Zipf), with French's accents and
/// ligatures; the first ones are short, as in any language.
class Language {
  public:
    explicit Language(std::uint32_t seed) : random_(seed) {
        const std::vector<std::string> heads{"",  "b", "c", "d", "f",  "g",  "l",  "m",  "n",  "p",
                                             "r", "s", "t", "v", "ch", "br", "pl", "tr", "qu", "j"};
        const std::vector<std::string> cores{"a", "e",  "i",   "o",  "u",  "é",
                                             "è", "ou", "eau", "œu", "ai", "on"};
        const std::vector<std::string> tails{"", "", "n", "r", "s", "t", "l", "nt"};
        constexpr std::size_t words = 40'000;
        while (words_.size() < words) {
            const std::size_t syllables = 1 + words_.size() / 60 % 4;
            std::string word;
            for (std::size_t i = 0; i < syllables; ++i)
                word += any(heads) + any(cores) + any(tails);
            words_.push_back(std::move(word));
        }
    }

    const std::string& word() {
        // Zipf's law by inversion: rank r is about as frequent as 1/r.
        const double uniform = std::uniform_real_distribution<double>(0, 1)(random_);
        const double rank = std::pow(static_cast<double>(words_.size()), uniform) - 1;
        return words_[std::min(static_cast<std::size_t>(rank), words_.size() - 1)];
    }
    const std::string& word_of_rank(std::size_t rank) const { return words_[rank]; }

    std::string text(std::size_t words) {
        std::string text;
        for (std::size_t i = 0; i < words; ++i)
            text += word() + (i % 12 == 11 ? ". " : " ");
        if (random_() % 50 == 0) text += "日本語を勉強しています。";
        return text;
    }
    std::mt19937& random() { return random_; }

  private:
    const std::string& any(const std::vector<std::string>& from) { return from[random_() % from.size()]; }

    std::mt19937 random_;
    std::vector<std::string> words_;
};

void fill(Database& database, Language& language, std::size_t messages, std::size_t conversations) {
    std::vector<Tree> trees;
    TimeMs now = 1'600'000'000'000;
    const std::size_t each = std::max<std::size_t>(1, messages / conversations);
    for (std::size_t c = 0; c < conversations; ++c) {
        Tree tree;
        tree.conversation.title = language.text(4);
        tree.conversation.is_archived = c % 10 == 9;
        if (c % 3 == 0) tree.tags = {language.word_of_rank(500 + c % 20)};
        for (std::size_t i = 0; i < each; ++i) {
            Tree::Node node;
            node.message.id = static_cast<MessageId>(i + 1);
            if (i > 0) node.message.parent = static_cast<MessageId>(i);
            node.message.role = i % 2 == 0 ? Role::user : Role::assistant;
            node.message.content =
                language.text(i % 2 == 0 ? 15 + language.random()() % 30 : 80 + language.random()() % 160);
            node.message.created_ms = now += 60'000;
            tree.messages.push_back(std::move(node));
        }
        tree.conversation.created_ms = tree.conversation.updated_ms = now;
        trees.push_back(std::move(tree));
        if (trees.size() == 200 || c + 1 == conversations) {
            Conversations(database).insert(trees);
            trees.clear();
        }
    }
}

/// Each beginning of what a person types, one keystroke after the other.
std::vector<std::string> keystrokes(const std::string& text) {
    std::vector<std::string> typed;
    for (std::size_t end = 1; end <= text.size(); ++end)
        if (end == text.size() || (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U)
            typed.push_back(text.substr(0, end));
    return typed;
}

struct Timed {
    std::string query;
    double ms = 0;
    std::size_t hits = 0;
};

void report(const char* what, std::vector<Timed> all) {
    if (all.empty()) return;
    std::ranges::sort(all, {}, &Timed::ms);
    const auto at = [&](double share) {
        return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))].ms;
    };
    fmt::print("{:28} {:5} searches: median {:6.1f} ms, p95 {:6.1f} ms, p99 {:6.1f} ms, worst {:6.1f} ms\n",
               what, all.size(), at(0.5), at(0.95), at(0.99), all.back().ms);
    for (std::size_t i = 0; i < std::min<std::size_t>(3, all.size()); ++i) {
        const Timed& slow = all[all.size() - 1 - i];
        fmt::print("    {:6.1f} ms  {} hits  \"{}\"\n", slow.ms, slow.hits, slow.query);
    }
}

void measure(const fs::path& folder, std::size_t messages, std::size_t conversations) {
    OpenOptions options;
    options.folder = folder;
    Language language(7);
    if (!fs::exists(folder / "spoutnik.db")) {
        Database database(options);
        const auto start = Clock::now();
        fill(database, language, messages, conversations);
        fmt::print("filled in {:.1f} s, {:.0f} MB\n", ms_since(start) / 1000,
                   static_cast<double>(fs::file_size(database.file())) / 1e6);
    }
    auto start = Clock::now();
    {
        OpenOptions window = options;
        window.check_after = std::chrono::hours(1); // as the window opens it, the check still to come
        Database database(window);
        fmt::print("open, checked later           {:8.1f} ms\n", ms_since(start));
        start = Clock::now();
        const std::size_t rows = Conversations(database).list().size();
        fmt::print("first list of {} rows       {:8.1f} ms\n", rows, ms_since(start));
        start = Clock::now();
        database.finish_check();
        fmt::print("the check                     {:8.1f} ms\n", ms_since(start));
    }
    start = Clock::now();
    Database database(options);
    fmt::print("open, quick_check included    {:8.1f} ms\n", ms_since(start));
    for (int round = 0; round < 3; ++round) {
        start = Clock::now();
        const std::size_t rows = Conversations(database).list().size();
        fmt::print("list of {} rows             {:8.1f} ms\n", rows, ms_since(start));
    }

    std::vector<Timed> by_length[4];
    std::vector<Timed> all;
    std::vector<std::string> typed{"日本語", "勉強して", "zzyzx", "xq", "<iostream>", "introuvable mot"};
    for (int i = 0; i < 60; ++i) // words of every frequency, and two together
        typed.push_back(i % 3 == 2 ? language.word() + " " + language.word()
                                   : language.word_of_rank(static_cast<std::size_t>(i * i * 10)));
    for (const std::string& text : typed)
        for (const std::string& query : keystrokes(text)) {
            start = Clock::now();
            const std::size_t hits = search(database, query).size();
            const Timed timed{query, ms_since(start), hits};
            all.push_back(timed);
            by_length[std::min<std::size_t>(3, keystrokes(query).size() - 1)].push_back(timed);
        }
    report("one character", by_length[0]);
    report("two characters", by_length[1]);
    report("three characters", by_length[2]);
    report("four and more", by_length[3]);
    report("as you type, all", all);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t messages = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
    const std::size_t conversations = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000;
    std::string folder = argc > 3 ? argv[3] : (fs::temp_directory_path() / "spoutnik-bench-XXXXXX").string();
    if (messages == 0 || conversations == 0) return 2;
    if (argc <= 3 && ::mkdtemp(folder.data()) == nullptr) return 1;
    int status = 0;
    try {
        measure(folder, messages, conversations);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        status = 1;
    }
    if (argc <= 3) fs::remove_all(folder);
    return status;
}
