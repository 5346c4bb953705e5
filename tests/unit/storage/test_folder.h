// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"

#include <stdlib.h> // mkdtemp
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace spoutnik::storage::testing {

/// A data folder of its own, removed at the end, with a clock that moves one second at each question.
class TestFolder {
  public:
    TestFolder() {
        // In memory where the system offers it: the tests force some ten thousand writes through to the
        // "disk".
        const std::filesystem::path memory = "/dev/shm";
        const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
        std::string name =
            ((has_memory ? memory : std::filesystem::temp_directory_path()) / "spoutnik-storage-XXXXXX")
                .string();
        path_ = ::mkdtemp(name.data());
    }
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    std::filesystem::path data() const { return path_ / "data"; }
    std::filesystem::path file() const { return data() / "spoutnik.db"; }
    std::filesystem::path path() const { return path_; }

    OpenOptions options() {
        OpenOptions options;
        options.folder = data();
        options.now_ms = [this] { return now_ms += 1000; };
        return options;
    }
    OpenOptions reading() {
        OpenOptions reading = options();
        reading.read_only = true;
        return reading;
    }

    TimeMs now_ms = 1'750'000'000'000; ///< June 2025

  private:
    std::filesystem::path path_;
};

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

/// The kind of the Error that `action` throws; nothing when it throws none.
template <class Action>
std::optional<ErrorKind> error_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    return std::nullopt;
}

} // namespace spoutnik::storage::testing
