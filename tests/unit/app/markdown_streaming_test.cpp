// SPDX-License-Identifier: MIT
// The same text, however it arrives: one result, settled blocks that never change, linear cost.
#include "app/markdown/markdown.h"

#include <random>

#include <catch2/catch.hpp>

namespace {

using namespace spoutnik::app;

const std::vector<std::string>& corpus() {
    static const std::vector<std::string> texts{
        R"(Bonjour ! Voici **la réponse** :

1. Premier
2. Deuxième avec `code`
   - détail

   suite
3. Troisième

Fin.)",
        "# Title\nText right below\n## Sub\n```python\ndef f(x):\n    return "
        "\"``\"\n```\nMore\n---\n***\nlast",
        "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | **4** |\nafter\n\n| x |\n|---|\n| y |\n\n# h",
        "Text:\n- a\n- b\n  ```js\n  let x = `y`;\n\n  z\n  ```\n- c\n\n- d\n1. e\n2. f\n\n  g\n* h\n\npara",
        "> q1\n> q2\n>> q3\n\n> - l\n>   ```\n>   c\n>   ```\nlazy\n- x\n  > y\n",
        "Math $x^2$ and $$\n- a\n# b\n$$ done \\[ y\n z \\] costs $5 and $6.\n\n$$ never closed\n\n\\[ open",
        "~~~\nunclosed `` code\n``",
        "```\n``\n````\nafter",
        "- a\n```\ncol 0\n```\n- b\n   ```\n   x\nescaped\n   ```\n",
        "Setext\n===\nanother\n-\nand\n- - -\nx\n\n[1]: https://a.b\n[2]: c d\n",
        "1) a\n2) b\n\n\n\n3) c\n- [ ] t\n- [x] u\n\t- tab\n\t\t- tabs\n",
        "- ```\n  in\n  ```\n- 1. - ```x\n       y\n       ```\n  2. z\n",
        "a\r\nb\r\n\r\n- c\r\n- d\r\n\r\n```\r\ne\r\n```\r\n",
        "| a | b\n| - | -\n1 | 2\n3\n\n|\n||\n| not | a table\ntext | x\n--|--\n",
        "**un*clos _ed `x [l](http://a \\\n![i](x) <b> & &amp; \xF0\x9F\x98\x80\n   \n\t\nend",
    };
    return texts;
}

/// Pieces at character borders, as tokens come.
std::vector<std::string> characters(const std::string& text) {
    std::vector<std::string> out;
    for (const char c : text) {
        if (out.empty() || (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) out.emplace_back();
        out.back() += c;
    }
    return out;
}

void check_stable(const std::vector<Block>& before, std::size_t stable, const std::vector<Block>& now) {
    REQUIRE(now.size() >= stable);
    for (std::size_t i = 0; i < stable; ++i)
        REQUIRE(now[i] == before[i]);
}

} // namespace

TEST_CASE("Every prefix shows the same, came it at once or by characters", "[markdown]") {
    for (const std::string& text : corpus()) {
        CAPTURE(text);
        StreamingMarkdown stream;
        std::string prefix;
        std::vector<Block> before;
        std::size_t stable = 0;
        for (const std::string& piece : characters(text)) {
            stream.append(piece);
            prefix += piece;
            CAPTURE(prefix);
            check_stable(before, stable, stream.blocks());
            REQUIRE(stream.stable_count() >= stable);
            REQUIRE(stream.stable_count() <= stream.blocks().size());
            stable = stream.stable_count();
            before = stream.blocks();
            for (std::size_t i = 0; i < stable; ++i)
                REQUIRE_FALSE(before[i].open);
            StreamingMarkdown at_once;
            at_once.append(prefix);
            REQUIRE(at_once.blocks() == before);
            at_once.finish();
            REQUIRE(at_once.blocks() == parse_markdown(prefix));
        }
        stream.finish();
        check_stable(before, stable, stream.blocks());
        CHECK(stream.blocks() == parse_markdown(text));
        CHECK(stream.stable_count() == stream.blocks().size());
        CHECK(stream.source() == text);
        for (const Block& block : stream.blocks())
            CHECK_FALSE(block.open);
    }
}

TEST_CASE("Texts joined at random stream to what they are", "[markdown]") {
    std::mt19937 random(22);
    const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (int round = 0; round < 150; ++round) {
        std::string text;
        for (std::size_t parts = 1 + below(4); parts > 0; --parts) {
            const std::string& source = corpus()[below(corpus().size())];
            const std::size_t from = below(source.size());
            text += source.substr(from, 1 + below(80));
            if (below(2) == 0) text += "\n";
        }
        CAPTURE(text);
        StreamingMarkdown stream;
        std::vector<Block> before;
        std::size_t stable = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = 1 + below(12);
            stream.append(std::string_view(text).substr(at, size));
            at += size;
            check_stable(before, stable, stream.blocks());
            REQUIRE(stream.stable_count() >= stable);
            stable = stream.stable_count();
            before = stream.blocks();
        }
        stream.finish();
        REQUIRE(stream.blocks() == parse_markdown(text));
    }
}

TEST_CASE("What is not finished is shown as what it will be", "[markdown]") {
    const auto shown = [](std::string_view text) {
        StreamingMarkdown stream;
        stream.append(text);
        return stream.blocks();
    };
    auto blocks = shown("```py\nx = 1\ny");
    REQUIRE(blocks.size() == 1);
    CHECK((blocks[0].open && blocks[0].language == "py" && blocks[0].text == "x = 1\ny"));
    CHECK(shown("```py\nx = 1\n``")[0].text == "x = 1");   // a fence about to close
    CHECK(shown("| a | b |")[0].kind == BlockKind::table); // before its second line
    CHECK(shown("| a | b |\n|--")[0].columns.size() == 2);
    CHECK(shown("| a | b |\n|---|---|\n| 1 | 2")[0].rows.size() == 2);
    CHECK(shown("text\n-")[0].kind == BlockKind::paragraph); // not a heading for the time of a token
    CHECK(shown("text\n-").size() == 1);
    CHECK(shown("##").empty());
    CHECK(shown("so\n\n$$\n\\frac{1}{2")[1].kind == BlockKind::math);
    CHECK(shown("so\n\n$$\n\\frac{1}{2")[1].open);
    CHECK(shown("done\n\n")[0].open == false);
    CHECK(shown("1. a\n1. b")[0].items[1].marker == "2.");
}

TEST_CASE("A long answer costs linear time", "[markdown]") {
    // Bytes parsed, whatever the clock says. Quadratic would be thousands of times the text.
    const auto cost = [](const std::string& line, int times, const std::string& head) {
        StreamingMarkdown stream;
        stream.append(head);
        std::size_t bytes = head.size();
        for (int i = 0; i < times; ++i)
            for (const std::string& piece : characters(line)) {
                stream.append(piece);
                bytes += piece.size();
            }
        stream.finish();
        return static_cast<double>(stream.parsed_bytes()) / static_cast<double>(bytes);
    };
    for (const int times : {50, 500}) {
        CAPTURE(times);
        CHECK(cost("A paragraph of forty characters or so.\n\n", times, "") < 60);
        CHECK(cost("- an item of forty characters or so....\n", times, "Items:\n") < 80);
        CHECK(cost("1. item\n\n   more\n\n", times, "") < 60);
        CHECK(cost("| a cell | another cell | a third |\n", times, "| a | b | c |\n|---|---|---|\n") < 80);
        CHECK(cost("    return code_line(of, forty);\n", times, "```c\n") < 60);
        CHECK(cost("## Heading\nText with `code`.\n- a\n- b\n\n", times, "") < 60);
    }
}

TEST_CASE("Endless lines and pieces are cut, not parsed over and over", "[markdown]") {
    const std::string line(200'000, 'x');
    StreamingMarkdown stream;
    for (std::size_t at = 0; at < line.size(); at += 100)
        stream.append(line.substr(at, 100));
    stream.finish();
    CHECK(stream.blocks() == parse_markdown(line));
    CHECK(stream.blocks().size() == 7);
    CHECK(stream.parsed_bytes() < 200'000 * 200ULL);
    std::string quote;
    for (int i = 0; i < 20'000; ++i)
        quote += "> quoted line\n";
    CHECK(parse_markdown(quote).size() > 5);
    std::string accents;
    for (int i = 0; i < 40'000; ++i)
        accents += "é";
    std::string back;
    for (const Block& block : parse_markdown(accents))
        back += block.html;
    CHECK(back == accents); // no character is cut in two
}

TEST_CASE("Hostile nesting stays cheap", "[markdown]") {
    for (const char* piece :
         {"> ", "- ", "[", "![", "**a ", "`", "$", "\\(", "<", "| ", "1. ", "*_", "&", "(", "\\[", "$$ "}) {
        std::string text;
        while (text.size() < 20'000)
            text += piece;
        CAPTURE(piece);
        CHECK_FALSE(parse_markdown(text + "x").empty());
    }
}

TEST_CASE("clear begins anew", "[markdown]") {
    StreamingMarkdown stream;
    stream.append("```\nx");
    stream.clear();
    CHECK(stream.blocks().empty());
    stream.append("y");
    CHECK(stream.blocks()[0].html == "y");
}
