// SPDX-License-Identifier: MIT
#include "app/gui/self_test.h"

#include "app/gui/application.h"

#include <QGuiApplication>
#include <QTimer>

#include <chrono>
#include <cstdio>
#include <string>

namespace spoutnik::app {

namespace {

constexpr auto patience = std::chrono::minutes(3);

/// Prints what the shown answer has gained. Reasoning stands before the answer, so that text which moves from
/// the one to the other is not printed twice.
class Echo {
  public:
    explicit Echo(const MessageListModel& messages) : messages_(messages) {}
    void operator()() {
        if (messages_.count() == 0) return;
        const auto& message = messages_.at(messages_.count() - 1);
        const std::string whole = message.reasoning + message.content;
        if (whole.size() <= printed_) return;
        std::fwrite(whole.data() + printed_, 1, whole.size() - printed_, stdout);
        std::fflush(stdout);
        printed_ = whole.size();
    }

  private:
    const MessageListModel& messages_;
    std::size_t printed_ = 0;
};

} // namespace

int self_test(Application& application) {
    auto& chat = *application.chat();
    auto& model = *application.model();
    const auto fail = [](const QString& why) {
        std::fprintf(stderr, "spoutnik: %s\n", qPrintable(why));
        QGuiApplication::exit(1);
    };

    QObject scope;
    QTimer::singleShot(patience, &scope, [&] { fail(QStringLiteral("no answer in time")); });
    QObject::connect(&application, &Application::storageProblemChanged, &scope, [&] {
        if (!application.storageProblem().isEmpty()) fail(application.storageDetail());
    });
    QObject::connect(&model, &ModelController::stateChanged, &scope, [&] {
        if (model.state() == ModelController::State::Failed)
            fail(model.problem());
        else if (model.state() == ModelController::State::Ready)
            chat.send(QStringLiteral("What is 17 + 25?"));
    });
    QObject::connect(chat.messages(), &QAbstractItemModel::dataChanged, &scope, Echo(*chat.messages()));
    QObject::connect(&chat, &ChatController::answered, &scope, [&](qint64 id) {
        const auto* answer = chat.messages()->find(id);
        if (!answer || answer->status != storage::Status::done || answer->content.empty()) {
            fail(QStringLiteral("the answer did not come to its end: %1")
                     .arg(QString::fromStdString(answer ? answer->error : "")));
            return;
        }
        std::printf("\n");
        QGuiApplication::exit(0);
    });
    return QGuiApplication::exec();
}

} // namespace spoutnik::app
