// SPDX-License-Identifier: MIT
#include "app/gui/application.h"

#include "app/gui/answer_blocks.h"
#include "app/gui/error_names.h"
#include "app/gui/hit_marks.h"
#include "app/gui/icon_provider.h"
#include "app/gui/inline_formulas.h"
#include "app/gui/kept_spaces.h"
#include "app/markdown/highlight.h"
#include "engine/session/saved_caches.h"

#include <QAbstractTextDocumentLayout>
#include <QClipboard>
#include <QDateTime>
#include <QDesktopServices>
#include <QFile>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QLibraryInfo>
#include <QMimeData>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextLayout>
#include <QUrl>

#include <chrono>
#include <set>
#include <utility>

namespace spoutnik::app {

namespace {

Application* living = nullptr; // what QML's singleton stands for; one at a time

std::filesystem::path cache_folder_in(const std::filesystem::path& folder) {
    return folder / "cache";
}

std::filesystem::path journal_in(const std::filesystem::path& folder) {
    return folder / "stream.journal";
}

/// What the database and the settings bring to the window at start, and what a killed process left.
struct Start {
    std::map<std::string, std::string> settings;
    std::filesystem::path journal, cache_folder, guests_file;
    std::vector<storage::Prompt> prompts;
};

/// Puts back text that was shown after the last save of a process that was killed.
void recover(Store& store, const std::filesystem::path& journal) {
    for (const auto& found : StreamJournal::read(journal)) {
        const auto message = store.conversations.message(found.message);
        if (!message || message->status != storage::Status::interrupted) continue;
        // As long as the database knows as much, it stays as it is; unless what it holds as answer was told
        // to be reasoning after all.
        const auto known = message->content.size() + message->reasoning.size();
        const auto shown = found.answer.size() + found.reasoning.size();
        if (known > shown || (known == shown && message->reasoning.size() >= found.reasoning.size()))
            continue;
        storage::Answer answer;
        answer.content = found.answer;
        answer.reasoning = found.reasoning;
        answer.reasoning_ms = message->reasoning_ms;
        store.conversations.finish(found.message, storage::Status::interrupted, answer);
    }
}

/// KV caches hold what was said: none outlives its conversation.
void sweep_caches(Store& store, const std::filesystem::path& folder) {
    std::set<std::string> wanted;
    storage::ListFilter all;
    all.archived = storage::ListFilter::Archived::also;
    for (const auto& row : store.conversations.list(all))
        wanted.insert(saved_cache_name(row.conversation.id));
    engine::sweep_saved_caches(folder, [&](const std::string& name) { return wanted.contains(name); });
}

} // namespace

Application::Application(ApplicationOptions options, QObject* parent)
    : QObject(parent), options_(std::move(options)), settings_(store_), appearance_(settings_),
      model_(settings_, options_.sessions), conversations_(store_), chat_(store_, model_, settings_),
      prompts_(store_), archive_(store_), guests_(store_) {
    Q_ASSERT(!living);
    living = this;

    connect(&store_, &StoreThread::opened, this, &Application::on_opened);
    connect(&store_, &StoreThread::checked, this, &Application::tidy);
    connect(&store_, &StoreThread::openFailed, this, &Application::on_problem);
    connect(&store_, &StoreThread::failed, this, &Application::on_problem);
    connect(&settings_, &Settings::languageChanged, this, &Application::apply_language);
    connect(&chat_, &ChatController::listChanged, &conversations_, &ConversationListModel::refresh);
    connect(&conversations_, &ConversationListModel::renamed, &chat_, &ChatController::set_title);
    connect(&conversations_, &ConversationListModel::removed, &chat_, &ChatController::forget);
    connect(&conversations_, &ConversationListModel::removed, this, &Application::forget_cache);
    connect(&conversations_, &ConversationListModel::restored, &chat_, [this](qint64 id) { chat_.open(id); });

    connect(&guests_, &GuestWatch::changed, &conversations_, &ConversationListModel::refresh);
    connect(&archive_, &ConversationFiles::imported, &conversations_, &ConversationListModel::refresh);
    connect(&archive_, &ConversationFiles::letGo, this, [this] {
        conversations_.forgetUndo();
        chat_.let_go();
        settings_.write();
    });
    // Else a kill in the moment after would put its text into messages that have these ids by then.
    archive_.before_restore = [this] { chat_.clear_journal(); };
    connect(&archive_, &ConversationFiles::restored, this, &Application::read_again);

    apply_language();
    openStorage();
}

Application::~Application() {
    qml_.reset();
    model_.shut_down(); // joins the engine: nothing streams any more when the chat puts its answers away
    living = nullptr;
}

Application* Application::create(QQmlEngine*, QJSEngine*) {
    QQmlEngine::setObjectOwnership(living, QQmlEngine::CppOwnership);
    return living;
}

void Application::prepare(QQmlEngine& engine) {
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine.addImageProvider(QStringLiteral("icons"), new IconProvider); // the engine owns it
    engine.addImageProvider(QStringLiteral("formulas"), new FormulaProvider);
}

bool Application::show() {
    qml_ = std::make_unique<QQmlApplicationEngine>();
    prepare(*qml_);
    qml_->load(QUrl(QStringLiteral("qrc:/qt/qml/Spoutnik/Main.qml")));
    return window() != nullptr;
}

QQuickWindow* Application::window() const {
    return qml_ && !qml_->rootObjects().isEmpty() ? qobject_cast<QQuickWindow*>(qml_->rootObjects().first())
                                                  : nullptr;
}

void Application::openStorage() {
    dismissStorageProblem();
    storage::OpenOptions options;
    options.folder = options_.data_folder;
    // Reading years of conversations through takes longer than opening the window; it begins when the list
    // stands there.
    options.check_after = std::chrono::milliseconds(1500);
    store_.open(std::move(options));
}

void Application::on_opened(const storage::OpenReport& report) {
    if (report.was_damaged) salvaged_ = static_cast<int>(report.salvaged_conversations);
    if (report.is_newer_schema) on_problem(storage::ErrorKind::newer_schema, {});
    is_writable_ = !report.is_newer_schema;
    if (is_ready_ && report.was_damaged) { // found out under way, and salvaged: the ids are the same
        conversations_.refresh();
        chat_.reload();
        emit readyChanged();
        return;
    }
    started_ms_ = QDateTime::currentMSecsSinceEpoch();
    store_.run(
        this,
        [is_writable = !report.is_newer_schema](Store& store) {
            Start start{store.settings.all("app/"),
                        journal_in(store.database.folder()),
                        {},
                        store.database.guests_file(),
                        storage::Prompts(store.database).list()};
            if (is_writable) {
                recover(store, start.journal);
                start.cache_folder = cache_folder_in(store.database.folder());
            }
            return start;
        },
        [this](const Start& start) {
            auto journal = std::make_unique<StreamJournal>(start.journal);
            journal->clear();
            chat_.set_journal(std::move(journal));
            settings_.load(start.settings);
            prompts_.load(start.prompts);
            model_.set_cache_folder(start.cache_folder);
            conversations_.refresh();
            guests_.watch(QFile::decodeName(start.guests_file.c_str()));
            is_ready_ = true;
            emit readyChanged();
            model_.start(options_.model_file);
        });
}

/// What may wait until the file has been found whole: it writes into it.
void Application::tidy() {
    if (!is_writable_) return;
    store_.run([started_ms = started_ms_](Store& store) {
        // Removed in an earlier run: the time to undo is over.
        store.conversations.purge_removed(started_ms);
        sweep_caches(store, cache_folder_in(store.database.folder()));
    });
}

/// After a restore, done or failed: no id of before means anything.
void Application::read_again(const std::vector<storage::ConversationId>& gone) {
    for (const auto id : gone)
        forget_cache(id);
    conversations_.setPlace({});
    store_.run(
        this,
        [](Store& store) {
            return std::pair(store.settings.all("app/"), storage::Prompts(store.database).list());
        },
        [this](const auto& stored) {
            settings_.replace(stored.first);
            prompts_.load(stored.second);
            conversations_.refresh();
        });
}

void Application::forget_cache(qint64 conversation) {
    // A session that has the conversation in memory must not save it again; without one the file is all.
    if (model_.session())
        model_.session()->forget(saved_cache_name(conversation));
    else
        store_.run([folder = model_.cache_folder(), conversation](Store&) {
            engine::remove_saved_cache(folder, saved_cache_name(conversation));
        });
}

void Application::on_problem(storage::ErrorKind kind, const QString& sentence) {
    storage_problem_ = name_of(kind);
    storage_detail_ = sentence;
    emit storageProblemChanged();
}

void Application::dismissStorageProblem() {
    storage_problem_.clear();
    storage_detail_.clear();
    emit storageProblemChanged();
}

void Application::apply_language() {
    QString language = options_.language.isEmpty() ? settings_.language() : options_.language;
    if (language == QLatin1String("system")) language = QLocale::system().name();
    const QLocale locale(language);
    locale_ = locale.language() == QLocale::French || locale.language() == QLocale::English
                  ? locale
                  : QLocale(QLocale::English);
    QLocale::setDefault(locale_);
    QCoreApplication::removeTranslator(&own_words_);
    QCoreApplication::removeTranslator(&qt_words_);
    if (own_words_.load(locale_, QStringLiteral("spoutnik"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        QCoreApplication::installTranslator(&own_words_);
    if (qt_words_.load(locale_, QStringLiteral("qt"), QStringLiteral("_"),
                       QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&qt_words_);
    if (qml_) qml_->retranslate();
    emit localeChanged();
}

QString Application::version() const {
    return QStringLiteral(SPOUTNIK_VERSION);
}

QString Application::monoFamily() const {
    return QFontDatabase::systemFont(QFontDatabase::FixedFont).family();
}

QString Application::dataFolder() const {
    const auto folder = options_.data_folder.empty() ? storage::default_data_folder() : options_.data_folder;
    return QString::fromStdString(folder.string());
}

void Application::copy(const QString& text) const {
    QGuiApplication::clipboard()->setText(text);
}

QList<QUrl> Application::copiedFiles() const {
    QList<QUrl> files;
    const auto* copied = QGuiApplication::clipboard()->mimeData();
    if (!copied) return files;
    for (const QUrl& url : copied->urls())
        if (url.isLocalFile()) files << url;
    return files;
}

QString Application::attachedText(const QString& name, const QString& text, const QString& language) const {
    return as_attached_text(name, text, language);
}

QString Application::withFormulas(const QString& html, int size, const QString& rrggbb) const {
    return with_formulas(with_kept_spaces(html), size, rrggbb);
}

QString Application::keptSpaces(const QString& html) {
    return with_kept_spaces(html);
}

QString Application::csv(const QVariantList& rows) const {
    QList<QStringList> cells;
    for (const QVariant& row : rows)
        cells << row.toStringList();
    return csv_of(cells);
}

QString Application::codeLanguage(const QString& fence) const {
    return QString::fromStdString(language_name(fence.toStdString()));
}

QString Application::addressOf(const QString& link) const {
    const QUrl url(link, QUrl::StrictMode);
    const bool may_open = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https") ||
                          url.scheme() == QLatin1String("mailto");
    return may_open ? url.toString(QUrl::FullyEncoded) : QString();
}

void Application::askToOpen(const QString& link) {
    const QString address = addressOf(link);
    if (!address.isEmpty()) emit linkAsked(address);
}

void Application::openLink(const QString& address) const {
    if (!addressOf(address).isEmpty()) QDesktopServices::openUrl(QUrl(address));
}

bool Application::holds(const QString& text, const QString& words) {
    return !hits_in(text, words).empty();
}

double Application::firstBaseline(QQuickTextDocument* document) {
    if (document == nullptr) return 0;
    const QTextBlock block = document->textDocument()->firstBlock();
    const auto top =
        document->textDocument()->documentLayout()->blockBoundingRect(block).top(); // lays it out
    const QTextLayout* layout = block.layout();
    if (layout == nullptr || layout->lineCount() == 0) return 0;
    const QTextLine line = layout->lineAt(0);
    return top + line.y() + line.ascent();
}

} // namespace spoutnik::app
