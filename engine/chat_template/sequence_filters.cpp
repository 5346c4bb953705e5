// SPDX-License-Identifier: MIT
// Filters on lists, dicts and whatever else can be walked.
#include "engine/chat_template/builtins.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace spoutnik::engine::jinja {
namespace {

using Bound = std::vector<std::optional<Value>>;
using Type = Sequence::Type;

bool flag(const std::optional<Value>& value) {
    return value && is_true(*value);
}

/// The `attribute` of a filter: "a.b.0", or an index; empty takes the item itself.
class Getter {
  public:
    Getter() = default;
    Getter(Runtime& runtime, const Value& attribute) {
        if (attribute.is_integral()) {
            keys_.push_back(attribute);
            return;
        }
        for (const std::string_view part : split(expect_string(runtime, attribute, "attribute"), ".", -1)) {
            std::int64_t index = 0;
            const char* const end = part.data() + part.size();
            const auto result = std::from_chars(part.data(), end, index);
            const bool is_index =
                !part.empty() && result.ec == std::errc() && result.ptr == end && part[0] != '-';
            keys_.push_back(is_index ? Value(index) : runtime.string(part));
        }
    }

    Value operator()(Runtime& runtime, Value item) const {
        for (const Value& key : keys_)
            item = get_item(runtime, item, key);
        return item;
    }

  private:
    std::vector<Value> keys_;
};

Getter optional_getter(Runtime& runtime, const std::optional<Value>& attribute) {
    return attribute && !attribute->is_none() ? Getter(runtime, *attribute) : Getter();
}

/// What sorting compares: the item, without case unless asked.
Value sort_key(Runtime& runtime, const Value& value, bool case_sensitive) {
    return value.is_string() && !case_sensitive ? runtime.string(to_lower(value.text())) : value;
}

Value length_of(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "length", arguments, {});
    return length(runtime, input);
}

Value first(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "first", arguments, {});
    Sequence* sequence = input.sequence();
    if (sequence != nullptr && sequence->type == Type::iterator &&
        sequence->position < sequence->items.size())
        return sequence->items[sequence->position++];
    const std::vector<Value> items = walk(runtime, input);
    return items.empty() ? Runtime::undefined("No first item, sequence was empty.") : items.front();
}

Value last(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "last", arguments, {});
    const std::vector<Value> items = walk(runtime, input);
    return items.empty() ? Runtime::undefined("No last item, sequence was empty.") : items.back();
}

Value list(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "list", arguments, {});
    return runtime.list(walk(runtime, input));
}

Value reverse(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "reverse", arguments, {});
    if (input.is_string()) {
        std::string out;
        auto points = split_code_points(input.text());
        std::reverse(points.begin(), points.end());
        for (const std::string_view point : points)
            out += point;
        return runtime.string(std::move(out));
    }
    std::vector<Value> items = walk(runtime, input);
    std::reverse(items.begin(), items.end());
    return runtime.iterator(std::move(items));
}

Value join(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "join", arguments, {"d", "attribute"});
    const std::string separator = bound[0] ? to_text(runtime, *bound[0]) : std::string();
    const Getter getter = optional_getter(runtime, bound[1]);
    std::string out;
    bool is_first = true;
    for (Value& item : walk(runtime, input)) {
        const std::string text = to_text(runtime, getter(runtime, std::move(item)));
        runtime.claim(separator.size() + text.size());
        if (!std::exchange(is_first, false)) out += separator;
        out += text;
    }
    return runtime.string(std::move(out));
}

Value items(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "items", arguments, {});
    std::vector<Value> pairs;
    if (const Dict* dict = input.dict()) {
        for (const auto& [key, value] : dict->entries)
            pairs.push_back(runtime.tuple({key, value}));
    } else if (!input.is_undefined()) {
        runtime.fail("Can only get item pairs from a mapping.");
    }
    return runtime.iterator(std::move(pairs));
}

Value sorted(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "sort", arguments, {"reverse", "case_sensitive", "attribute"});
    std::vector<Getter> getters;
    if (bound[2] && bound[2]->is_string()) {
        for (const std::string_view name : split(bound[2]->text(), ",", -1))
            getters.emplace_back(runtime, runtime.string(name));
    } else {
        getters.push_back(optional_getter(runtime, bound[2]));
    }
    struct Keyed {
        Value item;
        Value key;
    };
    std::vector<Keyed> keyed;
    for (Value& item : walk(runtime, input)) {
        std::vector<Value> keys;
        keys.reserve(getters.size());
        for (const Getter& getter : getters)
            keys.push_back(sort_key(runtime, getter(runtime, item), flag(bound[1])));
        Value key = keys.size() == 1 ? keys.front() : runtime.tuple(keys);
        keyed.push_back({std::move(item), std::move(key)});
    }
    const bool backwards = flag(bound[0]);
    std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
        return backwards ? is_less(runtime, b.key, a.key) : is_less(runtime, a.key, b.key);
    });
    std::vector<Value> result;
    result.reserve(keyed.size());
    for (Keyed& entry : keyed)
        result.push_back(std::move(entry.item));
    return runtime.list(std::move(result));
}

Value dictsort(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "dictsort", arguments, {"case_sensitive", "by", "reverse"});
    const std::string_view by = bound[1] ? expect_string(runtime, *bound[1], "by") : "key";
    if (by != "key" && by != "value") runtime.fail("dictsort: sort by either 'key' or 'value'");
    if (input.dict() == nullptr) {
        if (input.is_undefined()) runtime.fail_undefined(input);
        runtime.fail("'" + std::string(type_name(input)) + "' object has no attribute 'items'");
    }
    std::vector<std::pair<Value, Value>> entries = input.dict()->entries;
    const auto key = [&](const auto& entry) {
        return sort_key(runtime, by == "key" ? entry.first : entry.second, flag(bound[0]));
    };
    const bool backwards = flag(bound[2]);
    std::stable_sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
        return backwards ? is_less(runtime, key(b), key(a)) : is_less(runtime, key(a), key(b));
    });
    std::vector<Value> pairs;
    pairs.reserve(entries.size());
    for (auto& [name, value] : entries)
        pairs.push_back(runtime.tuple({name, value}));
    return runtime.list(std::move(pairs));
}

Value unique(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "unique", arguments, {"case_sensitive", "attribute"});
    const Getter getter = optional_getter(runtime, bound[1]);
    std::vector<Value> seen;
    std::vector<Value> kept;
    for (Value& item : walk(runtime, input)) {
        Value key = sort_key(runtime, getter(runtime, item), flag(bound[0]));
        require_hashable(runtime, key);
        if (std::any_of(seen.begin(), seen.end(),
                        [&](const Value& old) { return is_equal(runtime, old, key); }))
            continue;
        seen.push_back(std::move(key));
        kept.push_back(std::move(item));
    }
    return runtime.iterator(std::move(kept));
}

template <bool Largest>
Value extreme(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, Largest ? "max" : "min", arguments, {"case_sensitive", "attribute"});
    const Getter getter = optional_getter(runtime, bound[1]);
    std::optional<std::pair<Value, Value>> best; // item and key
    for (Value& item : walk(runtime, input)) {
        Value key = sort_key(runtime, getter(runtime, item), flag(bound[0]));
        if (!best || (Largest ? is_less(runtime, best->second, key) : is_less(runtime, key, best->second)))
            best.emplace(std::move(item), std::move(key));
    }
    return best ? best->first : Runtime::undefined("No aggregated item, sequence was empty.");
}

Value sum(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "sum", arguments, {"attribute", "start"});
    const Getter getter = optional_getter(runtime, bound[0]);
    Value total = bound[1] ? *bound[1] : Value(std::int64_t{0});
    for (Value& item : walk(runtime, input))
        total = calculate(runtime, Arithmetic::add, total, getter(runtime, std::move(item)));
    return total;
}

Value map(Runtime& runtime, const Value& input, Arguments& arguments) {
    std::vector<Value> mapped;
    if (arguments.positional.empty()) {
        const Bound bound = bind(runtime, "map", arguments, {"attribute", "default"}, 1);
        const Getter getter(runtime, *bound[0]);
        for (Value& item : walk(runtime, input)) {
            Value value = getter(runtime, std::move(item));
            if (value.is_undefined() && bound[1] && !bound[1]->is_none()) value = *bound[1];
            mapped.push_back(std::move(value));
        }
        return runtime.iterator(std::move(mapped));
    }
    const std::string name(expect_string(runtime, arguments.positional.front(), "filter name"));
    const Filter filter = find_filter(name);
    if (filter == nullptr) runtime.fail("no filter named '" + name + "'");
    arguments.positional.erase(arguments.positional.begin());
    for (const Value& item : walk(runtime, input)) {
        Arguments copy = arguments;
        runtime.spend();
        mapped.push_back(filter(runtime, item, copy));
    }
    return runtime.iterator(std::move(mapped));
}

/// select, reject, selectattr and rejectattr: keeps the items for which the test's answer is `Wanted`.
template <bool Wanted, bool OnAttribute>
Value choose(Runtime& runtime, const Value& input, Arguments& arguments) {
    Getter getter;
    if (OnAttribute) {
        if (arguments.positional.empty()) runtime.fail("missing parameter for attribute name");
        getter = Getter(runtime, arguments.positional.front());
        arguments.positional.erase(arguments.positional.begin());
    }
    Test test = nullptr;
    if (!arguments.positional.empty()) {
        const std::string name(expect_string(runtime, arguments.positional.front(), "test name"));
        test = find_test(name);
        if (test == nullptr) runtime.fail("no test named '" + name + "'");
        arguments.positional.erase(arguments.positional.begin());
    }
    std::vector<Value> kept;
    for (Value& item : walk(runtime, input)) {
        runtime.spend();
        const Value subject = getter(runtime, item);
        Arguments copy = arguments;
        if ((test != nullptr ? test(runtime, subject, copy) : is_true(subject)) == Wanted)
            kept.push_back(std::move(item));
    }
    return runtime.iterator(std::move(kept));
}

Value groupby(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "groupby", arguments, {"attribute", "default", "case_sensitive"}, 1);
    const Getter getter(runtime, *bound[0]);
    struct Group {
        Value label, key;
        std::vector<Value> items;
    };
    std::vector<Group> groups;
    for (Value& item : walk(runtime, input)) {
        Value label = getter(runtime, item);
        if (label.is_undefined() && bound[1] && !bound[1]->is_none()) label = *bound[1];
        const Value key = sort_key(runtime, label, flag(bound[2]));
        const auto same = std::find_if(groups.begin(), groups.end(),
                                       [&](const Group& group) { return is_equal(runtime, group.key, key); });
        if (same != groups.end()) {
            same->items.push_back(std::move(item));
        } else {
            groups.push_back({std::move(label), key, {std::move(item)}});
        }
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const Group& a, const Group& b) { return is_less(runtime, a.key, b.key); });
    std::vector<Value> pairs;
    pairs.reserve(groups.size());
    for (Group& group : groups)
        pairs.push_back(runtime.tuple({std::move(group.label), runtime.list(std::move(group.items))}));
    return runtime.list(std::move(pairs));
}

Value batch(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "batch", arguments, {"linecount", "fill_with"}, 1);
    const std::int64_t size = expect_integer(runtime, *bound[0], "linecount");
    if (size < 1) runtime.fail("batch: the size must be at least 1");
    std::vector<Value> batches;
    std::vector<Value> row;
    for (Value& item : walk(runtime, input)) {
        if (static_cast<std::int64_t>(row.size()) == size)
            batches.push_back(runtime.list(std::exchange(row, {})));
        row.push_back(std::move(item));
    }
    if (!row.empty()) {
        if (bound[1] && !bound[1]->is_none()) {
            runtime.claim(static_cast<std::uint64_t>(size));
            while (static_cast<std::int64_t>(row.size()) < size) {
                runtime.claim(sizeof(Value));
                row.push_back(*bound[1]);
            }
        }
        batches.push_back(runtime.list(std::move(row)));
    }
    return runtime.iterator(std::move(batches));
}

Value attribute(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "attr", arguments, {"name"}, 1);
    const std::string_view name = expect_string(runtime, *bound[0], "attribute name");
    // Unlike a dot, this filter never looks at a dict's keys.
    if (input.dict() != nullptr && input.dict()->find(name) != nullptr)
        return Runtime::undefined("'dict object' has no attribute '" + std::string(name) + "'");
    return get_attribute(runtime, input, name);
}

constexpr std::array<NamedFilter, 22> filters{{{"length", length_of},
                                               {"count", length_of},
                                               {"first", first},
                                               {"last", last},
                                               {"list", list},
                                               {"reverse", reverse},
                                               {"join", join},
                                               {"items", items},
                                               {"sort", sorted},
                                               {"dictsort", dictsort},
                                               {"unique", unique},
                                               {"min", extreme<false>},
                                               {"max", extreme<true>},
                                               {"sum", sum},
                                               {"map", map},
                                               {"select", choose<true, false>},
                                               {"reject", choose<false, false>},
                                               {"selectattr", choose<true, true>},
                                               {"rejectattr", choose<false, true>},
                                               {"groupby", groupby},
                                               {"batch", batch},
                                               {"attr", attribute}}};

} // namespace

Filter find_sequence_filter(std::string_view name) {
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [name](const NamedFilter& entry) { return entry.name == name; });
    return found != filters.end() ? found->filter : nullptr;
}

} // namespace spoutnik::engine::jinja
