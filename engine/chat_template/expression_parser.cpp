// SPDX-License-Identifier: MIT
#include "engine/chat_template/expression_parser.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <optional>

namespace spoutnik::engine::jinja {
namespace {

using Type = Token::Type;

std::string described(const Token& token) {
    switch (token.type) {
    case Type::end:
        return "end of template";
    case Type::variable_end:
        return "end of print statement";
    case Type::block_end:
        return "end of statement block";
    case Type::string:
        return "a string";
    default:
        return "'" + token.text + "'";
    }
}

int depth_of(const ExpressionPtr& expression) {
    return expression ? expression->depth : 0;
}

int depth_of(const CallArguments& arguments) {
    int depth = std::max(depth_of(arguments.spread_positional), depth_of(arguments.spread_named));
    for (const auto& argument : arguments.positional)
        depth = std::max(depth, depth_of(argument));
    for (const auto& argument : arguments.named)
        depth = std::max(depth, depth_of(argument.second));
    return depth;
}

} // namespace

Token ExpressionParser::next() {
    Token token = tokens_[at_];
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
}

bool ExpressionParser::is_symbol(std::string_view text) const {
    return current().type == Type::symbol && current().text == text;
}
bool ExpressionParser::is_name(std::string_view text) const {
    return current().type == Type::name && current().text == text;
}
bool ExpressionParser::skip_symbol(std::string_view text) {
    if (!is_symbol(text)) return false;
    next();
    return true;
}
bool ExpressionParser::skip_name(std::string_view text) {
    if (!is_name(text)) return false;
    next();
    return true;
}
void ExpressionParser::expect_symbol(std::string_view text) {
    if (!skip_symbol(text)) fail("expected '" + std::string(text) + "', got " + described(current()));
}
std::string ExpressionParser::expect_name() {
    if (current().type != Type::name) fail("expected a name, got " + described(current()));
    return next().text;
}
void ExpressionParser::expect_type(Token::Type type, std::string_view what) {
    if (current().type != type) fail("expected " + std::string(what) + ", got " + described(current()));
    next();
}
void ExpressionParser::fail(const std::string& why) const {
    throw Error("line " + std::to_string(current().line) + ": " + why);
}
void ExpressionParser::fail_unexpected() const {
    fail("unexpected " + described(current()));
}

template <class Node>
ExpressionPtr ExpressionParser::make(int line, Node node, int depth_below) {
    if (depth_below >= max_depth) fail("an expression is too long");
    return std::make_unique<Expression>(Expression{line, depth_below + 1, std::move(node)});
}

ExpressionPtr ExpressionParser::parse_expression() {
    const Level level(*this);
    int line = current().line;
    ExpressionPtr then = parse_or();
    while (skip_name("if")) {
        ExpressionPtr condition = parse_or();
        ExpressionPtr otherwise = skip_name("else") ? parse_expression() : nullptr;
        const int depth = std::max({condition->depth, then->depth, depth_of(otherwise)});
        then = make(line, Choice{std::move(condition), std::move(then), std::move(otherwise)}, depth);
        line = current().line;
    }
    return then;
}

ExpressionPtr ExpressionParser::parse_tuple() {
    const int line = current().line;
    ExpressionPtr first = parse_expression();
    if (!is_symbol(",")) return first;
    RowLiteral row{true, {}};
    row.items.push_back(std::move(first));
    int depth = row.items.front()->depth;
    while (skip_symbol(",")) {
        const Type type = current().type;
        if (type == Type::variable_end || type == Type::block_end || is_symbol("=")) break;
        row.items.push_back(parse_expression());
        depth = std::max(depth, row.items.back()->depth);
    }
    return make(line, std::move(row), depth);
}

ExpressionPtr ExpressionParser::parse_without_choice() {
    const int line = current().line;
    ExpressionPtr first = parse_or();
    if (!is_symbol(",")) return first;
    RowLiteral row{true, {}};
    int depth = first->depth;
    row.items.push_back(std::move(first));
    while (skip_symbol(",")) {
        if (current().type == Type::block_end || is_name("if")) break;
        row.items.push_back(parse_or());
        depth = std::max(depth, row.items.back()->depth);
    }
    return make(line, std::move(row), depth);
}

ExpressionPtr ExpressionParser::parse_or() {
    ExpressionPtr left = parse_and();
    while (is_name("or")) {
        const int line = next().line;
        ExpressionPtr right = parse_and();
        const int depth = std::max(left->depth, right->depth);
        left = make(line, Junction{false, std::move(left), std::move(right)}, depth);
    }
    return left;
}

ExpressionPtr ExpressionParser::parse_and() {
    ExpressionPtr left = parse_not();
    while (is_name("and")) {
        const int line = next().line;
        ExpressionPtr right = parse_not();
        const int depth = std::max(left->depth, right->depth);
        left = make(line, Junction{true, std::move(left), std::move(right)}, depth);
    }
    return left;
}

ExpressionPtr ExpressionParser::parse_not() {
    if (!is_name("not")) return parse_comparison();
    const Level level(*this);
    const int line = next().line;
    ExpressionPtr operand = parse_not();
    const int depth = operand->depth;
    return make(line, Negation{true, false, std::move(operand)}, depth);
}

ExpressionPtr ExpressionParser::parse_comparison() {
    static constexpr std::array<std::pair<std::string_view, Order>, 6> symbols{
        {{"==", Order::equal},
         {"!=", Order::not_equal},
         {"<", Order::less},
         {"<=", Order::less_equal},
         {">", Order::greater},
         {">=", Order::greater_equal}}};
    const int line = current().line;
    ExpressionPtr first = parse_sum();
    int depth = first->depth;
    Comparison comparison;
    while (true) {
        std::optional<Order> op;
        for (const auto& [symbol, order] : symbols)
            if (is_symbol(symbol)) op = order;
        if (is_name("in")) op = Order::in;
        if (is_name("not") && look_ahead().type == Type::name && look_ahead().text == "in") {
            next();
            op = Order::not_in;
        }
        if (!op) break;
        next();
        comparison.rest.emplace_back(*op, parse_sum());
        depth = std::max(depth, comparison.rest.back().second->depth);
    }
    if (comparison.rest.empty()) return first;
    comparison.first = std::move(first);
    return make(line, std::move(comparison), depth);
}

ExpressionPtr ExpressionParser::parse_sum() {
    ExpressionPtr left = parse_concatenation();
    while (is_symbol("+") || is_symbol("-")) {
        const Token op = next();
        ExpressionPtr right = parse_concatenation();
        const int depth = std::max(left->depth, right->depth);
        left = make(op.line,
                    Calculation{op.text == "+" ? Arithmetic::add : Arithmetic::subtract, std::move(left),
                                std::move(right)},
                    depth);
    }
    return left;
}

ExpressionPtr ExpressionParser::parse_concatenation() {
    const int line = current().line;
    ExpressionPtr first = parse_product();
    if (!is_symbol("~")) return first;
    Concatenation chain;
    int depth = first->depth;
    chain.parts.push_back(std::move(first));
    while (skip_symbol("~")) {
        chain.parts.push_back(parse_product());
        depth = std::max(depth, chain.parts.back()->depth);
    }
    return make(line, std::move(chain), depth);
}

ExpressionPtr ExpressionParser::parse_product() {
    ExpressionPtr left = parse_power();
    while (is_symbol("*") || is_symbol("/") || is_symbol("//") || is_symbol("%")) {
        const Token op = next();
        ExpressionPtr right = parse_power();
        const Arithmetic which = op.text == "*"    ? Arithmetic::multiply
                                 : op.text == "/"  ? Arithmetic::divide
                                 : op.text == "//" ? Arithmetic::floor_divide
                                                   : Arithmetic::modulo;
        const int depth = std::max(left->depth, right->depth);
        left = make(op.line, Calculation{which, std::move(left), std::move(right)}, depth);
    }
    return left;
}

// Jinja's ** groups to the left, unlike Python's.
ExpressionPtr ExpressionParser::parse_power() {
    ExpressionPtr left = parse_unary(true);
    while (is_symbol("**")) {
        const int line = next().line;
        ExpressionPtr right = parse_unary(true);
        const int depth = std::max(left->depth, right->depth);
        left = make(line, Calculation{Arithmetic::power, std::move(left), std::move(right)}, depth);
    }
    return left;
}

ExpressionPtr ExpressionParser::parse_unary(bool with_filter) {
    const Level level(*this);
    ExpressionPtr node;
    if (is_symbol("-") || is_symbol("+")) {
        const Token sign = next();
        ExpressionPtr operand = parse_unary(false);
        const int depth = operand->depth;
        node = make(sign.line, Negation{false, sign.text == "-", std::move(operand)}, depth);
    } else {
        node = parse_primary();
    }
    node = parse_postfix(std::move(node));
    return with_filter ? parse_filters_and_tests(std::move(node)) : std::move(node);
}

ExpressionPtr ExpressionParser::parse_primary() {
    const int line = current().line;
    switch (current().type) {
    case Type::name: {
        const std::string name = next().text;
        if (name == "true" || name == "True") return make(line, Constant{true}, 0);
        if (name == "false" || name == "False") return make(line, Constant{false}, 0);
        if (name == "none" || name == "None") return make(line, Constant{None{}}, 0);
        implicit_names.varargs = implicit_names.varargs || name == "varargs";
        implicit_names.kwargs = implicit_names.kwargs || name == "kwargs";
        implicit_names.caller = implicit_names.caller || name == "caller";
        return make(line, Name{name}, 0);
    }
    case Type::string: {
        std::string text;
        while (current().type == Type::string)
            text += next().text;
        return make(line, Constant{std::make_shared<const std::string>(std::move(text))}, 0);
    }
    case Type::integer:
        return make(line, Constant{next().integer}, 0);
    case Type::real:
        return make(line, Constant{next().real}, 0);
    default:
        break;
    }
    if (is_symbol("(")) return parse_parenthesised();
    if (is_symbol("[")) return parse_list();
    if (is_symbol("{")) return parse_dict();
    fail_unexpected();
}

ExpressionPtr ExpressionParser::parse_parenthesised() {
    const int line = next().line;
    RowLiteral row{true, {}};
    int depth = 0;
    bool has_comma = false;
    while (!is_symbol(")")) {
        row.items.push_back(parse_expression());
        depth = std::max(depth, row.items.back()->depth);
        if (!skip_symbol(",")) break;
        has_comma = true;
    }
    expect_symbol(")");
    if (row.items.size() == 1 && !has_comma) return std::move(row.items.front());
    return make(line, std::move(row), depth);
}

ExpressionPtr ExpressionParser::parse_list() {
    const int line = next().line;
    RowLiteral row{false, {}};
    int depth = 0;
    while (!is_symbol("]")) {
        row.items.push_back(parse_expression());
        depth = std::max(depth, row.items.back()->depth);
        if (!skip_symbol(",")) break;
    }
    expect_symbol("]");
    return make(line, std::move(row), depth);
}

ExpressionPtr ExpressionParser::parse_dict() {
    const int line = next().line;
    DictLiteral dict;
    int depth = 0;
    while (!is_symbol("}")) {
        ExpressionPtr key = parse_expression();
        expect_symbol(":");
        ExpressionPtr value = parse_expression();
        depth = std::max({depth, key->depth, value->depth});
        dict.entries.emplace_back(std::move(key), std::move(value));
        if (!skip_symbol(",")) break;
    }
    expect_symbol("}");
    return make(line, std::move(dict), depth);
}

ExpressionPtr ExpressionParser::parse_postfix(ExpressionPtr node) {
    while (true) {
        const int line = current().line;
        if (is_symbol(".") || is_symbol("[")) {
            node = parse_subscript(std::move(node));
        } else if (is_symbol("(")) {
            CallArguments arguments = parse_call_arguments();
            const int depth = std::max(node->depth, depth_of(arguments));
            node = make(line, Call{std::move(node), std::move(arguments)}, depth);
        } else {
            return node;
        }
    }
}

ExpressionPtr ExpressionParser::parse_subscript(ExpressionPtr object) {
    const Token opening = next();
    int depth = object->depth;
    if (opening.text == ".") {
        if (current().type == Type::name)
            return make(opening.line, AttributeAccess{std::move(object), next().text}, depth);
        if (current().type != Type::integer) fail("expected a name or number after '.'");
        ExpressionPtr key = make(opening.line, Constant{next().integer}, 0);
        return make(opening.line, ItemAccess{std::move(object), std::move(key)}, depth);
    }
    const auto part = [&]() -> ExpressionPtr {
        if (is_symbol(":") || is_symbol("]")) return nullptr;
        ExpressionPtr expression = parse_expression();
        depth = std::max(depth, expression->depth);
        return expression;
    };
    ExpressionPtr first = part();
    if (!is_symbol(":")) {
        if (!first) fail_unexpected();
        if (is_symbol(",")) fail("several keys in one pair of brackets are not supported");
        expect_symbol("]");
        return make(opening.line, ItemAccess{std::move(object), std::move(first)}, depth);
    }
    SliceAccess slice{std::move(object), std::move(first), nullptr, nullptr};
    next();
    slice.stop = part();
    if (skip_symbol(":")) slice.step = part();
    expect_symbol("]");
    return make(opening.line, std::move(slice), depth);
}

ExpressionPtr ExpressionParser::parse_filters_and_tests(ExpressionPtr node) {
    while (true) {
        if (is_symbol("|")) {
            next();
            node = parse_filter(std::move(node));
        } else if (is_name("is")) {
            node = parse_test(std::move(node));
        } else if (is_symbol("(")) {
            node = parse_postfix(std::move(node));
        } else {
            return node;
        }
    }
}

ExpressionPtr ExpressionParser::parse_filter(ExpressionPtr input) {
    const int line = current().line;
    FilterUse use{std::move(input), expect_name(), {}};
    while (skip_symbol("."))
        use.name += "." + expect_name();
    if (is_symbol("(")) use.arguments = parse_call_arguments();
    const int depth = std::max(depth_of(use.input), depth_of(use.arguments));
    return make(line, std::move(use), depth);
}

ExpressionPtr ExpressionParser::parse_test(ExpressionPtr input) {
    const int line = next().line;
    const bool negated = skip_name("not");
    TestUse use{std::move(input), expect_name(), {}, negated};
    while (skip_symbol("."))
        use.name += "." + expect_name();
    const Type type = current().type;
    if (is_symbol("(")) {
        use.arguments = parse_call_arguments();
    } else if (((type == Type::name && !is_name("else") && !is_name("or") && !is_name("and")) ||
                type == Type::string || type == Type::integer || type == Type::real || is_symbol("[") ||
                is_symbol("{")) &&
               !is_name("if") && !is_name("in") && !is_name("not")) {
        if (is_name("is")) fail("tests cannot be chained with 'is'");
        use.arguments.positional.push_back(parse_postfix(parse_primary()));
    }
    const int depth = std::max(depth_of(use.input), depth_of(use.arguments));
    return make(line, std::move(use), depth);
}

CallArguments ExpressionParser::parse_call_arguments() {
    const Level level(*this);
    expect_symbol("(");
    CallArguments arguments;
    while (!is_symbol(")")) {
        if (skip_symbol("*")) {
            if (arguments.spread_positional || arguments.spread_named) fail_unexpected();
            arguments.spread_positional = parse_expression();
        } else if (skip_symbol("**")) {
            if (arguments.spread_named) fail_unexpected();
            arguments.spread_named = parse_expression();
        } else if (current().type == Type::name && look_ahead().type == Type::symbol &&
                   look_ahead().text == "=") {
            if (arguments.spread_named) fail_unexpected();
            std::string name = next().text;
            next();
            arguments.named.emplace_back(std::move(name), parse_expression());
        } else {
            if (arguments.spread_positional || arguments.spread_named || !arguments.named.empty())
                fail("a positional argument after a named one");
            arguments.positional.push_back(parse_expression());
        }
        if (!skip_symbol(",")) break;
    }
    expect_symbol(")");
    return arguments;
}

ExpressionPtr ExpressionParser::parse_filter_chain() {
    ExpressionPtr chain = parse_filter(nullptr);
    while (skip_symbol("|"))
        chain = parse_filter(std::move(chain));
    return chain;
}

Target ExpressionParser::parse_single_target() {
    const Level level(*this);
    if (skip_symbol("(")) {
        Target target = parse_target();
        expect_symbol(")");
        return target;
    }
    Target target;
    target.name = expect_name();
    static constexpr std::array<std::string_view, 6> reserved{"true", "false", "none",
                                                              "True", "False", "None"};
    if (std::find(reserved.begin(), reserved.end(), target.name) != reserved.end())
        fail("cannot assign to '" + target.name + "'");
    if (skip_symbol(".")) target.attribute = expect_name();
    return target;
}

Target ExpressionParser::parse_target() {
    Target first = parse_single_target();
    if (!is_symbol(",")) return first;
    Target tuple;
    tuple.parts.push_back(std::move(first));
    while (skip_symbol(",")) {
        if (is_symbol("=") || is_symbol(")") || is_name("in")) break;
        tuple.parts.push_back(parse_single_target());
    }
    return tuple;
}

} // namespace spoutnik::engine::jinja
