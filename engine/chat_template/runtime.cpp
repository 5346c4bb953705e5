// SPDX-License-Identifier: MIT
#include "engine/chat_template/runtime.h"

#include "engine/chat_template/operators.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

namespace spoutnik::engine::jinja {
namespace {

// Deep enough for any schema; shallow enough that freeing a value can recurse safely.
constexpr std::uint32_t max_depth = 200;

} // namespace

Runtime::~Runtime() {
    for (const auto& holder : holders_)
        holder->release();
}

void Runtime::fail(std::string_view why) const {
    throw Error("line " + std::to_string(line) + ": " + std::string(why));
}

void Runtime::fail_undefined(const Value& value) const {
    const auto& why = value.get<Undefined>()->why;
    fail(why ? *why : "the value is undefined");
}

void Runtime::fail_steps() const {
    fail("the template does not come to an end (more than " + std::to_string(options_.max_steps) + " steps)");
}

void Runtime::fail_level() {
    --level_; // the guard's destructor does not run for a constructor that throws
    fail("the template nests too deep");
}

void Runtime::claim(std::uint64_t bytes) {
    if (bytes > options_.max_memory_bytes - bytes_)
        fail("the template's values take more than " + std::to_string(options_.max_memory_bytes) + " bytes");
    bytes_ += bytes;
    spend(bytes / 64);
}

Value Runtime::string(std::string text) {
    claim(sizeof(std::string) + text.size());
    return std::make_shared<const std::string>(std::move(text));
}

Value Runtime::sequence(Sequence::Type type, std::vector<Value> items, std::string_view label) {
    claim(sizeof(Sequence) + items.size() * sizeof(Value));
    auto made = std::make_shared<Sequence>();
    made->type = type;
    made->label = label;
    for (const Value& item : items)
        made->depth = std::max(made->depth, item.depth() + 1);
    if (made->depth > max_depth) fail("a value nests too deep");
    made->items = std::move(items);
    return made;
}

Value Runtime::dict(std::vector<std::pair<Value, Value>> entries) {
    claim(sizeof(Dict) + entries.size() * sizeof(entries[0]));
    auto made = std::make_shared<Dict>();
    // Texts by hash, since a tool may come with thousands of them; other keys are rare and looked for one by
    // one.
    std::unordered_map<std::string_view, std::size_t> texts;
    const auto place_of = [&](const Value& key) {
        if (key.is_string()) return texts.try_emplace(key.text(), made->entries.size()).first->second;
        const auto same = std::find_if(made->entries.begin(), made->entries.end(),
                                       [&](const auto& entry) { return is_equal(*this, entry.first, key); });
        return static_cast<std::size_t>(same - made->entries.begin());
    };
    for (auto& entry : entries) {
        require_hashable(*this, entry.first);
        made->depth = std::max({made->depth, entry.first.depth() + 1, entry.second.depth() + 1});
        const std::size_t place = place_of(entry.first);
        if (place < made->entries.size()) {
            made->entries[place].second = std::move(entry.second);
        } else {
            made->entries.push_back(std::move(entry));
        }
    }
    if (made->depth > max_depth) fail("a value nests too deep");
    return std::shared_ptr<const Dict>(std::move(made));
}

Value Runtime::undefined(std::string why) {
    return Undefined{std::make_shared<const std::string>(std::move(why))};
}

void Runtime::adopt(std::shared_ptr<Holder> holder) {
    claim(64);
    holders_.push_back(std::move(holder));
}

std::tm Runtime::shown_time() const {
    const std::time_t now =
        std::chrono::system_clock::to_time_t(options_.now ? *options_.now : std::chrono::system_clock::now());
    std::tm shown{};
    options_.utc ? gmtime_r(&now, &shown) : localtime_r(&now, &shown);
    return shown;
}

std::vector<std::optional<Value>> bind(Runtime& runtime, std::string_view callee, Arguments& arguments,
                                       std::initializer_list<std::string_view> parameters,
                                       std::size_t required) {
    if (arguments.positional.size() > parameters.size())
        runtime.fail(fmt::format("{}() takes at most {} arguments, got {}", callee, parameters.size(),
                                 arguments.positional.size()));
    std::vector<std::optional<Value>> bound(parameters.size());
    std::move(arguments.positional.begin(), arguments.positional.end(), bound.begin());
    for (auto& [key, value] : arguments.named) {
        const auto found = std::find(parameters.begin(), parameters.end(), key);
        if (found == parameters.end()) runtime.fail(fmt::format("{}() takes no argument '{}'", callee, key));
        auto& slot = bound[static_cast<std::size_t>(found - parameters.begin())];
        if (slot) runtime.fail(fmt::format("{}() got argument '{}' twice", callee, key));
        slot = std::move(value);
    }
    for (std::size_t i = 0; i < required; ++i)
        if (!bound[i]) runtime.fail(fmt::format("{}() misses argument '{}'", callee, parameters.begin()[i]));
    return bound;
}

std::int64_t expect_integer(Runtime& runtime, const Value& value, std::string_view what) {
    if (value.is_undefined()) runtime.fail_undefined(value);
    if (!value.is_integral())
        runtime.fail(std::string(what) + " must be int, not " + std::string(type_name(value)));
    return value.integer();
}

std::string_view expect_string(Runtime& runtime, const Value& value, std::string_view what) {
    if (value.is_undefined()) runtime.fail_undefined(value);
    if (!value.is_string())
        runtime.fail(std::string(what) + " must be str, not " + std::string(type_name(value)));
    return value.text();
}

} // namespace spoutnik::engine::jinja
