// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/conversations_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/real_engine.h"

#include <QFile>
#include <QQuickTextDocument>
#include <QSet>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextLayout>

#include <chrono>
#include <vector>

namespace spoutnik::test {

using app::ConversationListModel;
using app::SearchListModel;

namespace {

/// Three conversations, each asked of the real engine; the last one is shown and the first of the list.
void hold_three_conversations(RealWindow& window) {
    for (const char* question : {"What is 1 + 1?", "What is 2 + 2?", "What is 3 + 3?"}) {
        press(*window, Qt::Key_N, Qt::ControlModifier);
        window.type_and_send(QLatin1String(question));
        window.drain();
    }
    wait_for("the list", [&] { return window->conversations()->count() == 3; });
}

QStringList titles(const app::Application& app) {
    auto* list = const_cast<app::Application&>(app).conversations();
    QStringList all;
    for (int row = 0; row < list->count(); ++row)
        all << list->data(list->index(row), ConversationListModel::TitleRole).toString();
    return all;
}

/// Whether the menu of a row is open.
bool is_menu_open(app::Application& app) {
    bool is_open = false;
    for_each(item(app, "conversationList"),
             [&](QQuickItem* each) { is_open = is_open || each->property("menuOpen").toBool(); });
    return is_open;
}

QString group_of(app::Application& app, int row) {
    auto* list = app.conversations();
    return list->data(list->index(row), ConversationListModel::GroupRole).toString();
}

/// Types into the search field and waits for this many hits.
void search(app::Application& app, const QString& text, int hits) {
    press(app, Qt::Key_K, Qt::ControlModifier);
    auto* field = item(app, "searchField");
    wait_for("the search field", [&] { return field->hasActiveFocus(); });
    field->setProperty("text", text); // letters that no Latin key has among them
    wait_for(qPrintable(QStringLiteral("%1 hits of %2").arg(hits).arg(text)), [&] {
        auto* found = app.conversations()->search();
        return !found->searching() && found->query() == text && found->count() == hits;
    });
}

QString snippet(app::Application& app, int row) {
    auto* found = app.conversations()->search();
    return found->data(found->index(row), SearchListModel::SnippetRole).toString();
}

} // namespace

void ConversationsTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void ConversationsTest::folders_pin_archive_and_tags_by_keyboard() {
    RealWindow window;
    auto& app = window.open();
    hold_three_conversations(window);
    auto* list = app.conversations();
    auto* view = item(app, "conversationList");
    view->forceActiveFocus(Qt::TabFocusReason);
    QTRY_COMPARE(view->property("currentIndex").toInt(), 0);

    // A folder and a tag, through the dialog.
    press(app, Qt::Key_F6);
    auto* dialog = popup(app, "arrangeDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    item(app, "newTagField")->forceActiveFocus(Qt::TabFocusReason);
    type(app, QStringLiteral("sums"));
    press(app, Qt::Key_Return);
    QTRY_COMPARE(list->tags().size(), 1);
    item(app, "newFolderField")->forceActiveFocus(Qt::TabFocusReason);
    type(app, QStringLiteral("School"));
    press(app, Qt::Key_Return);
    QTRY_COMPARE(list->folders().size(), 1);
    QTRY_VERIFY(!dialog->property("visible").toBool());
    list->setPlace(QStringLiteral("tag/sums"));
    QTRY_COMPARE(titles(app), QStringList{QStringLiteral("What is 3 + 3?")});
    list->setPlace(QString());
    QTRY_COMPARE(list->count(), 3);

    // The menu of a row, by the Menu key: pinned, and back again.
    const auto choose_in_menu = [&](int row, int steps) {
        view->forceActiveFocus(Qt::TabFocusReason);
        view->setProperty("currentIndex", row);
        press(app, Qt::Key_Menu);
        QTRY_VERIFY(is_menu_open(app));
        for (int step = 0; step < steps; ++step)
            press(app, Qt::Key_Down);
        press(app, Qt::Key_Return);
        QTRY_VERIFY(!is_menu_open(app));
    };
    choose_in_menu(2, 2); // rename, pin
    QTRY_COMPARE(group_of(app, 0), QStringLiteral("pinned"));
    QCOMPARE(titles(app).first(), QStringLiteral("What is 1 + 1?"));
    choose_in_menu(0, 2);
    QTRY_VERIFY(group_of(app, 0) != QStringLiteral("pinned"));
    choose_in_menu(list->rowOf(1), 4); // archive
    QTRY_COMPARE(list->count(), 2);
    list->setPlace(QStringLiteral("archive"));
    QTRY_COMPARE(titles(app), QStringList{QStringLiteral("What is 1 + 1?")});

    // All of it is there at the next start.
    window.open();
    QTRY_COMPARE(window->conversations()->count(), 2);
    QCOMPARE(window->conversations()->folders().size(), 1);
    QCOMPARE(window->conversations()->tags().size(), 1);
}

void ConversationsTest::many_are_selected_and_acted_on_at_once() {
    RealWindow window;
    auto& app = window.open();
    hold_three_conversations(window);
    auto* list = app.conversations();
    auto* view = item(app, "conversationList");
    view->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_X);
    press(app, Qt::Key_Down);
    press(app, Qt::Key_X);
    QCOMPARE(list->selectedCount(), 2);
    QTRY_VERIFY(item(app, "selectionBar")->isVisible());
    press_button(app, item(app, "archiveSelected"));
    QTRY_COMPARE(list->count(), 1);
    list->setPlace(QStringLiteral("archive"));
    QTRY_COMPARE(list->count(), 2);
    view->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(list->selectedCount(), 2);
    press_button(app, item(app, "deleteSelected"));
    QTRY_COMPARE(list->count(), 0);
    QTRY_VERIFY(item(app, "undoBar")->isVisible());
    press_button(app, item(app, "undoButton"));
    QTRY_COMPARE(list->count(), 2);
}

void ConversationsTest::conversations_are_grouped_by_date() {
    RealWindow window;
    std::int64_t clock = QDateTime::currentMSecsSinceEpoch();
    constexpr std::int64_t day = 86'400'000;
    {
        storage::OpenOptions options;
        options.folder = window.folder.path().toStdString();
        options.now_ms = [&clock] { return clock; };
        storage::Database database(std::move(options));
        storage::Conversations conversations(database);
        for (const int days : {400, 40, 1, 0}) {
            clock = QDateTime::currentMSecsSinceEpoch() - days * day;
            const auto id = conversations.create(std::to_string(days) + " days ago").id;
            conversations.append(id, std::nullopt, storage::Role::user, "hello");
        }
    }
    auto& app = window.open();
    QTRY_COMPARE(app.conversations()->count(), 4);
    QCOMPARE(group_of(app, 0), QStringLiteral("today"));
    QCOMPARE(group_of(app, 1), QStringLiteral("yesterday"));
    const QDate then = QDate::currentDate().addDays(-400);
    QCOMPARE(group_of(app, 3), then.toString(QStringLiteral("yyyy-MM")));
    QSet<QString> headings;
    for_each(item(app, "conversationList"), [&](QQuickItem* each) {
        if (each->property("section").isValid() && each->isVisible())
            for_each(each, [&](QQuickItem* inside) {
                if (!text_of(inside).isEmpty()) headings.insert(text_of(inside));
            });
    });
    QVERIFY(headings.contains(QStringLiteral("Today")));
    QVERIFY(headings.contains(QStringLiteral("Yesterday")));
    QVERIFY2(headings.contains(QLocale(QLocale::English).standaloneMonthName(then.month()) +
                               QLatin1Char(' ') + QString::number(then.year())),
             qPrintable(QStringList(headings.values()).join(QLatin1Char(','))));
}

void ConversationsTest::search_as_one_types_with_accents_ligatures_and_cjk() {
    RealWindow window;
    auto& app = window.open();
    // What the model said is found too: "cœurs" is in its answer about itself.
    window.type_and_send(QStringLiteral("Qui t'a cree ?"));
    QVERIFY(QString::fromStdString(window.last_text()).contains(QStringLiteral("cœurs")));
    app.chat()->newConversation();
    app.chat()->send(QStringLiteral("Café ﬁnal 東京の天気 naïve"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && !app.chat()->answering(), patience_ms);
    app.chat()->rename(QStringLiteral("Titre étrange"));
    window.drain();
    search(app, QStringLiteral("coeur"), 1);
    QVERIFY2(snippet(app, 0).contains(QStringLiteral("<b>")), qPrintable(snippet(app, 0)));
    for (const char* query : {"cafe", "CAFÉ", "final", "naive", "天気", "東京", "etrange"})
        search(app, QString::fromUtf8(query), 1);
    search(app, QStringLiteral("nowhere"), 0);
    // Letter by letter, each narrows.
    auto* field = item(app, "searchField");
    field->setProperty("text", QString());
    type(app, QStringLiteral("nai"));
    QTRY_COMPARE(app.conversations()->search()->count(), 1);
    press(app, Qt::Key_Return); // opens the first hit
    QTRY_COMPARE(app.chat()->conversation(), qint64(2));
}

namespace {

/// The words of the messages that have the ground of what was looked for.
QStringList marked_texts(app::Application& app) {
    QStringList texts;
    std::vector<QQuickItem*> waiting{item(app, "conversationView")};
    while (!waiting.empty()) {
        QQuickItem* at = waiting.back();
        waiting.pop_back();
        for (QQuickItem* child : at->childItems())
            waiting.push_back(child);
        auto* document = at->property("textDocument").value<QQuickTextDocument*>();
        if (!document || !at->isVisible()) continue;
        const QTextBlock block = document->textDocument()->firstBlock();
        for (const QTextLayout::FormatRange& range : block.layout()->formats())
            if (range.format.hasProperty(QTextFormat::BackgroundBrush))
                texts.append(block.text().mid(range.start, range.length));
    }
    return texts;
}

} // namespace

void ConversationsTest::search_jumps_into_a_branch_that_is_not_shown() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 17 + 25? needle"));
    window.type_and_send(QStringLiteral("Hello"));
    app.chat()->edit(app.chat()->messages()->at(0).id, QStringLiteral("What is 30 + 30?"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && !app.chat()->answering(), patience_ms);
    QCOMPARE(app.chat()->messages()->at(0).content, std::string("What is 30 + 30?"));
    window.drain();
    press(app, Qt::Key_N, Qt::ControlModifier);
    search(app, QStringLiteral("needle"), 1);
    press(app, Qt::Key_Down);
    press(app, Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->count(), 4); // the other branch, down to its end
    QCOMPARE(app.chat()->messages()->at(0).content, std::string("What is 17 + 25? needle"));
    auto* view = item(app, "conversationView");
    QTRY_COMPARE(view->property("found").toLongLong(), qint64(app.chat()->messages()->at(0).id));
    QTRY_VERIFY(item(app, "foundMark")->isVisible());
    QTRY_COMPARE(marked_texts(app), QStringList{QStringLiteral("needle")});
    press(app, Qt::Key_K, Qt::ControlModifier);
    press(app, Qt::Key_Escape); // the search is over
    QTRY_COMPARE(marked_texts(app), QStringList{});
}

void ConversationsTest::titles_come_from_the_model_without_its_reasoning() {
    // The starter itself is never asked, it knows too little; under another name it is a model like any
    // other.
    for (const bool is_awkward : {false, true}) {
        RealWindow window;
        window.titles_by_model = true;
        window.model_file = window.folder.filePath(QStringLiteral("model.gguf"));
        if (is_awkward)
            write_awkward_starter(window.model_file);
        else
            QVERIFY(
                QFile::copy(QString::fromStdString(app::find_starter_model().string()), window.model_file));
        auto& app = window.open();
        window.type_and_send(QStringLiteral("What is 17 + 25?"));
        QTRY_COMPARE_WITH_TIMEOUT(window.valve->asked().size(), std::size_t(2), patience_ms);
        const auto asked = window.valve->asked().back();
        QCOMPARE(asked.thinking, engine::Thinking::off);
        QVERIFY(QString::fromStdString(asked.messages.back().content).contains(QStringLiteral("title")));
        QTRY_COMPARE_WITH_TIMEOUT(app.conversations()->count(), 1, patience_ms);
        // Asked and answered: the next question comes after it on the same thread.
        window.type_and_send(QStringLiteral("Hello"));
        window.drain();
        const QString title = app.chat()->title();
        QVERIFY(!title.isEmpty());
        QVERIFY2(!title.contains(QStringLiteral("think")), qPrintable(title));
        QVERIFY2(!title.contains(QStringLiteral("Units")), qPrintable(title)); // words of its reasoning
        QCOMPARE(app.chat()->messages()->count(), 4);           // nothing of it is in the conversation
        QCOMPARE(window.valve->asked().size(), std::size_t(3)); // one title is enough
        window.drain();
        window.open();
        QTRY_COMPARE(titles(*window), QStringList{title});
    }
}

void ConversationsTest::a_private_conversation_leaves_nothing_on_the_disk() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("Hello"));
    press(app, Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(app.chat()->isPrivate());
    const auto& answer = window.type_and_send(QStringLiteral("What is 17 + 25? hushquestion"));
    QVERIFY(!answer.content.empty());
    press(app, Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    window.send_and_hold(QStringLiteral("What is 40 + 41? hushagain"), 8); // in mid-stream as well
    QString where;
    QVERIFY2(!is_on_disk(window, "hushagain", &where), qPrintable(where));
    press(app, Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    type(app, QStringLiteral("hushdraft"));
    QTest::qWait(700); // longer than a draft waits before it is kept
    QCOMPARE(app.conversations()->count(), 1);
    const auto requests = window.valve->asked();
    for (std::size_t i = 1; i < requests.size(); ++i)
        QVERIFY(requests[i].conversation.empty()); // no KV cache on disk
    press(app, Qt::Key_N, Qt::ControlModifier);    // and it is gone
    QTRY_VERIFY(!app.chat()->isPrivate());
    window.quit();
    for (const char* word : {"hushquestion", "hushagain", "hushdraft"})
        QVERIFY2(!is_on_disk(window, word, &where),
                 qPrintable(QLatin1String(word) + QLatin1Char(' ') + where));
}

void ConversationsTest::delete_is_undone_first_and_then_really_deletes() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 17 + 25? xylophone"));
    window.drain();
    auto* list = app.conversations();
    auto* view = item(app, "conversationList");
    view->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_Delete);
    QTRY_COMPARE(list->count(), 0);
    view->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(list->count(), 1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    view->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_Delete);
    QTRY_COMPARE(list->count(), 0);
    QTRY_VERIFY(list->canUndo());
    list->forgetUndo(); // what the bar does when its time is over
    window.drain();
    window.quit();
    QString where;
    QVERIFY2(!is_on_disk(window, "xylophone", &where), qPrintable(where));
    QCOMPARE(integrity(window), std::string("ok"));
}

} // namespace spoutnik::test
