// SPDX-License-Identifier: MIT
// An application on a data folder of its own, for one test.
#pragma once

#include "app/gui/application.h"
#include "tests/qml/scripted_session.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <utility>

namespace spoutnik::test {

constexpr int patience_ms = 60'000; // only ever waited for when something is wrong

/// Turns the event loop until something is true; gives up loudly.
template <class Condition>
void wait_for(const char* what, Condition is_true) {
    if (!QTest::qWaitFor(is_true, patience_ms)) qFatal("waited in vain: %s", what);
}

class Fixture {
  public:
    explicit Fixture(app::SessionFactory sessions = {}, QString language = QStringLiteral("en"))
        : sessions_(std::move(sessions)), language_(std::move(language)) {
        if (!sessions_) {
            sessions_ = scripted_sessions(script);
            model_file = QStringLiteral("scripted.gguf"); // never opened
        }
    }
    /// Starts the application on the folder, again if it runs, and waits until the model is there.
    app::Application& start(bool with_window = false, bool wait_for_model = true) {
        application_.reset();
        app::ApplicationOptions options;
        options.data_folder = folder.path().toStdString();
        options.sessions = sessions_;
        options.language = language_;
        options.model_file = model_file;
        application_ = std::make_unique<app::Application>(std::move(options));
        wait_for("the storage", [&] { return application_->ready(); });
        if (wait_for_model)
            wait_for("the model",
                     [&] { return application_->model()->state() == app::ModelController::State::Ready; });
        application_->settings()->setReducedMotion(true);
        application_->settings()->setModelTitles(titles_by_model);
        if (with_window) {
            application_->show();
            application_->window()->requestActivate();
            wait_for("the window", [&] { return application_->window()->isActive(); });
        }
        return *application_;
    }
    void quit() { application_.reset(); }
    app::Application& operator*() { return *application_; }
    app::Application* operator->() { return application_.get(); }

    /// Asks and waits for the end of the answer.
    const storage::Message& ask(const QString& text) {
        application_->chat()->send(text);
        wait_for("an answer", [&] { return !application_->chat()->answering(); });
        return last();
    }
    const storage::Message& last() {
        auto* messages = application_->chat()->messages();
        return messages->at(messages->count() - 1);
    }
    /// Waits until everything handed to the storage so far is done.
    void drain() {
        bool is_done = false;
        application_->store().run(
            application_.get(), [](app::Store&) {}, [&] { is_done = true; });
        wait_for("the storage's jobs", [&] { return is_done; });
    }

    QTemporaryDir folder;
    std::shared_ptr<Script> script = std::make_shared<Script>(); // before start() it may be changed freely
    QString model_file;
    bool titles_by_model = false; // else the script would be asked for one after its first answer

  private:
    app::SessionFactory sessions_;
    QString language_;
    std::unique_ptr<app::Application> application_;
};

} // namespace spoutnik::test
