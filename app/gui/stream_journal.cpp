// SPDX-License-Identifier: MIT
#include "app/gui/stream_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

namespace spoutnik::app {

namespace {

std::string line_of(const char* kind, std::uint64_t request, const nlohmann::json& value) {
    // Invalid UTF-8 cannot come from the decoder; should it ever, it is replaced and not thrown over.
    return nlohmann::json::array({kind, request, value})
               .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
           '\n';
}

} // namespace

std::vector<StreamJournal::Recovered> StreamJournal::read(const std::filesystem::path& file) {
    std::map<std::uint64_t, Recovered> requests;
    std::map<std::uint64_t, Recovered> beginnings;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto record = nlohmann::json::parse(line, nullptr, false);
        if (!record.is_array() || record.size() != 3 || !record[0].is_string() ||
            !record[1].is_number_unsigned())
            continue;
        auto& entry = requests[record[1].get<std::uint64_t>()];
        const auto kind = record[0].get<std::string>();
        if (kind == "m" && record[2].is_number_integer())
            entry.message = record[2].get<std::int64_t>();
        else if (kind == "r" && record[2].is_string())
            entry.reasoning += record[2].get<std::string>();
        else if (kind == "a" && record[2].is_string())
            entry.answer += record[2].get<std::string>();
        else if (kind == "w")
            entry.reasoning += std::exchange(entry.answer, {});
        else if (kind == "b" && record[2].is_array() && record[2].size() == 2 && record[2][0].is_string() &&
                 record[2][1].is_string())
            beginnings[record[1].get<std::uint64_t>()] = {0, record[2][0].get<std::string>(),
                                                          record[2][1].get<std::string>()};
    }
    for (const auto& [request, beginning] : beginnings) {
        auto& entry = requests[request];
        // Reasoning after an answer means that all of it was.
        const bool was_reasoning = !entry.reasoning.empty() && !beginning.answer.empty();
        entry.reasoning = beginning.reasoning + (was_reasoning ? beginning.answer : "") + entry.reasoning;
        entry.answer = (was_reasoning ? "" : beginning.answer) + entry.answer;
    }
    std::vector<Recovered> found;
    for (auto& [request, entry] : requests)
        if (entry.message != 0) found.push_back(std::move(entry));
    return found;
}

StreamJournal::StreamJournal(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
}

StreamJournal::~StreamJournal() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void StreamJournal::add_reasoning(std::uint64_t request, std::string_view text) {
    append(line_of("r", request, std::string(text)));
}

void StreamJournal::add_answer(std::uint64_t request, std::string_view text) {
    append(line_of("a", request, std::string(text)));
}

void StreamJournal::add_answer_was_reasoning(std::uint64_t request) {
    append(line_of("w", request, nullptr));
}

void StreamJournal::begin_with(std::uint64_t request, std::string_view reasoning, std::string_view answer) {
    append(line_of("b", request, {std::string(reasoning), std::string(answer)}));
}

void StreamJournal::bind(std::uint64_t request, std::int64_t message) {
    append(line_of("m", request, message));
}

void StreamJournal::clear() {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0 && ::ftruncate(descriptor_, 0) != 0)
        return; // what stays is read again at the next start, and found already in the database
}

void StreamJournal::append(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::string_view rest = line;
    while (descriptor_ >= 0 && !rest.empty()) {
        const auto written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // a full disk: the database reports it within a second
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace spoutnik::app
