// SPDX-License-Identifier: MIT
#include "app/gui/conversation_files.h"

#include "app/gui/error_names.h"
#include "app/gui/store_thread.h"
#include "storage/backup_file.h"
#include "storage/error.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <utility>

namespace spoutnik::app {

namespace fs = std::filesystem;
namespace archive = storage::archive;

namespace {

constexpr int longest_name = 80; // letters

fs::path path_of(const QUrl& file) {
    return QFile::encodeName(file.toLocalFile()).toStdString();
}

QUrl url_of(const fs::path& file) {
    return QUrl::fromLocalFile(QFile::decodeName(file.c_str()));
}

QVariant number(std::int64_t value) {
    return static_cast<qint64>(value);
}

QVariantMap failure(const QString& problem, const char* detail = "") {
    return {{QStringLiteral("problem"), problem}, {QStringLiteral("detail"), QString::fromUtf8(detail)}};
}

/// The outcome of work that may throw. A failure here is about a file the person chose: it is told beside it,
/// not as a problem of the storage.
template <class Work>
QVariantMap outcome_of(Work work) {
    try {
        return work();
    } catch (const Cancelled&) {
        return {{QStringLiteral("cancelled"), true}};
    } catch (const Refused& refused) {
        return failure(QString::fromLatin1(refused.what()));
    } catch (const storage::Error& error) {
        return failure(name_of(error.kind()), error.what());
    } catch (const std::bad_alloc&) {
        return failure(QStringLiteral("too_large"));
    } catch (const std::exception& error) {
        return failure(QStringLiteral("other"), error.what());
    }
}

archive::Words words_of(const QVariantMap& given) {
    archive::Words words;
    const auto take = [&](const char* name, std::string& word) {
        const auto found = given.constFind(QLatin1String(name));
        if (found != given.constEnd()) word = found->toString().toStdString();
    };
    take("language", words.language);
    take("user", words.user);
    take("assistant", words.assistant);
    take("system", words.system);
    take("tool", words.tool);
    take("reasoning", words.reasoning);
    take("untitled", words.untitled);
    take("contents", words.contents);
    take("version", words.version);
    take("inReplyTo", words.in_reply_to);
    take("wasInterrupted", words.was_interrupted);
    take("hasFailed", words.has_failed);
    take("seconds", words.seconds);
    return words;
}

QVariantMap told(const archive::ImportReport& report) {
    QVariantList omissions;
    for (const auto& [omission, count] : report.omissions)
        omissions << QVariantMap{{QStringLiteral("kind"), name_of(omission)},
                                 {QStringLiteral("count"), number(count)}};
    QStringList formats;
    for (const auto& [format, count] : report.formats)
        formats << QString::fromStdString(format);
    return {{QStringLiteral("conversations"), number(report.conversations)},
            {QStringLiteral("messages"), number(report.messages)},
            {QStringLiteral("alreadyHere"), number(report.already_here)},
            {QStringLiteral("formats"), formats},
            {QStringLiteral("omissions"), omissions}};
}

QString reason_name(storage::BackupFile::Reason reason) {
    switch (reason) {
    case storage::BackupFile::Reason::update:
        return QStringLiteral("update");
    case storage::BackupFile::Reason::restore:
        return QStringLiteral("restore");
    case storage::BackupFile::Reason::asked:
        return QStringLiteral("asked");
    case storage::BackupFile::Reason::other:
        break;
    }
    return QStringLiteral("other");
}

QVariantList listed(const std::vector<storage::BackupFile>& backups) {
    QVariantList list;
    for (const auto& backup : backups)
        list << QVariantMap{{QStringLiteral("url"), url_of(backup.file)},
                            {QStringLiteral("made"), QDateTime::fromMSecsSinceEpoch(backup.made_ms)},
                            {QStringLiteral("reason"), reason_name(backup.reason)},
                            {QStringLiteral("bytes"), number(backup.bytes)}};
    return list;
}

} // namespace

ConversationFiles::ConversationFiles(StoreThread& store, QObject* parent) : QObject(parent), store_(store) {
    thread_.setMaxThreadCount(1);
}

ConversationFiles::~ConversationFiles() {
    cancel();
    thread_.waitForDone();
}

bool ConversationFiles::begin(const QString& task) {
    if (busy()) return false;
    task_ = task;
    progress_ = -1;
    outcome_.clear();
    emit taskChanged();
    emit progressChanged();
    emit outcomeChanged();
    return true;
}

/// Runs the work on the thread of files and makes its end, good or bad, the outcome.
void ConversationFiles::run(const QString& file, Task work, std::function<void()> done) {
    control_ = std::make_shared<JobControl>();
    control_->show_progress = [this](double progress) {
        QMetaObject::invokeMethod(
            this, [this, progress] { show_progress(progress); }, Qt::QueuedConnection);
    };
    thread_.start([this, control = control_, file, work = std::move(work), done = std::move(done)] {
        QVariantMap outcome = outcome_of([&] { return work(*control); });
        outcome.insert(QStringLiteral("file"), file);
        QMetaObject::invokeMethod(
            this,
            [this, outcome = std::move(outcome), done] {
                if (done) done();
                finish(outcome);
            },
            Qt::QueuedConnection);
    });
}

void ConversationFiles::finish(QVariantMap outcome) {
    outcome.insert(QStringLiteral("task"), task_);
    const bool has_news = task_ != QLatin1String("look") && task_ != QLatin1String("remove");
    if (has_news || outcome.contains(QStringLiteral("problem"))) outcome_ = std::move(outcome);
    task_.clear();
    control_.reset();
    emit taskChanged();
    emit outcomeChanged();
}

void ConversationFiles::show_progress(double progress) {
    if (!busy()) return;
    progress_ = progress;
    emit progressChanged();
}

void ConversationFiles::cancel() {
    if (control_) control_->is_cancelled = true;
}

void ConversationFiles::importFiles(const QList<QUrl>& files) {
    if (files.isEmpty() || !begin(QStringLiteral("import"))) return;
    run(
        files.first().fileName(),
        [this, files](JobControl& control) {
            archive::ImportReport report;
            QVariantList failures;
            bool is_cancelled = false;
            for (const QUrl& file : files) {
                QVariantMap outcome = outcome_of([&] {
                    import_file(store_, path_of(file), control, report);
                    return QVariantMap();
                });
                is_cancelled = outcome.contains(QStringLiteral("cancelled"));
                if (is_cancelled) break;
                if (outcome.isEmpty()) continue;
                outcome.insert(QStringLiteral("file"), file.fileName());
                failures << outcome;
            }
            QVariantMap outcome = told(report);
            outcome.insert(QStringLiteral("failures"), failures);
            outcome.insert(QStringLiteral("files"), files.size());
            outcome.insert(QStringLiteral("cancelled"), is_cancelled);
            if (!failures.isEmpty()) {
                const QVariantMap first = failures.first().toMap();
                outcome.insert(QStringLiteral("problem"), first.value(QStringLiteral("problem")));
                outcome.insert(QStringLiteral("detail"), first.value(QStringLiteral("detail")));
            }
            return outcome;
        },
        [this] { emit imported(); });
}

void ConversationFiles::exportTo(const QUrl& file, const QString& format, const QString& branch,
                                 const QVariantList& conversations, const QVariantMap& words) {
    if (!begin(QStringLiteral("export"))) return;
    ExportOrder order;
    for (const QVariant& id : conversations)
        order.chosen.push_back(id.toLongLong());
    order.format = format;
    order.is_whole_tree = branch == QLatin1String("all");
    order.words = words_of(words);
    order.target = path_of(file);
    run(file.fileName(), [this, order = std::move(order), path = file.toLocalFile()](JobControl& control) {
        const auto written = export_conversations(store_, order, control);
        return QVariantMap{{QStringLiteral("conversations"), number(written)},
                           {QStringLiteral("path"), path}};
    });
}

void ConversationFiles::backUpNow() {
    if (!begin(QStringLiteral("backup"))) return;
    run(
        {},
        [this](JobControl&) {
            const auto made =
                store_.wait_for([](Store& store) { return storage::make_backup(store.database); });
            return QVariantMap{{QStringLiteral("path"), QFile::decodeName(made.file.c_str())}};
        },
        [this] { readBackups(); });
}

void ConversationFiles::backUpTo(const QUrl& file) {
    if (!begin(QStringLiteral("backup"))) return;
    run(file.fileName(), [this, target = path_of(file), path = file.toLocalFile()](JobControl&) {
        store_.wait_for([&](Store& store) {
            require_outside(store.database.folder(), target);
            store.database.backup_to(target);
        });
        return QVariantMap{{QStringLiteral("path"), path}};
    });
}

void ConversationFiles::readBackups() {
    store_.run(
        this, [](Store& store) { return listed(storage::backup_files(store.database)); },
        [this](const QVariantList& backups) {
            if (backups_ == backups) return;
            backups_ = backups;
            emit backupsChanged();
        });
}

void ConversationFiles::removeBackup(const QUrl& file) {
    if (!begin(QStringLiteral("remove"))) return;
    run(
        file.fileName(),
        [this, target = path_of(file)](JobControl&) {
            store_.wait_for([&](Store& store) { storage::remove_backup(store.database, target); });
            return QVariantMap();
        },
        [this] { readBackups(); });
}

void ConversationFiles::lookInto(const QUrl& file) {
    if (!begin(QStringLiteral("look"))) return;
    const auto found = std::make_shared<QVariantMap>(); // of one thread after the other
    run(
        file.fileName(),
        [this, file, found](JobControl&) {
            const auto contents = storage::contents_of_backup(path_of(file));
            const auto present =
                store_.wait_for([](Store& store) { return all_conversations(store.conversations).size(); });
            *found = {{QStringLiteral("url"), file},
                      {QStringLiteral("file"), file.fileName()},
                      {QStringLiteral("conversations"), number(contents.conversations)},
                      {QStringLiteral("messages"), number(contents.messages)},
                      {QStringLiteral("updated"), QDateTime::fromMSecsSinceEpoch(contents.updated_ms)},
                      {QStringLiteral("present"), number(static_cast<std::int64_t>(present))}};
            return QVariantMap();
        },
        [this, found] {
            candidate_ = *found;
            emit candidateChanged();
        });
}

void ConversationFiles::dismissCandidate() {
    candidate_.clear();
    emit candidateChanged();
}

void ConversationFiles::restore() {
    if (candidate_.isEmpty() || !begin(QStringLiteral("restore"))) return;
    const QUrl file = candidate_.value(QStringLiteral("url")).toUrl();
    dismissCandidate();
    emit letGo();
    const auto gone = std::make_shared<std::vector<storage::ConversationId>>(); // of one thread, then another
    // Jobs given before may still begin an answer: only behind them is it certain that no id is in use.
    const auto go_on = [this, file, gone] {
        emit letGo();
        run(
            file.fileName(),
            [this, source = path_of(file), gone](JobControl&) {
                return store_.wait_for([&](Store& store) {
                    auto before = all_conversations(store.conversations);
                    for (const auto& removed : store.conversations.removed())
                        before.push_back(removed.id);
                    if (before_restore) before_restore();
                    const auto report = store.database.restore_from(source);
                    *gone = std::move(before);
                    return QVariantMap{{QStringLiteral("conversations"), number(report.conversations)}};
                });
            },
            [this, gone] {
                emit restored(*gone);
                readBackups();
            });
    };
    store_.run(
        this, [](Store&) {}, go_on, go_on);
}

void ConversationFiles::dismissOutcome() {
    outcome_.clear();
    emit outcomeChanged();
}

QString ConversationFiles::fileName(const QString& title) const {
    static const QRegularExpression unfit(QStringLiteral("[/\\\\:*?\"<>|\\x00-\\x1f]+"));
    static const QRegularExpression hidden(QStringLiteral("^[.\\s]+"));
    QString name = title;
    name = name.replace(unfit, QStringLiteral(" ")).simplified().remove(hidden).left(longest_name).trimmed();
    return name.isEmpty() ? QStringLiteral("Spoutnik") : name;
}

QString ConversationFiles::endingOf(const QString& format) const {
    if (format == QLatin1String("markdown")) return QStringLiteral(".md");
    if (format == QLatin1String("html")) return QStringLiteral(".html");
    if (format == QLatin1String("pdf")) return QStringLiteral(".pdf");
    if (format == QLatin1String("sharegpt")) return QStringLiteral(".jsonl");
    return QStringLiteral(".json");
}

} // namespace spoutnik::app
