// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace spoutnik::storage {

/// Why an operation on the stored conversations failed; the interface chooses its button by it.
enum class ErrorKind {
    disk_full,     ///< no room left: nothing of the failed change was kept, everything before it is safe
    read_only,     ///< the file, its folder or this connection can't be written
    locked,        ///< another Spoutnik, or another program, holds the database
    corrupt,       ///< the file is damaged (seen while running; at start it is salvaged instead)
    damaged_index, ///< the search index only; rebuilt by itself, so seldom seen outside storage
    newer_schema,  ///< a later Spoutnik wrote it in a form this one can't read
    foreign_file,  ///< the file belongs to another program: it is left untouched
    not_found,     ///< no such conversation or message (removed meanwhile)
    invalid,       ///< the caller asked for something contradictory, as a parent of another conversation
    input_output,  ///< the disk or file system reported an error
    other
};

/// A failed storage operation. what() is one sentence in English for the person at the screen; `kind()` lets
/// the interface say it in another language.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
    ErrorKind kind() const noexcept { return kind_; }

  private:
    ErrorKind kind_;
};

} // namespace spoutnik::storage
