// SPDX-License-Identifier: MIT
// The real application for a test: the window, the engine with the starter model, SQLite in a folder of its
// own.
#pragma once

#include "tests/qml/fixture.h"
#include "tests/qml/items.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace spoutnik::test {

/// Holds the real engine's thread at a place in its answer: every token comes by itself, and after so many
/// the thread waits until it is released or its request is cancelled. So "in the middle of an answer" is a
/// place, not a race with a model of two thousand tokens a second.
class Valve {
  public:
    Valve();
    ~Valve();
    Valve(const Valve&) = delete;
    Valve& operator=(const Valve&) = delete;

    /// The next request stops after `texts` pieces of text have been handed to the window.
    void hold_after(int texts);
    /// The same, counting pieces of the answer only.
    void hold_in_answer(int texts);
    void release();
    bool is_holding() const;
    /// Every piece of text that came, reasoning and answer, in order.
    std::vector<std::string> pieces() const;
    /// Times an answer turned out to have been reasoning (a </think> that nothing had opened).
    int orphans() const;
    /// What the engine was asked.
    std::vector<engine::ChatRequest> asked() const;

    app::SessionFactory sessions();

    struct State;

  private:
    std::shared_ptr<State> state_;
};

/// A Fixture on the real engine. The most probable token is always taken, so that answers are the same
/// everywhere.
class RealWindow : public Fixture {
  public:
    explicit RealWindow(const QString& language = QStringLiteral("en"))
        : RealWindow(std::make_shared<Valve>(), language) {}
    ~RealWindow() { valve->release(); }

    /// The window on the folder, again if it is there, with the model ready.
    app::Application& open(bool wait_for_model = true) {
        valve->release();
        auto& app = start(true, wait_for_model);
        app.settings()->setTemperature(0);
        return app;
    }
    /// Types a question into the composer, sends it with Return, waits for the end of the answer.
    const storage::Message& type_and_send(const QString& text);
    /// Types, sends, and waits until the answer stands still after so many pieces of text.
    void send_and_hold(const QString& text, int pieces);
    void send_and_hold_in_answer(const QString& text, int pieces);
    std::string last_text() { return last().content; }

    std::shared_ptr<Valve> valve;

  private:
    void wait_until_held();
    RealWindow(std::shared_ptr<Valve> held, const QString& language)
        : Fixture(held->sessions(), language), valve(std::move(held)) {}
};

/// What a test of a fresh connection finds in the folder.
std::vector<storage::Message> stored(const Fixture& fixture, storage::ConversationId conversation = 1);
/// SQLite's integrity_check of the file in the folder: "ok", or what is wrong.
std::string integrity(const Fixture& fixture);
/// Work on the database of a folder whose application does not run.
void with_database(const Fixture& fixture, const std::function<void(storage::Conversations&)>& work);
/// Whether any file in the folder, or in one below it, holds these bytes.
bool is_on_disk(const Fixture& fixture, const std::string& bytes, QString* where = nullptr);

/// spoutnik-cli with these arguments: its standard output; fails the program when it exits with an error.
QByteArray run_cli(const QStringList& arguments);

/// A copy of the starter model that thinks without having been told to (its template writes the first word of
/// the reasoning, so that a </think> comes which nothing opened), and whose tokens cut the euro sign in two:
/// " an" ends with its first two bytes, " addition" begins with its last.
void write_awkward_starter(const QString& path);
/// A copy of the starter model that says it can have a context of two thousand million tokens.
void write_thirsty_starter(const QString& path);

} // namespace spoutnik::test
