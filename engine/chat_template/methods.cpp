// SPDX-License-Identifier: MIT
#include "engine/chat_template/methods.h"

#include "engine/chat_template/operators.h"

#include <algorithm>
#include <array>

namespace spoutnik::engine::jinja {
namespace {

using Type = Sequence::Type;

class BoundMethod final : public Object {
  public:
    BoundMethod(Value self, Method method) : self_(std::move(self)), method_(method) {}
    std::string_view type_name() const override { return "builtin_function_or_method"; }
    bool is_callable() const override { return true; }
    std::uint32_t depth() const override { return self_.depth() + 1; }
    Value call(Runtime& runtime, Arguments& arguments) const override {
        return method_(runtime, self_, arguments);
    }

  private:
    Value self_;
    Method method_;
};

Value dict_items(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "items", arguments, {});
    std::vector<Value> pairs;
    for (const auto& [key, value] : self.dict()->entries)
        pairs.push_back(runtime.tuple({key, value}));
    return runtime.sequence(Type::view, std::move(pairs), "dict_items");
}

Value dict_keys(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "keys", arguments, {});
    return runtime.sequence(Type::view, walk(runtime, self), "dict_keys");
}

Value dict_values(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "values", arguments, {});
    std::vector<Value> values;
    for (const auto& entry : self.dict()->entries)
        values.push_back(entry.second);
    return runtime.sequence(Type::view, std::move(values), "dict_values");
}

Value dict_get(Runtime& runtime, const Value& self, Arguments& arguments) {
    auto bound = bind(runtime, "get", arguments, {"key", "default"}, 1);
    require_hashable(runtime, *bound[0]);
    for (const auto& [key, value] : self.dict()->entries)
        if (is_equal(runtime, key, *bound[0])) return value;
    return bound[1].value_or(None{});
}

// Values never change, so a copy is the thing itself.
Value copy(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "copy", arguments, {});
    return self;
}

Value sequence_index(Runtime& runtime, const Value& self, Arguments& arguments) {
    const auto bound = bind(runtime, "index", arguments, {"value"}, 1);
    const auto& items = self.sequence()->items;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (is_equal(runtime, items[i], *bound[0])) return static_cast<std::int64_t>(i);
    runtime.fail("index(): the value is not in the list");
}

Value sequence_count(Runtime& runtime, const Value& self, Arguments& arguments) {
    const auto bound = bind(runtime, "count", arguments, {"value"}, 1);
    const auto& items = self.sequence()->items;
    return static_cast<std::int64_t>(std::count_if(
        items.begin(), items.end(), [&](const Value& item) { return is_equal(runtime, item, *bound[0]); }));
}

constexpr std::array<NamedMethod, 5> dict_methods{
    {{"items", dict_items}, {"keys", dict_keys}, {"values", dict_values}, {"get", dict_get}, {"copy", copy}}};
constexpr std::array<NamedMethod, 3> list_methods{
    {{"index", sequence_index}, {"count", sequence_count}, {"copy", copy}}};

constexpr std::array<std::string_view, 6> dict_mutators{"clear",  "pop",        "popitem",
                                                        "update", "setdefault", "fromkeys"};
constexpr std::array<std::string_view, 8> list_mutators{"append", "clear",  "extend",  "insert",
                                                        "pop",    "remove", "reverse", "sort"};

template <class Table>
Method find_in(const Table& table, std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [name](const NamedMethod& entry) { return entry.name == name; });
    return found != table.end() ? found->method : nullptr;
}

template <class Names>
bool holds(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

std::optional<Value> find_method(Runtime& runtime, const Value& self, std::string_view name) {
    Method method = nullptr;
    bool changes_self = false;
    const Sequence* sequence = self.sequence();
    if (self.is_string()) {
        method = find_string_method(name);
    } else if (self.dict() != nullptr) {
        method = find_in(dict_methods, name);
        changes_self = holds(dict_mutators, name);
    } else if (sequence != nullptr && (sequence->type == Type::list || sequence->type == Type::tuple)) {
        method = find_in(list_methods, name);
        changes_self = sequence->type == Type::list && holds(list_mutators, name);
    }
    if (changes_self)
        return Runtime::undefined("access to attribute '" + std::string(name) + "' of '" +
                                  std::string(type_name(self)) + "' object is unsafe");
    if (method == nullptr) return std::nullopt;
    runtime.claim(sizeof(BoundMethod));
    if (self.depth() > 150) runtime.fail("a value nests too deep");
    return Value(std::shared_ptr<Object>(std::make_shared<BoundMethod>(self, method)));
}

} // namespace spoutnik::engine::jinja
