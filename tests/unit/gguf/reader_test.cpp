// SPDX-License-Identifier: MIT
// Files as they should be: every metadata type, every format, versions, alignment, look-ups, real
// vocabularies.
#include "engine/gguf/gguf.h"
#include "tests/support/gguf_writer.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>

namespace gguf = spoutnik::engine::gguf;
using spoutnik::kernels::Format;
using spoutnik::testing::GgufWriter;

namespace {

template <class T>
void check_integer(T value) {
    const auto image = GgufWriter().set("n", value).build();
    CHECK(gguf::File::parse(image)->get_int("n") == static_cast<std::int64_t>(value));
}

} // namespace

TEST_CASE("integers of every width are one type") {
    check_integer(std::uint8_t{200});
    check_integer(std::int8_t{-100});
    check_integer(std::uint16_t{60000});
    check_integer(std::int16_t{-30000});
    check_integer(std::uint32_t{4000000000U});
    check_integer(std::int32_t{-2000000000});
    check_integer(std::int64_t{std::numeric_limits<std::int64_t>::min()});
    check_integer(std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("scalars, strings and arrays come back as written, in versions 2 and 3") {
    const auto version = GENERATE(2U, 3U);
    const auto image = GgufWriter(version)
                           .set("f32", 1.5F)
                           .set("f64", -2.25)
                           .set("yes", true)
                           .set("text", "a\0b\n\xff")
                           .set("empty", std::string())
                           .set("strings", std::vector<std::string>{"", "deux", std::string(100, 'x')})
                           .set("ints", std::vector<std::int16_t>{-1, 2, 3})
                           .set("floats", std::vector<float>{0.5F, -1.0F})
                           .set("bools", std::vector<bool>{true, false, true})
                           .set("none", std::vector<std::uint64_t>{})
                           .build();
    const auto file = gguf::File::parse(image);
    CHECK(file->get_float("f32") == 1.5);
    CHECK(file->get_float("f64") == -2.25);
    CHECK(file->find_bool("yes") == true);
    CHECK(file->get_string("text") == "a");
    CHECK(file->get_string("empty").empty());
    CHECK(*file->find_strings("strings") == std::vector<std::string>{"", "deux", std::string(100, 'x')});
    CHECK(*file->find_ints("ints") == std::vector<std::int64_t>{-1, 2, 3});
    CHECK(*file->find_floats("floats") == std::vector<double>{0.5, -1.0});
    const auto& bools = std::get<std::vector<bool>>(std::get<gguf::Array>(file->metadata().at("bools")));
    CHECK(bools == std::vector<bool>{true, false, true});
    CHECK(file->find_ints("none")->empty());
    CHECK(file->metadata().size() == 10);
    CHECK(file->file_bytes() == image.size());
}

TEST_CASE("strings keep zero bytes and bytes that are not UTF-8") {
    const std::string odd("a\0b\n\xff", 5);
    const auto image = GgufWriter().set("k", odd).build();
    CHECK(gguf::File::parse(image)->get_string("k") == odd);
}

TEST_CASE("look-ups: nothing when absent, an error when of another type") {
    const auto image = GgufWriter()
                           .set("int", std::uint32_t{7})
                           .set("text", "seven")
                           .set("flag", false)
                           .set("ratio", 0.5F)
                           .set("list", std::vector<std::int32_t>{1})
                           .build();
    const auto file = gguf::File::parse(image);
    CHECK_FALSE(file->find_int("gone"));
    CHECK_FALSE(file->find_float("gone"));
    CHECK_FALSE(file->find_bool("gone"));
    CHECK(file->find_string("gone") == nullptr);
    CHECK(file->find_strings("gone") == nullptr);
    CHECK(file->find_ints("gone") == nullptr);
    CHECK(file->find_floats("gone") == nullptr);
    CHECK_FALSE(file->has("gone"));
    CHECK(file->has("flag"));
    CHECK(file->get_float("int") == 7.0);
    CHECK_THROWS_WITH(file->get_int("gone"), "key 'gone' is missing");
    CHECK_THROWS_WITH(file->get_float("gone"), "key 'gone' is missing");
    CHECK_THROWS_WITH(file->get_string("gone"), "key 'gone' is missing");
    CHECK_THROWS_WITH(file->find_int("ratio"), "key 'ratio' is not an integer");
    CHECK_THROWS_WITH(file->find_int("flag"), "key 'flag' is not an integer");
    CHECK_THROWS_WITH(file->find_int("list"), "key 'list' is not an integer");
    CHECK_THROWS_WITH(file->find_float("text"), "key 'text' is not a number");
    CHECK_THROWS_WITH(file->find_bool("int"), "key 'int' is not true or false");
    CHECK_THROWS_WITH(file->find_string("list"), "key 'list' is not a string");
    CHECK_THROWS_WITH(file->find_strings("list"), "key 'list' is not an array of strings");
    CHECK_THROWS_WITH(file->find_floats("list"), "key 'list' is not an array of floats");
    CHECK_THROWS_WITH(file->find_ints("int"), "key 'int' is not an array of integers");
}

TEST_CASE("tensors of every format have their shape and exactly their bytes") {
    GgufWriter writer;
    std::vector<float> values(512);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i % 17) - 8.0F;
    for (const auto& traits : spoutnik::kernels::all_formats())
        writer.tensor(std::string(traits.name), {256, 2}, traits.format, values);
    const auto image = writer.build();
    const auto file = gguf::File::parse(image);
    REQUIRE(file->tensors().size() == spoutnik::kernels::all_formats().size());
    for (const auto& traits : spoutnik::kernels::all_formats()) {
        const auto* tensor = file->find_tensor(traits.name);
        REQUIRE(tensor != nullptr);
        CHECK(tensor->format == traits.format);
        CHECK(tensor->dim_count == 2);
        CHECK(tensor->dims == std::array<std::int64_t, 4>{256, 2, 1, 1});
        CHECK(tensor->values() == 512);
        const auto expected = spoutnik::testing::quantize(traits.format, values);
        REQUIRE(tensor->bytes.size() == expected.size());
        CHECK(std::memcmp(tensor->bytes.data(), expected.data(), expected.size()) == 0);
    }
    CHECK(file->find_tensor("Q4_") == nullptr);
    CHECK(file->find_tensor("") == nullptr);
    CHECK(file->find_tensor("zzz") == nullptr);
}

TEST_CASE("alignment is what the file says, in any integer width") {
    const auto alignment = GENERATE(1U, 8U, 64U, 4096U);
    const std::vector<float> values{1, 2, 3};
    const auto image = GgufWriter()
                           .alignment(alignment)
                           .tensor("a", {3}, Format::f32, values)
                           .tensor("b", {1, 1, 3, 1}, Format::f32, values)
                           .build();
    const auto file = gguf::File::parse(image);
    for (const auto* name : {"a", "b"}) {
        const auto* tensor = file->find_tensor(name);
        REQUIRE(tensor != nullptr);
        CHECK(static_cast<std::size_t>(tensor->bytes.data() - image.data()) % alignment == 0);
        std::vector<float> read(3);
        REQUIRE(tensor->bytes.size() == 12);
        std::memcpy(read.data(), tensor->bytes.data(), 12);
        CHECK(read == values);
    }
    CHECK(file->find_tensor("b")->dim_count == 4);
}

TEST_CASE("a vocabulary-only file may end before the padding does") {
    auto image = GgufWriter().set("general.architecture", "llama").build();
    while (image.back() == std::byte{0})
        image.pop_back();
    const auto file = gguf::File::parse(image);
    CHECK(file->tensors().empty());
    CHECK(file->get_string("general.architecture") == "llama");
}

TEST_CASE("an empty file of keys and tensors is a valid file") {
    const auto image = GgufWriter().build();
    CHECK(gguf::File::parse(image)->metadata().empty());
}

TEST_CASE("real vocabularies open") {
    const auto folder = std::filesystem::path(SPOUTNIK_SHARED_DIR) / "data" / "vocab";
    if (!std::filesystem::exists(folder)) {
        std::puts("skipped: no shared vocabulary files");
        return;
    }
    for (const auto& [name, tokens] : {std::pair{"deepseek-v3", 129280}, std::pair{"deepseek-llm", 102400}}) {
        const auto file = gguf::File::open(folder / ("vocab-" + std::string(name) + ".gguf"));
        REQUIRE(file->find_strings("tokenizer.ggml.tokens") != nullptr);
        CHECK(file->find_strings("tokenizer.ggml.tokens")->size() <= static_cast<std::size_t>(tokens));
        CHECK(file->find_ints("tokenizer.ggml.token_type")->size() ==
              file->find_strings("tokenizer.ggml.tokens")->size());
        CHECK(file->tensors().empty());
    }
    const auto spm = gguf::File::open(folder / "vocab-llama-spm.gguf");
    CHECK(spm->find_floats("tokenizer.ggml.scores")->size() ==
          spm->find_strings("tokenizer.ggml.tokens")->size());
}
