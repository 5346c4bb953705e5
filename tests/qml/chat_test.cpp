// SPDX-License-Identifier: MIT
#include "tests/qml/chat_test.h"

#include "app/starter/starter_model.h"
#include "storage/statement.h"
#include "tests/qml/fixture.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <filesystem>
#include <fstream>

namespace spoutnik::test {

using app::ChatController;
using app::ModelController;
using storage::Status;

namespace {

std::filesystem::path path_of(const QTemporaryDir& folder) {
    return folder.path().toStdString();
}

/// What the database holds, read by a connection of its own.
std::vector<storage::Message> stored(const QTemporaryDir& folder, storage::ConversationId id = 1) {
    storage::OpenOptions options;
    options.folder = path_of(folder);
    options.read_only = true;
    storage::Database database(std::move(options));
    return storage::Conversations(database).branch(id);
}

} // namespace

void ChatTest::the_list_comes_and_goes_in_runs() {
    Fixture fixture;
    {
        storage::OpenOptions options;
        options.folder = fixture.folder.path().toStdString();
        storage::Database database(std::move(options));
        std::vector<storage::Tree> trees(300);
        for (auto& tree : trees) {
            tree.conversation.title = "one of many";
            tree.messages.resize(1);
            tree.messages[0].message.id = 1;
            tree.messages[0].message.content = "Hello";
        }
        storage::Conversations(database).insert(trees);
    }
    auto& list = *fixture.start().conversations();
    QTRY_COMPARE(list.count(), 300);
    const QSignalSpy removed(&list, &QAbstractItemModel::rowsRemoved);
    const QSignalSpy inserted(&list, &QAbstractItemModel::rowsInserted);
    list.setPlace(QStringLiteral("archive"));
    QTRY_COMPARE(list.count(), 0);
    list.setPlace(QString());
    QTRY_COMPARE(list.count(), 300);
    QCOMPARE(removed.count(), 1);
    QCOMPARE(inserted.count(), 1);
    // One in the middle goes and comes back to its place.
    const auto middle = list.idAt(150);
    list.setArchived(middle, true);
    QTRY_COMPARE(list.count(), 299);
    list.setArchived(middle, false);
    QTRY_COMPARE(list.count(), 300);
    QCOMPARE(list.idAt(150), middle);
    QCOMPARE(removed.count(), 2);
    QCOMPARE(inserted.count(), 2);
}

void ChatTest::prompt_is_stored_before_the_model_hears_it() {
    Fixture fixture;
    fixture.script->stops_in_reasoning = true;
    auto& app = fixture.start();
    QAbstractItemModelTester messages(app.chat()->messages(),
                                      QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester list(app.conversations(),
                                  QAbstractItemModelTester::FailureReportingMode::QtTest);
    app.chat()->send(QStringLiteral("  Why is the sky dark at night?  "));
    QTRY_COMPARE_WITH_TIMEOUT(fixture.script->asked.size(), std::size_t(1), patience_ms);
    const auto kept = stored(fixture.folder);
    QCOMPARE(kept.size(), std::size_t(2));
    QCOMPARE(kept[0].content, std::string("Why is the sky dark at night?"));
    QCOMPARE(kept[1].status, Status::streaming);
    QCOMPARE(fixture.script->asked[0].messages.size(), std::size_t(1));
    QCOMPARE(app.chat()->title(), QStringLiteral("Why is the sky dark at night?"));
    QTRY_COMPARE_WITH_TIMEOUT(app.conversations()->count(), 1, patience_ms);
}

void ChatTest::stop_keeps_what_was_written() {
    Fixture fixture;
    fixture.script->answer = "one two three ";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start();
    app.chat()->send(QStringLiteral("count"));
    QTRY_VERIFY_WITH_TIMEOUT(
        app.chat()->messages()->count() == 2 && fixture.last().content == "one two three ", patience_ms);
    QCOMPARE(app.chat()->phase(), ChatController::Phase::Answering);
    app.chat()->stop();
    QTRY_COMPARE_WITH_TIMEOUT(fixture.last().status, Status::interrupted, patience_ms);
    QVERIFY(!app.chat()->answering());
    fixture.drain();
    QCOMPARE(stored(fixture.folder)[1].content, std::string("one two three "));
    QCOMPARE(stored(fixture.folder)[1].status, Status::interrupted);
}

void ChatTest::an_answer_that_was_reasoning_is_kept_as_such() {
    Fixture fixture;
    fixture.script->orphan = "Six times seven, let me see.\n";
    fixture.script->answer = "It is 42.";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start();
    QAbstractItemModelTester messages(app.chat()->messages(),
                                      QAbstractItemModelTester::FailureReportingMode::QtTest);
    app.chat()->send(QStringLiteral("6 x 7?"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && fixture.last().content == "It is 42.",
                             patience_ms);
    QCOMPARE(fixture.last().reasoning, fixture.script->orphan);
    // On file at once, for whoever is killed now.
    const auto journal = app::StreamJournal::read(path_of(fixture.folder) / "stream.journal");
    QCOMPARE(journal.size(), std::size_t(1));
    QCOMPARE(journal[0].reasoning, fixture.script->orphan);
    QCOMPARE(journal[0].answer, std::string("It is 42."));
    app.chat()->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    fixture.drain();
    const auto kept = stored(fixture.folder);
    QCOMPARE(kept[1].reasoning, fixture.script->orphan);
    QCOMPARE(kept[1].content, std::string("It is 42."));
    QCOMPARE(app.chat()->lastAnswerText(), QStringLiteral("It is 42."));
}

void ChatTest::a_message_is_deleted_and_comes_back() {
    Fixture fixture;
    fixture.script->answer = "first";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("one"));
    fixture.script->answer = "second secret";
    fixture.ask(QStringLiteral("two"));
    const auto second = app.chat()->messages()->at(2).id;
    app.chat()->removeMessage(second);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QVERIFY(app.chat()->canRestore());
    app.chat()->restoreMessage();
    QTRY_COMPARE(app.chat()->messages()->count(), 4);
    QVERIFY(!app.chat()->canRestore());
    app.chat()->removeMessage(second);
    QTRY_VERIFY(app.chat()->canRestore());
    app.chat()->forgetRemoved();
    fixture.drain();
    QCOMPARE(stored(fixture.folder).size(), std::size_t(2));
    app.conversations()->search()->setQuery(QStringLiteral("secret"));
    QTRY_VERIFY(!app.conversations()->search()->searching());
    QCOMPARE(app.conversations()->search()->count(), 0);
}

void ChatTest::folders_tags_archive_and_selection() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start();
    for (const char* question : {"one", "two", "three"}) {
        app.chat()->newConversation();
        fixture.ask(QLatin1String(question));
    }
    auto* list = app.conversations();
    QAbstractItemModelTester tester(list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QTRY_COMPARE(list->count(), 3);
    list->toggleSelected(0);
    list->selectTo(1);
    QCOMPARE(list->selectedCount(), 2);
    list->moveToNewFolder(list->firstSelected(), QStringLiteral(" Kitchen "));
    QTRY_COMPARE(list->folders().size(), 1);
    QTRY_COMPARE(list->folders().first().toMap().value(QStringLiteral("count")).toInt(), 2);
    list->setTag(list->firstSelected(), QStringLiteral("recipes"), true);
    QTRY_COMPARE(list->tags().size(), 1);
    const qint64 folder = list->folders().first().toMap().value(QStringLiteral("id")).toLongLong();
    list->setPlace(QStringLiteral("folder/%1").arg(folder));
    QTRY_COMPARE(list->count(), 2);
    QCOMPARE(list->placeName(), QStringLiteral("Kitchen"));
    QCOMPARE(list->selectedCount(), 0);
    list->setTag(list->idAt(0), QStringLiteral("Recipes"), false); // one of them, in any case
    list->setPlace(QStringLiteral("tag/recipes"));
    QTRY_COMPARE(list->count(), 1);
    list->setPlace(QString());
    QTRY_COMPARE(list->count(), 3);

    list->selectAll();
    list->toggleSelected(2);
    list->setArchived(list->firstSelected(), true);
    QTRY_COMPARE(list->count(), 1);
    list->setPlace(QStringLiteral("archive"));
    QTRY_COMPARE(list->count(), 2);
    list->setArchived(list->idAt(0), false);
    QTRY_COMPARE(list->count(), 1);
    list->setPlace(QString());
    QTRY_COMPARE(list->count(), 2);
    list->selectAll();
    list->remove(list->firstSelected());
    QTRY_COMPARE(list->count(), 0);
    QCOMPARE(list->removedCount(), 2);
    list->undo();
    QTRY_COMPARE(list->count(), 2);
    list->removeFolder(folder); // its conversations stay
    QTRY_VERIFY(list->folders().isEmpty());
    QCOMPARE(list->count(), 2);
}

void ChatTest::titles_come_from_the_model_without_reasoning() {
    QCOMPARE(app::title_of_answer(QStringLiteral("  \"Title: Dark skies.\"\nmore")),
             QStringLiteral("Dark skies"));
    QCOMPARE(app::title_of_answer(QStringLiteral("**Titre : Le ciel noir**")),
             QStringLiteral("Le ciel noir"));
    QVERIFY(app::title_of_answer(QStringLiteral("<think>The user wants a title")).isEmpty());
    QVERIFY(app::title_of_answer(QStringLiteral(" \n ")).isEmpty());

    Fixture fixture;
    fixture.titles_by_model = true;
    fixture.script->reasoning = "I must find a title. ";
    fixture.script->orphan = "Hm, a title.\n";
    fixture.script->answer = "\"Olbers' paradox\"";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("Why is the sky dark?"));
    QTRY_COMPARE_WITH_TIMEOUT(app.chat()->title(), QStringLiteral("Olbers' paradox"), patience_ms);
    const auto asked = fixture.script->asked.size();
    QCOMPARE(asked, std::size_t(2));
    QCOMPARE(app.chat()->messages()->count(), 2); // nothing of it is in the conversation
    fixture.ask(QStringLiteral("And by day?"));
    fixture.drain();
    QCOMPARE(fixture.script->asked.size(), asked + 1); // one title is enough
    app.chat()->rename(QStringLiteral("Mine"));
    fixture.drain();
    QCOMPARE(app.chat()->title(), QStringLiteral("Mine"));
}

namespace {

/// The words of a private conversation (the public answer says "hushanswer" too).
constexpr std::initializer_list<const char*> hushed{"hushquestion", "hushmore",    "hushagain", "hushversion",
                                                    "hushedited",   "hushstopped", "hushdraft"};

/// Not one of the words stands in any file of the data folder, whole or as UTF-16.
void nothing_says(Fixture& fixture, std::initializer_list<const char*> words) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_of(fixture.folder))) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        for (const std::string word : words) {
            std::string wide;
            for (const char c : word)
                wide.append({c, '\0'});
            QVERIFY2(bytes.find(word) == std::string::npos && bytes.find(wide) == std::string::npos,
                     (entry.path().string() + ": " + word).c_str());
        }
    }
}

} // namespace

void ChatTest::a_private_conversation_leaves_nothing() {
    Fixture fixture;
    fixture.script->reasoning = "hushthought ";
    fixture.script->answer = "hushanswer";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("public"));
    app.chat()->newPrivateConversation();
    QVERIFY(app.chat()->isPrivate());
    app.chat()->setDraft(QStringLiteral("hushdraft"));
    fixture.script->answer = "hushanswer hushmore";
    fixture.ask(QStringLiteral("hushquestion"));
    QCOMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(fixture.last().content, std::string("hushanswer hushmore"));
    QVERIFY(fixture.script->asked.back().conversation.empty()); // no cache on disk
    fixture.ask(QStringLiteral("hushagain"));
    QCOMPARE(fixture.script->asked.back().messages.size(), std::size_t(3)); // it remembers, while it lives
    fixture.script->answer = "hushversion hushmore";
    app.chat()->regenerate(app.chat()->lastAnswer());
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(app.chat()->messages()->count(), 4);
    QCOMPARE(fixture.last().content, std::string("hushversion hushmore"));
    // Versions as elsewhere: nothing generated is lost while the conversation lives.
    QCOMPARE(fixture.last().sibling_count, std::int64_t(2));
    app.chat()->showSibling(app.chat()->lastAnswer(), -1);
    QCOMPARE(fixture.last().content, std::string("hushanswer hushmore"));
    QCOMPARE(fixture.last().sibling_index, std::int64_t(0));
    app.chat()->showSibling(app.chat()->lastAnswer(), 1);
    QCOMPARE(fixture.last().content, std::string("hushversion hushmore"));
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("hushedited"));
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(fixture.script->asked.back().messages.back().content, std::string("hushedited"));
    QCOMPARE(fixture.script->asked.back().messages.size(), std::size_t(3));
    app.chat()->showSibling(app.chat()->lastPrompt(), -1);
    QCOMPARE(app.chat()->messages()->at(2).content, std::string("hushagain"));
    QCOMPARE(fixture.last().content, std::string("hushversion hushmore")); // the branch as it was left
    app.chat()->showSibling(app.chat()->lastPrompt(), 1);
    QCOMPARE(app.chat()->messages()->at(2).content, std::string("hushedited"));
    fixture.script->stops_in_answer = true; // what a journal would keep
    app.chat()->send(QStringLiteral("hushstopped"));
    QTRY_VERIFY_WITH_TIMEOUT(fixture.last().content.starts_with("hushversion"), patience_ms);
    app.chat()->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    fixture.script->stops_in_answer = false;
    app.chat()->setDraft(QStringLiteral("hushdraft"));
    fixture.drain();
    nothing_says(fixture, hushed); // while it lives: the log, the journal and the caches too
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->conversation(), qint64(1));
    fixture.drain();
    QCOMPARE(app.conversations()->count(), 1);
    fixture.quit();
    nothing_says(fixture, hushed);
    fixture.start(); // nor is anything found again, or written at the next start
    fixture.quit();
    nothing_says(fixture, hushed);
}

/// The window does not wait for the file to be read through: what is damaged in it is found under way, and
/// what was asked meanwhile is kept.
void ChatTest::damage_is_found_under_way() {
    Fixture fixture;
    fixture.script->answer = "kept";
    fixture.start();
    fixture.ask(QStringLiteral("before the damage"));
    const auto file = path_of(fixture.folder) / "spoutnik.db";
    std::int64_t page = 0;
    fixture->store().run(
        &*fixture,
        [](app::Store& store) {
            storage::Statement root(store.database.handle(),
                                    "SELECT rootpage FROM sqlite_schema WHERE name = 'message_by_parent'");
            return root.step() ? root.integer(0) : 0;
        },
        [&](std::int64_t found) { page = found; });
    QTRY_VERIFY(page > 1);
    fixture.quit();
    {
        std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
        out.seekp(static_cast<std::streamoff>(page - 1) * 4096);
        const std::string rubbish(4096, '\xA5');
        out.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
    }
    auto& app = fixture.start();
    QCOMPARE(app.salvaged(), -1); // not known yet
    QTRY_VERIFY_WITH_TIMEOUT(app.salvaged() >= 1, patience_ms);
    fixture.drain();
    QTRY_COMPARE(app.conversations()->count(), 1);
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(fixture.ask(QStringLiteral("and after it")).content, std::string("kept"));
    QVERIFY(std::filesystem::exists(path_of(fixture.folder) / "damaged"));
}

void ChatTest::an_interrupted_answer_goes_on() {
    Fixture fixture;
    fixture.script->reasoning = "hm hm ";
    fixture.script->answer = "one two ";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start();
    app.chat()->send(QStringLiteral("count"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && fixture.last().content == "one two ",
                             patience_ms);
    QCOMPARE(fixture.last().reasoning_tokens, std::int64_t(2)); // told while it streams
    app.chat()->continueAnswer(fixture.last().id);              // not while it streams
    app.chat()->stop();
    QTRY_COMPARE_WITH_TIMEOUT(fixture.last().status, Status::interrupted, patience_ms);
    QCOMPARE(fixture.script->asked.size(), std::size_t(1));

    fixture.script->reasoning.clear();
    fixture.script->answer = " three four.";
    fixture.script->stops_in_answer = false;
    fixture.script->figures.answer_tokens = 2;
    const auto id = fixture.last().id;
    app.chat()->continueAnswer(id);
    QVERIFY(app.chat()->answering());
    QTRY_COMPARE_WITH_TIMEOUT(fixture.last().status, Status::done, patience_ms);
    QCOMPARE(fixture.last().id, id); // the same message, no version of it
    QCOMPARE(fixture.last().content, std::string("one two three four."));
    QCOMPARE(fixture.last().reasoning, std::string("hm hm "));
    QCOMPARE(fixture.script->asked.size(), std::size_t(2));
    const auto& asked = fixture.script->asked.back();
    QVERIFY(asked.continues_last);
    QCOMPARE(asked.messages.back().role, std::string("assistant"));
    QCOMPARE(asked.messages.back().content, std::string("<think>\nhm hm \n</think>\n\none two"));
    fixture.drain();
    QCOMPARE(stored(fixture.folder)[1].content, std::string("one two three four."));
    QCOMPARE(stored(fixture.folder)[1].status, Status::done);
    app.chat()->continueAnswer(id); // a whole answer has no more to say
    QVERIFY(!app.chat()->answering());

    // The real engine goes on from the very word.
    storage::Message cut;
    cut.content = "Two and two is  ";
    cut.reasoning = "r";
    QCOMPARE(app::unfinished_reply(cut, false), std::string("Two and two is"));
}

void ChatTest::an_answer_that_goes_on_survives_a_kill() {
    QTemporaryDir folder;
    const auto file = path_of(folder) / "j";
    {
        app::StreamJournal journal(file);
        journal.add_answer(3, " three"); // the engine may be faster
        journal.bind(3, 7);
        journal.begin_with(3, "why", "one two");
        journal.add_answer(3, " four");
    }
    const auto found = app::StreamJournal::read(file);
    QCOMPARE(found.size(), std::size_t(1));
    QCOMPARE(found[0].message, std::int64_t(7));
    QCOMPARE(found[0].reasoning, std::string("why"));
    QCOMPARE(found[0].answer, std::string("one two three four"));
}

void ChatTest::failure_is_told_and_kept() {
    Fixture fixture;
    fixture.script->answer = "so far";
    fixture.script->failure = "there is no memory left";
    fixture.start();
    const auto& answer = fixture.ask(QStringLiteral("go"));
    QCOMPARE(answer.status, Status::error);
    QCOMPARE(answer.error, std::string("there is no memory left"));
    QCOMPARE(answer.content, std::string("so far"));
}

void ChatTest::edit_and_regenerate_make_versions() {
    Fixture fixture;
    fixture.script->answer = "first";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("question"));
    fixture.script->answer = "second";
    app.chat()->regenerate(app.chat()->lastAnswer());
    QTRY_COMPARE_WITH_TIMEOUT(QString::fromStdString(fixture.last().content), QStringLiteral("second"),
                              patience_ms);
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(fixture.last().sibling_count, std::int64_t(2));
    app.chat()->showSibling(app.chat()->lastAnswer(), -1);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("first"));
    app.chat()->showSibling(app.chat()->lastAnswer(), -1); // there is none before
    fixture.drain();
    QCOMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("first"));

    fixture.script->answer = "third";
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("question, edited"));
    QTRY_COMPARE_WITH_TIMEOUT(QString::fromStdString(fixture.last().content), QStringLiteral("third"),
                              patience_ms);
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(app.chat()->messages()->at(0).sibling_count, std::int64_t(2));
    QCOMPARE(fixture.script->asked.back().messages.back().content, std::string("question, edited"));
    fixture.start();
    fixture->chat()->open(1);
    QTRY_COMPARE(fixture->chat()->messages()->count(), 2);
    QCOMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("third"));
}

void ChatTest::delete_is_undone_or_for_good() {
    Fixture fixture;
    fixture.script->answer = "yes";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("keep me"));
    auto* list = app.conversations();
    QTRY_COMPARE(list->count(), 1);
    list->remove(1);
    QTRY_COMPARE(list->count(), 0);
    QVERIFY(list->canUndo());
    QCOMPARE(app.chat()->conversation(), qint64(0));
    list->undo();
    QTRY_COMPARE(list->count(), 1);
    QTRY_COMPARE(app.chat()->conversation(), qint64(1));
    list->rename(1, QStringLiteral("  A better   title "));
    QTRY_COMPARE(app.chat()->title(), QStringLiteral("A better title"));
    list->setPinned(1, true);
    QTRY_COMPARE(list->data(list->index(0), app::ConversationListModel::GroupRole).toString(),
                 QStringLiteral("pinned"));
    list->remove(1);
    QTRY_VERIFY(list->canUndo());
    list->forgetUndo();
    fixture.drain();
    QVERIFY(stored(fixture.folder).empty());
}

void ChatTest::search_finds_and_opens() {
    Fixture fixture;
    fixture.script->answer = "The quick <b>brown</b> fox";
    auto& app = fixture.start();
    fixture.ask(QStringLiteral("an animal"));
    app.chat()->newConversation();
    auto* search = app.conversations()->search();
    QAbstractItemModelTester tester(search, QAbstractItemModelTester::FailureReportingMode::QtTest);
    search->setQuery(QStringLiteral("BROWN"));
    QTRY_COMPARE(search->count(), 1);
    const auto index = search->index(0);
    QVERIFY(search->data(index, app::SearchListModel::SnippetRole)
                .toString()
                .contains(QStringLiteral("&lt;b&gt;<b>brown</b>&lt;/b&gt;")));
    QSignalSpy scrolled(app.chat(), &ChatController::scrollTo);
    app.chat()->open(search->data(index, app::SearchListModel::ConversationRole).toLongLong(),
                     search->data(index, app::SearchListModel::MessageRole).toLongLong());
    QTRY_COMPARE(scrolled.count(), 1);
    QCOMPARE(scrolled.at(0).at(0).toInt(), 1);
    search->setQuery(QStringLiteral("zebra"));
    QTRY_COMPARE(search->count(), 0);
}

void ChatTest::drafts_stay() {
    Fixture fixture;
    fixture.script->answer = "ok";
    fixture.start();
    fixture.ask(QStringLiteral("hello"));
    fixture->chat()->setDraft(QStringLiteral("half a thought"));
    fixture->chat()->newConversation();
    QCOMPARE(fixture->chat()->draft(), QString());
    fixture->chat()->open(1);
    QTRY_COMPARE(fixture->chat()->draft(), QStringLiteral("half a thought"));
    fixture.start();
    fixture->chat()->open(1);
    QTRY_COMPARE(fixture->chat()->draft(), QStringLiteral("half a thought"));
}

void ChatTest::model_change_in_mid_answer_keeps_it() {
    Fixture fixture;
    fixture.script->answer = "half ";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start();
    app.chat()->send(QStringLiteral("go"));
    QTRY_VERIFY(app.chat()->messages()->count() == 2 && fixture.last().content == "half ");
    app.model()->reload();
    QTRY_COMPARE(fixture.last().status, Status::interrupted);
    QTRY_COMPARE(app.model()->state(), ModelController::State::Ready);
    fixture.drain();
    QCOMPARE(stored(fixture.folder)[1].content, std::string("half "));
}

void ChatTest::a_bad_model_file_is_said_in_a_sentence() {
    Fixture fixture(app::engine_sessions());
    QFile file(fixture.folder.filePath(QStringLiteral("bad.gguf")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("GGUF but nothing else");
    file.close();
    fixture.model_file = file.fileName();
    auto& app = fixture.start(false, false);
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->state(), ModelController::State::Failed, patience_ms);
    QVERIFY(!app.model()->problem().isEmpty());
    const auto& answer = fixture.ask(QStringLiteral("are you there?")); // the question is kept all the same
    QCOMPARE(answer.status, Status::error);
    QCOMPARE(stored(fixture.folder)[0].content, std::string("are you there?"));
}

void ChatTest::loading_is_cancelled() {
    Fixture fixture(endless_loading(1000, 0.5));
    fixture.model_file = QStringLiteral("/tmp/any.gguf");
    auto& app = fixture.start(false, false);
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->loadedBytes(), 500.0, patience_ms);
    app.chat()->send(QStringLiteral("waiting"));
    QTRY_COMPARE(app.chat()->phase(), ChatController::Phase::Waiting);
    app.model()->cancelLoading();
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->state(), ModelController::State::Failed, patience_ms);
    QVERIFY(app.model()->wasCancelled());
    QTRY_COMPARE(fixture.last().status, Status::error);
}

void ChatTest::a_killed_answer_comes_back_from_the_journal() {
    Fixture fixture;
    storage::MessageId id = 0;
    {
        storage::OpenOptions options;
        options.folder = path_of(fixture.folder);
        storage::Database database(std::move(options));
        storage::Conversations conversations(database);
        const auto conversation = conversations.create("lost?").id;
        id = conversations.begin_turn(conversation, "tell me", "model").answer;
        storage::Answer partial;
        partial.content = "what the last second ";
        conversations.save_partial(id, partial);
    }
    {
        app::StreamJournal journal(path_of(fixture.folder) / "stream.journal");
        journal.bind(1, id);
        journal.add_reasoning(1, "thought");
        journal.add_answer(1, "what the last second ");
        journal.add_answer(1, "did not save");
    }
    fixture.start();
    const auto kept = stored(fixture.folder);
    QCOMPARE(kept[1].content, std::string("what the last second did not save"));
    QCOMPARE(kept[1].reasoning, std::string("thought"));
    QCOMPARE(kept[1].status, Status::interrupted);

    // Saved as answer, then told to be reasoning, then killed: nothing is longer, but it moved.
    fixture.quit();
    {
        storage::OpenOptions options;
        options.folder = path_of(fixture.folder);
        storage::Database database(std::move(options));
        storage::Conversations conversations(database);
        id = conversations.begin_turn(1, "and now", "model").answer;
        storage::Answer partial;
        partial.content = "hm, hm";
        conversations.save_partial(id, partial);
        app::StreamJournal journal(path_of(fixture.folder) / "stream.journal");
        journal.bind(1, id);
        journal.add_answer(1, "hm, hm");
        journal.add_answer_was_reasoning(1);
    }
    fixture.start();
    const auto moved = stored(fixture.folder);
    QCOMPARE(moved[3].reasoning, std::string("hm, hm"));
    QCOMPARE(moved[3].content, std::string());
}

void ChatTest::real_model_types_streams_stops_and_is_found_again() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
    Fixture fixture(app::engine_sessions());
    auto& app = fixture.start();
    QCOMPARE(app.model()->state(), ModelController::State::Ready);
    QSignalSpy streamed(app.chat()->messages(), &QAbstractItemModel::dataChanged);
    app.chat()->send(QStringLiteral("What is 17 + 25?"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && fixture.last().status == Status::done,
                             patience_ms);
    QVERIFY(streamed.count() >= 1);
    QVERIFY(!fixture.last().content.empty());
    QVERIFY(fixture.last().generated_tokens > 0);
    QVERIFY(fixture.last().tokens_per_second > 0);
    QVERIFY(app.chat()->contextUsed() > 0);
    const std::string whole = fixture.last().content;

    app.chat()->send(QStringLiteral("Bonjour ! Que sais-tu faire ?"));
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 4 &&
                                 (!fixture.last().content.empty() || !fixture.last().reasoning.empty()),
                             patience_ms);
    app.chat()->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    const std::string cut = fixture.last().reasoning + fixture.last().content;

    auto& again = fixture.start();
    QTRY_COMPARE(again.conversations()->count(), 1);
    again.chat()->open(again.conversations()->idAt(0));
    QTRY_COMPARE(again.chat()->messages()->count(), 4);
    QCOMPARE(again.chat()->messages()->at(0).content, std::string("What is 17 + 25?"));
    QCOMPARE(again.chat()->messages()->at(1).content, whole);
    QCOMPARE(fixture.last().reasoning + fixture.last().content, cut);
}

void ChatTest::kv_caches_come_and_go_with_their_conversations() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
    Fixture fixture(app::engine_sessions());
    const auto folder = path_of(fixture.folder) / "cache";
    const auto has = [&](const char* name) { return std::filesystem::exists(folder / name); };
    // Enough words to be worth a file.
    const QString words = QStringLiteral("17 + 25, 18 + 26, 19 + 27, 20 + 28, 21 + 29, ").repeated(4);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "77.kvcache") << "of a conversation that is gone";
    {
        auto& app = fixture.start();
        QVERIFY(!has("77.kvcache"));
        fixture.ask(words);
        app.chat()->newConversation();
        fixture.ask(words + QStringLiteral("and 1 + 1"));
        QTRY_COMPARE(app.conversations()->count(), 2);
        QVERIFY(has("1.kvcache"));
        QVERIFY(!has("2.kvcache")); // it is the one in memory
    }
    fixture.quit();
    QVERIFY(has("1.kvcache"));
    QVERIFY(has("2.kvcache"));
    auto& app = fixture.start();
    QVERIFY(has("1.kvcache") && has("2.kvcache"));
    app.conversations()->remove(1);
    QTRY_VERIFY_WITH_TIMEOUT(!has("1.kvcache"), patience_ms);
    QVERIFY(has("2.kvcache"));
    app.chat()->open(2);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    fixture.ask(words);
    app.conversations()->remove(2); // the session holds it in memory, and must not save it at the end
    QTRY_VERIFY_WITH_TIMEOUT(!has("2.kvcache"), patience_ms);
    fixture.quit();
    QVERIFY(!has("2.kvcache"));
}

namespace {

/// What a program that was killed has shown, and whether the signal came before its end.
struct Killed {
    QByteArray shown;
    bool was_running = false;
};

Killed run_and_kill(const QString& program, const QStringList& arguments, int letters) {
    Killed killed;
    QProcess process;
    process.setProcessChannelMode(QProcess::SeparateChannels);
    process.start(program, arguments);
    while (killed.shown.size() < letters && process.waitForReadyRead(patience_ms))
        killed.shown += process.readAllStandardOutput();
    process.kill();
    if (process.state() != QProcess::NotRunning) process.waitForFinished(patience_ms);
    killed.shown += process.readAllStandardOutput();
    killed.was_running = process.exitStatus() == QProcess::CrashExit;
    return killed;
}

/// The answer that the next start finds in the folder.
QByteArray found_again(const QTemporaryDir& folder) {
    app::ApplicationOptions options;
    options.data_folder = path_of(folder);
    options.sessions = scripted_sessions(std::make_shared<Script>());
    options.model_file = QStringLiteral("scripted.gguf");
    app::Application application(std::move(options));
    wait_for("the storage", [&] { return application.ready(); });
    application.chat()->open(1);
    wait_for("the conversation", [&] { return application.chat()->messages()->count() == 2; });
    const auto& answer = application.chat()->messages()->at(1);
    return QByteArray::fromStdString(answer.reasoning + answer.content);
}

} // namespace

void ChatTest::kill_in_mid_answer_loses_nothing_that_was_shown() {
    for (const int letters : {1, 40, 333, 1500}) { // within the first second, and after the first save
        QTemporaryDir folder;
        const auto killed = run_and_kill(QCoreApplication::applicationFilePath(),
                                         {QStringLiteral("--answer-slowly"), folder.path()}, letters);
        QVERIFY(killed.was_running);
        QVERIFY(killed.shown.size() >= letters);
        const QByteArray kept = found_again(folder);
        QVERIFY2(kept.startsWith(killed.shown), kept + "\n--- shown:\n" + killed.shown);
    }
}

void ChatTest::kill_of_the_real_program_loses_nothing_that_was_shown() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
    for (int attempt = 0; attempt < 5;
         ++attempt) { // it answers so fast that the signal may come after its end
        QTemporaryDir folder;
        const auto killed =
            run_and_kill(QStringLiteral(SPOUTNIK_PROGRAM),
                         {QStringLiteral("--selftest"), QStringLiteral("--data"), folder.path()}, 1);
        QVERIFY(!killed.shown.isEmpty());
        const QByteArray kept = found_again(folder);
        QVERIFY2(kept.startsWith(killed.shown.trimmed()), kept + "\n--- shown:\n" + killed.shown);
        if (killed.was_running) return;
    }
    qInfo("the program was never caught in mid-answer; what it had shown was there");
}

} // namespace spoutnik::test
