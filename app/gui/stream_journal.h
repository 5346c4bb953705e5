// SPDX-License-Identifier: MIT
// What the model writes, on file before it is on the screen. The database takes a partial answer once a
// second; between two of those, this append-only file holds every batch of text, written on the engine's
// thread before the window hears of it. A process killed at any moment has therefore shown nothing that is
// not kept.
//
// One JSON array a line: ["r", request, text] reasoning, ["a", request, text] answer, ["w", request, null]
// what came as answer so far was reasoning, ["b", request, [reasoning, text]] what an answer that goes on
// began with, ["m", request, message] binds a request to its message in the database. A line cut short by a
// crash is ignored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app {

class StreamJournal {
  public:
    /// What a journal left behind says of one message.
    struct Recovered {
        std::int64_t message = 0;
        std::string reasoning;
        std::string answer;
    };

    /// Reads what a killed process left (nothing when the file is missing or unreadable).
    static std::vector<Recovered> read(const std::filesystem::path& file);

    /// Opens for appending, mode 0600. A journal that cannot be opened writes nothing: the database remains.
    explicit StreamJournal(const std::filesystem::path& file);
    ~StreamJournal();
    StreamJournal(const StreamJournal&) = delete;
    StreamJournal& operator=(const StreamJournal&) = delete;

    // From any thread.
    void add_reasoning(std::uint64_t request, std::string_view text);
    void add_answer(std::uint64_t request, std::string_view text);
    void add_answer_was_reasoning(std::uint64_t request);
    /// What was there before: the request goes on with it. May come after some of the text.
    void begin_with(std::uint64_t request, std::string_view reasoning, std::string_view answer);
    void bind(std::uint64_t request, std::int64_t message);
    /// Everything in it is in the database now.
    void clear();

  private:
    void append(const std::string& line);

    std::mutex mutex_;
    int descriptor_ = -1;
};

} // namespace spoutnik::app
