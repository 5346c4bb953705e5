// SPDX-License-Identifier: MIT
// A parsed template. Every node knows its line; nothing here changes after parsing.
#pragma once

#include "engine/chat_template/operators.h"
#include "engine/chat_template/value.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spoutnik::engine::jinja {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Block = std::vector<Statement>;

struct CallArguments {
    std::vector<ExpressionPtr> positional;
    std::vector<std::pair<std::string, ExpressionPtr>> named;
    ExpressionPtr spread_positional; ///< *args, or null
    ExpressionPtr spread_named;      ///< **kwargs, or null
};

// Expressions.
struct Constant {
    Value value;
};
struct Name {
    std::string name;
};
struct RowLiteral {
    bool is_tuple;
    std::vector<ExpressionPtr> items;
};
struct DictLiteral {
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct AttributeAccess {
    ExpressionPtr object;
    std::string name;
};
struct ItemAccess {
    ExpressionPtr object;
    ExpressionPtr key;
};
struct SliceAccess {
    ExpressionPtr object;
    ExpressionPtr start, stop, step; ///< null when left out
};
struct Call {
    ExpressionPtr callee;
    CallArguments arguments;
};
/// `input | name(arguments)`. The input is null for the text of a {% filter %} or {% set %} block.
struct FilterUse {
    ExpressionPtr input;
    std::string name;
    CallArguments arguments;
};
struct TestUse {
    ExpressionPtr input;
    std::string name;
    CallArguments arguments;
    bool negated;
};
struct Negation {
    bool is_logical; ///< `not x`, or else `-x` and `+x`
    bool changes_sign;
    ExpressionPtr operand;
};
struct Calculation {
    Arithmetic op;
    ExpressionPtr left, right;
};
/// `a ~ b ~ c`
struct Concatenation {
    std::vector<ExpressionPtr> parts;
};
/// `a and b`, `a or b`
struct Junction {
    bool is_and;
    ExpressionPtr left, right;
};
/// `a < b <= c`
struct Comparison {
    ExpressionPtr first;
    std::vector<std::pair<Order, ExpressionPtr>> rest;
};
/// `a if condition else b`; b is null when left out.
struct Choice {
    ExpressionPtr condition, then, otherwise;
};

struct Expression {
    int line;
    int depth; ///< levels of expressions below and including this one
    std::variant<Constant, Name, RowLiteral, DictLiteral, AttributeAccess, ItemAccess, SliceAccess, Call,
                 FilterUse, TestUse, Negation, Calculation, Concatenation, Junction, Comparison, Choice>
        node;
};

/// What `set` and `for` assign to: a name, an attribute of a namespace, or several of these.
struct Target {
    std::string name;
    std::string attribute;     ///< empty: the name itself
    std::vector<Target> parts; ///< not empty: a tuple of targets, name unused
};

struct Parameter {
    std::string name;
    ExpressionPtr fallback; ///< null when there is none
};

// Statements.
struct TextOutput {
    std::string text;
};
struct ValueOutput {
    ExpressionPtr value;
};
struct If {
    std::vector<std::pair<ExpressionPtr, Block>> branches;
    Block otherwise;
};
struct For {
    Target target;
    ExpressionPtr iterable;
    ExpressionPtr condition; ///< null when there is none
    Block body;
    Block otherwise;
};
struct Set {
    Target target;
    ExpressionPtr value;
};
/// {% set x %}...{% endset %}; `filter` is null when there is none.
struct SetBlock {
    Target target;
    ExpressionPtr filter;
    Block body;
};
struct MacroBody {
    std::string name;
    std::vector<Parameter> parameters;
    bool takes_extra_positional = false; ///< the body speaks of `varargs`
    bool takes_extra_named = false;      ///< ... of `kwargs`
    bool takes_caller = false;           ///< ... of `caller`
    Block body;
};
struct MacroDefinition {
    std::shared_ptr<const MacroBody> macro;
};
/// {% call(args) macro() %}...{% endcall %}
struct CallBlock {
    ExpressionPtr call;
    std::shared_ptr<const MacroBody> caller;
};
struct FilterBlock {
    ExpressionPtr filter;
    Block body;
};
/// {% with a = 1 %}; also {% generation %}, which assigns nothing.
struct With {
    std::vector<std::pair<Target, ExpressionPtr>> assignments;
    Block body;
};
struct Break {};
struct Continue {};

struct Statement {
    int line;
    std::variant<TextOutput, ValueOutput, If, For, Set, SetBlock, MacroDefinition, CallBlock, FilterBlock,
                 With, Break, Continue>
        node;
};

} // namespace spoutnik::engine::jinja
