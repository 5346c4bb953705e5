// SPDX-License-Identifier: MIT
#include "tests/qml/picture_scenes.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QKeyEvent>

namespace spoutnik::test {

namespace {

/// What a page holds below the edge of the window counts as well.
const QRectF everywhere(-1e6, -1e6, 2e6, 2e6);

/// Of all that are drawn inside the window, the lowest: the last message's.
void find(QQuickItem* root, const QString& name, const QRectF& inside, QQuickItem*& best) {
    if (!root->isVisible()) return;
    const auto low = [](QQuickItem* item) { return item->mapToScene({0, item->height()}).y(); };
    if (root->objectName() == name && inside.intersects(root->mapRectToScene(root->boundingRect())) &&
        (!best || low(root) > low(best)))
        best = root;
    for (auto* child : root->childItems())
        find(child, name, inside, best);
}

void call(QObject* object, const char* method) {
    QMetaObject::invokeMethod(object, method);
}

QObject* object(const Stage& stage, const char* name) {
    return stage.window()->findChild<QObject*>(QLatin1String(name));
}

void scroll(const Stage& stage, double pages) {
    Stage::settle(300);
    QMetaObject::invokeMethod(stage.item("conversationView"), "page", Q_ARG(double, pages));
}

void wait_for_answer(const Stage& stage) {
    Stage::wait_until([&] { return stage.chat().answering(); });
    Stage::wait_until([&] { return !stage.chat().answering(); });
}

void ask_first(Stage& stage) {
    stage.chat().send(stage.say("How do I keep the median of a stream of numbers?",
                                "Comment suivre la médiane d’un flux de nombres ?"));
}

void keep_prompts(const Stage& stage) {
    auto* prompts = stage.app().prompts();
    prompts->keep(-1, stage.say("translate", "traduire"),
                  stage.say("Translate into {{language}}: {{text}}", "Traduis en {{langue}} : {{texte}}"));
    prompts->keep(-1, stage.say("proofread", "relire"),
                  stage.say("Proofread this text and keep its tone: {{text}}",
                            "Relis ce texte, sans en changer le ton : {{texte}}"));
    prompts->keep(-1, stage.say("minutes", "compte rendu"),
                  stage.say("Make minutes of these notes, decisions first: {{notes}}",
                            "Fais un compte rendu de ces notes, décisions d’abord : {{notes}}"));
}

/// The page of files, with a backup in its list.
void show_files(Stage& stage) {
    auto* archive = stage.app().archive();
    archive->backUpNow();
    Stage::wait_until([&] { return archive->backups().size() == 1; });
    archive->dismissOutcome();
    stage.window()->setProperty("page", "files");
    Stage::settle(200);
}

void arrange_some(Stage& stage) {
    auto& list = stage.list();
    list.moveToNewFolder(list.idAt(2), stage.say("Garden", "Jardin"));
    list.moveToNewFolder(list.idAt(4), stage.say("Work", "Travail"));
    list.setTag(list.idAt(2), stage.say("to read", "à lire"), true);
    list.setTag(list.idAt(3), stage.say("recipes", "recettes"), true);
    Stage::wait_until([&] { return list.folders().size() == 2 && list.tags().size() == 2; });
}

/// In a narrow window, or with large letters, the list is in a drawer.
void show_list(const Stage& stage) {
    if (!object(stage, "sidebar")->property("shown").toBool())
        stage.window()->setProperty("drawerOpen", true);
    Stage::settle(300);
}

void search(const Stage& stage, const QString& words) {
    show_list(stage);
    stage.item("searchField")->forceActiveFocus();
    stage.item("searchField")->setProperty("text", words);
    Stage::settle(500);
}

/// A conversation with two versions of its second question and two of an answer.
void grow_branches(Stage& stage) {
    auto& chat = stage.chat();
    chat.send(stage.say("And over a window of the last thousand values?",
                        "Et sur une fenêtre des mille dernières valeurs ?"));
    wait_for_answer(stage);
    chat.edit(chat.lastPrompt(),
              stage.say("And when values arrive out of order?", "Et si les valeurs arrivent en désordre ?"));
    wait_for_answer(stage);
    chat.regenerate(chat.lastAnswer());
    wait_for_answer(stage);
    Stage::settle(300);
}

} // namespace

QQuickItem* Stage::item(const char* name) const {
    QQuickItem* found = nullptr;
    find(window()->contentItem(), QLatin1String(name), QRectF(QPointF(), window()->size()), found);
    if (!found) qFatal("no item %s", name);
    return found;
}

void Stage::press(Qt::Key key, Qt::KeyboardModifiers modifiers) const {
    for (const auto kind : {QEvent::KeyPress, QEvent::KeyRelease}) {
        QKeyEvent event(kind, key, modifiers);
        QCoreApplication::sendEvent(window(), &event);
    }
}

bool Stage::wait_until(const std::function<bool()>& is_true, int most_ms) {
    QElapsedTimer clock;
    clock.start();
    while (!is_true() && clock.elapsed() < most_ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return is_true();
}

void Stage::settle(int time_ms) {
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < time_ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
}

const std::vector<Scene>& scenes() {
    using Start = Scene::Start;
    static const std::vector<Scene> all{
        {"empty", Start::fresh, [](Stage&) {}},
        {"private", Start::filled, [](Stage& stage) { stage.chat().newPrivateConversation(); }},
        {"reasoning", Start::fresh,
         [](Stage& stage) {
             ask_first(stage);
             Stage::wait_until([&] { return stage.chat().phase() == app::ChatController::Phase::Reasoning; });
             Stage::settle(2300);
         }},
        {"top", Start::filled, [](Stage& stage) { scroll(stage, -100); }},
        {"answer", Start::filled, [](Stage&) {}},
        {"thought", Start::filled,
         [](Stage& stage) {
             scroll(stage, -100);
             stage.item("reasoningBlock")->setProperty("unfolded", true);
         }},
        {"edit", Start::filled,
         [](Stage& stage) {
             scroll(stage, -100);
             QMetaObject::invokeMethod(
                 stage.item("conversationView"), "startEditing",
                 Q_ARG(QVariant, QVariant::fromValue(static_cast<qlonglong>(stage.chat().lastPrompt()))));
         }},
        {"message-menu", Start::filled,
         [](Stage& stage) {
             Stage::settle(300);
             call(stage.item("moreButton"), "clicked");
         }},
        {"versions", Start::filled, [](Stage& stage) { grow_branches(stage); }},
        {"list", Start::filled,
         [](Stage& stage) {
             show_list(stage);
             call(stage.item("conversationList"), "positionViewAtEnd");
         }},
        {"row-menu", Start::filled,
         [](Stage& stage) {
             auto* list = stage.item("conversationList");
             list->forceActiveFocus();
             list->setProperty("currentIndex", 3);
             stage.press(Qt::Key_Menu);
         }},
        {"keyboard", Start::filled,
         [](Stage& stage) {
             auto* list = stage.item("conversationList");
             list->forceActiveFocus(Qt::TabFocusReason);
             list->setProperty("currentIndex", 4);
         }},
        {"places", Start::filled,
         [](Stage& stage) {
             arrange_some(stage);
             call(stage.item("placeButton"), "clicked");
         }},
        {"arrange", Start::filled,
         [](Stage& stage) {
             arrange_some(stage);
             QMetaObject::invokeMethod(
                 stage.item("conversationList"), "arrange",
                 Q_ARG(QVariant, QVariant::fromValue(static_cast<qlonglong>(stage.list().idAt(2)))));
         }},
        {"selection", Start::filled,
         [](Stage& stage) {
             stage.list().toggleSelected(1);
             stage.list().selectTo(3);
             stage.list().setTag(stage.list().firstSelected(), stage.say("to read", "à lire"), true);
         }},
        {"search", Start::filled, [](Stage& stage) { search(stage, stage.say("the", "les")); }},
        {"nothing-found", Start::filled,
         [](Stage& stage) { search(stage, stage.say("xylophone", "xylophone")); }},
        {"found", Start::filled,
         [](Stage& stage) {
             search(stage, stage.say("cold", "froid"));
             call(stage.item("searchList"), "chooseFirst");
             Stage::settle(300);
         }},
        {"undo", Start::filled,
         [](Stage& stage) {
             stage.list().remove(stage.list().idAt(2));
             Stage::wait_until([&] { return stage.list().canUndo(); });
         }},
        {"removed", Start::filled,
         [](Stage& stage) {
             stage.chat().removeMessage(stage.chat().lastAnswer());
             Stage::wait_until([&] { return stage.chat().canRestore(); });
         }},
        {"error", Start::failed, [](Stage&) {}},
        {"loading", Start::loading, [](Stage&) {}},
        {"model", Start::filled, [](Stage& stage) { call(stage.item("modelChip"), "openPopup"); }},
        {"no-gpu", Start::filled, [](Stage& stage) { call(stage.item("modelChip"), "openPopup"); }},
        {"slash", Start::filled,
         [](Stage& stage) {
             keep_prompts(stage);
             stage.item("composerInput")->forceActiveFocus();
             stage.item("composerInput")->setProperty("text", QStringLiteral("/"));
         }},
        {"prompts", Start::filled,
         [](Stage& stage) {
             keep_prompts(stage);
             call(object(stage, "promptsDialog"), "open");
         }},
        {"variables", Start::filled,
         [](Stage& stage) {
             keep_prompts(stage);
             QMetaObject::invokeMethod(object(stage, "variablesDialog"), "ask",
                                       Q_ARG(QString, stage.app().prompts()->textAt(0)));
         }},
        {"link", Start::filled,
         [](Stage& stage) {
             stage.app().askToOpen(
                 QStringLiteral("https://docs.python.org/3/library/heapq.html#heapq.heappushpop"));
         }},
        {"tree", Start::filled,
         [](Stage& stage) {
             grow_branches(stage);
             stage.window()->setProperty("page", "tree");
         }},
        {"files", Start::filled, show_files},
        {"files-end", Start::filled,
         [](Stage& stage) {
             show_files(stage);
             // below the edge: the page brings what has the keyboard into sight
             QQuickItem* button = nullptr;
             find(stage.window()->contentItem(), QStringLiteral("restoreFileButton"), everywhere, button);
             if (!button) qFatal("no button at the end");
             button->forceActiveFocus();
         }},
        {"import", Start::filled,
         [](Stage& stage) {
             stage.window()->setProperty("page", "files");
             stage.app().archive()->importFiles({QUrl::fromLocalFile(
                 QStringLiteral(SPOUTNIK_SOURCE_DIR "/tests/data/archive/chatgpt-conversations.json"))});
             Stage::wait_until([&] { return !stage.app().archive()->busy(); });
         }},
        {"restore", Start::filled,
         [](Stage& stage) {
             show_files(stage);
             const auto backup = stage.app().archive()->backups().first().toMap();
             stage.app().archive()->lookInto(backup.value(QStringLiteral("url")).toUrl());
         }},
        {"folder", Start::filled,
         [](Stage& stage) {
             arrange_some(stage);
             auto& list = stage.list();
             Stage::wait_until([&] { return list.folders().size() == 2; });
             list.setPlace(QStringLiteral("folder/%1")
                               .arg(list.folders().first().toMap().value(QStringLiteral("id")).toLongLong()));
             Stage::wait_until([&] { return list.count() == 1; });
             call(stage.item("placeButton"), "clicked");
         }},
        {"settings", Start::filled, [](Stage& stage) { stage.window()->setProperty("page", "settings"); }},
        {"shortcuts", Start::filled, [](Stage& stage) { stage.window()->setProperty("page", "shortcuts"); }},
        {"drawer",
         Start::filled,
         [](Stage& stage) {
             Stage::settle(200);
             stage.window()->setProperty("drawerOpen", true);
         },
         {700, 600}},
        {"narrow", Start::filled, [](Stage& stage) { scroll(stage, -100); }, {480, 760}},
    };
    return all;
}

} // namespace spoutnik::test
