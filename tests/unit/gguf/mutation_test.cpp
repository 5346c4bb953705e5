// SPDX-License-Identifier: MIT
// Ten thousand damaged files: flipped bits, cut ends, and fields set to what makes arithmetic overflow. None
// may crash, hang or take memory; what is accepted must be readable to its last byte.
#include "engine/gguf/gguf.h"
#include "tests/support/gguf_writer.h"
#include "tests/unit/gguf/allocation_meter.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>
#include <limits>
#include <random>

#include <unistd.h>

namespace gguf = spoutnik::engine::gguf;
using spoutnik::engine::Error;
using spoutnik::kernels::Format;
using spoutnik::testing::AllocationMeter;
using spoutnik::testing::GgufWriter;

namespace {

using Bytes = std::vector<std::byte>;
using Random = std::mt19937_64;

constexpr std::size_t allowance = std::size_t{256} << 20U;

/// A number in the file that means something: a count, a length, a type, a dimension, an offset.
struct Field {
    std::size_t at;
    std::size_t width;
};

/// Finds the fields of a file that is known to be good.
class FieldFinder {
  public:
    explicit FieldFinder(const Bytes& image) : image_(image) {
        field(4); // magic
        field(4);
        const auto tensors = field(8);
        const auto keys = field(8);
        for (std::uint64_t k = 0; k < keys; ++k) {
            string();
            value(field(4));
        }
        for (std::uint64_t t = 0; t < tensors; ++t) {
            string();
            const auto dims = field(4);
            for (std::uint64_t d = 0; d < dims; ++d)
                field(8);
            field(4);
            field(8);
        }
    }
    const std::vector<Field>& fields() const { return fields_; }

  private:
    std::uint64_t field(std::size_t width) {
        fields_.push_back({at_, width});
        std::uint64_t number = 0;
        std::memcpy(&number, image_.data() + at_, width);
        at_ += width;
        return number;
    }
    void string() { at_ += field(8); }
    void value(std::uint64_t type) {
        constexpr std::array<std::size_t, 13> widths{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
        if (type == 8) return string();
        if (type != 9) {
            field(widths[type]);
            return;
        }
        const auto element = field(4);
        const auto count = field(8);
        for (std::uint64_t i = 0; i < count; ++i)
            value(element);
    }

    const Bytes& image_;
    std::size_t at_ = 0;
    std::vector<Field> fields_;
};

Bytes a_small_model(std::uint32_t version) {
    std::vector<float> values(512);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i) * 0.01F;
    GgufWriter writer(version);
    writer.set("general.architecture", "deepseek2")
        .set("general.quantization_version", std::uint32_t{2})
        .set("u8", std::uint8_t{1})
        .set("i8", std::int8_t{-1})
        .set("u16", std::uint16_t{1})
        .set("i16", std::int16_t{-1})
        .set("i32", std::int32_t{-1})
        .set("u64", std::uint64_t{1})
        .set("i64", std::int64_t{-1})
        .set("f32", 1e-6F)
        .set("f64", 1e-6)
        .set("flag", true)
        .set("tokenizer.ggml.tokens", std::vector<std::string>{"<s>", "", "a", "hello", std::string(40, 'z')})
        .set("tokenizer.ggml.scores", std::vector<float>{0, -1, -2, -3, -4})
        .set("tokenizer.ggml.token_type", std::vector<std::int32_t>{3, 1, 1, 1, 1})
        .set("flags", std::vector<bool>{true, false})
        .alignment(64);
    for (const auto& traits : spoutnik::kernels::all_formats())
        writer.tensor("blk.0." + std::string(traits.name), {256, 2}, traits.format, values);
    writer.tensor("cube", {8, 4, 16}, Format::f32, values);
    return writer.build();
}

std::uint64_t awkward_number(Random& random, std::uint64_t old, std::size_t file_size) {
    constexpr auto top = std::numeric_limits<std::uint64_t>::max();
    switch (random() % 16) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return top;
    case 3:
        return top >> 1U;
    case 4:
        return std::uint64_t{1} << 63U;
    case 5:
        return std::uint64_t{1} << (random() % 64);
    case 6:
        return (std::uint64_t{1} << (random() % 64)) - 1;
    case 7:
        return old + 1;
    case 8:
        return old - 1;
    case 9:
        return old * 2;
    case 10:
        return ~old;
    case 11:
        return file_size;
    case 12:
        return file_size - random() % 64;
    case 13:
        return top / 8 + random() % 4;
    case 14:
        return random() % 16;
    default:
        return random();
    }
}

void change_a_field(Random& random, Bytes& image, const std::vector<Field>& fields) {
    const Field field = fields[random() % fields.size()];
    if (field.at + field.width > image.size()) return;
    std::uint64_t number = 0;
    std::memcpy(&number, image.data() + field.at, field.width);
    number = awkward_number(random, number, image.size());
    std::memcpy(image.data() + field.at, &number, field.width);
}

Bytes damaged(Random& random, const Bytes& good, const std::vector<Field>& fields) {
    Bytes image = good;
    const std::size_t header = fields.back().at + 8;
    switch (random() % 5) {
    case 0: // flipped bits, most of them where the structure is
        for (std::size_t n = 1 + random() % 8; n > 0; --n)
            image[random() % (random() % 4 == 0 ? image.size() : header)] ^= std::byte{1} << (random() % 8);
        break;
    case 1: // a cut end
        image.resize(random() % image.size());
        break;
    case 2: // a hole or a repeated stretch
    {
        const auto from = static_cast<std::ptrdiff_t>(random() % header);
        const auto length = static_cast<std::ptrdiff_t>(1 + random() % 64);
        const Bytes stretch(image.begin() + from, image.begin() + from + length);
        if (random() % 2 == 0)
            image.erase(image.begin() + from, image.begin() + from + length);
        else
            image.insert(image.begin() + from, stretch.begin(), stretch.end());
        break;
    }
    case 3:
        change_a_field(random, image, fields);
        break;
    default:
        for (std::size_t n = 2 + random() % 4; n > 0; --n)
            change_a_field(random, image, fields);
    }
    return image;
}

/// Reads every byte that the file was accepted with.
std::size_t touch(const gguf::File& file) {
    std::size_t sum = 0;
    for (const auto& tensor : file.tensors()) {
        for (const std::byte byte : tensor.bytes)
            sum += static_cast<std::size_t>(byte);
        sum += file.find_tensor(tensor.name) == &tensor ? 1 : 0;
        REQUIRE(tensor.bytes.size() == spoutnik::kernels::bytes_of(tensor.format, tensor.values()));
    }
    for (const auto& [key, value] : file.metadata())
        sum += key.size() + value.index();
    return sum;
}

} // namespace

TEST_CASE("ten thousand damaged files: no crash, no hang, no memory") {
    Random random(20261122);
    std::size_t accepted = 0, refused = 0;
    for (const std::uint32_t version : {3U, 2U}) {
        const Bytes good = a_small_model(version);
        const FieldFinder finder(good);
        REQUIRE(touch(*gguf::File::parse(good)) > 0);
        for (int i = 0; i < 6000; ++i) {
            const Bytes image = damaged(random, good, finder.fields());
            const AllocationMeter meter;
            try {
                touch(*gguf::File::parse(image));
                ++accepted;
            } catch (const Error& error) {
                if (std::string_view(error.what()).find_first_of("\n\r\x1b") != std::string_view::npos)
                    FAIL("a message of more than one line: " << error.what());
                ++refused;
            }
            if (meter.peak_bytes() > image.size() + allowance)
                FAIL("took " << meter.peak_bytes() << " bytes");
        }
    }
    CHECK(refused > 5000);
    CHECK(accepted > 500); // damage to data or to free values is no fault
}

TEST_CASE("damaged files on disk behave like those in memory") {
    std::string pattern = (std::filesystem::temp_directory_path() / "spoutnik-mutant-XXXXXX").string();
    const int fd = ::mkstemp(pattern.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    Random random(7);
    const Bytes good = a_small_model(3);
    const FieldFinder finder(good);
    for (int i = 0; i < 500; ++i) {
        const Bytes image = damaged(random, good, finder.fields());
        GgufWriter::save(pattern, image);
        bool from_disk = true, from_memory = true;
        try {
            touch(*gguf::File::open(pattern));
        } catch (const Error&) {
            from_disk = false;
        }
        try {
            touch(*gguf::File::parse(image));
        } catch (const Error&) {
            from_memory = false;
        }
        CHECK(from_disk == from_memory);
    }
    std::filesystem::remove(pattern);
}
