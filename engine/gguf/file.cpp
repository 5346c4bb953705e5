// SPDX-License-Identifier: MIT
// A model as its readers see it: one or several images joined, and typed look-ups.
#include "engine/gguf/gguf.h"
#include "engine/gguf/image.h"
#include "engine/gguf/mapping.h"
#include "engine/gguf/printable.h"
#include "engine/gguf/warmer.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace spoutnik::engine::gguf {
namespace {

std::string key_name(std::string_view key) {
    return fmt::format("key '{}'", printable(key));
}

/// The value as a T; null when absent, Error when of another type.
template <class T>
const T* find_as(const std::map<std::string, Value, std::less<>>& metadata, std::string_view key,
                 std::string_view expected) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return nullptr;
    if (const T* value = std::get_if<T>(&found->second)) return value;
    throw Error(fmt::format("{} is not {}", key_name(key), expected));
}

template <class T>
const std::vector<T>* find_array(const std::map<std::string, Value, std::less<>>& metadata,
                                 std::string_view key, std::string_view expected) {
    const auto* array = find_as<Array>(metadata, key, expected);
    if (array == nullptr) return nullptr;
    if (const auto* values = std::get_if<std::vector<T>>(array)) return values;
    throw Error(fmt::format("{} is not {}", key_name(key), expected));
}

[[noreturn]] void missing(std::string_view key) {
    throw Error(fmt::format("{} is missing", key_name(key)));
}

/// Names of the shards of one model: NAME-00001-of-0000N.gguf.
struct ShardNaming {
    std::string stem;
    std::int64_t number = 0; ///< of the file given, from 1
    std::int64_t count = 0;

    std::string name(std::int64_t n) const { return fmt::format("{}-{:05}-of-{:05}.gguf", stem, n, count); }
};

/// The parts of a shard's name, or nothing when it has another form.
std::optional<ShardNaming> shard_naming(const std::string& file_name) {
    // "-00001-of-00003.gguf"
    constexpr std::size_t tail_length = 20;
    if (file_name.size() <= tail_length) return std::nullopt;
    ShardNaming naming;
    naming.stem = file_name.substr(0, file_name.size() - tail_length);
    const std::string tail = file_name.substr(file_name.size() - tail_length);
    std::from_chars(tail.data() + 1, tail.data() + 6, naming.number);
    std::from_chars(tail.data() + 10, tail.data() + 15, naming.count);
    // Written back and compared: everything that is not exactly of this form falls out.
    if (naming.number < 1 || naming.count < 1 || naming.name(naming.number) != file_name) return std::nullopt;
    return naming;
}

std::int64_t split_count(const Image& image) {
    const auto* count = find_as<std::int64_t>(image.metadata, "split.count", "an integer");
    if (count == nullptr) return 1;
    if (*count < 0 || *count > 99999) throw Error(fmt::format("key 'split.count': {} files", *count));
    return std::max<std::int64_t>(*count, 1);
}

std::int64_t required_int(const Image& image, std::string_view key) {
    const auto* value = find_as<std::int64_t>(image.metadata, key, "an integer");
    if (value == nullptr) missing(key);
    return *value;
}

/// Runs `step`, putting the file's name before what it complains of.
template <class Step>
auto in_file(const std::string& file_name, Step&& step) {
    try {
        return step();
    } catch (const Error& error) {
        throw Error(fmt::format("{}: {}", printable(file_name, 200), error.what()));
    }
}

} // namespace

struct File::Impl {
    std::vector<Mapping> mappings;
    std::map<std::string, Value, std::less<>> metadata;
    std::vector<TensorInfo> tensors;
    std::vector<std::size_t> by_name; ///< places in `tensors`, sorted by name
    std::size_t bytes = 0;
    std::optional<Warmer> warmer; ///< after the mappings: it goes before they do

    void append(std::vector<TensorInfo> more);
    void index();
};

void File::Impl::append(std::vector<TensorInfo> more) {
    if (tensors.empty()) {
        tensors = std::move(more);
        return;
    }
    tensors.insert(tensors.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void File::Impl::index() {
    by_name.resize(tensors.size());
    std::iota(by_name.begin(), by_name.end(), std::size_t{0});
    std::sort(by_name.begin(), by_name.end(),
              [&](std::size_t a, std::size_t b) { return tensors[a].name < tensors[b].name; });
    for (std::size_t i = 1; i < by_name.size(); ++i)
        if (tensors[by_name[i - 1]].name == tensors[by_name[i]].name)
            throw Error(fmt::format("tensor '{}' is there twice", printable(tensors[by_name[i]].name)));
}

File::File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
File::~File() = default;

void File::warm() const {
    if (impl_->warmer || impl_->mappings.empty()) return;
    std::vector<std::span<const std::byte>> mapped;
    for (const Mapping& mapping : impl_->mappings)
        mapped.push_back(mapping.bytes());
    impl_->warmer.emplace(std::move(mapped));
}

void File::warm(const std::function<bool(const TensorInfo&)>& wanted) const {
    if (impl_->warmer || impl_->mappings.empty()) return;
    std::vector<std::span<const std::byte>> mapped;
    for (const TensorInfo& info : impl_->tensors)
        if (wanted(info)) mapped.push_back(info.bytes);
    impl_->warmer.emplace(std::move(mapped));
}

void File::wait_until_warm() const {
    if (impl_->warmer) impl_->warmer->wait();
}

std::shared_ptr<const File> File::parse(std::span<const std::byte> image) {
    MemoryBudget budget;
    Image parsed = parse_image(image, budget);
    if (split_count(parsed) > 1)
        throw Error("key 'split.count': this is one part of a model in several files");
    auto impl = std::make_unique<Impl>();
    impl->metadata = std::move(parsed.metadata);
    impl->tensors = std::move(parsed.tensors);
    impl->bytes = image.size();
    impl->index();
    return std::shared_ptr<const File>(new File(std::move(impl)));
}

std::shared_ptr<const File> File::open(const std::filesystem::path& path) {
    const std::string file_name = path.filename().string();
    auto impl = std::make_unique<Impl>();
    MemoryBudget budget;
    impl->mappings.emplace_back(path);
    impl->bytes = impl->mappings.back().bytes().size();
    Image first = in_file(file_name, [&] { return parse_image(impl->mappings.back().bytes(), budget); });
    const std::int64_t count = in_file(file_name, [&] { return split_count(first); });
    if (count == 1) {
        impl->metadata = std::move(first.metadata);
        impl->tensors = std::move(first.tensors);
        in_file(file_name, [&] { impl->index(); });
        return std::shared_ptr<const File>(new File(std::move(impl)));
    }

    const auto naming = shard_naming(file_name);
    if (!naming || naming->count != count)
        throw Error(
            fmt::format("{}: one of {} parts of a model, but its name does not end in -0000X-of-{:05}.gguf, "
                        "so the others cannot be found",
                        printable(file_name, 200), count, count));
    std::int64_t expected_tensors = 0;
    for (std::int64_t number = 1; number <= count; ++number) {
        const std::string shard_name = naming->name(number);
        const std::filesystem::path shard_path = path.parent_path() / shard_name;
        Image shard;
        if (number == naming->number) {
            shard = std::exchange(first, {});
        } else {
            if (!std::filesystem::exists(shard_path))
                throw Error(fmt::format("{}: part {} of {} is missing beside it ({})",
                                        printable(file_name, 200), number, count,
                                        printable(shard_name, 200)));
            impl->mappings.emplace_back(shard_path);
            impl->bytes += impl->mappings.back().bytes().size();
            shard = in_file(shard_name, [&] { return parse_image(impl->mappings.back().bytes(), budget); });
        }
        in_file(shard_name, [&] {
            if (split_count(shard) != count)
                throw Error(fmt::format("key 'split.count' is {}, the other parts say {}", split_count(shard),
                                        count));
            if (const std::int64_t no = required_int(shard, "split.no"); no != number - 1)
                throw Error(fmt::format("key 'split.no' is {}, the file's name says {}", no, number - 1));
            const std::int64_t tensors = required_int(shard, "split.tensors.count");
            if (number == 1) expected_tensors = tensors;
            if (tensors != expected_tensors)
                throw Error(fmt::format("key 'split.tensors.count' is {}, the first part says {}", tensors,
                                        expected_tensors));
        });
        if (number == 1) impl->metadata = std::move(shard.metadata);
        impl->append(std::move(shard.tensors));
    }
    in_file(file_name, [&] {
        if (std::cmp_not_equal(expected_tensors, impl->tensors.size()))
            throw Error(fmt::format("key 'split.tensors.count' is {}, but the parts hold {} tensors",
                                    expected_tensors, impl->tensors.size()));
        impl->index();
    });
    return std::shared_ptr<const File>(new File(std::move(impl)));
}

const std::map<std::string, Value, std::less<>>& File::metadata() const {
    return impl_->metadata;
}
const std::vector<TensorInfo>& File::tensors() const {
    return impl_->tensors;
}
std::size_t File::file_bytes() const {
    return impl_->bytes;
}
bool File::has(std::string_view key) const {
    return impl_->metadata.contains(key);
}

const TensorInfo* File::find_tensor(std::string_view name) const {
    const auto found = std::lower_bound(
        impl_->by_name.begin(), impl_->by_name.end(), name,
        [&](std::size_t place, std::string_view wanted) { return impl_->tensors[place].name < wanted; });
    if (found == impl_->by_name.end() || impl_->tensors[*found].name != name) return nullptr;
    return &impl_->tensors[*found];
}

std::optional<std::int64_t> File::find_int(std::string_view key) const {
    const auto* value = find_as<std::int64_t>(impl_->metadata, key, "an integer");
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> File::find_float(std::string_view key) const {
    const auto found = impl_->metadata.find(key);
    if (found == impl_->metadata.end()) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*integer);
    if (const auto* number = std::get_if<double>(&found->second)) return *number;
    throw Error(fmt::format("{} is not a number", key_name(key)));
}

std::optional<bool> File::find_bool(std::string_view key) const {
    const auto* value = find_as<bool>(impl_->metadata, key, "true or false");
    return value == nullptr ? std::nullopt : std::optional(*value);
}

const std::string* File::find_string(std::string_view key) const {
    return find_as<std::string>(impl_->metadata, key, "a string");
}

const std::vector<std::string>* File::find_strings(std::string_view key) const {
    return find_array<std::string>(impl_->metadata, key, "an array of strings");
}

const std::vector<std::int64_t>* File::find_ints(std::string_view key) const {
    return find_array<std::int64_t>(impl_->metadata, key, "an array of integers");
}

const std::vector<double>* File::find_floats(std::string_view key) const {
    return find_array<double>(impl_->metadata, key, "an array of floats");
}

std::int64_t File::get_int(std::string_view key) const {
    const auto value = find_int(key);
    if (!value) missing(key);
    return *value;
}

double File::get_float(std::string_view key) const {
    const auto value = find_float(key);
    if (!value) missing(key);
    return *value;
}

const std::string& File::get_string(std::string_view key) const {
    const auto* value = find_string(key);
    if (value == nullptr) missing(key);
    return *value;
}

} // namespace spoutnik::engine::gguf
