// SPDX-License-Identifier: MIT
#include "tests/qml/models_test.h"

#include "app/gui/answer_blocks.h"
#include "app/gui/block_list_model.h"
#include "app/gui/chat_controller.h"
#include "app/gui/code_highlighter.h"
#include "app/gui/conversation_list_model.h"
#include "app/gui/conversation_tree_model.h"
#include "app/gui/inline_formulas.h"
#include "app/gui/kept_spaces.h"
#include "app/gui/message_list_model.h"
#include "app/gui/prompt_library.h"
#include "app/gui/store_thread.h"
#include "app/gui/stream_journal.h"
#include "app/gui/text_files.h"
#include "tests/qml/sample_conversations.h"

#include <QAbstractItemModelTester>
#include <QDirIterator>
#include <QFile>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QQuickTextDocument>
#include <QRegularExpression>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextLayout>
#include <QXmlStreamReader>

#include <algorithm>
#include <utility>

namespace spoutnik::test {

using namespace spoutnik::app;

namespace {

storage::Message answer(storage::MessageId id, std::string text,
                        storage::Status status = storage::Status::done) {
    storage::Message message;
    message.id = id;
    message.role = storage::Role::assistant;
    message.status = status;
    message.content = std::move(text);
    return message;
}

storage::Message prompt(storage::MessageId id, std::string text) {
    auto message = answer(id, std::move(text));
    message.role = storage::Role::user;
    return message;
}

std::vector<ViewBlock::Type> types(const std::vector<ViewBlock>& blocks) {
    std::vector<ViewBlock::Type> all;
    for (const auto& block : blocks)
        all.push_back(block.type);
    return all;
}

} // namespace

void ModelsTest::blocks_keep_their_rows_while_text_grows() {
    const std::string text = rich_answer(false);
    BlockListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    AnswerBlocks blocks;
    auto message = answer(1, {}, storage::Status::streaming);
    message.reasoning = rich_reasoning(false);
    int farthest_back = 0; // how many rows before the end a batch has touched
    connect(&model, &QAbstractItemModel::dataChanged, &model, [&](const QModelIndex& first) {
        farthest_back = std::max(farthest_back, model.rowCount() - 1 - first.row());
    });
    // Seven bytes at a time, on character borders.
    std::size_t at = 0;
    while (at < text.size()) {
        at = std::min(text.size(), at + 7);
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            ++at;
        message.content = text.substr(0, at);
        model.set_blocks(blocks.of(message));
    }
    QVERIFY2(farthest_back <= 6, qPrintable(QString::number(farthest_back)));
    message.status = storage::Status::done;
    model.set_blocks(blocks.of(message));
    QCOMPARE(model.blocks(), AnswerBlocks().of(message)); // the streamed end equals the one-shot reading
}

void ModelsTest::blocks_hold_what_markdown_says() {
    auto message = answer(1, rich_answer(false));
    message.reasoning = "  because  ";
    message.reasoning_ms = 1500;
    message.reasoning_tokens = 3;
    const auto blocks = AnswerBlocks().of(message);
    using T = ViewBlock::Type;
    QCOMPARE(types(blocks), (std::vector<T>{T::reasoning, T::text, T::code, T::heading, T::table, T::text,
                                            T::math, T::text, T::text, T::text, T::text, T::text, T::text}));
    QCOMPARE(blocks[0].plain, QStringLiteral("because"));
    QVERIFY(!blocks[0].is_open);
    QVERIFY(blocks[1].html.contains(QStringLiteral("<b>two heaps</b>")));
    QCOMPARE(blocks[2].language, QStringLiteral("python"));
    QVERIFY(blocks[2].plain.startsWith(QStringLiteral("import heapq\n")));
    QCOMPARE(blocks[3].level, 3);
    QCOMPARE(blocks[4].rows.size(), 4);
    QCOMPARE(blocks[4].alignments, (QList<int>{Qt::AlignLeft, Qt::AlignHCenter, Qt::AlignRight}));
    QVERIFY(blocks[4].plain.startsWith(QStringLiteral("Operation\tTime\tMemory\n")));
    QVERIFY(blocks[6].plain.startsWith(QStringLiteral("m = \\begin{cases}")));
    QCOMPARE(blocks[8].marker, QStringLiteral("1."));
    QCOMPARE(blocks[10].indent, 2);
    QVERIFY(blocks[10].is_tight);
    QCOMPARE(blocks[12].quote, 1);

    // What a model writes is never markup of the page.
    const auto hostile =
        AnswerBlocks().of(answer(2, "<img src=x onerror=y> & <b>no</b> #include <iostream>"));
    QVERIFY(!hostile[0].html.contains(QStringLiteral("<img")));
    QVERIFY(!hostile[0].html.contains(QStringLiteral("<b>")));
    QVERIFY(hostile[0].html.contains(QStringLiteral("&lt;iostream&gt;")));
}

void ModelsTest::prompts_are_kept_and_filled() {
    StoreThread store;
    PromptLibrary library(store);
    QAbstractItemModelTester tester(&library, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(library.keep(-1, QStringLiteral("  translate "),
                          QStringLiteral("Into {{language}}: {{ text }} ({{language}})")),
             0);
    QCOMPARE(library.keep(-1, QStringLiteral("Brief"), QStringLiteral("In one line:")), 0); // sorted
    QCOMPARE(library.keep(-1, QStringLiteral("translate"), QStringLiteral("x")), 2);
    QCOMPARE(library.nameAt(2), QStringLiteral("translate 2"));
    QCOMPARE(library.keep(-1, QStringLiteral(" "), QStringLiteral("x")), -1);
    QCOMPARE(library.keep(9, QStringLiteral("a"), QStringLiteral("x")), -1);
    const QString text = library.textAt(1);
    QCOMPARE(library.variables(text), (QStringList{QStringLiteral("language"), QStringLiteral("text")}));
    QCOMPARE(library.filled(text, {{QStringLiteral("language"), QStringLiteral("French {{text}}")},
                                   {QStringLiteral("text"), QStringLiteral("$1 \\1")}}),
             QStringLiteral("Into French {{text}}: $1 \\1 (French {{text}})"));
    QVERIFY(library.variables(QStringLiteral("{{}} {a} {{a\nb}} {{{")).isEmpty());
    library.remove(0);
    QCOMPARE(library.count(), 2);
    library.load({{1, "z", "last", 0, 0}, {2, "a", "first", 0, 0}});
    QCOMPARE(library.nameAt(0), QStringLiteral("a"));
}

void ModelsTest::a_prompt_is_written_by_itself() {
    const QTemporaryDir folder;
    StoreThread store;
    storage::OpenOptions options;
    options.folder = folder.path().toStdString();
    auto now = std::make_shared<storage::TimeMs>(1000);
    options.now_ms = [now] { return *now += 1000; }; // asked on the storage thread only
    store.open(std::move(options));
    PromptLibrary library(store);
    const auto rows = [&] {
        std::vector<storage::Prompt> kept;
        bool is_read = false;
        store.run(
            this, [](Store& open) { return storage::Prompts(open.database).list(); },
            [&](std::vector<storage::Prompt> read) {
                kept = std::move(read);
                is_read = true;
            });
        if (!QTest::qWaitFor([&] { return is_read; }, 60'000)) qFatal("waited in vain for the prompts");
        return kept;
    };
    library.keep(-1, QStringLiteral("a"), QStringLiteral("one"));
    library.keep(-1, QStringLiteral("b"), QStringLiteral("two"));
    library.keep(-1, QStringLiteral("c"), QStringLiteral("three"));
    const auto before = rows();
    QCOMPARE(before.size(), std::size_t(3));
    // Changed, renamed before it had its row, removed: the other rows stay as they were written.
    QCOMPARE(library.keep(1, QStringLiteral("z"), QStringLiteral("two and a half")), 2);
    auto after = rows();
    QCOMPARE(after.size(), std::size_t(3));
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(after[i].id, before[i].id);
        QCOMPARE(after[i].created_ms, before[i].created_ms);
        QCOMPARE(after[i].updated_ms == before[i].updated_ms, i != 1);
    }
    QCOMPARE(after[1].title, std::string("z"));
    QCOMPARE(after[1].content, std::string("two and a half"));
    const int fresh = library.keep(-1, QStringLiteral("fresh"), QStringLiteral("x"));
    library.remove(library.keep(fresh, QStringLiteral("fresher"), QStringLiteral("y")));
    library.remove(0);
    after = rows();
    QCOMPARE(after.size(), std::size_t(2));
    QCOMPARE(after[0].id, before[1].id);
    QCOMPARE(after[1].id, before[2].id);
    // And the next start finds them.
    PromptLibrary again(store);
    again.load(after);
    QCOMPARE(again.keep(0, QStringLiteral("c"), QStringLiteral("three and a half")), 0);
    QCOMPARE(rows()[1].content, std::string("three and a half"));
    QCOMPARE(rows().size(), std::size_t(2));
}

void ModelsTest::a_tree_is_an_outline() {
    // 1 - 2 - 3 - 4, and 5 beside 2, 6 below it, 7 beside 3
    const auto at = [](storage::Message message, storage::MessageId parent) {
        message.parent = parent;
        return message;
    };
    const std::vector<storage::Message> all{
        prompt(1, "a"),        at(answer(2, "b"), 1), at(prompt(3, "c"), 2), at(answer(4, "d\n  e"), 3),
        at(answer(5, "f"), 1), at(prompt(6, "g"), 5), at(prompt(7, "h"), 2)};
    const auto rows = outline_of(all, {all[0], all[1], all[6]});
    std::vector<std::pair<int, int>> places;
    for (const auto& row : rows)
        places.emplace_back(static_cast<int>(row.message), row.depth);
    QCOMPARE(places,
             (std::vector<std::pair<int, int>>{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {7, 2}, {5, 1}, {6, 1}}));
    QVERIFY(rows[0].is_shown && rows[1].is_shown && !rows[2].is_shown && rows[4].is_shown &&
            !rows[5].is_shown);
    QVERIFY(!rows[0].is_version && rows[1].is_version && rows[4].is_version && !rows[3].is_version);
    QCOMPARE(rows[3].line, QStringLiteral("d e"));
    QVERIFY(rows[2].is_from_user);
    // A long conversation is no deep recursion.
    std::vector<storage::Message> chain{prompt(1, "x")};
    for (int i = 2; i <= 100'000; ++i)
        chain.push_back(at(answer(i, "y"), i - 1));
    QCOMPARE(outline_of(chain, {}).back().depth, 0);
}

void ModelsTest::tables_become_csv() {
    const auto blocks = AnswerBlocks().of(
        answer(1, "| a, b | \"q\" | c |\n|---|---|---|\n| **1** | x<br>y | $x^2$ |\n| `<b>` |  | é |\n"));
    QCOMPARE(blocks.size(), std::size_t(1));
    QCOMPARE(csv_of(blocks[0].rows),
             QStringLiteral("\"a, b\",\"\"\"q\"\"\",c\r\n1,\"x\ny\",x^2\r\n<b>,,é\r\n"));
}

void ModelsTest::code_has_colours_and_stays_plain() {
    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData("import QtQuick\nTextEdit {}", {});
    const std::unique_ptr<QObject> field(component.create());
    auto* document = field->property("textDocument").value<QQuickTextDocument*>();
    QVERIFY(document);
    QList<QColor> colours;
    for (int i = 0; i < 10; ++i)
        colours << QColor(i, 0, 0);
    CodeHighlighter highlighter;
    highlighter.setTextDocument(document);
    highlighter.setColors(colours);
    highlighter.setLanguage(QStringLiteral("python"));
    const QString code = QStringLiteral("s = '''é😀\ntwo''' # x\nif s: 1");
    highlighter.setCode(code);
    const auto colour_at = [&](const QString& mark) {
        const int at = static_cast<int>(code.indexOf(mark));
        const auto block = document->textDocument()->findBlock(at);
        for (const auto& range : block.layout()->formats())
            if (range.start <= at - block.position() && range.start + range.length > at - block.position())
                return range.format.foreground().color();
        return QColor();
    };
    const auto of = [&](CodeKind kind) { return colours[static_cast<int>(kind)]; };
    QTRY_COMPARE(colour_at(QStringLiteral("😀")), of(CodeKind::string));
    QCOMPARE(colour_at(QStringLiteral("s =")), QColor());
    QCOMPARE(colour_at(QStringLiteral("two")), of(CodeKind::string)); // goes on over the line
    QCOMPARE(colour_at(QStringLiteral("# x")), of(CodeKind::comment));
    QCOMPARE(colour_at(QStringLiteral("if")), of(CodeKind::keyword));
    QCOMPARE(field->property("text").toString(), code);
    // A text that goes on is added to: nothing before it is laid out again.
    int changed_from = -1;
    connect(document->textDocument(), &QTextDocument::contentsChange, field.get(),
            [&](int from, int, int) { changed_from = from; });
    highlighter.setCode(code + QStringLiteral("\nfor x in y"));
    QVERIFY(changed_from >= code.size());
    QCOMPARE(document->textDocument()->toPlainText(), code + QStringLiteral("\nfor x in y"));
    highlighter.setCode(code);
    QCOMPARE(changed_from, 0);
    QCOMPARE(document->textDocument()->toPlainText(), code);
    highlighter.setLanguage(QString());
    QTRY_COMPARE(colour_at(QStringLiteral("if")), QColor());
}

void ModelsTest::french_signs_stay_with_their_words() {
    const auto shown = [](const char* html) {
        return app::with_kept_spaces(QString::fromUtf8(html)).replace(QChar(0x00A0), u'~');
    };
    QCOMPARE(shown("Quoi ? « Rien » ; deux <b>tas</b> : les petits !"),
             QStringLiteral("Quoi~? «~Rien~»~; deux <b>tas</b>~: les petits~!"));
    QCOMPARE(shown("Quoi ?!<br>Non :"), QStringLiteral("Quoi~?!<br>Non~:"));
    QCOMPARE(shown("a :-) b ::c d ?x 3 !important"), QStringLiteral("a :-) b ::c d ?x 3 !important"));
    QCOMPARE(shown("<code>a ? b : c</code> ou ?"), QStringLiteral("<code>a ? b : c</code> ou~?"));
    QCOMPARE(shown("<span class=\"math\">f : x</span> : <b>x</b>"),
             QStringLiteral("<span class=\"math\">f : x</span>~: <b>x</b>"));
    QCOMPARE(shown("<a href=\"https://x/ ? : \">lien ?</a> & <"),
             QStringLiteral("<a href=\"https://x/ ? : \">lien~?</a> & <"));
}

void ModelsTest::attached_text_is_fenced() {
    QCOMPARE(as_attached_text(QStringLiteral("a.py"), QStringLiteral("x\n"), QStringLiteral("py")),
             QStringLiteral("a.py:\n\n```py\nx\n```\n"));
    // A file with fences of its own comes in a longer one, and comes out whole.
    const QString markdown = QStringLiteral("# A\n````c\nint a;\n````\n");
    const auto blocks =
        AnswerBlocks().of(answer(1, as_attached_text(QStringLiteral("a.md"), markdown, {}).toStdString()));
    QCOMPARE(types(blocks), (std::vector<ViewBlock::Type>{ViewBlock::Type::text, ViewBlock::Type::code}));
    QCOMPARE(blocks[1].plain + QLatin1Char('\n'), markdown);
}

void ModelsTest::an_answer_that_was_reasoning_moves_into_its_block() {
    BlockListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    AnswerBlocks blocks;
    auto message = answer(1, "Let me see.\n\n1. one\n2. two\n", storage::Status::streaming);
    model.set_blocks(blocks.of(message));
    using T = ViewBlock::Type;
    QCOMPARE(types(model.blocks()), (std::vector<T>{T::text, T::text, T::text}));
    message.reasoning = std::exchange(message.content, {});
    model.set_blocks(blocks.of(message));
    QCOMPARE(types(model.blocks()), (std::vector<T>{T::reasoning}));
    QVERIFY(model.blocks()[0].is_open);
    QCOMPARE(model.blocks()[0].plain, QStringLiteral("Let me see.\n\n1. one\n2. two"));
    message.content = "It is **two**.";
    model.set_blocks(blocks.of(message));
    QCOMPARE(types(model.blocks()), (std::vector<T>{T::reasoning, T::text}));
    QVERIFY(!model.blocks()[0].is_open);
    message.status = storage::Status::done;
    model.set_blocks(blocks.of(message));
    QCOMPARE(model.blocks(), AnswerBlocks().of(message));
}

void ModelsTest::formulas_are_drawn_or_shown_as_they_are() {
    const auto html = [](const char* tex) {
        return QStringLiteral("a <span class=\"math\">%1</span>.").arg(QLatin1String(tex));
    };
    const QString drawn = with_formulas(html("x &lt; \\frac{1}{2}"), 15, QStringLiteral("ff0000"));
    QVERIFY2(drawn.startsWith(QStringLiteral("a <img src=\"image://formulas/15/ff0000/")), qPrintable(drawn));
    QVERIFY(drawn.endsWith(QStringLiteral(">.")));
    QCOMPARE(with_formulas(html("\\nosuch"), 15, QStringLiteral("ff0000")), html("\\nosuch"));
    // What letters can write is text, on the line's own baseline.
    QCOMPARE(with_formulas(html("O(n \\log n)"), 15, {}),
             QStringLiteral(
                 "a <span style=\"font-family:serif\"><i>O</i>(<i>n</i>\u2009log\u2009<i>n</i>)</span>."));
    QCOMPARE(
        with_formulas(html("x_1 &lt; -y"), 15, {}),
        QStringLiteral(
            "a <span style=\"font-family:serif\"><i>x</i><sub>1</sub>\u2005&lt;\u2005−<i>y</i></span>."));
    QVERIFY(with_formulas(html("x_1^2"), 15, {}).contains(QStringLiteral("<img"))); // one above the other
    QCOMPARE(with_formulas(QStringLiteral("none"), 15, {}), QStringLiteral("none"));

    const qsizetype begin = drawn.indexOf(QStringLiteral("formulas/")) + 9;
    const QString id = drawn.mid(begin, drawn.indexOf(QLatin1Char('"'), begin) - begin);
    QSize size;
    const QImage image = FormulaProvider().requestImage(id, &size, {});
    QCOMPARE(image.size(), size);
    QVERIFY(
        drawn.contains(QStringLiteral("width=\"%1\" height=\"%2\"").arg(size.width()).arg(size.height())));
    int inked = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QRgb pixel = image.pixel(x, y);
            if (qAlpha(pixel) == 0) continue;
            ++inked;
            QCOMPARE(qGreen(pixel), 0); // in the colour asked for
            const bool is_edge = x == 0 || y == 0 || x + 1 == image.width() || y + 1 == image.height();
            QVERIFY2(!is_edge || qAlpha(pixel) < 64, "the formula is cut off");
        }
    QVERIFY(inked > 50);
}

void ModelsTest::an_answer_is_copied_without_its_marks() {
    const auto blocks =
        AnswerBlocks().of(answer(1, "# Head\n\nSome **bold** `code` & $\\frac{1}{2}$<br>.\n\n- one\n- two\n  "
                                    "- three\n\n```c\nint x;\n```\n\n$$x^2$$\n\n|a|b|\n|---|---|\n|1|2|\n"));
    QCOMPARE(plain_text_of(blocks),
             QStringLiteral("Head\n\nSome bold code & 1/2<br>.\n\n• one\n• two\n  • three\n\n"
                            "int x;\n\nx^2\n\na\tb\n1\t2"));
    QCOMPARE(blocks[1].plain, QStringLiteral("Some bold code & 1/2<br>.")); // what a screen reader says
}

void ModelsTest::a_search_shows_the_words_it_found() {
    storage::SearchHit hit;
    hit.snippet = "A long beginning that would push **the hit** out of sight <b>";
    const auto at = hit.snippet.find("hit");
    hit.hits = {{at, at + 3}};
    QCOMPARE(snippet_html(hit), QStringLiteral("… that would push the <b>hit</b> out of sight &lt;b&gt;"));
    hit.snippet = "hit at once";
    hit.hits = {{0, 3}};
    QCOMPARE(snippet_html(hit), QStringLiteral("<b>hit</b> at once"));
    hit.snippet = "ééééééééééééééééééééhit"; // no word to begin at
    hit.hits = {{40, 43}};
    QCOMPARE(snippet_html(hit), QStringLiteral("… <b>hit</b>"));
}

void ModelsTest::streaming_touches_only_the_last_of_a_thousand_messages() {
    MessageListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::vector<storage::Message> branch;
    for (int i = 1; i < 1000; ++i)
        branch.push_back(i % 2 ? prompt(i, "question") : answer(i, "an *answer*\n\nof two blocks"));
    branch.push_back(answer(1000, "", storage::Status::streaming));
    model.set_branch(branch);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    int other_blocks = 0;
    for (int row = 0; row < 999; ++row)
        connect(&model.blocks_at(row), &QAbstractItemModel::dataChanged, this, [&] { ++other_blocks; });
    auto last = branch.back();
    for (int i = 0; i < 50; ++i) {
        last.content += "word ";
        model.update(last);
    }
    QCOMPARE(changed.count(), 50);
    for (const auto& signal : changed)
        QCOMPARE(signal.at(0).toModelIndex().row(), 999);
    QCOMPARE(inserted.count(), 0);
    QCOMPARE(other_blocks, 0);
    QCOMPARE(model.blocks_at(999).rowCount(), 1);
}

void ModelsTest::branch_changes_keep_the_common_messages() {
    MessageListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.set_branch({prompt(1, "a"), answer(2, "b"), prompt(3, "c"), answer(4, "d")});
    auto* kept = &model.blocks_at(1);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    auto second = answer(5, "other");
    model.set_branch({prompt(1, "a"), answer(2, "b"), prompt(3, "c"), second});
    QCOMPARE(removed.count(), 1);
    QCOMPARE(removed.at(0).at(1).toInt(), 3);
    QCOMPARE(&model.blocks_at(1), kept);
    QCOMPARE(model.rowOf(5), 3);
    QCOMPARE(model.rowOf(4), -1);
    model.set_branch({});
    QCOMPARE(model.count(), 0);
}

void ModelsTest::titles_are_cut_between_words() {
    QCOMPARE(automatic_title(QStringLiteral("  Hello   there \nsecond line")), QStringLiteral("Hello there"));
    const auto cut = automatic_title(QStringLiteral("word ").repeated(40));
    QVERIFY(cut.size() <= 57);
    QVERIFY(cut.endsWith(QStringLiteral("word…")));
    const auto emoji = automatic_title(QString::fromUtf8("🛰️").repeated(60));
    QVERIFY(!emoji.contains(QChar::ReplacementCharacter));
    QVERIFY(QString::fromUtf8(emoji.toUtf8()) == emoji);
    QCOMPARE(automatic_title(QString()), QString());
}

void ModelsTest::prompts_join_and_skip() {
    auto interrupted = answer(2, "", storage::Status::interrupted);
    interrupted.reasoning = "never sent again";
    const auto turns =
        prompt_of({prompt(1, "one"), interrupted, prompt(3, "two"), answer(4, "yes"), prompt(5, "three")});
    QCOMPARE(turns.size(), std::size_t(3));
    QCOMPARE(turns[0].content, std::string("one\n\ntwo"));
    QCOMPARE(turns[1].role, std::string("assistant"));
    QCOMPARE(turns[2].content, std::string("three"));
}

void ModelsTest::journal_gives_back_what_was_written() {
    QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath(QStringLiteral("j")).toStdString();
    StreamJournal journal(file);
    journal.add_reasoning(7, "thin");
    journal.bind(7, 42);
    journal.add_reasoning(7, "king\n");
    journal.add_answer(7, "é \"quoted\"");
    journal.add_answer(8, "of another request, never bound");
    auto found = StreamJournal::read(file);
    QCOMPARE(found.size(), std::size_t(1));
    QCOMPARE(found[0].message, std::int64_t(42));
    QCOMPARE(found[0].reasoning, std::string("thinking\n"));
    QCOMPARE(found[0].answer, std::string("é \"quoted\""));
    QCOMPARE(QFile::permissions(QString::fromStdString(file.string())) & QFile::ReadOther,
             QFile::Permissions());
    journal.add_answer_was_reasoning(7);
    journal.add_answer(7, "the answer");
    found = StreamJournal::read(file);
    QCOMPARE(found[0].reasoning, std::string("thinking\né \"quoted\""));
    QCOMPARE(found[0].answer, std::string("the answer"));
    journal.clear();
    QVERIFY(StreamJournal::read(file).empty());
    journal.bind(9, 1); // goes on after clearing
    QCOMPARE(StreamJournal::read(file).size(), std::size_t(1));
}

void ModelsTest::journal_survives_a_torn_and_hostile_file() {
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("j")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[\"m\",1,5]\n[]\nnull\n[1,2,3]\n[\"a\",-1,\"x\"]\n[\"a\",1,7]\n{\"a\":1}\n\xff\xfe\n[\"a\",1,"
               "\"kept\"]\n[\"a\",1,\"to");
    file.close();
    const auto found = StreamJournal::read(file.fileName().toStdString());
    QCOMPARE(found.size(), std::size_t(1));
    QCOMPARE(found[0].answer, std::string("kept"));
    QVERIFY(StreamJournal::read("/nowhere/at/all").empty());
}

namespace {

/// Every string that QML hands to qsTr.
QSet<QString> visible_strings() {
    QSet<QString> all;
    static const QRegularExpression call(QStringLiteral("qsTr\\(\"((?:[^\"\\\\]|\\\\.)*)\""));
    QDirIterator files(QStringLiteral(SPOUTNIK_SOURCE_DIR "/qml"), {QStringLiteral("*.qml")});
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(file.fileName()));
        auto found = call.globalMatch(QString::fromUtf8(file.readAll()));
        while (found.hasNext())
            all.insert(found.next().captured(1).replace(QLatin1String("\\\""), QLatin1String("\"")));
    }
    return all;
}

} // namespace

void ModelsTest::every_string_is_translated() {
    auto missing = visible_strings();
    QVERIFY(missing.size() > 150);
    for (const auto* name : {"spoutnik_fr.ts", "spoutnik_en.ts"}) {
        QFile file(QStringLiteral(SPOUTNIK_SOURCE_DIR "/resources/translations/") + QLatin1String(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(&file);
        int messages = 0;
        bool is_plural = false;
        QString source;
        while (!xml.atEnd()) {
            xml.readNext();
            if (!xml.isStartElement()) continue;
            if (xml.name() == QLatin1String("message")) {
                ++messages;
                is_plural = xml.attributes().value(QLatin1String("numerus")) == QLatin1String("yes");
            } else if (xml.name() == QLatin1String("source")) {
                source = xml.readElementText();
                if (QLatin1String(name) == QLatin1String("spoutnik_fr.ts")) missing.remove(source);
            } else if (xml.name() == QLatin1String("translation")) {
                const bool is_french = QLatin1String(name) == QLatin1String("spoutnik_fr.ts");
                if (is_french || is_plural)
                    QVERIFY2(xml.attributes().value(QLatin1String("type")).isEmpty(), qPrintable(source));
            }
        }
        QVERIFY(!xml.hasError());
        QVERIFY(messages > (QLatin1String(name) == QLatin1String("spoutnik_fr.ts") ? 100 : 3));
    }
    QVERIFY2(missing.isEmpty(), qPrintable(QStringList(missing.values()).join(QStringLiteral(" | "))));
}

} // namespace spoutnik::test
