// SPDX-License-Identifier: MIT
// Items, attributes, slices and iteration: the half of operators.h that looks into values.
#include "engine/chat_template/methods.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>

namespace spoutnik::engine::jinja {
namespace {

using Type = Sequence::Type;

// As jinja2 names an object in the message of an undefined.
std::string described(const Value& value) {
    return value.is_none() ? "None" : std::string(type_name(value)) + " object";
}

Value no_attribute(const Value& object, std::string_view name) {
    return Runtime::undefined("'" + described(object) + "' has no attribute '" + std::string(name) + "'");
}

bool has_index(const Value& value) {
    const Sequence* sequence = value.sequence();
    return value.is_string() ||
           (sequence != nullptr && sequence->type != Type::iterator && sequence->type != Type::view);
}

std::optional<Value> item_of(Runtime& runtime, const Value& object, const Value& key) {
    if (const Dict* dict = object.dict()) {
        if (key.is_string()) {
            runtime.spend(dict->entries.size() / 8);
            const Value* found = dict->find(key.text());
            return found != nullptr ? std::optional(*found) : std::nullopt;
        }
        for (const auto& [candidate, value] : dict->entries)
            if (is_equal(runtime, candidate, key)) return value;
        return std::nullopt;
    }
    if (!has_index(object) || !key.is_integral()) return std::nullopt;
    const std::int64_t size = length(runtime, object);
    std::int64_t index = key.integer();
    if (index < 0) index += size;
    if (index < 0 || index >= size) return std::nullopt;
    const auto at = static_cast<std::size_t>(index);
    if (!object.is_string()) return object.sequence()->items[at];
    return runtime.string(split_code_points(object.text())[at]);
}

// Where a slice begins and ends, by Python's rules for bounds out of range.
struct Span {
    std::int64_t start, stop, step;
};

Span resolve_slice(Runtime& runtime, std::int64_t size, const Value* start, const Value* stop,
                   const Value* step) {
    const auto given = [&](const Value* part) -> std::optional<std::int64_t> {
        if (part == nullptr || part->is_none()) return std::nullopt;
        return expect_integer(runtime, *part, "slice index");
    };
    Span span{0, 0, given(step).value_or(1)};
    if (span.step == 0) runtime.fail("slice step cannot be zero");
    span.step = std::clamp<std::int64_t>(span.step, -size - 1, size + 1); // no overflow when adding it
    const std::int64_t lowest = span.step < 0 ? -1 : 0;
    const std::int64_t highest = span.step < 0 ? size - 1 : size;
    const auto clamp = [&](std::optional<std::int64_t> index, std::int64_t otherwise) {
        if (!index) return otherwise;
        if (*index < 0) return std::max(*index + size, lowest);
        return std::min(*index, highest);
    };
    span.start = clamp(given(start), span.step < 0 ? highest : lowest);
    span.stop = clamp(given(stop), span.step < 0 ? lowest : highest);
    return span;
}

} // namespace

Value get_attribute(Runtime& runtime, const Value& object, std::string_view name) {
    if (object.is_undefined()) runtime.fail_undefined(object);
    if (const Object* thing = object.object()) {
        if (auto found = thing->attribute(runtime, name)) return *std::move(found);
        return no_attribute(object, name);
    }
    if (auto method = find_method(runtime, object, name)) return *std::move(method);
    if (const Dict* dict = object.dict()) {
        runtime.spend(dict->entries.size() / 8);
        if (const Value* found = dict->find(name)) return *found;
    }
    return no_attribute(object, name);
}

Value get_item(Runtime& runtime, const Value& object, const Value& key) {
    if (object.is_undefined()) runtime.fail_undefined(object);
    if (auto found = item_of(runtime, object, key)) return *std::move(found);
    if (key.is_undefined()) return Runtime::undefined(described(object) + " has no element Undefined");
    if (!key.is_string())
        return Runtime::undefined(described(object) + " has no element " + to_repr(runtime, key));
    if (const Object* thing = object.object()) {
        if (auto found = thing->attribute(runtime, key.text())) return *std::move(found);
    } else if (auto method = find_method(runtime, object, key.text())) {
        return *std::move(method);
    }
    return no_attribute(object, key.text());
}

Value get_slice(Runtime& runtime, const Value& object, const Value* start, const Value* stop,
                const Value* step) {
    if (object.is_undefined()) runtime.fail_undefined(object);
    if (!has_index(object)) return Runtime::undefined(described(object) + " has no element slice");
    if (object.is_string()) {
        const std::vector<std::string_view> points = split_code_points(object.text());
        runtime.spend(points.size() / 8);
        const Span span = resolve_slice(runtime, static_cast<std::int64_t>(points.size()), start, stop, step);
        std::string out;
        for (std::int64_t i = span.start; span.step > 0 ? i < span.stop : i > span.stop; i += span.step)
            out += points[static_cast<std::size_t>(i)];
        return runtime.string(std::move(out));
    }
    const std::vector<Value>& items = object.sequence()->items;
    const Span span = resolve_slice(runtime, static_cast<std::int64_t>(items.size()), start, stop, step);
    std::vector<Value> picked;
    for (std::int64_t i = span.start; span.step > 0 ? i < span.stop : i > span.stop; i += span.step)
        picked.push_back(items[static_cast<std::size_t>(i)]);
    return runtime.sequence(object.sequence()->type, std::move(picked));
}

bool is_iterable(const Value& value) {
    return value.is_undefined() || value.is_string() || value.dict() != nullptr ||
           value.sequence() != nullptr;
}

std::vector<Value> walk(Runtime& runtime, const Value& value) {
    std::vector<Value> items;
    if (value.is_undefined()) return items;
    if (Sequence* sequence = value.sequence()) {
        runtime.claim((sequence->items.size() - sequence->position) * sizeof(Value));
        items.assign(sequence->items.begin() + static_cast<std::ptrdiff_t>(sequence->position),
                     sequence->items.end());
        if (sequence->type == Type::iterator) sequence->position = sequence->items.size();
    } else if (const Dict* dict = value.dict()) {
        runtime.claim(dict->entries.size() * sizeof(Value));
        for (const auto& entry : dict->entries)
            items.push_back(entry.first);
    } else if (value.is_string()) {
        for (const std::string_view point : split_code_points(value.text()))
            items.push_back(runtime.string(point));
    } else {
        runtime.fail("'" + std::string(type_name(value)) + "' object is not iterable");
    }
    return items;
}

std::int64_t length(Runtime& runtime, const Value& value) {
    if (value.is_undefined()) return 0;
    if (value.is_string()) {
        runtime.spend(value.text().size() / 64);
        return static_cast<std::int64_t>(count_code_points(value.text()));
    }
    if (const Dict* dict = value.dict()) return static_cast<std::int64_t>(dict->entries.size());
    const Sequence* sequence = value.sequence();
    if (sequence == nullptr || sequence->type == Type::iterator)
        runtime.fail("object of type '" + std::string(type_name(value)) + "' has no len()");
    return static_cast<std::int64_t>(sequence->items.size());
}

} // namespace spoutnik::engine::jinja
