// SPDX-License-Identifier: MIT
// What each kind of Markdown becomes.
#include "app/markdown/markdown.h"

#include <catch2/catch.hpp>

namespace {

using namespace spoutnik::app;
using Check = ListItem::Check;

/// The rich text of the only block.
std::string html(std::string_view source) {
    const auto blocks = parse_markdown(source);
    REQUIRE(blocks.size() == 1);
    return blocks[0].html;
}

std::vector<BlockKind> kinds(std::string_view source) {
    std::vector<BlockKind> found;
    for (const Block& block : parse_markdown(source))
        found.push_back(block.kind);
    return found;
}

std::string math(const std::string& tex) {
    return "<span class=\"math\">" + tex + "</span>";
}

using Kinds = std::vector<BlockKind>;

} // namespace

TEST_CASE("Emphasis, code and line breaks become rich text", "[markdown]") {
    CHECK(html("a *b* **c** ~~d~~ `e`") == "a <i>b</i> <b>c</b> <s>d</s> <code>e</code>");
    CHECK(html("***both***") == "<i><b>both</b></i>");
    CHECK(html("one\ntwo  \nthree\\\nfour") == "one<br/>two<br/>three<br/>four");
    CHECK(html("snake_case_name and 2*3*4") == "snake_case_name and 2<i>3</i>4");
    CHECK(html("&copy; &amp; \\*plain\\*") == "&copy; &amp; *plain*");
    CHECK(html("a  `x  <y>`") == "a  <code>x  &lt;y&gt;</code>");
}

TEST_CASE("Nothing the model wrote can become markup of ours", "[markdown]") {
    CHECK(html("<b>x</b> <script>alert('1')</script>") ==
          "&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    CHECK(html("<div onclick=\"x\">\n<img src=\"http://a/b.png\">") ==
          "&lt;div onclick=&quot;x&quot;&gt;<br/>&lt;img src=&quot;http://a/b.png&quot;&gt;");
    CHECK(html("#include <iostream>") == "#include &lt;iostream&gt;");
    CHECK(html("$</span><b>$") == math("&lt;/span&gt;&lt;b&gt;"));
    CHECK(html("`</code><b>`") == "<code>&lt;/code&gt;&lt;b&gt;</code>");
    CHECK(html(std::string("a\0b", 3)) == "a\xEF\xBF\xBD"
                                          "b");
    // Characters this parser uses for itself.
    CHECK(html("\xEF\xB7\x90"
               "0\xEF\xB7\x91 $x$") == "\xEF\xBF\xBD"
                                       "0\xEF\xBF\xBD " +
                                           math("x"));
}

TEST_CASE("Links go to the web or to a mailbox, and say so honestly", "[markdown]") {
    CHECK(html("[a](https://b.c/d?e=1&f=\"2\")") ==
          "<a href=\"https://b.c/d?e=1&amp;f=&quot;2&quot;\">a</a>");
    CHECK(html("[a](<https://b.c/d e>)") == "<a href=\"https://b.c/d%20e\">a</a>");
    CHECK(html("<https://a.b> www.c.d me@e.org") ==
          "<a href=\"https://a.b\">https://a.b</a> <a href=\"http://www.c.d\">www.c.d</a> "
          "<a href=\"mailto:me@e.org\">me@e.org</a>");
    CHECK(html("[A](HTTPS://B.C)") == "<a href=\"https://B.C\">A</a>");
    for (const char* address : {"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:x",
                                "data:text/html,x", "file:///etc/passwd", "//a.b", "a/b.html", "#top",
                                "https:a", "vbscript:x", "&#106;avascript:x", "qrc:/x", "ftp://a.b"}) {
        CAPTURE(address);
        CHECK(html("[text](<" + std::string(address) + ">)").find("<a") == std::string::npos);
    }
    // U+202E would show the address from right to left.
    CHECK(html("[a\u202Eb](https://x.y/\u202Ez\u2066)") == "<a href=\"https://x.y/z\">ab</a>");
    CHECK(html("[](https://x.y)") == "<a href=\"https://x.y\">https://x.y</a>");
}

TEST_CASE("Pictures are links and are never fetched", "[markdown]") {
    CHECK(html("![a *cat*](http://i.mg/c.png \"t\")") == "<a href=\"http://i.mg/c.png\">a <i>cat</i></a>");
    CHECK(html("![](http://i.mg/c.png)") == "<a href=\"http://i.mg/c.png\">http://i.mg/c.png</a>");
    CHECK(html("[![alt](http://i.mg/c.png)](https://x.y)") == "<a href=\"https://x.y\">alt</a>");
    CHECK(html("![alt](file:///x.png)") == "alt");
    CHECK(html("![alt](data:image/png;base64,AAAA)") == "alt");
}

TEST_CASE("Sources listed at the end do not vanish as definitions", "[markdown]") {
    CHECK(html("[1]: https://a.b \"t\"") == "[1]: <a href=\"https://a.b\">https://a.b</a> &quot;t&quot;");
    CHECK(html("as said [1][2].") == "as said [1][2].");
}

TEST_CASE("Headings", "[markdown]") {
    const auto blocks =
        parse_markdown("# A\n### *B* `c` #\nText\n===\ntext\n---\n#5 is no heading\n###### F");
    REQUIRE(blocks.size() == 6);
    CHECK(blocks[0].level == 1);
    CHECK(blocks[1].level == 3);
    CHECK(blocks[1].html == "<i>B</i> <code>c</code>");
    CHECK(blocks[2].level == 1);
    CHECK(blocks[3].level == 2);
    CHECK(blocks[4].kind == BlockKind::paragraph);
    CHECK(blocks[5].level == 6);
}

TEST_CASE("Code is verbatim", "[markdown]") {
    const auto blocks =
        parse_markdown("Look:\n```c++ title=x\n#include <iostream>\n\n  int a = b & c; // $x$ [1]: \\(y\\)\n"
                       "\t*p* `q`\n```\nThen\n~~~\n```\n~~~\n````\n```\n````\n");
    REQUIRE(blocks.size() == 5);
    CHECK(blocks[1].kind == BlockKind::code);
    CHECK(blocks[1].language == "c++");
    CHECK(blocks[1].text == "#include <iostream>\n\n  int a = b & c; // $x$ [1]: \\(y\\)\n\t*p* `q`");
    CHECK(blocks[3].text == "```");
    CHECK(blocks[3].language.empty());
    CHECK(blocks[4].text == "```");
    CHECK(parse_markdown("```\n```")[0].text.empty());
    CHECK(parse_markdown("```py\nx = 1\n\n")[0].text == "x = 1\n"); // never closed
    CHECK(parse_markdown("  ```\n  a\n    b\n c\n  ```")[0].text == "a\n  b\nc");
    CHECK(parse_markdown("```\r\na\r\nb\r\n```\r\nc")[0].text == "a\nb");
    // Four spaces are no code: models indent for other reasons.
    CHECK(kinds("    text") == Kinds{BlockKind::paragraph});
}

TEST_CASE("Tables have rows of cells and aligned columns", "[markdown]") {
    const auto blocks =
        parse_markdown("Intro:\n| a | *b* | c | d |\n|:--|:-:|--:|---|\n| 1 | `x\\|y` | $|z|$ |\n"
                       "| p<br>q | r | s | t | u |\nAfter");
    REQUIRE(blocks.size() == 3);
    const Block& table = blocks[1];
    CHECK(table.kind == BlockKind::table);
    CHECK(table.columns ==
          std::vector{Alignment::left, Alignment::center, Alignment::right, Alignment::none});
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0] == std::vector<std::string>{"a", "<i>b</i>", "c", "d"});
    CHECK(table.rows[1] == std::vector<std::string>{"1", "<code>x|y</code>", math("|z|"), ""});
    CHECK(table.rows[2] == std::vector<std::string>{"p<br/>q", "r", "s", "t"});
    CHECK(blocks[2].html == "After");
    CHECK(kinds("a | b\n--- | ---\n1 | 2\n\n# x") == Kinds{BlockKind::table, BlockKind::heading});
    CHECK(kinds("a | b\nc | d") == Kinds{BlockKind::paragraph});
}

TEST_CASE("Lists are one block of items", "[markdown]") {
    const auto blocks = parse_markdown("- a\n- [ ] b\n- [x] **c**\n  - d\n    1. e\n    2. f\n  - g\n- h\n");
    REQUIRE(blocks.size() == 1);
    CHECK(blocks[0].items == std::vector<ListItem>{{0, "•", Check::none, "a"},
                                                   {0, "•", Check::open, "b"},
                                                   {0, "•", Check::done, "<b>c</b>"},
                                                   {1, "•", Check::none, "d"},
                                                   {2, "1.", Check::none, "e"},
                                                   {2, "2.", Check::none, "f"},
                                                   {1, "•", Check::none, "g"},
                                                   {0, "•", Check::none, "h"}});
    CHECK_FALSE(blocks[0].loose);
}

TEST_CASE("Numbered lists count on, over code and blank lines", "[markdown]") {
    const auto blocks = parse_markdown("3. a\n1. b\n   ```sh\n   ls\n   ```\n\n1. c\n\n   more\n7. d\n");
    REQUIRE(blocks.size() == 3);
    CHECK(blocks[0].items == std::vector<ListItem>{{0, "3.", Check::none, "a"}, {0, "4.", Check::none, "b"}});
    CHECK(blocks[1].kind == BlockKind::code);
    CHECK(blocks[1].indent == 1);
    CHECK(blocks[1].text == "ls");
    CHECK(blocks[2].loose);
    CHECK(blocks[2].items == std::vector<ListItem>{{0, "5.", Check::none, "c"},
                                                   {0, "", Check::none, "more"},
                                                   {0, "6.", Check::none, "d"}});
    CHECK(kinds("- a\n* b\n1. c\n1) d") ==
          Kinds{BlockKind::list, BlockKind::list, BlockKind::list, BlockKind::list});
    CHECK(kinds("It was in\n1986. A year.") == Kinds{BlockKind::paragraph});
    CHECK(kinds("Steps:\n1. a\n2. b") == Kinds{BlockKind::paragraph, BlockKind::list});
    CHECK(kinds("- a\n\ntext\n\n- b") == Kinds{BlockKind::list, BlockKind::paragraph, BlockKind::list});
    CHECK(parse_markdown("-\n- x")[0].items.size() == 2);
}

TEST_CASE("Quotations carry their depth", "[markdown]") {
    const auto blocks = parse_markdown(
        "> a\n> b\n>> c\n>\n> - d\n>   - e\n>\n> ```\n> f\n> ```\nlazy?\n\n- g\n  > h\n  > - i");
    REQUIRE(blocks.size() == 8);
    CHECK((blocks[0].kind == BlockKind::quote && blocks[0].quote_depth == 1 && blocks[0].html == "a<br/>b"));
    CHECK((blocks[1].kind == BlockKind::quote && blocks[1].quote_depth == 2 && blocks[1].html == "c"));
    CHECK((blocks[2].kind == BlockKind::list && blocks[2].quote_depth == 1 && blocks[2].items[1].depth == 1));
    CHECK((blocks[3].kind == BlockKind::code && blocks[3].quote_depth == 1 && blocks[3].text == "f"));
    CHECK((blocks[4].kind == BlockKind::paragraph && blocks[4].html == "lazy?"));
    CHECK((blocks[5].kind == BlockKind::list && blocks[5].items[0].html == "g"));
    CHECK((blocks[6].kind == BlockKind::quote && blocks[6].indent == 1 && blocks[6].html == "h"));
    CHECK((blocks[7].kind == BlockKind::list && blocks[7].indent == 1 && blocks[7].items[0].depth == 0));
}

TEST_CASE("Formulas keep their TeX", "[markdown]") {
    CHECK(html("So $a_1 * b_2 * c$ and \\(x^2 \\_ y\\).") ==
          "So " + math("a_1 * b_2 * c") + " and " + math("x^2 \\_ y") + ".");
    CHECK(html("**bold $x_i$**") == "<b>bold " + math("x_i") + "</b>");
    CHECK(html("($x$), $y$-axis: $5$") == "(" + math("x") + "), " + math("y") + "-axis: " + math("5"));
    const auto blocks =
        parse_markdown("Before $$x_1$$ after\n$$\n- a\n+ b \\\\[2pt]\n# c\n$$\n\\[ y \\]\nend.");
    REQUIRE(blocks.size() == 6);
    CHECK((blocks[1].kind == BlockKind::math && blocks[1].text == "x_1"));
    CHECK(blocks[2].html == "after");
    CHECK(blocks[3].text == "- a\n+ b \\\\[2pt]\n# c");
    CHECK(blocks[4].text == "y");
    CHECK(blocks[5].html == "end.");
    const auto nested = parse_markdown("- a\n  $$\n  x\n  $$\n  b\n\n> $$\n> y\n> $$");
    REQUIRE(nested.size() == 4);
    CHECK((nested[1].text == "x" && nested[1].indent == 1));
    CHECK((nested[3].text == "y" && nested[3].quote_depth == 1));
    CHECK(html("# $$x$$").find("math") != std::string::npos);
}

TEST_CASE("Money is not mathematics", "[markdown]") {
    for (const char* text : {"It costs $5 and $6.", "$5-$10", "between $1,000 and $2,000 (US$ or $US)",
                             "a $ b $ c", "$ x$", "5$ or 6$", "\\$x\\$", "$5, or 5$", "$$", "$$$$", "\\(\\)",
                             "unclosed $$ x", "unclosed \\( x", "$a\n$ b"}) {
        CAPTURE(text);
        for (const Block& block : parse_markdown(text)) {
            CHECK(block.kind == BlockKind::paragraph);
            CHECK(block.html.find("math") == std::string::npos);
        }
    }
    CHECK(html("`$x$` and ``\\(y\\)``") == "<code>$x$</code> and <code>\\(y\\)</code>");
    CHECK(html("[a](https://x.y/$z$)") == "<a href=\"https://x.y/$z$\">a</a>");
}

TEST_CASE("Rules and nothing at all", "[markdown]") {
    CHECK(kinds("***\n- - -\n___") == Kinds{BlockKind::rule, BlockKind::rule, BlockKind::rule});
    CHECK(parse_markdown("").empty());
    CHECK(parse_markdown(" \n\n\t\n").empty());
}
