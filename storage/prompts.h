// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

using PromptId = std::int64_t;

/// A text of the person's own library, with places to fill: "Translate into {{language}}: {{text}}".
struct Prompt {
    PromptId id = 0;
    std::string title;
    std::string content; ///< with {{variables}}
    TimeMs created_ms = 0;
    TimeMs updated_ms = 0; ///< moving does not count
};

/// The prompt library, in the order the person gave it. Each change is one transaction.
class Prompts {
  public:
    explicit Prompts(Database& database) : database_(database) {}

    std::vector<Prompt> list() const;
    /// At the end.
    PromptId add(std::string_view title, std::string_view content);
    void update(PromptId id, std::string_view title, std::string_view content);
    /// To place `index` among the others, from 0; beyond the last is the end.
    void move(PromptId id, std::size_t index);
    /// For good, without undo: keep its title and content for one.
    void remove(PromptId id);

  private:
    Database& database_;
};

/// The names between "{{" and "}}" in order of appearance, each once, without outer spaces. A name is not
/// empty, on one line and has no brace in it; anything else is text.
std::vector<std::string> variables_of(std::string_view content);

/// The text with each variable replaced by its value; one that has none stays as it stands. Values are put in
/// as they are: "{{" in a value is not a variable.
std::string fill_variables(std::string_view content, const std::map<std::string, std::string>& values);

} // namespace spoutnik::storage
