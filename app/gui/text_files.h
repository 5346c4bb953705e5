// SPDX-License-Identifier: MIT
// Text that goes into a file the person chose, and comes out of one that was dropped or chosen. On a thread
// of its own: a slow disk or a network folder holds nothing up.
#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QUrl>
#include <QtQml/qqmlregistration.h>

namespace spoutnik::app {

class TextFiles : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    /// What went wrong last, for the note above the composer: "save", "too_large", "not_text", "unreadable";
    /// empty when all is well.
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged)
    Q_PROPERTY(QString problemFile READ problemFile NOTIFY problemChanged)
    Q_PROPERTY(QString problemDetail READ problemDetail NOTIFY problemChanged)

  public:
    explicit TextFiles(QObject* parent = nullptr);
    ~TextFiles() override; ///< waits for what is being written

    /// Where a file dialog begins: the name in the person's documents.
    Q_INVOKABLE QUrl suggested(const QString& name) const;
    /// "code.py" for a block in that language.
    Q_INVOKABLE QString codeFileName(const QString& language) const;
    /// Whole or not at all; saved() or a problem follows.
    Q_INVOKABLE void save(const QUrl& file, const QString& text);
    /// UTF-8 text of at most half a megabyte each; textRead() in order, or a problem.
    Q_INVOKABLE void read(const QList<QUrl>& files);
    Q_INVOKABLE void dismissProblem();

    QString problem() const { return problem_; }
    QString problemFile() const { return problem_file_; }
    QString problemDetail() const { return problem_detail_; }

  signals:
    void saved(const QUrl& file);
    void textRead(const QString& name, const QString& text, const QString& language);
    void problemChanged();

  private:
    void report(const QString& problem, const QString& file, const QString& detail = {});

    QThreadPool threads_;
    QString problem_;
    QString problem_file_;
    QString problem_detail_;
};

/// A file's text as part of a message: its name, then a fence longer than any inside it.
QString as_attached_text(const QString& name, const QString& text, const QString& language);

} // namespace spoutnik::app
