// SPDX-License-Identifier: MIT
// Statements. Expressions are expression_parser.cpp's.
#include "engine/chat_template/parser.h"

#include "engine/chat_template/expression_parser.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace spoutnik::engine::jinja {
namespace {

using Type = Token::Type;
using Words = std::initializer_list<std::string_view>;

class StatementParser {
  public:
    explicit StatementParser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

    Block parse_template() { return parse_block({}); }

  private:
    // Statements up to one of these words, which stays the current token; up to the end when there are none.
    Block parse_block(Words end_words) {
        const ExpressionParser::Level level(in_);
        Block block;
        while (true) {
            const int line = in_.current().line;
            switch (in_.current().type) {
            case Type::data:
                block.push_back({line, TextOutput{in_.next().text}});
                break;
            case Type::variable_begin:
                in_.next();
                block.push_back({line, ValueOutput{in_.parse_tuple()}});
                in_.expect_type(Type::variable_end, "end of print statement");
                break;
            case Type::block_begin:
                in_.next();
                if (std::any_of(end_words.begin(), end_words.end(),
                                [this](std::string_view word) { return in_.is_name(word); }))
                    return block;
                parse_statement(block, line);
                break;
            default:
                if (end_words.size() > 0)
                    in_.fail("unexpected end of template, expected '" + std::string(*(end_words.end() - 1)) +
                             "'");
                return block;
            }
        }
    }

    void end_tag() { in_.expect_type(Type::block_end, "end of statement block"); }

    // The word that ended a block, then its tag's end.
    void close() {
        in_.next();
        end_tag();
    }

    void parse_statement(Block& block, int line) {
        const std::string word = in_.expect_name();
        if (word == "if") return block.push_back({line, parse_if()});
        if (word == "for") return block.push_back({line, parse_for()});
        if (word == "set") return block.push_back(parse_set(line));
        if (word == "macro") return block.push_back({line, parse_macro()});
        if (word == "call") return block.push_back({line, parse_call()});
        if (word == "filter") return block.push_back({line, parse_filter()});
        if (word == "with") return block.push_back({line, parse_with()});
        if (word == "generation") {
            end_tag();
            With scope{{}, parse_block({"endgeneration"})};
            close();
            return block.push_back({line, std::move(scope)});
        }
        if (word == "break" || word == "continue") {
            if (loops_ == 0) in_.fail("'" + word + "' outside a loop");
            end_tag();
            if (word == "break") return block.push_back({line, Break{}});
            return block.push_back({line, Continue{}});
        }
        static constexpr std::array<std::string_view, 7> known{"block", "extends", "include",   "import",
                                                               "from",  "do",      "autoescape"};
        if (std::find(known.begin(), known.end(), word) != known.end())
            in_.fail("the tag '" + word + "' is not supported");
        in_.fail("unknown tag '" + word + "'");
    }

    If parse_if() {
        If node;
        do {
            ExpressionPtr condition = in_.parse_tuple();
            end_tag();
            node.branches.emplace_back(std::move(condition), parse_block({"elif", "else", "endif"}));
        } while (in_.skip_name("elif"));
        if (in_.skip_name("else")) {
            end_tag();
            node.otherwise = parse_block({"endif"});
        }
        close();
        return node;
    }

    For parse_for() {
        For node;
        node.target = in_.parse_target();
        if (!in_.skip_name("in")) in_.fail("expected 'in'");
        node.iterable = in_.parse_without_choice();
        if (in_.skip_name("if")) node.condition = in_.parse_expression();
        if (in_.is_name("recursive")) in_.fail("recursive loops are not supported");
        end_tag();
        ++loops_;
        node.body = parse_block({"else", "endfor"});
        --loops_;
        if (in_.skip_name("else")) {
            end_tag();
            node.otherwise = parse_block({"endfor"});
        }
        close();
        return node;
    }

    Statement parse_set(int line) {
        Target target = in_.parse_target();
        if (in_.skip_symbol("=")) {
            Set node{std::move(target), in_.parse_tuple()};
            end_tag();
            return {line, std::move(node)};
        }
        SetBlock node{std::move(target), in_.skip_symbol("|") ? in_.parse_filter_chain() : nullptr, {}};
        end_tag();
        node.body = parse_block({"endset"});
        close();
        return {line, std::move(node)};
    }

    std::vector<Parameter> parse_parameters() {
        std::vector<Parameter> parameters;
        in_.expect_symbol("(");
        while (!in_.is_symbol(")")) {
            Parameter parameter{in_.expect_name(), nullptr};
            if (in_.skip_symbol("=")) {
                parameter.fallback = in_.parse_expression();
            } else if (!parameters.empty() && parameters.back().fallback) {
                in_.fail("a parameter without a default follows one with a default");
            }
            parameters.push_back(std::move(parameter));
            if (!in_.skip_symbol(",")) break;
        }
        in_.expect_symbol(")");
        return parameters;
    }

    // From behind the tag's head to behind its end word. Loops do not reach into a macro.
    void parse_macro_body(MacroBody& macro, std::string_view end_word) {
        const auto names_outside = std::exchange(in_.implicit_names, {});
        const int loops_outside = std::exchange(loops_, 0);
        end_tag();
        macro.body = parse_block({end_word});
        close();
        macro.takes_extra_positional = in_.implicit_names.varargs;
        macro.takes_extra_named = in_.implicit_names.kwargs;
        macro.takes_caller = in_.implicit_names.caller;
        in_.implicit_names = names_outside;
        loops_ = loops_outside;
    }

    MacroDefinition parse_macro() {
        auto macro = std::make_shared<MacroBody>();
        macro->name = in_.expect_name();
        macro->parameters = parse_parameters();
        parse_macro_body(*macro, "endmacro");
        return {std::move(macro)};
    }

    CallBlock parse_call() {
        auto caller = std::make_shared<MacroBody>();
        caller->name = "caller";
        if (in_.is_symbol("(")) caller->parameters = parse_parameters();
        ExpressionPtr call = in_.parse_expression();
        if (!std::holds_alternative<Call>(call->node)) in_.fail("expected a call");
        parse_macro_body(*caller, "endcall");
        return {std::move(call), std::move(caller)};
    }

    FilterBlock parse_filter() {
        FilterBlock node{in_.parse_filter_chain(), {}};
        end_tag();
        node.body = parse_block({"endfilter"});
        close();
        return node;
    }

    With parse_with() {
        With node;
        while (in_.current().type != Type::block_end) {
            if (!node.assignments.empty()) in_.expect_symbol(",");
            Target target;
            target.name = in_.expect_name();
            in_.expect_symbol("=");
            node.assignments.emplace_back(std::move(target), in_.parse_expression());
        }
        end_tag();
        node.body = parse_block({"endwith"});
        close();
        return node;
    }

    ExpressionParser in_;
    int loops_ = 0;
};

} // namespace

Block parse(std::string_view source) {
    return StatementParser(tokenize(source)).parse_template();
}

} // namespace spoutnik::engine::jinja
