// SPDX-License-Identifier: MIT
// HTML and PDF: everything is escaped, nothing is fetched, and the text is there.
#include "app/export/document_writers.h"
#include "app/export/math_ml.h"
#include "app/export/rich_text_reader.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <unistd.h>

using namespace spoutnik;
using storage::archive::Writer;

namespace {

storage::Tree tree_of(const std::string& answer, const std::string& question = "Pourquoi <script> ?") {
    storage::Tree tree;
    tree.conversation.title = "Essai <i>& co</i>";
    tree.conversation.created_ms = tree.conversation.updated_ms = 1738026754123;
    tree.conversation.active_leaf = 2;
    storage::Tree::Node user;
    user.message.id = 1;
    user.message.content = question;
    storage::Tree::Node said;
    said.message.id = 2;
    said.message.parent = 1;
    said.message.role = storage::Role::assistant;
    said.message.content = answer;
    said.message.reasoning = "Voyons **bien**.";
    said.message.reasoning_ms = 3000;
    tree.messages = {user, said};
    return tree;
}

std::string written(const std::unique_ptr<Writer>& writer, const std::vector<storage::Tree>& trees) {
    std::string bytes = writer->begin(trees.size());
    for (const storage::Tree& tree : trees)
        bytes += writer->add(tree);
    return bytes + writer->end();
}

const std::string everything = R"md(# Titre

Du **gras**, *penché*, ~~barré~~, `a < b` et [un lien](https://example.org/a?b=1&c='2').

```cpp
#include <iostream> // <script>alert(1)</script>
```

| a | b |
|---|--:|
| <b>x</b> | 2 |

- [x] fait
- [ ] à faire
  1. dedans

> cité

$$\frac{1}{2} + \sum_{i=1}^n \sqrt{x_i}$$

Et $E = mc^2$, <img src="https://example.org/x.png" onerror="alert(1)"> ![image](https://example.org/y.png)
)md";

/// What a program prints; empty when it is not there.
std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = ::popen(command.c_str(), "r"); // NOLINT
    if (pipe == nullptr) return text;
    std::array<char, 4096> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe))
        text.append(part.data(), got);
    ::pclose(pipe);
    return text;
}

/// A file in a folder of its own.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& bytes) {
        std::string folder = (std::filesystem::temp_directory_path() / "spoutnik-export-XXXXXX").string();
        folder_ = ::mkdtemp(folder.data());
        std::ofstream(path(), std::ios::binary) << bytes;
    }
    ~TemporaryFile() { std::filesystem::remove_all(folder_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    std::string path() const { return (folder_ / "file.pdf").string(); }

  private:
    std::filesystem::path folder_;
};

} // namespace

TEST_CASE("an HTML export has no scripts, fetches nothing and escapes what was said") {
    const std::string html = written(app::html_writer(), {tree_of(everything)});
    CHECK(html.find("<script") == std::string::npos);
    CHECK(html.find("<img") == std::string::npos);
    CHECK(html.find("<link") == std::string::npos);
    CHECK(html.find("@import") == std::string::npos);
    CHECK(html.find("url(") == std::string::npos);
    CHECK_THAT(html, Catch::StartsWith("<!DOCTYPE html>") && Catch::EndsWith("</html>\n"));
    CHECK_THAT(html, Catch::Contains("Content-Security-Policy\" content=\"default-src 'none'"));
    CHECK_THAT(html, Catch::Contains("prefers-color-scheme: dark") && Catch::Contains("@media print"));
    CHECK_THAT(html, Catch::Contains("<title>Essai &lt;i&gt;&amp; co&lt;/i&gt;</title>"));
    CHECK_THAT(html, Catch::Contains("Pourquoi &lt;script&gt; ?"));
    CHECK_THAT(html, Catch::Contains("#include &lt;iostream&gt; // &lt;script&gt;"));
    CHECK_THAT(html, Catch::Contains("<details class=\"reasoning\"><summary>Reasoning (3 s)</summary>"));
    CHECK_THAT(html, Catch::Contains("<b>gras</b>") && Catch::Contains("<h3 dir=\"auto\">Titre</h3>"));
    CHECK_THAT(html, Catch::Contains("<th dir=\"auto\">a</th><th class=\"right\" dir=\"auto\">b</th>"));
    CHECK_THAT(html, Catch::Contains("☑") && Catch::Contains("☐") && Catch::Contains("<blockquote>"));
    CHECK_THAT(html, Catch::Contains("<math display=\"block\">") && Catch::Contains("<mfrac>"));
    CHECK_THAT(html, Catch::Contains("<msup><mi>c</mi><mn>2</mn></msup>"));
    CHECK(written(app::html_writer(), {tree_of(everything)}) == html);
}

TEST_CASE("several conversations are folded under their titles") {
    const std::string html = written(app::html_writer(), {tree_of("Un."), tree_of("Deux.")});
    CHECK_THAT(html, Catch::Contains("<title>Conversations</title>"));
    CHECK_THAT(html, Catch::Contains("<details class=\"conversation\"><summary><h1"));
    CHECK_THAT(html, Catch::Contains("Un.") && Catch::Contains("Deux."));
    CHECK_THAT(written(app::html_writer(), {}), Catch::EndsWith("</html>\n"));
}

TEST_CASE("formulas become MathML; what is not known stays as its source") {
    CHECK_THAT(app::math_ml("\\frac{a}{b}", false),
               Catch::Contains("<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>") ||
                   Catch::Contains("<mfrac><mi>a</mi><mi>b</mi></mfrac>"));
    CHECK_THAT(app::math_ml("\\sum_{i=1}^n i", true), Catch::Contains("<munderover>"));
    CHECK_THAT(app::math_ml("\\sum_{i=1}^n i", false), Catch::Contains("<msubsup>"));
    CHECK_THAT(app::math_ml("\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}", true),
               Catch::Contains("<mtr><mtd>") && Catch::Contains("stretchy=\"true\""));
    CHECK_THAT(app::math_ml("a < b", false),
               Catch::Contains("&lt;") && Catch::Contains("encoding=\"application/x-tex\""));
    CHECK(app::math_ml("\\unknown{x} <", true) == "<code class=\"tex\">\\unknown{x} &lt;</code>");
}

TEST_CASE("rich text is read back into text and marks") {
    const auto text =
        app::read_rich_text("a <b>b &amp; <i>c</i></b><br/><a href=\"https://x.org/?a=1&amp;b\">d</a> "
                            "<span class=\"math\">x &lt; y</span>",
                            [](const std::string& tex) { return '[' + tex + ']'; });
    CHECK(text.text == "a b & c\nd [x < y]");
    REQUIRE(text.spans.size() == 4);
    CHECK(text.spans[0].kind == app::RichSpan::Kind::italic);
    CHECK(text.text.substr(text.spans[1].begin, text.spans[1].end - text.spans[1].begin) == "b & c");
    CHECK(text.spans[2].address == "https://x.org/?a=1&b");
    CHECK(text.spans[3].kind == app::RichSpan::Kind::formula);
}

TEST_CASE("a PDF embeds its fonts, and its text can be found") {
    std::string long_answer = everything;
    for (int i = 0; i < 200; ++i)
        long_answer += "\n\nAlinéa numéro " + std::to_string(i) + " sur les forêts, 漢字, и привет.";
    const std::string pdf = written(app::pdf_writer(), {tree_of(long_answer), tree_of("Deux.")});
    CHECK_THAT(pdf, Catch::StartsWith("%PDF-") && Catch::EndsWith("%%EOF\n"));
    CHECK(pdf.find("/FontFile") != std::string::npos);
    CHECK(written(app::pdf_writer(), {tree_of(long_answer), tree_of("Deux.")}) == pdf);

    const TemporaryFile file(pdf);
    const std::string fonts = output_of("pdffonts '" + file.path() + "'");
    const std::string text = output_of("pdftotext '" + file.path() + "' -");
    INFO(fonts);
    REQUIRE(std::count(fonts.begin(), fonts.end(), '\n') > 2);
    std::size_t line = fonts.find('\n', fonts.find('\n') + 1) + 1; // past the head and its rule
    const std::size_t embedded = fonts.find("emb");
    for (; line < fonts.size(); line = fonts.find('\n', line) + 1)
        CHECK(fonts.substr(line + embedded, 3) == "yes");
    CHECK_THAT(text, Catch::Contains("Pourquoi <script> ?") && Catch::Contains("Alinéa numéro 199"));
    CHECK_THAT(text, Catch::Contains("#include <iostream>") && Catch::Contains("un lien"));
    CHECK_THAT(text, Catch::Contains("Reasoning (3 s)") && Catch::Contains("Deux."));
    CHECK_THAT(output_of("pdfinfo '" + file.path() + "'"), Catch::Contains("Creator:         Spoutnik"));
}

TEST_CASE("a PDF draws formulas, inside a line and on their own, and keeps as TeX what is not known") {
    const std::string answer =
        "Soit $\\frac{a}{b} = \\sqrt{x^2 + y^2}$ dans la ligne.\n\n"
        "$$\\sum_{i=1}^{n} i = \\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}$$\n\n"
        "| $\\alpha_0$ | b |\n|---|---|\n| $\\hat{x}$ | c |\n\n$\\unknowncommand{q}$\n\n$$" +
        std::string(300, 'w') + "$$\n";
    const std::string pdf = written(app::pdf_writer(), {tree_of(answer)});
    const TemporaryFile file(pdf);
    const std::string text = output_of("pdftotext -layout '" + file.path() + "' -");
    INFO(text);
    CHECK_THAT(text, Catch::Contains("Soit") && Catch::Contains("dans la ligne."));
    CHECK_THAT(text, Catch::Contains("∑") && Catch::Contains("α") && Catch::Contains("\\unknowncommand{q}"));
    CHECK(text.find("\\frac") == std::string::npos);
    CHECK(text.find("\\begin") == std::string::npos);
    CHECK_THAT(output_of("pdffonts '" + file.path() + "'"),
               Catch::Contains("Serif") || Catch::Contains("Roman"));
    CHECK(written(app::pdf_writer(), {tree_of(answer)}) == pdf);
}

TEST_CASE("a PDF takes any bytes") {
    const std::string odd = "\xff\xfe nul: " + std::string(1, '\0') + " bidi \u202e \u05d0\u05d1 " +
                            std::string(20'000, 'x') + "\n\n| a |\n|---|\n| " + std::string(20'000, 'y') +
                            " |\n\n" + std::string(200, '>') + " deep\n";
    CHECK_THAT(written(app::pdf_writer(), {tree_of(odd, odd)}), Catch::EndsWith("%%EOF\n"));
    CHECK_THAT(written(app::pdf_writer(), {}), Catch::EndsWith("%%EOF\n"));
    CHECK_THAT(written(app::html_writer(), {tree_of(odd, odd)}), Catch::EndsWith("</html>\n"));
}
