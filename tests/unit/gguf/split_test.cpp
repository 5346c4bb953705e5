// SPDX-License-Identifier: MIT
// Files on disk: shards, missing siblings, counts that disagree, what is no regular file.
#include "engine/gguf/gguf.h"
#include "tests/support/gguf_writer.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gguf = spoutnik::engine::gguf;
namespace fs = std::filesystem;
using spoutnik::kernels::Format;
using spoutnik::testing::GgufWriter;

namespace {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (fs::temp_directory_path() / "spoutnik-gguf-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

GgufWriter five_tensors() {
    GgufWriter writer;
    writer.set("general.architecture", "llama");
    for (int t = 0; t < 5; ++t)
        writer.tensor("t" + std::to_string(t), {2}, Format::f32,
                      std::vector<float>{static_cast<float>(t), static_cast<float>(-t)});
    return writer;
}

float first_value(const gguf::File& file, const std::string& name) {
    const auto* tensor = file.find_tensor(name);
    REQUIRE(tensor != nullptr);
    float value = 0;
    std::memcpy(&value, tensor->bytes.data(), sizeof value);
    return value;
}

/// A shard with these three keys and one tensor.
void write_shard(const fs::path& path, std::uint16_t no, std::uint16_t count, std::int32_t tensors,
                 const std::string& tensor) {
    GgufWriter()
        .set("split.no", no)
        .set("split.count", count)
        .set("split.tensors.count", tensors)
        .tensor(tensor, {1}, Format::f32, std::vector<float>{1.0F})
        .write(path);
}

} // namespace

TEST_CASE("a split model opens from any of its parts") {
    const TemporaryFolder folder;
    const auto parts = five_tensors().write_split(folder.path(), "tiny", 3);
    REQUIRE(parts.size() == 3);
    std::size_t bytes = 0;
    for (const auto& part : parts)
        bytes += fs::file_size(part);
    for (const auto& part : parts) {
        const auto file = gguf::File::open(part);
        CHECK(file->get_string("general.architecture") == "llama");
        CHECK(file->file_bytes() == bytes);
        REQUIRE(file->tensors().size() == 5);
        for (int t = 0; t < 5; ++t) {
            CHECK(file->tensors()[static_cast<std::size_t>(t)].name == "t" + std::to_string(t));
            CHECK(first_value(*file, "t" + std::to_string(t)) == static_cast<float>(t));
        }
    }
}

TEST_CASE("a whole file opens, and outlives its removal from the folder") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "whole.gguf";
    five_tensors().write(path);
    const auto file = gguf::File::open(path);
    fs::remove(path);
    CHECK(first_value(*file, "t4") == 4.0F);
}

TEST_CASE("a file is warmed in the background, and may go before that is done") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "large.gguf";
    std::vector<float> values(std::size_t{6} << 20U); // 24 MB: more than a step
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i % 4093);
    GgufWriter().tensor("t", {static_cast<std::int64_t>(values.size())}, Format::f32, values).write(path);
    {
        const auto file = gguf::File::open(path);
        file->warm();
        file->warm();
        file->wait_until_warm();
        const auto bytes = file->find_tensor("t")->bytes;
        REQUIRE(bytes.size() == values.size() * sizeof(float));
        CHECK(std::memcmp(bytes.data(), values.data(), bytes.size()) == 0);
        // Every page of the tensor is in the process's memory.
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.data()) / page * page;
        std::vector<unsigned char> there(bytes.size() / page);
        REQUIRE(::mincore(reinterpret_cast<void*>(address), there.size() * page, there.data()) == 0);
        CHECK(std::all_of(there.begin(), there.end(), [](unsigned char state) { return (state & 1U) != 0; }));
    }
    for (int i = 0; i < 20; ++i)
        gguf::File::open(path)->warm(); // gone at once
}

TEST_CASE("a split of one part needs no siblings and no special name") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "alone.gguf";
    write_shard(path, 0, 1, 1, "t");
    CHECK(gguf::File::open(path)->tensors().size() == 1);
}

TEST_CASE("parts that are missing or disagree are named") {
    const TemporaryFolder folder;
    const auto shard = [&](std::size_t n, std::size_t of) {
        return folder.path() / GgufWriter::shard_name("m", n, of);
    };
    write_shard(shard(1, 2), 0, 2, 2, "a");
    SECTION("missing") {
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)),
                          "m-00001-of-00002.gguf: part 2 of 2 is missing beside it (m-00002-of-00002.gguf)");
    }
    SECTION("another count") {
        write_shard(shard(2, 2), 1, 3, 2, "b");
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)),
                          Catch::Contains("m-00002-of-00002.gguf: key 'split.count' is 3"));
    }
    SECTION("not a part at all") {
        five_tensors().write(shard(2, 2));
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), Catch::Contains("'split.count' is 1"));
    }
    SECTION("another number") {
        write_shard(shard(2, 2), 0, 2, 2, "b");
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), Catch::Contains("key 'split.no' is 0"));
    }
    SECTION("another total") {
        write_shard(shard(2, 2), 1, 2, 7, "b");
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), Catch::Contains("'split.tensors.count' is 7"));
    }
    SECTION("a total that the parts do not hold") {
        write_shard(shard(1, 2), 0, 2, 9, "a");
        write_shard(shard(2, 2), 1, 2, 9, "b");
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), Catch::Contains("the parts hold 2 tensors"));
    }
    SECTION("the same tensor in two parts") {
        write_shard(shard(2, 2), 1, 2, 2, "a");
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), Catch::Contains("tensor 'a' is there twice"));
    }
    SECTION("a damaged part is named") {
        GgufWriter::save(shard(2, 2), std::vector<std::byte>(100));
        CHECK_THROWS_WITH(gguf::File::open(shard(1, 2)), "m-00002-of-00002.gguf: not a GGUF file");
    }
    SECTION("a file renamed") {
        fs::rename(shard(1, 2), folder.path() / "renamed.gguf");
        CHECK_THROWS_WITH(gguf::File::open(folder.path() / "renamed.gguf"),
                          Catch::Contains("one of 2 parts"));
    }
}

TEST_CASE("split keys of the wrong type or size") {
    const TemporaryFolder folder;
    const auto path = folder.path() / GgufWriter::shard_name("m", 1, 2);
    GgufWriter().set("split.count", "two").write(path);
    CHECK_THROWS_WITH(gguf::File::open(path), Catch::Contains("key 'split.count' is not an integer"));
    GgufWriter().set("split.count", std::int64_t{1} << 40U).write(path);
    CHECK_THROWS_WITH(gguf::File::open(path), Catch::Contains("key 'split.count'"));
    GgufWriter().set("split.count", std::int32_t{-1}).write(path);
    CHECK_THROWS_WITH(gguf::File::open(path), Catch::Contains("key 'split.count'"));
    GgufWriter().set("split.count", std::int32_t{2}).write(path);
    CHECK_THROWS_WITH(gguf::File::open(path), Catch::Contains("key 'split.no' is missing"));
    const auto image = GgufWriter().set("split.count", std::int32_t{2}).build();
    CHECK_THROWS_WITH(gguf::File::parse(image), Catch::Contains("split.count"));
}

TEST_CASE("what cannot be opened is named") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(gguf::File::open(folder.path() / "none.gguf"),
                      Catch::Contains("none.gguf: No such file"));
    CHECK_THROWS_WITH(gguf::File::open(folder.path()), Catch::Contains("not a regular file"));
    std::ofstream(folder.path() / "empty.gguf").flush();
    CHECK_THROWS_WITH(gguf::File::open(folder.path() / "empty.gguf"), Catch::Contains("the file is empty"));
    std::ofstream(folder.path() / "text.gguf") << "hello";
    CHECK_THROWS_WITH(gguf::File::open(folder.path() / "text.gguf"), "text.gguf: not a GGUF file");
    const auto pipe = folder.path() / "pipe.gguf";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(gguf::File::open(pipe), Catch::Contains("not a regular file")); // and does not wait
}
