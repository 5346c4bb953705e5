// SPDX-License-Identifier: MIT
// Runs a built program as a person's shell would.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spoutnik::testing {

struct Run {
    int status = -1; ///< exit status; 128 + signal when killed by one
    std::string out, err;
};

/// Waits for the end of `spoutnik-cli ARGUMENTS...`, with `input` on its standard input. `environment`:
/// "NAME=value" to set, "NAME" to remove.
Run run_cli(const std::vector<std::string>& arguments, const std::string& input = {},
            const std::vector<std::string>& environment = {});

/// The same for any program.
Run run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                const std::string& input = {}, const std::vector<std::string>& environment = {});
/// The spoutnik-cli of this build.
std::filesystem::path built_cli();

/// The same on a terminal of its own: waits until the screen shows each `expected`, then types the text
/// beside it. `out` is everything shown.
struct Exchange {
    std::string expected, typed;
};
Run run_cli_on_terminal(const std::vector<std::string>& arguments, const std::vector<Exchange>& exchanges);

/// A folder that goes with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

/// A file with this content; its path as text.
std::string write_file(const std::filesystem::path& path, const std::string& content);

/// A folder of the shared reference data; empty (and one line said) when it is not there.
std::filesystem::path shared_data(const std::string& name);

} // namespace spoutnik::testing
