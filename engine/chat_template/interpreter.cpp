// SPDX-License-Identifier: MIT
#include "engine/chat_template/interpreter.h"

#include "engine/chat_template/builtins.h"
#include "engine/chat_template/objects.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"

#include <algorithm>

namespace spoutnik::engine::jinja {
namespace {

/// Names and what they mean here. A loop's body, a macro and a `with` have one each; `if` has none.
class Scope final : public Holder {
  public:
    explicit Scope(std::shared_ptr<Scope> parent) : parent_(std::move(parent)) {}

    const Value* find(std::string_view name) const {
        for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get())
            for (const auto& [key, value] : scope->variables_)
                if (key == name) return &value;
        return nullptr;
    }

    void assign(std::string_view name, Value value) {
        const auto found = std::find_if(variables_.begin(), variables_.end(),
                                        [name](const auto& variable) { return variable.first == name; });
        if (found != variables_.end()) {
            found->second = std::move(value);
        } else {
            variables_.emplace_back(name, std::move(value));
        }
    }

    void release() override {
        variables_.clear();
        parent_.reset();
    }

  private:
    std::shared_ptr<Scope> parent_;
    std::vector<std::pair<std::string, Value>> variables_;
};

enum class Flow { onward, leave_loop, next_round };

class Interpreter {
  public:
    Interpreter(Runtime& runtime, std::shared_ptr<Scope> globals)
        : runtime_(runtime), scope_(std::make_shared<Scope>(std::move(globals))) {}

    std::string run(const Block& program) {
        execute(program);
        return std::move(out_);
    }

    /// What a block prints when run in `scope`.
    std::string capture(const Block& block, std::shared_ptr<Scope> scope) {
        std::string outside = std::exchange(out_, {});
        {
            const Inside inside(*this, std::move(scope));
            execute(block);
        }
        std::swap(outside, out_);
        return outside;
    }

    Value evaluate(const Expression& expression) {
        const Runtime::Level level(runtime_);
        runtime_.spend();
        runtime_.line = expression.line;
        return std::visit([&](const auto& node) { return evaluate_node(node, expression.line); },
                          expression.node);
    }

    Value evaluate_in(const Expression& expression, const std::shared_ptr<Scope>& scope) {
        const Inside inside(*this, scope);
        return evaluate(expression);
    }

    Runtime& runtime() { return runtime_; }

  private:
    /// Runs in another scope until it dies.
    class Inside {
      public:
        Inside(Interpreter& interpreter, std::shared_ptr<Scope> scope)
            : interpreter_(interpreter), outside_(std::exchange(interpreter.scope_, std::move(scope))) {}
        ~Inside() { interpreter_.scope_ = std::move(outside_); }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

      private:
        Interpreter& interpreter_;
        std::shared_ptr<Scope> outside_;
    };

    std::shared_ptr<Scope> new_scope() { return std::make_shared<Scope>(scope_); }

    void print(std::string_view text) {
        const std::uint64_t limit = runtime_.options().max_output_bytes;
        if (out_.size() + text.size() > limit)
            runtime_.fail("the prompt would be longer than " + std::to_string(limit) + " bytes");
        runtime_.spend(text.size() / 64);
        out_ += text;
    }

    // Statements.

    Flow execute(const Block& block) {
        const Runtime::Level level(runtime_);
        for (const Statement& statement : block) {
            runtime_.spend();
            runtime_.line = statement.line;
            const Flow flow =
                std::visit([this](const auto& node) { return this->execute_node(node); }, statement.node);
            if (flow != Flow::onward) return flow;
        }
        return Flow::onward;
    }

    Flow execute_node(const TextOutput& node) {
        print(node.text);
        return Flow::onward;
    }

    Flow execute_node(const ValueOutput& node) {
        const Value value = evaluate(*node.value);
        if (value.is_string()) {
            print(value.text());
        } else {
            print(to_text(runtime_, value));
        }
        return Flow::onward;
    }

    Flow execute_node(const If& node) {
        for (const auto& [condition, body] : node.branches)
            if (is_true(evaluate(*condition))) return execute(body);
        return execute(node.otherwise);
    }

    Flow execute_node(const For& node) {
        std::vector<Value> items = walk(runtime_, evaluate(*node.iterable));
        if (node.condition) items = chosen(node, std::move(items));
        if (items.empty()) {
            const Inside inside(*this, new_scope());
            return execute(node.otherwise);
        }
        const auto loop = std::make_shared<Loop>(runtime_, std::move(items), loop_depth_);
        ++loop_depth_;
        Flow flow = Flow::onward;
        for (; !loop->is_done() && flow != Flow::leave_loop; loop->advance()) {
            const Inside inside(*this, new_scope());
            runtime_.claim(64);
            assign(node.target, loop->item());
            scope_->assign("loop", std::shared_ptr<Object>(loop));
            flow = execute(node.body);
        }
        --loop_depth_;
        return Flow::onward;
    }

    // The items for which the loop's own `if` holds. `loop` still means the loop outside.
    std::vector<Value> chosen(const For& node, std::vector<Value> items) {
        std::vector<Value> kept;
        for (Value& item : items) {
            const Inside inside(*this, new_scope());
            assign(node.target, item);
            if (is_true(evaluate(*node.condition))) kept.push_back(std::move(item));
        }
        return kept;
    }

    Flow execute_node(const Set& node) {
        assign(node.target, evaluate(*node.value));
        return Flow::onward;
    }

    Flow execute_node(const SetBlock& node) {
        Value text = runtime_.string(capture(node.body, new_scope()));
        assign(node.target, node.filter ? filtered(*node.filter, std::move(text)) : std::move(text));
        return Flow::onward;
    }

    Flow execute_node(const MacroDefinition& node);

    Flow execute_node(const CallBlock& node);

    Flow execute_node(const FilterBlock& node) {
        print(to_text(runtime_, filtered(*node.filter, runtime_.string(capture(node.body, new_scope())))));
        return Flow::onward;
    }

    Flow execute_node(const With& node) {
        // Values are computed outside: `with a = 1, b = a` does not see the new a.
        std::vector<Value> values;
        for (const auto& assignment : node.assignments)
            values.push_back(evaluate(*assignment.second));
        const Inside inside(*this, new_scope());
        for (std::size_t i = 0; i < values.size(); ++i)
            assign(node.assignments[i].first, std::move(values[i]));
        return execute(node.body);
    }

    static Flow execute_node(const Break&) { return Flow::leave_loop; }
    static Flow execute_node(const Continue&) { return Flow::next_round; }

    void assign(const Target& target, Value value) {
        if (!target.parts.empty()) {
            std::vector<Value> values = walk(runtime_, value);
            if (values.size() != target.parts.size())
                runtime_.fail("expected " + std::to_string(target.parts.size()) + " values to unpack, got " +
                              std::to_string(values.size()));
            for (std::size_t i = 0; i < values.size(); ++i)
                assign(target.parts[i], std::move(values[i]));
        } else if (target.attribute.empty()) {
            scope_->assign(target.name, std::move(value));
        } else {
            const Value* found = scope_->find(target.name);
            auto* space = found != nullptr ? dynamic_cast<Namespace*>(found->object()) : nullptr;
            if (space == nullptr) runtime_.fail("cannot assign attribute on non-namespace object");
            runtime_.claim(sizeof(Value) + target.attribute.size());
            space->assign(target.attribute, std::move(value));
        }
    }

    // A {% filter %} chain: the innermost filter takes the block's text before anything else is evaluated.
    Value filtered(const Expression& chain, Value text) {
        block_text_ = std::move(text);
        return evaluate(chain);
    }

    // Expressions.

    Value evaluate_node(const Constant& node, int /*line*/) { return node.value; }

    Value evaluate_node(const Name& node, int /*line*/) {
        if (const Value* found = scope_->find(node.name)) return *found;
        if (auto global = find_global(runtime_, node.name)) return *std::move(global);
        return Runtime::undefined("'" + node.name + "' is undefined");
    }

    Value evaluate_node(const RowLiteral& node, int /*line*/) {
        std::vector<Value> items;
        items.reserve(node.items.size());
        for (const auto& item : node.items)
            items.push_back(evaluate(*item));
        return node.is_tuple ? runtime_.tuple(std::move(items)) : runtime_.list(std::move(items));
    }

    Value evaluate_node(const DictLiteral& node, int /*line*/) {
        std::vector<std::pair<Value, Value>> entries;
        for (const auto& [key, value] : node.entries) {
            Value made = evaluate(*key);
            entries.emplace_back(std::move(made), evaluate(*value));
        }
        return runtime_.dict(std::move(entries));
    }

    Value evaluate_node(const AttributeAccess& node, int line) {
        const Value object = evaluate(*node.object);
        runtime_.line = line;
        return get_attribute(runtime_, object, node.name);
    }

    Value evaluate_node(const ItemAccess& node, int line) {
        const Value object = evaluate(*node.object);
        const Value key = evaluate(*node.key);
        runtime_.line = line;
        return get_item(runtime_, object, key);
    }

    Value evaluate_node(const SliceAccess& node, int line) {
        const Value object = evaluate(*node.object);
        const auto part = [this](const ExpressionPtr& expression) {
            return expression ? evaluate(*expression) : Value(None{});
        };
        const Value start = part(node.start);
        const Value stop = part(node.stop);
        const Value step = part(node.step);
        runtime_.line = line;
        return get_slice(runtime_, object, &start, &stop, &step);
    }

    Value evaluate_node(const Call& node, int line) {
        const Value callee = evaluate(*node.callee);
        Arguments arguments = evaluate_arguments(node.arguments);
        runtime_.line = line;
        Value result = call(runtime_, callee, std::move(arguments));
        runtime_.line = line;
        return result;
    }

    Value evaluate_node(const FilterUse& node, int line) {
        const Value input = node.input ? evaluate(*node.input) : std::exchange(block_text_, Value());
        Arguments arguments = evaluate_arguments(node.arguments);
        runtime_.line = line;
        const Filter filter = find_filter(node.name);
        if (filter == nullptr) runtime_.fail("no filter named '" + node.name + "'");
        return filter(runtime_, input, arguments);
    }

    Value evaluate_node(const TestUse& node, int line) {
        const Value input = evaluate(*node.input);
        Arguments arguments = evaluate_arguments(node.arguments);
        runtime_.line = line;
        const Test test = find_test(node.name);
        if (test == nullptr) runtime_.fail("no test named '" + node.name + "'");
        return test(runtime_, input, arguments) != node.negated;
    }

    Value evaluate_node(const Negation& node, int line) {
        const Value operand = evaluate(*node.operand);
        runtime_.line = line;
        if (node.is_logical) return !is_true(operand);
        Value negative = negate(runtime_, operand); // also checks what unary + may be given
        if (node.changes_sign) return negative;
        return operand.is_boolean() ? Value(operand.integer()) : operand;
    }

    Value evaluate_node(const Calculation& node, int line) {
        const Value left = evaluate(*node.left);
        const Value right = evaluate(*node.right);
        runtime_.line = line;
        return calculate(runtime_, node.op, left, right);
    }

    Value evaluate_node(const Concatenation& node, int /*line*/) {
        std::string text;
        for (const auto& part : node.parts) {
            const std::string piece = to_text(runtime_, evaluate(*part));
            runtime_.claim(piece.size());
            text += piece;
        }
        return runtime_.string(std::move(text));
    }

    Value evaluate_node(const Junction& node, int /*line*/) {
        Value left = evaluate(*node.left);
        return is_true(left) == node.is_and ? evaluate(*node.right) : left;
    }

    Value evaluate_node(const Comparison& node, int line) {
        Value left = evaluate(*node.first);
        for (const auto& [op, operand] : node.rest) {
            Value right = evaluate(*operand);
            runtime_.line = line;
            if (!compare(runtime_, op, left, right)) return false;
            left = std::move(right);
        }
        return true;
    }

    Value evaluate_node(const Choice& node, int /*line*/) {
        if (is_true(evaluate(*node.condition))) return evaluate(*node.then);
        if (node.otherwise) return evaluate(*node.otherwise);
        return Runtime::undefined(
            "the inline if-expression evaluated to false and no else section was defined");
    }

    Arguments evaluate_arguments(const CallArguments& nodes) {
        Arguments arguments;
        for (const auto& node : nodes.positional)
            arguments.positional.push_back(evaluate(*node));
        for (const auto& [name, node] : nodes.named)
            arguments.named.emplace_back(name, evaluate(*node));
        if (nodes.spread_positional)
            for (Value& value : walk(runtime_, evaluate(*nodes.spread_positional)))
                arguments.positional.push_back(std::move(value));
        if (nodes.spread_named) {
            const Value spread = evaluate(*nodes.spread_named);
            if (spread.dict() == nullptr) runtime_.fail("argument after ** must be a mapping");
            for (const auto& [key, value] : spread.dict()->entries)
                arguments.named.emplace_back(expect_string(runtime_, key, "keyword"), value);
        }
        return arguments;
    }

    Runtime& runtime_;
    std::shared_ptr<Scope> scope_;
    std::string out_;
    Value block_text_;
    int loop_depth_ = 0;
};

/// A macro, or the body of a {% call %}, with the scope it was written in.
class Macro final : public Object {
  public:
    Macro(Interpreter& interpreter, std::shared_ptr<const MacroBody> body, std::shared_ptr<Scope> scope)
        : interpreter_(interpreter), body_(std::move(body)), scope_(std::move(scope)) {}

    std::string_view type_name() const override { return "Macro"; }
    bool is_callable() const override { return true; }

    std::optional<Value> attribute(Runtime& runtime, std::string_view name) const override {
        if (name == "name") return runtime.string(body_->name);
        if (name == "caller") return Value(body_->takes_caller);
        if (name == "catch_varargs") return Value(body_->takes_extra_positional);
        if (name == "catch_kwargs") return Value(body_->takes_extra_named);
        if (name != "arguments") return std::nullopt;
        std::vector<Value> names;
        for (const Parameter& parameter : body_->parameters)
            names.push_back(runtime.string(parameter.name));
        return runtime.tuple(std::move(names));
    }

    Value call(Runtime& runtime, Arguments& arguments) const override {
        const auto scope = std::make_shared<Scope>(scope_);
        const std::size_t parameters = body_->parameters.size();
        const std::size_t positional = std::min(arguments.positional.size(), parameters);
        for (std::size_t i = 0; i < positional; ++i)
            scope->assign(body_->parameters[i].name, std::move(arguments.positional[i]));
        take_extra_positional(runtime, *scope, arguments, positional);
        const std::vector<bool> named = take_named(runtime, *scope, arguments, positional);
        // In order: a default may speak of the parameters before it.
        for (std::size_t i = positional; i < parameters; ++i) {
            const Parameter& parameter = body_->parameters[i];
            if (named[i]) continue;
            scope->assign(parameter.name,
                          parameter.fallback
                              ? interpreter_.evaluate_in(*parameter.fallback, scope)
                              : Runtime::undefined("parameter '" + parameter.name + "' was not provided"));
        }
        return runtime.string(interpreter_.capture(body_->body, scope));
    }

  private:
    void take_extra_positional(Runtime& runtime, Scope& scope, Arguments& arguments,
                               std::size_t taken) const {
        std::vector<Value> extra(
            std::make_move_iterator(arguments.positional.begin() + static_cast<std::ptrdiff_t>(taken)),
            std::make_move_iterator(arguments.positional.end()));
        if (!extra.empty() && !body_->takes_extra_positional)
            runtime.fail("macro '" + body_->name + "' takes not more than " +
                         std::to_string(body_->parameters.size()) + " argument(s)");
        if (body_->takes_extra_positional) scope.assign("varargs", runtime.tuple(std::move(extra)));
    }

    // Which of the parameters came by name.
    std::vector<bool> take_named(Runtime& runtime, Scope& scope, Arguments& arguments,
                                 std::size_t positional) const {
        std::vector<bool> named(body_->parameters.size());
        std::vector<std::pair<Value, Value>> extra;
        bool has_caller = false;
        for (auto& [name, value] : arguments.named) {
            const auto found = std::find_if(body_->parameters.begin(), body_->parameters.end(),
                                            [&key = name](const Parameter& p) { return p.name == key; });
            if (found != body_->parameters.end()) {
                const auto which = static_cast<std::size_t>(found - body_->parameters.begin());
                if (which < positional || named[which])
                    runtime.fail("macro '" + body_->name + "' got multiple values for argument '" + name +
                                 "'");
                named[which] = true;
                scope.assign(name, std::move(value));
            } else if (name == "caller") {
                has_caller = true;
                scope.assign(name, std::move(value));
            } else if (body_->takes_extra_named) {
                extra.emplace_back(runtime.string(name), std::move(value));
            } else {
                runtime.fail("macro '" + body_->name + "' takes no keyword argument '" + name + "'");
            }
        }
        if (body_->takes_extra_named) scope.assign("kwargs", runtime.dict(std::move(extra)));
        if (body_->takes_caller && !has_caller)
            scope.assign("caller", Runtime::undefined("no caller defined"));
        return named;
    }

    Interpreter& interpreter_;
    std::shared_ptr<const MacroBody> body_;
    std::shared_ptr<Scope> scope_;
};

Flow Interpreter::execute_node(const MacroDefinition& node) {
    runtime_.adopt(scope_); // the scope holds the macro and the macro its scope
    scope_->assign(node.macro->name,
                   std::shared_ptr<Object>(std::make_shared<Macro>(*this, node.macro, scope_)));
    return Flow::onward;
}

Flow Interpreter::execute_node(const CallBlock& node) {
    const auto& use = std::get<Call>(node.call->node);
    const Value callee = evaluate(*use.callee);
    Arguments arguments = evaluate_arguments(use.arguments);
    runtime_.adopt(scope_);
    arguments.named.emplace_back(
        "caller", std::shared_ptr<Object>(std::make_shared<Macro>(*this, node.caller, scope_)));
    runtime_.line = node.call->line;
    const Value result = call(runtime_, callee, std::move(arguments));
    print(to_text(runtime_, result));
    return Flow::onward;
}

} // namespace

std::string interpret(Runtime& runtime, const Block& program,
                      const std::vector<std::pair<std::string, Value>>& variables) {
    const auto globals = std::make_shared<Scope>(nullptr);
    for (const auto& [name, value] : variables)
        globals->assign(name, value);
    return Interpreter(runtime, globals).run(program);
}

} // namespace spoutnik::engine::jinja
