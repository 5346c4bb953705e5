// SPDX-License-Identifier: MIT
// The values a template computes with. Python's types, as far as templates can tell them apart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spoutnik::engine::jinja {

class Value;
class Runtime;
struct Arguments;

/// jinja2's default Undefined: prints as nothing, is false and empty; anything else done to it fails with
/// `why`.
struct Undefined {
    std::shared_ptr<const std::string> why;
};
struct None {};

using Text = std::shared_ptr<const std::string>;

/// Everything that holds values in a row. Immutable once made, but for the position of an iterator.
struct Sequence {
    enum class Type {
        list,
        tuple,
        iterator, ///< what filters such as map give: no length, no index, can be walked once
        view,     ///< dict.keys(), .values(), .items()
        range
    };
    Type type = Type::list;
    std::uint32_t depth = 1; ///< levels of containers below and including this one
    std::vector<Value> items;
    std::size_t position = 0;    ///< iterator only: items already handed out
    std::string_view label = {}; ///< view only: Python's name of it, a literal
};

/// Keeps the order in which keys came. Immutable once made.
struct Dict {
    std::uint32_t depth = 1;
    std::vector<std::pair<Value, Value>> entries;

    /// Null when there is no such key.
    const Value* find(std::string_view key) const;
};

/// Things with behaviour: namespaces, loops, macros, functions, bound methods.
class Object {
  public:
    virtual ~Object() = default;
    /// As Python names the type in messages.
    virtual std::string_view type_name() const = 0;
    /// Null optional when there is no such attribute.
    virtual std::optional<Value> attribute(Runtime& runtime, std::string_view name) const;
    virtual bool is_callable() const { return false; }
    /// Levels of containers it owns; 0 for those the runtime keeps.
    virtual std::uint32_t depth() const { return 0; }
    virtual Value call(Runtime& runtime, Arguments& arguments) const;

  protected:
    Object() = default;
    Object(const Object&) = default;
    Object& operator=(const Object&) = default;
};

class Value {
  public:
    Value() : data_(Undefined{}) {}
    Value(Undefined undefined) : data_(std::move(undefined)) {}
    Value(None) : data_(None{}) {}
    Value(bool boolean) : data_(boolean) {}
    Value(std::int64_t integer) : data_(integer) {}
    Value(double real) : data_(real) {}
    Value(Text text) : data_(std::move(text)) {}
    Value(std::shared_ptr<Sequence> sequence) : data_(std::move(sequence)) {}
    Value(std::shared_ptr<const Dict> dict) : data_(std::move(dict)) {}
    Value(std::shared_ptr<Object> object) : data_(std::move(object)) {}
    Value(const char*) = delete; // would become a boolean

    template <class T>
    const T* get() const {
        return std::get_if<T>(&data_);
    }
    bool is_undefined() const { return get<Undefined>() != nullptr; }
    bool is_none() const { return get<None>() != nullptr; }
    bool is_boolean() const { return get<bool>() != nullptr; }
    bool is_string() const { return get<Text>() != nullptr; }
    bool is_real() const { return get<double>() != nullptr; }
    /// bool counts as int, as in Python.
    bool is_integral() const { return get<std::int64_t>() != nullptr || is_boolean(); }
    bool is_number() const { return is_integral() || is_real(); }

    /// The characters of a string; only when is_string().
    std::string_view text() const { return **get<Text>(); }
    /// Only when is_integral().
    std::int64_t integer() const;
    /// Only when is_number().
    double real() const;
    /// Null when the value is something else.
    Sequence* sequence() const;
    const Dict* dict() const;
    Object* object() const;

    /// Levels of containers, 0 for a scalar.
    std::uint32_t depth() const;

  private:
    std::variant<Undefined, None, bool, std::int64_t, double, Text, std::shared_ptr<Sequence>,
                 std::shared_ptr<const Dict>, std::shared_ptr<Object>>
        data_;
};

/// "str", "int", "dict", "NoneType", ...
std::string_view type_name(const Value& value);
/// Python's truth of a value.
bool is_true(const Value& value);

/// The arguments of one call.
struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

} // namespace spoutnik::engine::jinja
