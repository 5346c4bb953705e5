// SPDX-License-Identifier: MIT
#include "engine/chat_template/objects.h"

#include <algorithm>

namespace spoutnik::engine::jinja {
namespace {

class Cycler final : public Object {
  public:
    Cycler(std::vector<Value> items, std::uint32_t depth)
        : items_(std::make_shared<const std::vector<Value>>(std::move(items))), depth_(depth) {}

    std::string_view type_name() const override { return "Cycler"; }
    std::uint32_t depth() const override { return depth_; }

    std::optional<Value> attribute(Runtime& runtime, std::string_view name) const override {
        if (name == "current") return (*items_)[*position_];
        const bool is_next = name == "next";
        if (!is_next && name != "reset") return std::nullopt;
        runtime.claim(sizeof(Function));
        return make_function(
            [items = items_, position = position_, is_next](Runtime&, Arguments&) -> Value {
                const std::size_t now =
                    std::exchange(*position, is_next ? (*position + 1) % items->size() : 0);
                return is_next ? (*items)[now] : Value(None{});
            },
            depth_);
    }

  private:
    std::shared_ptr<const std::vector<Value>> items_;
    std::shared_ptr<std::size_t> position_ = std::make_shared<std::size_t>(0);
    std::uint32_t depth_;
};

} // namespace

std::optional<Value> Namespace::attribute(Runtime& /*runtime*/, std::string_view name) const {
    const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                    [name](const auto& attribute) { return attribute.first == name; });
    if (found == attributes_.end()) return std::nullopt;
    return found->second;
}

void Namespace::assign(std::string_view name, Value value) {
    const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                    [name](const auto& attribute) { return attribute.first == name; });
    if (found != attributes_.end()) {
        found->second = std::move(value);
    } else {
        attributes_.emplace_back(name, std::move(value));
    }
}

Loop::Loop(Runtime& runtime, std::vector<Value> items, int depth0)
    : items_(std::move(items)), depth0_(depth0) {
    runtime.claim(sizeof(Loop));
    for (const Value& item : items_)
        depth_of_items_ = std::max(depth_of_items_, item.depth() + 1);
    if (depth_of_items_ > 150) runtime.fail("a value nests too deep");
}

std::optional<Value> Loop::attribute(Runtime& runtime, std::string_view name) const {
    const auto index = static_cast<std::int64_t>(index_);
    const auto size = static_cast<std::int64_t>(items_.size());
    if (name == "index") return Value(index + 1);
    if (name == "index0") return Value(index);
    if (name == "revindex") return Value(size - index);
    if (name == "revindex0") return Value(size - index - 1);
    if (name == "first") return Value(index == 0);
    if (name == "last") return Value(index + 1 >= size);
    if (name == "length") return Value(size);
    if (name == "depth") return Value(std::int64_t{depth0_} + 1);
    if (name == "depth0") return Value(std::int64_t{depth0_});
    if (name == "previtem")
        return index > 0 ? items_[index_ - 1] : Runtime::undefined("there is no previous item");
    if (name == "nextitem")
        return index_ + 1 < items_.size() ? items_[index_ + 1] : Runtime::undefined("there is no next item");
    if (name != "cycle") return std::nullopt;
    runtime.claim(sizeof(Function));
    return make_function([index](Runtime& inner, Arguments& arguments) -> Value {
        if (arguments.positional.empty()) inner.fail("no items for cycling given");
        return arguments.positional[static_cast<std::size_t>(index) % arguments.positional.size()];
    });
}

Value make_function(Function::Body body, std::uint32_t depth) {
    return std::shared_ptr<Object>(std::make_shared<Function>(std::move(body), depth));
}

Value make_cycler(Runtime& runtime, Arguments& arguments) {
    if (arguments.positional.empty()) runtime.fail("at least one item has to be provided");
    if (!arguments.named.empty()) runtime.fail("cycler() takes no keyword arguments");
    const Value items = runtime.list(arguments.positional); // checks how deep they nest
    runtime.claim(sizeof(Cycler));
    return std::shared_ptr<Object>(
        std::make_shared<Cycler>(std::move(arguments.positional), items.depth() + 1));
}

Value make_joiner(Runtime& runtime, Arguments& arguments) {
    auto bound = bind(runtime, "joiner", arguments, {"sep"});
    const Value separator =
        bound[0] ? runtime.string(expect_string(runtime, *bound[0], "separator")) : runtime.string(", ");
    runtime.claim(sizeof(Function));
    return make_function(
        [separator, used = std::make_shared<bool>(false)](Runtime& inner, Arguments&) -> Value {
            return std::exchange(*used, true) ? separator : inner.string("");
        });
}

} // namespace spoutnik::engine::jinja
