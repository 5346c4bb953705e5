// SPDX-License-Identifier: MIT
// A model file of holes in a folder of its own.
#pragma once

#include "engine/placement/plan.h"
#include "tests/support/sparse_model.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace spoutnik::testing {

/// Goes with the object.
class OwnFolder {
  public:
    OwnFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "spoutnik-plan-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    ~OwnFolder() { std::filesystem::remove_all(path_); }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

struct Opened {
    explicit Opened(const SparseModel& model) {
        model.write(path);
        file = engine::gguf::File::open(path);
    }
    engine::Plan plan(std::uint64_t free_bytes, std::int64_t context = 8192) const {
        return engine::make_plan(*file, {.context = context}, "cpu",
                                 {.free_bytes = free_bytes, .total_bytes = 2 * free_bytes});
    }

    OwnFolder folder;
    std::filesystem::path path = folder.path() / "model.gguf";
    std::shared_ptr<const engine::gguf::File> file;
};

} // namespace spoutnik::testing
