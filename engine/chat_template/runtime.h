// SPDX-License-Identifier: MIT
// What one rendering may spend, where it is, and how values are made under that budget.
#pragma once

#include "engine/chat_template/chat_template.h"
#include "engine/chat_template/value.h"

#include <ctime>

namespace spoutnik::engine::jinja {

class Runtime {
  public:
    explicit Runtime(const RenderOptions& options) : options_(options) {}
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    ~Runtime();

    /// Line of the template being evaluated, for messages.
    int line = 0;

    /// Throws Error "line L: why".
    [[noreturn]] void fail(std::string_view why) const;
    /// Throws what `value`, which must be undefined, has to say about itself.
    [[noreturn]] void fail_undefined(const Value& value) const;
    /// Fails when the template has done more than it may.
    void spend(std::uint64_t steps = 1) {
        if (steps > options_.max_steps - steps_) fail_steps();
        steps_ += steps;
    }
    /// Fails when the values made so far take more memory than they may.
    void claim(std::uint64_t bytes);

    // Makers of values; each claims its memory and a container fails when it nests too deep.
    Value string(std::string text);
    Value string(std::string_view text) { return string(std::string(text)); }
    Value string(const char* text) { return string(std::string(text)); }
    Value sequence(Sequence::Type type, std::vector<Value> items, std::string_view label = {});
    Value list(std::vector<Value> items) { return sequence(Sequence::Type::list, std::move(items)); }
    Value tuple(std::vector<Value> items) { return sequence(Sequence::Type::tuple, std::move(items)); }
    Value iterator(std::vector<Value> items) { return sequence(Sequence::Type::iterator, std::move(items)); }
    /// Later entries replace earlier ones with an equal key; keys must be hashable.
    Value dict(std::vector<std::pair<Value, Value>> entries);
    static Value undefined(std::string why);

    /// Objects that can hold themselves are kept here and emptied at the end, so that no cycle outlives us.
    void adopt(std::shared_ptr<class Holder> holder);

    /// What the clock of the options says, in their time zone.
    std::tm shown_time() const;
    const RenderOptions& options() const { return options_; }

    /// Guards recursion of the interpreter and of walks over nested values.
    class Level {
      public:
        explicit Level(Runtime& runtime) : runtime_(runtime) {
            if (++runtime_.level_ > max_level) runtime_.fail_level();
        }
        ~Level() { --runtime_.level_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

      private:
        Runtime& runtime_;
    };

  private:
    static constexpr int max_level = 1000;

    [[noreturn]] void fail_steps() const;
    [[noreturn]] void fail_level();

    RenderOptions options_;
    std::uint64_t steps_ = 0;
    std::uint64_t bytes_ = 0;
    int level_ = 0;
    std::vector<std::shared_ptr<Holder>> holders_;
};

/// Something a template can change, and so make part of a cycle of owners.
class Holder {
  public:
    virtual ~Holder() = default;
    virtual void release() = 0;

  protected:
    Holder() = default;
    Holder(const Holder&) = default;
    Holder& operator=(const Holder&) = default;
};

/// Binds the arguments of a call of `callee` to parameters in this order; those not given stay empty.
/// Fails on too many, on an unknown name, on one given twice, and when fewer than `required` came.
std::vector<std::optional<Value>> bind(Runtime& runtime, std::string_view callee, Arguments& arguments,
                                       std::initializer_list<std::string_view> parameters,
                                       std::size_t required = 0);

/// Fails unless the value is an int (or bool); `what` names it in the message.
std::int64_t expect_integer(Runtime& runtime, const Value& value, std::string_view what);
std::string_view expect_string(Runtime& runtime, const Value& value, std::string_view what);

} // namespace spoutnik::engine::jinja
