// SPDX-License-Identifier: MIT
// Code in coloured pieces: what each language calls a comment, a string, a keyword.
#include "app/markdown/highlight.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace {

using namespace spoutnik::app;

/// The text of every piece of a kind.
std::vector<std::string> of_kind(CodeKind kind, std::string_view code, std::string_view language) {
    std::vector<std::string> found;
    for (const CodePiece& piece : highlight(code, language))
        if (piece.kind == kind) found.emplace_back(code.substr(piece.begin, piece.end - piece.begin));
    return found;
}

using Texts = std::vector<std::string>;
constexpr auto comment = CodeKind::comment;
constexpr auto string = CodeKind::string;
constexpr auto number = CodeKind::number;
constexpr auto keyword = CodeKind::keyword;
constexpr auto type = CodeKind::type;
constexpr auto function = CodeKind::function;
constexpr auto name = CodeKind::name;
constexpr auto meta = CodeKind::meta;

/// A line in each language, with a keyword (or what stands for one) and a comment.
struct Sample {
    std::string_view language, code;
    CodeKind kind;
    std::string_view piece;
    std::string_view comment;
};
constexpr Sample samples[] = {
    {"c", "return 0; // done", keyword, "return", "// done"},
    {"cpp", "constexpr int x = 1; /* one */", keyword, "constexpr", "/* one */"},
    {"csharp", "using System; // it", keyword, "using", "// it"},
    {"java", "@Override public void run() {} // r", meta, "@Override", "// r"},
    {"kotlin", "fun main() {} // k", keyword, "fun", "// k"},
    {"swift", "let x = 1 // s", keyword, "let", "// s"},
    {"go", "func main() {} // g", keyword, "func", "// g"},
    {"rust", "fn main<'a>() {} // r", name, "'a", "// r"},
    {"zig", "const x = 1; // z", keyword, "const", "// z"},
    {"python", "def f(): pass # p", keyword, "def", "# p"},
    {"javascript", "const f = () => `a ${b}`; // j", keyword, "const", "// j"},
    {"typescript", "interface A { b: string } // t", type, "string", "// t"},
    {"php", "echo $name; // p", name, "$name", "// p"},
    {"ruby", "def f; @x = :sym; end # r", keyword, "def", "# r"},
    {"perl", "my $x = 1; # p", name, "$x", "# p"},
    {"lua", "local x = 1 --[[ two\nlines ]]", keyword, "local", "--[[ two\nlines ]]"},
    {"r", "x <- function(a) a # r", keyword, "function", "# r"},
    {"julia", "function f end #= a\nb =#", keyword, "function", "#= a\nb =#"},
    {"haskell", "data Tree = Leaf {- a {- b -} c -}", type, "Tree", "{- a {- b -} c -}"},
    {"ocaml", "let rec f = 1 (* o *)", keyword, "rec", "(* o *)"},
    {"scala", "val x: Int = 1 // s", type, "Int", "// s"},
    {"dart", "final x = 1; // d", keyword, "final", "// d"},
    {"elixir", "defmodule A do end # e", keyword, "defmodule", "# e"},
    {"erlang", "case X of end % e", keyword, "case", "% e"},
    {"lisp", "(defun f (x) x) ; l", keyword, "defun", "; l"},
    {"pascal", "BEGIN x := 1; END { p }", keyword, "BEGIN", "{ p }"},
    {"fortran", "SUBROUTINE f ! f", keyword, "SUBROUTINE", "! f"},
    {"nasm", "mov rax, 1 ; a", keyword, "mov", "; a"},
    {"bash", "if [ $# -eq 0 ]; then exit; fi # b", keyword, "if", "# b"},
    {"powershell", "if ($x) { } <# p #>", name, "$x", "<# p #>"},
    {"batch", "echo hi\nREM a note", keyword, "echo", "REM a note"},
    {"sql", "SELECT a FROM t -- s", keyword, "SELECT", "-- s"},
    {"graphql", "query Q { a } # g", keyword, "query", "# g"},
    {"protobuf", "message A {} // p", keyword, "message", "// p"},
    {"html", "<p class=\"a\">b</p><!-- h -->", type, "p", "<!-- h -->"},
    {"css", "a { color: red; } /* c */", name, "color", "/* c */"},
    {"json", "{\"a\": true} // j", name, "\"a\"", "// j"},
    {"yaml", "key: true # y", name, "key", "# y"},
    {"toml", "[section]\nkey = 1 # t", type, "[section]", "# t"},
    {"ini", "[section]\nkey = 1\n; i", name, "key", "; i"},
    {"makefile", "all: $(OBJ) # m", name, "all", "# m"},
    {"cmake", "set(X ${Y}) # c", name, "${Y}", "# c"},
    {"dockerfile", "FROM debian:12 # d", keyword, "FROM", "# d"},
    {"nginx", "server { listen 80; } # n", keyword, "listen", "# n"},
    {"nix", "let a = 1; in a # n", keyword, "let", "# n"},
    {"latex", "\\section{A} % l", keyword, "\\section", "% l"},
};

} // namespace

TEST_CASE("Each language has its comments and its words", "[highlight]") {
    std::set<std::string_view> endings;
    for (const Sample& sample : samples) {
        INFO(sample.language << ": " << sample.code);
        const auto found = of_kind(sample.kind, sample.code, sample.language);
        CHECK(std::find(found.begin(), found.end(), sample.piece) != found.end());
        CHECK(of_kind(comment, sample.code, sample.language) == Texts{std::string(sample.comment)});
        CHECK(file_ending(sample.language) != "txt");
    }
    CHECK(known_languages().size() >= 40);
    CHECK(std::size(samples) + 1 >= known_languages().size() - 1); // a new language brings its sample
}

TEST_CASE("Pieces are in order, apart, and inside the code, whatever the bytes", "[highlight]") {
    const std::string soup =
        "#include <a> \"x\\\" 'y` /* {- <!-- \xC3\xA9 R\"a( r#\" $ ${ @ \\ :: [z <<EOF\n -- # % ;;\n"
        "'''\"\"\" 0x1F 1e-9 1'000 .5 key: = <b c='d' &amp; \xF0\x9F\x98\x80 'a' '\\n' [[ ]] \\";
    for (const std::string& language : known_languages())
        for (std::size_t length = 0; length <= soup.size(); ++length) {
            const std::string_view code = std::string_view(soup).substr(0, length);
            std::size_t at = 0;
            for (const CodePiece& piece : highlight(code, language)) {
                REQUIRE(piece.begin >= at);
                REQUIRE(piece.begin < piece.end);
                REQUIRE(piece.end <= code.size());
                at = piece.end;
            }
        }
}

TEST_CASE("Strings end where their language ends them", "[highlight]") {
    CHECK(of_kind(string, R"(x = "a \" b" + 'c')", "python") == Texts{R"("a \" b")", "'c'"});
    CHECK(of_kind(string, "'''a\n'b'\n'''", "py") == Texts{"'''a\n'b'\n'''"});
    CHECK(of_kind(string, "\"open\nx", "c") == Texts{"\"open"});
    CHECK(of_kind(string, "auto s = R\"x(a \" )y\" b)x\"; f()", "c++") == Texts{"R\"x(a \" )y\" b)x\""});
    CHECK(of_kind(string, "let s = r#\"a \" b\"#; 'x'; '\\u{1F600}'", "rust") ==
          Texts{"r#\"a \" b\"#", "'x'", "'\\u{1F600}'"});
    CHECK(of_kind(string, "`a\n${b}`", "js") == Texts{"`a\n${b}`"});
    CHECK(of_kind(string, "cat <<'EOF' > f\nif x\nEOF\necho", "bash") == Texts{"'EOF'", "if x\nEOF"});
    CHECK(of_kind(string, "#include <iostream>\n#include \"a.h\"", "cpp") == Texts{"<iostream>", "\"a.h\""});
    CHECK(of_kind(meta, "#include <iostream>\n# define A", "cpp") == Texts{"#include", "# define"});
    CHECK(of_kind(string, "it's: here", "yaml").empty());
}

TEST_CASE("Numbers, calls and members", "[highlight]") {
    CHECK(of_kind(number, "a1 + 0xFF - 1.5e-3 + 1'000 + 3.method + .5", "cpp") ==
          Texts{"0xFF", "1.5e-3", "1'000", "3", ".5"});
    CHECK(of_kind(function, "print(len (x)); y.sort()", "python") == Texts{"print", "len", "sort"});
    CHECK(of_kind(keyword, "a.import(b); import c", "javascript") == Texts{"import"});
    CHECK(of_kind(number, "width: 12.5%;", "css") == Texts{"12.5%"});
    CHECK(of_kind(name, "- a: 1\n  b-c: {d: 2}\n", "yaml") == Texts{"a", "b-c", "d"});
    CHECK(of_kind(name, "{\"a\": \"b\", \"c\": [1]}", "json") == Texts{"\"a\"", "\"c\""});
    CHECK(of_kind(string, "{\"a\": \"b\"}", "json") == Texts{"\"b\""});
    CHECK(of_kind(comment, "url='a#b' # c\necho $#", "sh") == Texts{"# c"});
}

TEST_CASE("A diff is read by lines, markup by tags", "[highlight]") {
    const std::string_view diff = "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n";
    CHECK(of_kind(CodeKind::removed, diff, "diff") == Texts{"-old"});
    CHECK(of_kind(CodeKind::added, diff, "patch") == Texts{"+new"});
    CHECK(of_kind(meta, diff, "diff").size() == 3);
    const std::string_view page = "<!DOCTYPE html><a href='x>y' data-z>&lt; 1 < 2</a>";
    CHECK(of_kind(type, page, "html") == Texts{"a", "a"});
    CHECK(of_kind(name, page, "html") == Texts{"href", "data-z"});
    CHECK(of_kind(string, page, "html") == Texts{"'x>y'"});
    CHECK(of_kind(number, page, "html") == Texts{"&lt;"});
}

TEST_CASE("Names of languages and endings of files", "[highlight]") {
    CHECK(highlight("if x", "no such language").empty());
    CHECK(highlight("if x", "").empty());
    CHECK(file_ending("") == "txt");
    CHECK(file_ending("PYTHON") == "py");
    CHECK(file_ending("tsx") == "tsx");
    CHECK(language_name("js") == "JavaScript");
    CHECK(language_name("cuda") == "cuda");
    CHECK(language_name("brainfuck") == "brainfuck");
}
