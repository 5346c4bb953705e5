// SPDX-License-Identifier: MIT
#include "storage/prompts.h"

#include "storage/change.h"
#include "storage/places.h"

#include <algorithm>

namespace spoutnik::storage {

namespace {

void require_found(bool is_found) {
    if (!is_found) throw Error(ErrorKind::not_found, "This prompt is no longer there.");
}

/// A variable in a text: its bytes with the braces, and its name.
struct Variable {
    std::size_t begin = std::string_view::npos; ///< npos: there is none
    std::size_t end = std::string_view::npos;
    std::string name;
};

Variable next_variable(std::string_view content, std::size_t from) {
    while ((from = content.find("{{", from)) != std::string_view::npos) {
        const std::size_t end = content.find_first_of("{}\r\n", from + 2);
        if (end == std::string_view::npos) break;
        std::string_view name = content.substr(from + 2, end - from - 2);
        const std::size_t first = name.find_first_not_of(" \t");
        if (content.substr(end, 2) == "}}" && first != std::string_view::npos) {
            name = name.substr(first, name.find_last_not_of(" \t") + 1 - first);
            return {from, end + 2, std::string(name)};
        }
        ++from; // "{{{name}}" holds "{{name}}"
    }
    return {};
}

} // namespace

std::vector<Prompt> Prompts::list() const {
    Statement query(database_.handle(),
                    "SELECT id, title, content, created_ms, updated_ms FROM prompt ORDER BY position, id");
    std::vector<Prompt> prompts;
    while (query.step())
        prompts.push_back(
            {query.integer(0), query.text(1), query.text(2), query.integer(3), query.integer(4)});
    return prompts;
}

PromptId Prompts::add(std::string_view title, std::string_view content) {
    return change(database_, [&] {
        const TimeMs now = database_.now_ms();
        Statement insert(
            database_.handle(),
            "INSERT INTO prompt(title, content, created_ms, updated_ms, position) VALUES(?, ?, ?, ?,"
            " (SELECT coalesce(max(position), -1) + 1 FROM prompt)) RETURNING id");
        return insert.with(title, content, now, now).returned().value();
    });
}

void Prompts::update(PromptId id, std::string_view title, std::string_view content) {
    change(database_, [&] {
        require_found(Statement(database_.handle(),
                                "UPDATE prompt SET title = ?, content = ?, updated_ms = ? WHERE id = ?")
                          .with(title, content, database_.now_ms(), id)
                          .run() > 0);
    });
}

void Prompts::move(PromptId id, std::size_t index) {
    change(database_, [&] { require_found(put_at(database_.handle(), "prompt", id, index)); });
}

void Prompts::remove(PromptId id) {
    change(database_, [&] {
        require_found(Statement(database_.handle(), "DELETE FROM prompt WHERE id = ?").with(id).run() > 0);
    });
}

std::vector<std::string> variables_of(std::string_view content) {
    std::vector<std::string> names;
    for (Variable variable = next_variable(content, 0); variable.end != std::string_view::npos;
         variable = next_variable(content, variable.end))
        if (std::ranges::find(names, variable.name) == names.end()) names.push_back(variable.name);
    return names;
}

std::string fill_variables(std::string_view content, const std::map<std::string, std::string>& values) {
    std::string filled;
    std::size_t at = 0;
    for (Variable variable = next_variable(content, 0); variable.end != std::string_view::npos;
         variable = next_variable(content, variable.end)) {
        filled += content.substr(at, variable.begin - at);
        const auto value = values.find(variable.name);
        filled += value != values.end() ? std::string_view(value->second)
                                        : content.substr(variable.begin, variable.end - variable.begin);
        at = variable.end;
    }
    return filled += content.substr(at);
}

} // namespace spoutnik::storage
