// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/everyone_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/accessible_pages.h"
#include "tests/qml/lessons/real_engine.h"
#include "tests/qml/sample_conversations.h"

#include <QGuiApplication>
#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <cmath>

namespace spoutnik::test {

using storage::Status;

namespace {

const QString sum = QStringLiteral("What is 17 + 25?");

/// What is drawn inside a rectangle of the window, clipped by everything around it.
QRectF seen_part(const QQuickItem* item) {
    QRectF seen = item->mapRectToScene(item->boundingRect());
    for (auto* around = item->parentItem(); around; around = around->parentItem())
        if (around->clip()) seen &= around->mapRectToScene(around->boundingRect());
    return seen;
}

bool is_shown(const QQuickItem* item) {
    for (auto* around = item; around; around = around->parentItem())
        if (!around->isVisible() || around->opacity() < 0.01) return false;
    return true;
}

double luminance(const QColor& colour) {
    const auto linear = [](double part) {
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

double contrast(const QColor& ink, const QColor& ground) {
    const double a = luminance(ink);
    const double b = luminance(ground);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

QColor over(const QColor& top, const QColor& ground) {
    const auto mix = [&](double t, double g) { return t * top.alphaF() + g * (1 - top.alphaF()); };
    return QColor::fromRgbF(static_cast<float>(mix(top.redF(), ground.redF())),
                            static_cast<float>(mix(top.greenF(), ground.greenF())),
                            static_cast<float>(mix(top.blueF(), ground.blueF())));
}

} // namespace

void EveryoneTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void EveryoneTest::nothing_is_said_in_english_in_the_french_window() {
    // What is said in both languages, and is the same word in both, or no word at all.
    const auto words_of_all_places = [](const QString& language) {
        RealWindow window(language);
        auto& app = window.open();
        window.type_and_send(sum);
        window.drain();
        QMap<QString, QStringList> words;
        for (const Place& place : places()) {
            place.enter(app);
            visit(QAccessible::queryAccessibleInterface(app.window()), [&](QAccessibleInterface* node) {
                if (node->state().invisible || node->role() == QAccessible::EditableText) return;
                for (const auto part : {QAccessible::Name, QAccessible::Description})
                    if (!node->text(part).isEmpty()) words[place.name] << node->text(part);
            });
            place.leave(app);
        }
        return words;
    };
    const auto english = words_of_all_places(QStringLiteral("en"));
    const auto french = words_of_all_places(QStringLiteral("fr"));
    // A sentence of several words that is the same in both was not translated; questions, answers and names
    // are.
    static const QRegularExpression sentence(QStringLiteral("^[A-Z][a-z']+( [a-z']+){2,}"));
    int compared = 0;
    for (auto place = english.begin(); place != english.end(); ++place) {
        const auto& here = french.value(place.key());
        QVERIFY2(!here.isEmpty(), qPrintable(place.key()));
        for (const QString& words : place.value()) {
            if (!sentence.match(words).hasMatch() || words.contains(QStringLiteral("17"))) continue;
            ++compared;
            QVERIFY2(!here.contains(words), qPrintable(place.key() + QStringLiteral(": ") + words));
        }
    }
    QVERIFY2(compared > 30, qPrintable(QString::number(compared)));
}

void EveryoneTest::letters_of_200_percent_are_not_cut() {
    for (const QSize& size : {QSize(1280, 800), QSize(760, 600)}) {
        RealWindow window(QStringLiteral("fr")); // the longer words
        auto& app = window.open();
        app.settings()->setTextScale(2);
        app.window()->resize(size);
        window.type_and_send(sum);
        window.drain();
        for (const Place& place : places()) {
            if (place.name == QStringLiteral("modelPopup") && size.width() < 800)
                continue; // its own file below
            place.enter(app);
            QTest::qWait(50);
            for_each(app.window()->contentItem(), [&](QQuickItem* each) {
                if (!each->inherits("QQuickText") || !is_shown(each) || text_of(each).isEmpty()) return;
                const QString where = QStringLiteral("%1 at %2 x %3: %4")
                                          .arg(place.name)
                                          .arg(size.width())
                                          .arg(size.height())
                                          .arg(text_of(each));
                // What says "…" of its own will is a title or a beginning; anything else must be there as a
                // whole.
                const bool may_shorten = each->property("elide").toInt() != Qt::ElideNone;
                const double wide = each->property("contentWidth").toDouble();
                const double high = each->property("contentHeight").toDouble();
                if (!may_shorten && wide > each->width() + 1) qFatal("too wide: %s", qPrintable(where));
                if (high > each->height() + 1) qFatal("too high: %s", qPrintable(where));
                // In the window from side to side; what is above or below can be scrolled to.
                const QRectF box = each->mapRectToScene(QRectF(0, 0, each->width(), each->height()));
                const QRectF seen = seen_part(each);
                if (seen.isEmpty()) return; // scrolled away
                if (box.left() < -1 || box.right() > size.width() + 1)
                    qFatal("outside the window: %s", qPrintable(where));
            });
            place.leave(app);
        }
    }
}

void EveryoneTest::pages_mirror_for_languages_that_read_from_the_right() {
    RealWindow window;
    with_database(window, [](storage::Conversations& conversations) {
        const auto id = conversations.create("kept").id;
        const auto turn = conversations.begin_turn(id, "a question", "model");
        storage::Answer answer;
        const std::string text = rich_answer(false);
        answer.content = text;
        answer.reasoning = "a thought";
        conversations.finish(turn.answer, Status::done, answer);
    });
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTest::qWait(50);
    QMetaObject::invokeMethod(item(app, "conversationView"), "toBeginning");
    QTest::qWait(50);
    const double width = app.window()->width();
    const char* const names[] = {"sidebar",       "searchField",    "settingsButton", "newButton",
                                 "modelChip",     "attachButton",   "sendButton",     "conversationView",
                                 "reasoningHead", "copyCodeButton", "placeButton"};
    QMap<QString, QRectF> before;
    for (const char* name : names)
        before[QLatin1String(name)] = item(app, name)->mapRectToScene(
            QRectF(0, 0, item(app, name)->width(), item(app, name)->height()));
    QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    QTest::qWait(50);
    for (const char* name : names) {
        auto* each = item(app, name);
        const QRectF now = each->mapRectToScene(QRectF(0, 0, each->width(), each->height()));
        const QRectF was = before[QLatin1String(name)];
        if (std::abs(width - now.right() - was.left()) > 2)
            QFAIL(qPrintable(QStringLiteral("%1 was %2 from the left and is %3 from the right")
                                 .arg(QLatin1String(name))
                                 .arg(was.left())
                                 .arg(width - now.right())));
    }
    // Nothing leaves the window at any place.
    for (const Place& place : places()) {
        if (place.name == QStringLiteral("search")) continue; // no hit of "What" in this folder
        place.enter(app);
        QTest::qWait(20);
        for_each(app.window()->contentItem(), [&](QQuickItem* each) {
            if (!each->inherits("QQuickText") || !is_shown(each) || seen_part(each).isEmpty()) return;
            const QRectF box = each->mapRectToScene(QRectF(0, 0, each->width(), each->height()));
            if (box.left() < -1 || box.right() > width + 1)
                qFatal("%s: %s is outside", qPrintable(place.name), qPrintable(text_of(each)));
        });
        place.leave(app);
    }
    QGuiApplication::setLayoutDirection(Qt::LeftToRight);
    QTest::qWait(20);
    QCOMPARE(item(app, "sidebar")->mapToScene(QPointF()).x(), 0.0);
}

void EveryoneTest::arabic_and_hebrew_messages_start_at_the_right() {
    RealWindow window;
    const std::string arabic = "مرحبا، كيف الحال؟";
    with_database(window, [&](storage::Conversations& conversations) {
        const auto id = conversations.create("rtl").id;
        const auto turn = conversations.begin_turn(id, "שלום", "model");
        storage::Answer answer;
        const std::string text = arabic + "\n\n1. واحد\n2. اثنان\n\nAnd English.";
        answer.content = text;
        conversations.finish(turn.answer, Status::done, answer);
    });
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTest::qWait(50);
    int right = 0;
    int left = 0;
    QRectF marker;
    QRectF item_words;
    for_each(item(app, "conversationView"), [&](QQuickItem* each) {
        if (!each->inherits("QQuickTextEdit") || !is_shown(each)) return;
        QString words;
        QMetaObject::invokeMethod(each, "getText", Q_RETURN_ARG(QString, words), Q_ARG(int, 0),
                                  Q_ARG(int, each->property("length").toInt()));
        const int alignment = each->property("effectiveHorizontalAlignment").toInt();
        const QRectF box = each->mapRectToScene(QRectF(0, 0, each->width(), each->height()));
        if (words.contains(QString::fromStdString(arabic)) || words.contains(QStringLiteral("שלום")) ||
            words.contains(QStringLiteral("واحد"))) {
            QCOMPARE(alignment, int(Qt::AlignRight));
            ++right;
        }
        if (words.contains(QStringLiteral("And English"))) {
            QCOMPARE(alignment, int(Qt::AlignLeft));
            ++left;
        }
        if (words == QStringLiteral("1.")) marker = box;
        if (words.contains(QStringLiteral("واحد"))) item_words = box;
    });
    QVERIFY(right >= 3);
    QCOMPARE(left, 1);
    QVERIFY2(marker.left() >= item_words.right(), "a list's number stands where its line begins");
    // What is typed, too.
    auto* input = item(app, "composerInput");
    input->setProperty("text", QString::fromStdString(arabic));
    QTRY_COMPARE(input->property("effectiveHorizontalAlignment").toInt(), int(Qt::AlignRight));
    // And asked of the real engine it stays as it is.
    press(app, Qt::Key_L, Qt::ControlModifier);
    press(app, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 4 && !app.chat()->answering(), patience_ms);
    QCOMPARE(app.chat()->messages()->at(2).content, arabic);
}

void EveryoneTest::the_theme_follows_the_system() {
    RealWindow window;
    auto& app = window.open();
    QCOMPARE(app.settings()->theme(), QStringLiteral("system"));
    const auto ground = [&] { return app.window()->color(); };
    app.settings()->setSystemDark(true); // as the desktop's portal says it
    QTRY_COMPARE(ground(), QColor(QStringLiteral("#131417")));
    app.settings()->setSystemDark(false);
    QTRY_COMPARE(ground(), QColor(QStringLiteral("#F7F7F5")));
    app.settings()->setTheme(QStringLiteral("dark"));
    QTRY_COMPARE(ground(), QColor(QStringLiteral("#131417")));
    app.settings()->setSystemDark(false); // one's own choice stays
    QCOMPARE(ground(), QColor(QStringLiteral("#131417")));
    app.settings()->setTheme(QStringLiteral("system"));
    QTRY_COMPARE(ground(), QColor(QStringLiteral("#F7F7F5")));
}

void EveryoneTest::words_can_be_read_on_what_is_drawn_behind_them() {
    RealWindow window;
    with_database(window, [](storage::Conversations& conversations) {
        const auto id = conversations.create("kept").id;
        const auto turn = conversations.begin_turn(id, "What is a question", "model");
        storage::Answer answer;
        const std::string text = rich_answer(false);
        answer.content = text;
        conversations.finish(turn.answer, Status::interrupted, answer);
    });
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    int pairs = 0;
    for (const char* theme : {"light", "dark"}) {
        app.settings()->setTheme(QLatin1String(theme));
        for (const Place& place : places()) {
            place.enter(app);
            QTest::qWait(20);
            for_each(app.window()->contentItem(), [&](QQuickItem* each) {
                const bool has_words = each->inherits("QQuickText") || each->inherits("QQuickTextEdit") ||
                                       each->inherits("QQuickTextInput");
                if (!has_words || !is_shown(each) || text_of(each).isEmpty()) return;
                // Every rectangle around it, the outermost first, is a layer of its ground.
                std::vector<QColor> layers;
                bool is_disabled = false;
                for (auto* around = each; around; around = around->parentItem()) {
                    is_disabled = is_disabled || !around->isEnabled() || around->opacity() < 0.999;
                    if (around->inherits("QQuickRectangle"))
                        layers.push_back(around->property("color").value<QColor>());
                    // The background of a control lies beside its content.
                    const auto background = around->property("background").value<QQuickItem*>();
                    if (background && background->inherits("QQuickRectangle"))
                        layers.push_back(background->property("color").value<QColor>());
                }
                if (is_disabled) return; // WCAG asks nothing of what can't be used
                QColor ground = app.window()->color();
                std::reverse(layers.begin(), layers.end());
                for (const QColor& layer : layers)
                    ground = over(layer, ground);
                const QColor ink = over(each->property("color").value<QColor>(), ground);
                ++pairs;
                if (contrast(ink, ground) < 4.5)
                    qFatal("%s, %s: \"%s\" has %.2f", theme, qPrintable(place.name),
                           qPrintable(text_of(each).left(80)), contrast(ink, ground));
            });
            place.leave(app);
        }
    }
    QVERIFY(pairs > 200);
}

} // namespace spoutnik::test
