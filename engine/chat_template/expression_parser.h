// SPDX-License-Identifier: MIT
// Tokens to expressions, by recursive descent; the levels of precedence are jinja2's.
#pragma once

#include "engine/chat_template/ast.h"
#include "engine/chat_template/lexer.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace spoutnik::engine::jinja {

class ExpressionParser {
  public:
    explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    const Token& current() const { return tokens_[at_]; }
    const Token& look_ahead(std::size_t tokens = 1) const {
        return tokens_[std::min(at_ + tokens, tokens_.size() - 1)];
    }
    Token next();
    bool is_symbol(std::string_view text) const;
    bool is_name(std::string_view text) const;
    /// Takes the token if it is there.
    bool skip_symbol(std::string_view text);
    bool skip_name(std::string_view text);
    void expect_symbol(std::string_view text);
    std::string expect_name();
    void expect_type(Token::Type type, std::string_view what);
    [[noreturn]] void fail(const std::string& why) const;
    [[noreturn]] void fail_unexpected() const;

    ExpressionPtr parse_expression();
    /// An expression, or a tuple of them written without parentheses.
    ExpressionPtr parse_tuple();
    /// Everything but `x if y`, as the iterable of a `for` whose `if` is the loop's own.
    ExpressionPtr parse_without_choice();
    /// The filters of a {% filter %} or {% set %} block: a chain whose innermost input is null.
    ExpressionPtr parse_filter_chain();
    Target parse_target();

    /// Which of a macro's implicit names were used since the flags were last cleared.
    struct ImplicitNames {
        bool varargs = false, kwargs = false, caller = false;
    };
    ImplicitNames implicit_names;

    /// Bounds the recursion of both parsers.
    class Level {
      public:
        explicit Level(ExpressionParser& parser) : parser_(parser) {
            if (parser_.level_ >= max_level) parser_.fail("nested too deep");
            ++parser_.level_;
        }
        ~Level() { --parser_.level_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

      private:
        ExpressionParser& parser_;
    };

  private:
    static constexpr int max_level = 100;
    static constexpr int max_depth = 250;

    ExpressionPtr parse_or();
    ExpressionPtr parse_and();
    ExpressionPtr parse_not();
    ExpressionPtr parse_comparison();
    ExpressionPtr parse_sum();
    ExpressionPtr parse_concatenation();
    ExpressionPtr parse_product();
    ExpressionPtr parse_power();
    ExpressionPtr parse_unary(bool with_filter);
    ExpressionPtr parse_primary();
    ExpressionPtr parse_parenthesised();
    ExpressionPtr parse_list();
    ExpressionPtr parse_dict();
    ExpressionPtr parse_postfix(ExpressionPtr node);
    ExpressionPtr parse_subscript(ExpressionPtr object);
    ExpressionPtr parse_filters_and_tests(ExpressionPtr node);
    ExpressionPtr parse_filter(ExpressionPtr input);
    ExpressionPtr parse_test(ExpressionPtr input);
    CallArguments parse_call_arguments();
    Target parse_single_target();

    template <class Node>
    ExpressionPtr make(int line, Node node, int depth_below);

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int level_ = 0;
};

} // namespace spoutnik::engine::jinja
