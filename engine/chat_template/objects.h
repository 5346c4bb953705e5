// SPDX-License-Identifier: MIT
// Values with behaviour that templates meet: namespace, loop, functions, cycler and joiner.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

#include <functional>

namespace spoutnik::engine::jinja {

/// namespace(): the one thing whose attributes a template can set.
class Namespace final : public Object, public Holder {
  public:
    std::string_view type_name() const override { return "Namespace"; }
    std::optional<Value> attribute(Runtime& runtime, std::string_view name) const override;
    void assign(std::string_view name, Value value);
    void release() override { attributes_.clear(); }

  private:
    std::vector<std::pair<std::string, Value>> attributes_;
};

/// `loop` inside a for.
class Loop final : public Object {
  public:
    Loop(Runtime& runtime, std::vector<Value> items, int depth0);

    bool is_done() const { return index_ >= items_.size(); }
    void advance() { ++index_; }
    const Value& item() const { return items_[index_]; }

    std::string_view type_name() const override { return "LoopContext"; }
    std::optional<Value> attribute(Runtime& runtime, std::string_view name) const override;
    std::uint32_t depth() const override { return depth_of_items_; }

  private:
    std::vector<Value> items_;
    std::size_t index_ = 0;
    int depth0_;
    std::uint32_t depth_of_items_ = 1;
};

/// A function of our own.
class Function final : public Object {
  public:
    using Body = std::function<Value(Runtime&, Arguments&)>;
    /// `depth`: levels of containers that the body holds.
    explicit Function(Body body, std::uint32_t depth = 0) : body_(std::move(body)), depth_(depth) {}
    std::string_view type_name() const override { return "function"; }
    bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) const override { return body_(runtime, arguments); }
    std::uint32_t depth() const override { return depth_; }

  private:
    Body body_;
    std::uint32_t depth_;
};

Value make_function(Function::Body body, std::uint32_t depth = 0);

/// cycler(a, b, ...): next(), current, reset().
Value make_cycler(Runtime& runtime, Arguments& arguments);
/// joiner(", "): nothing when first called, then its separator.
Value make_joiner(Runtime& runtime, Arguments& arguments);

} // namespace spoutnik::engine::jinja
