// SPDX-License-Identifier: MIT
#include "engine/gguf/image.h"

#include "engine/gguf/printable.h"

#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace spoutnik::engine::gguf {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF fields are read as they lie in the file");

/// Ids of metadata types in the file format.
enum class Type : std::uint32_t {
    u8 = 0,
    i8 = 1,
    u16 = 2,
    i16 = 3,
    u32 = 4,
    i32 = 5,
    f32 = 6,
    boolean = 7,
    string = 8,
    array = 9,
    u64 = 10,
    i64 = 11,
    f64 = 12,
};

constexpr std::size_t least_key_bytes = 8 + 4 + 1;            // empty name, type, one byte
constexpr std::size_t least_tensor_bytes = 8 + 4 + 8 + 4 + 8; // empty name, one dimension
constexpr std::size_t longest_key = 65535;                    // the specification's limits
constexpr std::size_t longest_tensor_name = 64;
constexpr std::uint32_t most_dimensions = 4;
constexpr std::int64_t default_alignment = 32;
constexpr std::size_t map_node_bytes = 192; // a key and its value in the map
constexpr std::size_t allocation_overhead_bytes = 32;

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
    throw Error(fmt::format(text, std::forward<Args>(args)...));
}

/// A place in the image that never leaves it.
class Cursor {
  public:
    explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::size_t position() const { return position_; }
    std::size_t left() const { return bytes_.size() - position_; }

    template <class T>
    T number(const std::string& owner) {
        T value{};
        std::memcpy(&value, take(sizeof value, owner).data(), sizeof value);
        return value;
    }

    /// The bytes of a string, still in the image.
    std::string_view string(const std::string& owner) {
        const auto length = number<std::uint64_t>(owner);
        if (length > left())
            fail("{}: a string of {} bytes where the file has {} left", owner, length, left());
        const auto raw = take(static_cast<std::size_t>(length), owner);
        return {reinterpret_cast<const char*>(raw.data()), raw.size()};
    }

  private:
    std::span<const std::byte> take(std::size_t count, const std::string& owner) {
        if (count > left()) fail("{}: the file ends in the middle of it", owner);
        const auto taken = bytes_.subspan(position_, count);
        position_ += count;
        return taken;
    }

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
};

std::size_t string_bytes(std::size_t length) {
    return sizeof(std::string) + (length > 15 ? length + allocation_overhead_bytes : 0);
}

/// Bytes of one value of this type in the file, at least; 0 for an unknown type or an array.
std::size_t least_bytes(Type type) {
    switch (type) {
    case Type::u8:
    case Type::i8:
    case Type::boolean:
        return 1;
    case Type::u16:
    case Type::i16:
        return 2;
    case Type::u32:
    case Type::i32:
    case Type::f32:
        return 4;
    case Type::string: // the length
    case Type::u64:
    case Type::i64:
    case Type::f64:
        return 8;
    case Type::array:
        break;
    }
    return 0;
}

bool is_integer(Type type) {
    return type == Type::u8 || type == Type::i8 || type == Type::u16 || type == Type::i16 ||
           type == Type::u32 || type == Type::i32 || type == Type::u64 || type == Type::i64;
}

std::int64_t read_integer(Cursor& cursor, Type type, const std::string& owner) {
    switch (type) {
    case Type::u8:
        return cursor.number<std::uint8_t>(owner);
    case Type::i8:
        return cursor.number<std::int8_t>(owner);
    case Type::u16:
        return cursor.number<std::uint16_t>(owner);
    case Type::i16:
        return cursor.number<std::int16_t>(owner);
    case Type::u32:
        return cursor.number<std::uint32_t>(owner);
    case Type::i32:
        return cursor.number<std::int32_t>(owner);
    case Type::i64:
        return cursor.number<std::int64_t>(owner);
    default:
        break;
    }
    const auto value = cursor.number<std::uint64_t>(owner);
    if (!std::in_range<std::int64_t>(value)) fail("{}: the number {} is too large", owner, value);
    return static_cast<std::int64_t>(value);
}

double read_float(Cursor& cursor, Type type, const std::string& owner) {
    return type == Type::f32 ? static_cast<double>(cursor.number<float>(owner))
                             : cursor.number<double>(owner);
}

bool read_bool(Cursor& cursor, const std::string& owner) {
    const auto value = cursor.number<std::uint8_t>(owner);
    if (value > 1) fail("{}: {} is neither true nor false", owner, value);
    return value == 1;
}

std::string read_string(Cursor& cursor, MemoryBudget& budget, const std::string& owner) {
    const std::string_view text = cursor.string(owner);
    budget.charge(1, string_bytes(text.size()) - sizeof(std::string), owner);
    return std::string(text);
}

/// `count` elements of one kind; the caller knows that the file has bytes for so many.
template <class T, class ReadOne>
std::vector<T> read_elements(std::size_t count, MemoryBudget& budget, const std::string& owner,
                             ReadOne&& read) {
    budget.charge(count, sizeof(T), owner);
    std::vector<T> elements;
    elements.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        elements.push_back(read());
    return elements;
}

Array read_array(Cursor& cursor, MemoryBudget& budget, const std::string& owner) {
    const auto id = cursor.number<std::uint32_t>(owner);
    const auto count = cursor.number<std::uint64_t>(owner);
    const Type type{id};
    if (type == Type::array) fail("{}: arrays of arrays are not supported", owner);
    const std::size_t each = least_bytes(type);
    if (each == 0) fail("{}: unknown array element type {}", owner, id);
    if (count > cursor.left() / each)
        fail("{}: an array of {} elements where the file has {} bytes left", owner, count, cursor.left());
    const auto size = static_cast<std::size_t>(count);
    if (is_integer(type))
        return read_elements<std::int64_t>(size, budget, owner,
                                           [&] { return read_integer(cursor, type, owner); });
    if (type == Type::boolean)
        return read_elements<bool>(size, budget, owner, [&] { return read_bool(cursor, owner); });
    if (type == Type::string)
        return read_elements<std::string>(size, budget, owner,
                                          [&] { return read_string(cursor, budget, owner); });
    return read_elements<double>(size, budget, owner, [&] { return read_float(cursor, type, owner); });
}

Value read_value(Cursor& cursor, MemoryBudget& budget, const std::string& owner) {
    const auto id = cursor.number<std::uint32_t>(owner);
    const Type type{id};
    if (type == Type::array) return read_array(cursor, budget, owner);
    if (least_bytes(type) == 0) fail("{}: unknown value type {}", owner, id);
    if (is_integer(type)) return read_integer(cursor, type, owner);
    if (type == Type::boolean) return read_bool(cursor, owner);
    if (type == Type::string) return read_string(cursor, budget, owner);
    return read_float(cursor, type, owner);
}

void read_metadata(Cursor& cursor, std::int64_t count, MemoryBudget& budget, Image& image) {
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string_view key = cursor.string(fmt::format("key number {}", i + 1));
        const std::string owner = fmt::format("key '{}'", printable(key));
        if (key.empty()) fail("key number {} has no name", i + 1);
        if (key.size() > longest_key)
            fail("{}: the name has {} bytes, more than {}", owner, key.size(), longest_key);
        if (image.metadata.contains(key)) fail("{} is there twice", owner);
        budget.charge(1, map_node_bytes + string_bytes(key.size()), owner);
        Value value = read_value(cursor, budget, owner);
        image.metadata.emplace(std::string(key), std::move(value));
    }
}

/// Formats that exist elsewhere, to be refused by their names.
std::string_view name_of_unsupported(std::uint32_t id) {
    switch (id) {
    case 9:
        return "Q8_1";
    case 15:
        return "Q8_K";
    case 16:
        return "IQ2_XXS";
    case 17:
        return "IQ2_XS";
    case 18:
        return "IQ3_XXS";
    case 19:
        return "IQ1_S";
    case 21:
        return "IQ3_S";
    case 22:
        return "IQ2_S";
    case 24:
        return "I8";
    case 25:
        return "I16";
    case 26:
        return "I32";
    case 27:
        return "I64";
    case 28:
        return "F64";
    case 29:
        return "IQ1_M";
    case 34:
        return "TQ1_0";
    case 35:
        return "TQ2_0";
    case 40:
        return "NVFP4";
    case 41:
        return "Q1_0";
    case 42:
        return "Q2_0";
    default:
        break;
    }
    if (id == 4 || id == 5 || (id >= 31 && id <= 33) || (id >= 36 && id <= 38)) return "retired";
    return id >= 97 ? "not part of GGUF" : "unknown";
}

/// Bytes of all values, every product checked.
std::uint64_t checked_bytes(const TensorInfo& tensor, const std::string& owner) {
    const kernels::FormatTraits& traits = kernels::traits_of(tensor.format);
    std::int64_t values = 1;
    for (int d = 0; d < tensor.dim_count; ++d) {
        const std::int64_t dim = tensor.dims[static_cast<std::size_t>(d)];
        if (dim < 1) fail("{}: dimension {} is {}", owner, d, dim);
        if (__builtin_mul_overflow(values, dim, &values))
            fail("{}: the product of its dimensions overflows", owner);
    }
    if (tensor.dims[0] % traits.values_per_block != 0)
        fail("{}: rows of {} values do not fill blocks of {} ({})", owner, tensor.dims[0],
             traits.values_per_block, traits.name);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<std::uint64_t>(values) / traits.values_per_block,
                               std::uint64_t{traits.bytes_per_block}, &bytes))
        fail("{}: its size in bytes overflows", owner);
    return bytes;
}

/// A tensor whose place in the data section is not resolved yet.
struct Placed {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

Placed read_tensor_info(Cursor& cursor, std::int64_t index, MemoryBudget& budget, TensorInfo& tensor) {
    const std::string_view name = cursor.string(fmt::format("tensor number {}", index + 1));
    const std::string owner = fmt::format("tensor '{}'", printable(name));
    if (name.empty()) fail("tensor number {} has no name", index + 1);
    if (name.size() > longest_tensor_name)
        fail("{}: the name has {} bytes, more than {}", owner, name.size(), longest_tensor_name);
    budget.charge(1, string_bytes(name.size()), owner);
    tensor.name = name;
    const auto dim_count = cursor.number<std::uint32_t>(owner);
    if (dim_count < 1 || dim_count > most_dimensions)
        fail("{}: {} dimensions, not 1 to {}", owner, dim_count, most_dimensions);
    tensor.dim_count = static_cast<int>(dim_count);
    for (std::uint32_t d = 0; d < dim_count; ++d)
        tensor.dims[d] = cursor.number<std::int64_t>(owner);
    const auto id = cursor.number<std::uint32_t>(owner);
    const auto format = kernels::format_from_gguf_id(id);
    if (!format) fail("{}: number format {} ({}) is not supported", owner, id, name_of_unsupported(id));
    tensor.format = *format;
    const auto offset = cursor.number<std::uint64_t>(owner);
    return {offset, checked_bytes(tensor, owner)};
}

std::int64_t alignment_of(const Image& image) {
    const auto found = image.metadata.find("general.alignment");
    if (found == image.metadata.end()) return default_alignment;
    const auto* value = std::get_if<std::int64_t>(&found->second);
    if (value == nullptr) fail("key 'general.alignment' is not an integer");
    if (*value < 1 || *value > std::numeric_limits<std::uint32_t>::max() ||
        !std::has_single_bit(static_cast<std::uint64_t>(*value)))
        fail("key 'general.alignment': {} is not a power of two", *value);
    return *value;
}

/// Points every tensor at its bytes.
void place_tensors(std::span<const std::byte> bytes, std::size_t header_end,
                   const std::vector<Placed>& places, Image& image) {
    const auto alignment = static_cast<std::size_t>(alignment_of(image));
    const std::size_t past = header_end % alignment;
    const std::size_t padding = past == 0 ? 0 : alignment - past;
    // A file without tensors (a vocabulary) may end before the padding does.
    const auto data = padding < bytes.size() - header_end ? bytes.subspan(header_end + padding)
                                                          : std::span<const std::byte>{};
    for (std::size_t t = 0; t < places.size(); ++t) {
        TensorInfo& tensor = image.tensors[t];
        const auto [offset, size] = places[t];
        if (offset % alignment != 0)
            fail("tensor '{}': offset {} is not a multiple of {}", printable(tensor.name), offset, alignment);
        if (offset > data.size() || size > data.size() - offset)
            fail("tensor '{}': {} bytes at offset {} lie beyond the end of the file's data ({} bytes); is "
                 "the file complete?",
                 printable(tensor.name), size, offset, data.size());
        tensor.bytes = data.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    }
}

} // namespace

void MemoryBudget::charge(std::size_t count, std::size_t bytes_each, const std::string& owner) {
    if (bytes_each != 0 && count > left_ / bytes_each)
        fail("{}: the file's metadata would need more than {} MB of memory", owner, limit_bytes >> 20U);
    left_ -= count * bytes_each;
}

Image parse_image(std::span<const std::byte> bytes, MemoryBudget& budget) {
    constexpr std::array magic{'G', 'G', 'U', 'F'};
    if (bytes.size() < magic.size() || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
        fail("not a GGUF file");
    Cursor cursor(bytes.subspan(magic.size()));
    const std::string header = "header";
    const auto version = cursor.number<std::uint32_t>(header);
    if ((version & 0xFFFFU) == 0 && version != 0)
        fail("this GGUF file is big-endian (byte-swapped); only little-endian files are supported");
    if (version != 2 && version != 3) fail("GGUF version {} is not supported, only 2 and 3", version);
    const auto tensor_count = cursor.number<std::int64_t>(header);
    const auto key_count = cursor.number<std::int64_t>(header);
    if (key_count < 0 || static_cast<std::uint64_t>(key_count) > cursor.left() / least_key_bytes)
        fail("header: {} keys cannot be in a file of {} bytes", key_count, bytes.size());
    if (tensor_count < 0 || static_cast<std::uint64_t>(tensor_count) > cursor.left() / least_tensor_bytes)
        fail("header: {} tensors cannot be in a file of {} bytes", tensor_count, bytes.size());

    Image image;
    read_metadata(cursor, key_count, budget, image);

    const auto count = static_cast<std::size_t>(tensor_count);
    if (count > cursor.left() / least_tensor_bytes)
        fail("header: {} tensors where the file has {} bytes left after its keys", count, cursor.left());
    // The list here, its place in the model's list, and an entry of the index by name.
    budget.charge(count, 2 * sizeof(TensorInfo) + sizeof(Placed) + sizeof(std::size_t), header);
    image.tensors.resize(count);
    std::vector<Placed> places(count);
    for (std::size_t t = 0; t < count; ++t)
        places[t] = read_tensor_info(cursor, static_cast<std::int64_t>(t), budget, image.tensors[t]);
    place_tensors(bytes, cursor.position() + magic.size(), places, image);
    return image;
}

} // namespace spoutnik::engine::gguf
