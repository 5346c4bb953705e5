// SPDX-License-Identifier: MIT
// Files that lie. The faults published about other readers (facts of each: see the test's comment) and their
// neighbours; each must end in one line that names the key or tensor, and in little memory.
#include "engine/gguf/gguf.h"
#include "engine/gguf/image.h"
#include "tests/support/gguf_writer.h"
#include "tests/unit/gguf/allocation_meter.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <limits>

namespace gguf = spoutnik::engine::gguf;
using spoutnik::engine::Error;
using spoutnik::testing::AllocationMeter;
using spoutnik::testing::ByteSink;
using spoutnik::testing::GgufWriter;

namespace {

constexpr std::uint32_t f32_id = 0;
constexpr std::uint32_t q8_0_id = 8;
constexpr auto max_u64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto max_i64 = std::numeric_limits<std::int64_t>::max();

/// What the reader says about an image; it must say something, on one line, without taking memory.
std::string complaint(const std::vector<std::byte>& image) {
    const AllocationMeter meter;
    std::string text;
    try {
        gguf::File::parse(image);
    } catch (const Error& error) {
        text = error.what();
    }
    CHECK(meter.peak_bytes() < image.size() + (std::size_t{1} << 20U));
    CHECK_FALSE(text.empty());
    CHECK(text.find('\n') == std::string::npos);
    return text;
}

/// Overwrites bytes of an image.
template <class T>
std::vector<std::byte> with(std::vector<std::byte> image, std::size_t at, T value) {
    REQUIRE(at + sizeof value <= image.size());
    std::memcpy(image.data() + at, &value, sizeof value);
    return image;
}

std::vector<std::byte> bytes_of(ByteSink& sink) {
    return sink.take();
}

std::vector<std::byte> array_header(std::uint32_t type, std::uint64_t count) {
    ByteSink sink;
    sink.number(type).number(count);
    return bytes_of(sink);
}

std::string tensor_complaint(std::vector<std::int64_t> dims, std::uint32_t type, std::uint64_t offset = 0) {
    return complaint(
        GgufWriter().tensor_raw("w", std::move(dims), type, std::vector<std::byte>(1024), offset).build());
}

constexpr std::size_t version_at = 4, tensor_count_at = 8, key_count_at = 16, first_key_at = 24;

} // namespace

TEST_CASE("what is not a GGUF file") {
    CHECK(complaint({}) == "not a GGUF file");
    CHECK(complaint(std::vector<std::byte>(3)) == "not a GGUF file");
    CHECK(complaint(std::vector<std::byte>(100)) == "not a GGUF file");
    CHECK_THAT(complaint(with(GgufWriter().build(), version_at, std::uint32_t{1})),
               Catch::Contains("version 1"));
    CHECK_THAT(complaint(with(GgufWriter().build(), version_at, std::uint32_t{4})),
               Catch::Contains("version 4"));
    CHECK_THAT(complaint(with(GgufWriter().build(), version_at, std::uint32_t{0})),
               Catch::Contains("version 0"));
    CHECK_THAT(complaint(with(GgufWriter().build(), version_at, std::uint32_t{0x03000000})),
               Catch::Contains("big-endian"));
}

TEST_CASE("header counts larger than the file could hold (CVE-2024-21802)") {
    const auto image = GgufWriter().set("k", "v").build();
    for (const std::int64_t count : {std::int64_t{-1}, max_i64, std::int64_t{1} << 32U, std::int64_t{1000}}) {
        CHECK_THAT(complaint(with(image, key_count_at, count)), Catch::Contains("keys"));
        CHECK_THAT(complaint(with(image, tensor_count_at, count)), Catch::Contains("tensors"));
    }
}

TEST_CASE("string lengths beyond the file (CVE-2024-23496, llama.cpp #19003)") {
    const auto image = GgufWriter().set("key", "value").build();
    const std::size_t value_at = first_key_at + 8 + 3 + 4;
    for (const std::uint64_t length :
         {max_u64, max_u64 - 7, std::uint64_t{1} << 63U, std::uint64_t{1} << 30U}) {
        CHECK_THAT(complaint(with(image, first_key_at, length)), Catch::Contains("key number 1"));
        CHECK_THAT(complaint(with(image, value_at, length)), Catch::Contains("key 'key'"));
    }
}

TEST_CASE("array counts beyond the file, multiplied past 64 bits (CVE-2024-21802)") {
    for (std::uint32_t type = 0; type <= 12; ++type)
        for (const std::uint64_t count :
             {max_u64, max_u64 / 8 + 2, std::uint64_t{1} << 61U, std::uint64_t{1} << 40U})
            CHECK_THAT(complaint(GgufWriter().set_raw("list", 9, array_header(type, count)).build()),
                       Catch::Contains("key 'list'"));
}

TEST_CASE("array element types are checked (llama.cpp #26690)") {
    for (const std::uint32_t type : {13U, 14U, 255U, 0xFFFFFFFFU})
        CHECK_THAT(complaint(GgufWriter().set_raw("list", 9, array_header(type, 1)).build()),
                   Catch::Contains("unknown array element type"));
    CHECK_THAT(complaint(GgufWriter().set_raw("list", 9, array_header(9, 1)).build()),
               Catch::Contains("arrays of arrays"));
    CHECK_THAT(complaint(GgufWriter().set_raw("v", 13, std::vector<std::byte>(8)).build()),
               Catch::Contains("key 'v': unknown value type 13"));

    // The type is also checked at each use.
    const auto image = GgufWriter().set("tokenizer.ggml.tokens", std::vector<std::int32_t>{1, 2}).build();
    CHECK_THROWS_WITH(gguf::File::parse(image)->find_strings("tokenizer.ggml.tokens"),
                      "key 'tokenizer.ggml.tokens' is not an array of strings");
}

TEST_CASE("general.alignment of the wrong type or value (llama.cpp #26318)") {
    CHECK_THAT(complaint(GgufWriter().set("general.alignment", "32").build()),
               Catch::Contains("general.alignment"));
    CHECK_THAT(complaint(GgufWriter().set("general.alignment", 32.0F).build()),
               Catch::Contains("general.alignment"));
    CHECK_THAT(complaint(GgufWriter().set("general.alignment", std::vector<std::uint32_t>{32}).build()),
               Catch::Contains("general.alignment"));
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-32}, std::int64_t{33}, max_i64,
                                     std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 40U})
        CHECK_THAT(complaint(GgufWriter().set("general.alignment", value).build()),
                   Catch::Contains("is not a power of two"));
}

TEST_CASE("products of dimensions that overflow (CVE-2026-33298)") {
    CHECK_THAT(tensor_complaint({max_i64, 2}, f32_id),
               Catch::Contains("tensor 'w'") && Catch::Contains("overflows"));
    CHECK_THAT(tensor_complaint({std::int64_t{1} << 32U, std::int64_t{1} << 32U}, f32_id),
               Catch::Contains("overflows"));
    CHECK_THAT(tensor_complaint({1 << 16, 1 << 16, 1 << 16, 1 << 16}, f32_id), Catch::Contains("overflows"));
    // The product is zero modulo 2^64: a reader that multiplies without looking sees an empty tensor.
    CHECK_THAT(tensor_complaint({std::int64_t{1} << 62U, 4}, f32_id), Catch::Contains("overflows"));
}

TEST_CASE("sizes in bytes and sums of sizes that overflow (CVE-2025-53630, CVE-2026-27940)") {
    CHECK_THAT(tensor_complaint({std::int64_t{1} << 62U}, f32_id), Catch::Contains("overflows"));
    CHECK_THAT(tensor_complaint({std::int64_t{1} << 61U}, f32_id), Catch::Contains("beyond the end"));
    CHECK_THAT(tensor_complaint({max_i64 / 32 * 32}, q8_0_id), Catch::Contains("tensor 'w'"));
    // Offset + size wraps to something small.
    CHECK_THAT(tensor_complaint({256}, f32_id, max_u64 - 1023 + 32 - 32), Catch::Contains("beyond the end"));
    const auto many = GgufWriter()
                          .tensor_raw("a", {std::int64_t{1} << 60U}, f32_id, {}, 0)
                          .tensor_raw("b", {std::int64_t{1} << 60U}, f32_id, {}, std::uint64_t{1} << 62U)
                          .tensor_raw("c", {8}, f32_id, std::vector<std::byte>(64), 0)
                          .build();
    CHECK_THAT(complaint(many), Catch::Contains("tensor 'a'"));
}

TEST_CASE("tensors beyond the file (CVE-2026-7482)") {
    CHECK_THAT(tensor_complaint({256}, f32_id, 1024), Catch::Contains("beyond the end"));
    CHECK_THAT(tensor_complaint({256}, f32_id, 32), Catch::Contains("beyond the end"));
    CHECK_THAT(tensor_complaint({257}, f32_id), Catch::Contains("beyond the end"));
    CHECK_THAT(tensor_complaint({256}, f32_id, std::uint64_t{1} << 63U), Catch::Contains("beyond the end"));
    CHECK_THAT(tensor_complaint({16}, f32_id, 4), Catch::Contains("not a multiple of 32"));
    CHECK_NOTHROW(
        gguf::File::parse(GgufWriter().tensor_raw("w", {256}, f32_id, std::vector<std::byte>(1024)).build()));
}

TEST_CASE("dimensions and rows out of range") {
    CHECK_THAT(tensor_complaint({}, f32_id), Catch::Contains("0 dimensions"));
    CHECK_THAT(tensor_complaint({1, 1, 1, 1, 1}, f32_id), Catch::Contains("5 dimensions"));
    CHECK_THAT(tensor_complaint({0}, f32_id), Catch::Contains("dimension 0 is 0"));
    CHECK_THAT(tensor_complaint({4, -1}, f32_id), Catch::Contains("dimension 1 is -1"));
    CHECK_THAT(tensor_complaint({-4, -4}, f32_id), Catch::Contains("dimension 0 is -4"));
    CHECK_THAT(tensor_complaint({33}, q8_0_id),
               Catch::Contains("rows of 33 values do not fill blocks of 32"));
    CHECK_THAT(tensor_complaint({128, 2}, 12), Catch::Contains("blocks of 256 (Q4_K)"));
}

TEST_CASE("formats that are not supported are refused with their id") {
    CHECK_THAT(tensor_complaint({256}, 16), Catch::Contains("16 (IQ2_XXS)"));
    CHECK_THAT(tensor_complaint({256}, 4), Catch::Contains("4 (retired)"));
    CHECK_THAT(tensor_complaint({256}, 37), Catch::Contains("37 (retired)"));
    CHECK_THAT(tensor_complaint({256}, 97), Catch::Contains("97 (not part of GGUF)"));
    CHECK_THAT(tensor_complaint({256}, 0xFFFFFFFFU), Catch::Contains("4294967295"));
    for (std::uint32_t id = 0; id < 200; ++id)
        if (!spoutnik::kernels::format_from_gguf_id(id))
            CHECK_THAT(tensor_complaint({256}, id),
                       Catch::Contains("tensor 'w': number format " + std::to_string(id)));
}

TEST_CASE("keys and tensors that occur twice or have no name") {
    CHECK(complaint(GgufWriter().set("k", "a").set("k", "b").build()) == "key 'k' is there twice");
    const std::vector<std::byte> data(4);
    CHECK(complaint(
              GgufWriter().tensor_raw("t", {1}, f32_id, data).tensor_raw("t", {1}, f32_id, data).build()) ==
          "tensor 't' is there twice");
    CHECK_THAT(complaint(GgufWriter().set("", "a").build()), Catch::Contains("key number 1 has no name"));
    CHECK_THAT(complaint(GgufWriter().tensor_raw("", {1}, f32_id, data).build()),
               Catch::Contains("tensor number 1 has no name"));
    CHECK_THAT(complaint(GgufWriter().tensor_raw(std::string(65, 'n'), {1}, f32_id, data).build()),
               Catch::Contains("65 bytes"));
    CHECK_NOTHROW(
        gguf::File::parse(GgufWriter().tensor_raw(std::string(64, 'n'), {1}, f32_id, data).build()));
    CHECK_THAT(complaint(GgufWriter().set(std::string(65536, 'k'), "v").build()),
               Catch::Contains("65536 bytes"));
}

TEST_CASE("values out of range") {
    CHECK_THAT(complaint(GgufWriter().set("big", max_u64).build()), Catch::Contains("key 'big'"));
    CHECK_THAT(complaint(GgufWriter().set("list", std::vector<std::uint64_t>{1, max_u64}).build()),
               Catch::Contains("key 'list'"));
    CHECK_THAT(complaint(GgufWriter().set_raw("flag", 7, {std::byte{2}}).build()),
               Catch::Contains("neither true nor false"));
}

TEST_CASE("names in messages cannot break the line") {
    CHECK(complaint(GgufWriter().set("a\n\x1b[2J", max_u64).build()) ==
          "key 'a??[2J': the number 18446744073709551615 is too large");
}

TEST_CASE("a file cut anywhere gives an error, never a crash") {
    const std::vector<float> values(64, 1.0F);
    const auto image = GgufWriter()
                           .set("text", "value")
                           .set("list", std::vector<std::string>{"a", "b"})
                           .set("flags", std::vector<bool>{true})
                           .tensor("w", {32, 2}, spoutnik::kernels::Format::q8_0, values)
                           .build();
    const std::size_t used = image.size() - (32 - 2 * 34 % 32) % 32; // without the padding after the tensor
    for (std::size_t length = 0; length < used; ++length) {
        const std::vector<std::byte> cut(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK_THROWS_AS(gguf::File::parse(cut), Error);
    }
}

TEST_CASE("millions of empty strings, small keys or small tensors do not take more than the budget") {
    const std::size_t limit = gguf::MemoryBudget::limit_bytes;
    std::vector<std::byte> image;
    SECTION("empty strings: four times their bytes in the file") {
        const std::uint64_t count = 6'000'000;
        auto body = array_header(8, count);
        body.resize(body.size() + count * 8);
        image = GgufWriter().set_raw("list", 9, std::move(body)).build();
    }
    SECTION("bytes as integers: eight times") {
        const std::uint64_t count = 24'000'000;
        auto body = array_header(0, count);
        body.resize(body.size() + count);
        image = GgufWriter().set_raw("list", 9, std::move(body)).build();
    }
    SECTION("keys: twelve times") {
        ByteSink sink;
        for (const char letter : {'G', 'G', 'U', 'F'})
            sink.number(letter);
        const std::int64_t count = 1'500'000;
        sink.number(std::uint32_t{3}).number(std::int64_t{0}).number(count);
        for (std::int64_t i = 0; i < count; ++i)
            sink.string(std::to_string(i)).number(std::uint32_t{0}).number(std::uint8_t{1});
        image = sink.take();
    }
    const AllocationMeter meter;
    CHECK_THROWS_WITH(gguf::File::parse(image), Catch::Contains("of memory"));
    CHECK(meter.peak_bytes() < limit + (std::size_t{1} << 20U));
}
