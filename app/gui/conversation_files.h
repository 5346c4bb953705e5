// SPDX-License-Identifier: MIT
// Conversations as files the person chooses: imports, exports, backups. One task at a time, on a thread of
// its own; what came of it is one outcome, which QML makes sentences of.
#pragma once

#include "app/gui/file_jobs.h"
#include "storage/conversations.h"

#include <QObject>
#include <QThreadPool>
#include <QUrl>
#include <QVariantMap>
#include <QtQml/qqmlregistration.h>

#include <functional>
#include <memory>
#include <vector>

namespace spoutnik::app {

class StoreThread;

class ConversationFiles : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    /// The task under way: "import", "export", "backup", "restore", "look" or "remove"; empty: none.
    Q_PROPERTY(QString task READ task NOTIFY taskChanged)
    Q_PROPERTY(bool busy READ busy NOTIFY taskChanged)
    Q_PROPERTY(bool restoring READ restoring NOTIFY taskChanged)     ///< nothing else may be done meanwhile
    Q_PROPERTY(double progress READ progress NOTIFY progressChanged) ///< 0 to 1; -1: not known
    /// What the last task came to, empty before the first and once dismissed.
    ///   "task", "file" (its name), "cancelled"
    ///   "problem": empty when all went well, else a storage::ErrorKind's name or a Refused's, with "detail",
    ///   a sentence in English
    ///   import: "conversations", "messages", "alreadyHere", "formats" (names), "omissions" (maps of "kind",
    ///   "count"), "failures" (maps of "file", "problem", "detail"), "files" (how many were chosen)
    ///   export, restore: "conversations"; export, backup: "path"
    Q_PROPERTY(QVariantMap outcome READ outcome NOTIFY outcomeChanged)
    /// Maps of "url", "made" (a date), "reason" ("update", "restore", "asked", "other") and "bytes"; newest
    /// first.
    Q_PROPERTY(QVariantList backups READ backups NOTIFY backupsChanged)
    /// What restore() is about to put in the place of everything: "url", "file", "conversations", "messages",
    /// "updated" (a date), "present" (conversations that are here now). Empty: nothing is asked.
    Q_PROPERTY(QVariantMap candidate READ candidate NOTIFY candidateChanged)

  public:
    explicit ConversationFiles(StoreThread& store, QObject* parent = nullptr);
    ~ConversationFiles() override; ///< ends the task under way

    Q_INVOKABLE void importFiles(const QList<QUrl>& files);
    /// `conversations`: ids, none of them for all. `branch`: "active" or "all". `words`: archive::Words by
    /// name, in the window's language.
    Q_INVOKABLE void exportTo(const QUrl& file, const QString& format, const QString& branch,
                              const QVariantList& conversations, const QVariantMap& words);
    Q_INVOKABLE void cancel();
    Q_INVOKABLE void backUpNow();
    Q_INVOKABLE void backUpTo(const QUrl& file);
    Q_INVOKABLE void readBackups();
    Q_INVOKABLE void removeBackup(const QUrl& file);
    /// Looks into a backup: candidate follows, or an outcome with a problem.
    Q_INVOKABLE void lookInto(const QUrl& file);
    Q_INVOKABLE void dismissCandidate();
    /// Puts the candidate in the place of all that is there. Ids mean other things afterwards: letGo() is
    /// emitted before, then restored().
    Q_INVOKABLE void restore();
    Q_INVOKABLE void dismissOutcome();
    /// A title as the name of a file: no slashes, not hidden, not too long.
    Q_INVOKABLE QString fileName(const QString& title) const;
    /// ".json", ".md" ... for a format.
    Q_INVOKABLE QString endingOf(const QString& format) const;

    QString task() const { return task_; }
    bool busy() const { return !task_.isEmpty(); }
    bool restoring() const { return task_ == QLatin1String("restore"); }
    double progress() const { return progress_; }
    QVariantMap outcome() const { return outcome_; }
    QVariantList backups() const { return backups_; }
    QVariantMap candidate() const { return candidate_; }

    /// Called on the storage thread directly before the pages change: what lies beside the database and
    /// speaks of its ids has to go first.
    std::function<void()> before_restore;

  signals:
    void taskChanged();
    void progressChanged();
    void outcomeChanged();
    void backupsChanged();
    void candidateChanged();
    void imported(); ///< also after a failure or a cancel: what came in before it stays
    /// Twice: at once, and when every job given before is done. Let go of every id.
    void letGo();
    /// Also after a failure, then with none gone. `gone`: the conversations of before.
    void restored(const std::vector<spoutnik::storage::ConversationId>& gone);

  private:
    using Task = std::function<QVariantMap(JobControl&)>;
    bool begin(const QString& task);
    void run(const QString& file, Task work, std::function<void()> done = {});
    void finish(QVariantMap outcome);
    void show_progress(double progress);

    StoreThread& store_;
    std::shared_ptr<JobControl> control_; ///< of the task under way
    QString task_;
    double progress_ = -1;
    QVariantMap outcome_;
    QVariantList backups_;
    QVariantMap candidate_;
    QThreadPool thread_; // last: joined first
};

} // namespace spoutnik::app
