// SPDX-License-Identifier: MIT
// The whole program behind the window: storage, model, conversations and their order of birth and death. QML
// sees it as the singleton App.
#pragma once

#include "app/gui/chat_controller.h"
#include "app/gui/conversation_files.h"
#include "app/gui/conversation_list_model.h"
#include "app/gui/guest_watch.h"
#include "app/gui/model_controller.h"
#include "app/gui/prompt_library.h"
#include "app/gui/settings.h"
#include "app/gui/store_thread.h"
#include "app/gui/system_appearance.h"
#include "app/gui/text_files.h"

#include <QLocale>
#include <QObject>
#include <QQmlApplicationEngine>
#include <QQuickTextDocument>
#include <QQuickWindow>
#include <QTranslator>
#include <QtQml/qqmlregistration.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace spoutnik::app {

struct ApplicationOptions {
    std::filesystem::path data_folder; ///< empty: the person's own
    QString model_file;                ///< empty: what the settings say
    SessionFactory sessions;           ///< who opens models
    QString language;                  ///< forces "en" or "fr"; empty: what the settings say
};

class Application : public QObject {
    Q_OBJECT
    QML_NAMED_ELEMENT(App)
    QML_SINGLETON
    Q_PROPERTY(spoutnik::app::ChatController* chat READ chat CONSTANT)
    Q_PROPERTY(spoutnik::app::ConversationListModel* conversations READ conversations CONSTANT)
    Q_PROPERTY(spoutnik::app::ModelController* model READ model CONSTANT)
    Q_PROPERTY(spoutnik::app::Settings* settings READ settings CONSTANT)
    Q_PROPERTY(spoutnik::app::TextFiles* files READ files CONSTANT)
    Q_PROPERTY(spoutnik::app::PromptLibrary* prompts READ prompts CONSTANT)
    Q_PROPERTY(spoutnik::app::ConversationFiles* archive READ archive CONSTANT)
    Q_PROPERTY(QString version READ version CONSTANT)
    Q_PROPERTY(QString monoFamily READ monoFamily CONSTANT)
    Q_PROPERTY(QString localeName READ localeName NOTIFY localeChanged) // "fr_FR"
    Q_PROPERTY(bool ready READ ready NOTIFY readyChanged)               // the conversations are open
    /// What went wrong with the storage: a storage::ErrorKind's name, empty when all is well.
    Q_PROPERTY(QString storageProblem READ storageProblem NOTIFY storageProblemChanged)
    Q_PROPERTY(QString storageDetail READ storageDetail NOTIFY storageProblemChanged)
    Q_PROPERTY(QString dataFolder READ dataFolder CONSTANT)
    /// Set when a damaged database was set aside at start: how many conversations were saved from it.
    Q_PROPERTY(int salvaged READ salvaged NOTIFY readyChanged)

  public:
    explicit Application(ApplicationOptions options, QObject* parent = nullptr);
    ~Application() override;
    static Application* create(QQmlEngine* qml, QJSEngine* js);

    /// Gives an engine what every component needs: the module's path and the icons.
    static void prepare(QQmlEngine& engine);
    /// Opens the window.
    bool show();
    QQuickWindow* window() const;
    QQmlApplicationEngine* qml() const { return qml_.get(); }

    ChatController* chat() { return &chat_; }
    ConversationListModel* conversations() { return &conversations_; }
    ModelController* model() { return &model_; }
    Settings* settings() { return &settings_; }
    TextFiles* files() { return &files_; }
    PromptLibrary* prompts() { return &prompts_; }
    ConversationFiles* archive() { return &archive_; }
    StoreThread& store() { return store_; }
    QString version() const;
    QString monoFamily() const;
    QString localeName() const { return locale_.name(); }
    bool ready() const { return is_ready_; }
    QString storageProblem() const { return storage_problem_; }
    QString storageDetail() const { return storage_detail_; }
    QString dataFolder() const;
    int salvaged() const { return salvaged_; }

    /// Whether a search for `words` finds them in `text`.
    Q_INVOKABLE static bool holds(const QString& text, const QString& words);
    /// Where the letters of a text's first line stand, in pixels from its top: a formula in it moves them.
    Q_INVOKABLE static double firstBaseline(QQuickTextDocument* document);
    /// Rich text in which French signs stay with their words, as with_kept_spaces() says.
    Q_INVOKABLE static QString keptSpaces(const QString& html);
    /// The same, with its formulas drawn beside letters of `size` pixels in the colour RRGGBB.
    Q_INVOKABLE QString withFormulas(const QString& html, int size, const QString& rrggbb) const;
    Q_INVOKABLE void copy(const QString& text) const;
    Q_INVOKABLE QList<QUrl> copiedFiles() const; ///< files on the clipboard
    /// A file's name and text as they go into a message.
    Q_INVOKABLE QString attachedText(const QString& name, const QString& text, const QString& language) const;
    /// A table's cells (rich text, the head first) as CSV, RFC 4180.
    Q_INVOKABLE QString csv(const QVariantList& rows) const;
    /// "C++" for "cpp".
    Q_INVOKABLE QString codeLanguage(const QString& fence) const;
    /// Where a link leads, in letters that can't pretend to be others; empty when it may not be opened.
    Q_INVOKABLE QString addressOf(const QString& link) const;
    Q_INVOKABLE void askToOpen(const QString& link);         ///< linkAsked() follows, nothing is opened yet
    Q_INVOKABLE void openLink(const QString& address) const; ///< http, https and mailto only
    Q_INVOKABLE void openStorage();                          ///< again, after a problem
    Q_INVOKABLE void dismissStorageProblem();

  signals:
    void localeChanged();
    void readyChanged();
    void storageProblemChanged();
    void linkAsked(const QString& address);

  private:
    void on_opened(const storage::OpenReport& report);
    void tidy();
    void on_problem(storage::ErrorKind kind, const QString& sentence);
    void apply_language();
    void read_again(const std::vector<storage::ConversationId>& gone);
    void forget_cache(qint64 conversation);

    ApplicationOptions options_;
    StoreThread store_;
    Settings settings_;
    SystemAppearance appearance_;
    ModelController model_;
    ConversationListModel conversations_;
    ChatController chat_;
    TextFiles files_;
    PromptLibrary prompts_;
    ConversationFiles archive_;
    GuestWatch guests_;
    QTranslator own_words_;
    QTranslator qt_words_;
    QLocale locale_;
    bool is_ready_ = false;
    bool is_writable_ = false;
    qint64 started_ms_ = 0; // when this run began
    int salvaged_ = -1;
    QString storage_problem_;
    QString storage_detail_;
    std::unique_ptr<QQmlApplicationEngine> qml_;
};

} // namespace spoutnik::app
