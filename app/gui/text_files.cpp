// SPDX-License-Identifier: MIT
#include "app/gui/text_files.h"

#include "app/markdown/highlight.h"

#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSaveFile>
#include <QStandardPaths>
#include <QStringDecoder>

#include <algorithm>

namespace spoutnik::app {

namespace {

constexpr qint64 most_bytes = 512 * 1024; // more than a context holds

} // namespace

QString as_attached_text(const QString& name, const QString& text, const QString& language) {
    static const QRegularExpression ticks(QStringLiteral("`{3,}"));
    qsizetype longest = 2;
    for (auto found = ticks.globalMatch(text); found.hasNext();)
        longest = std::max(longest, found.next().capturedLength());
    const QString fence(longest + 1, QLatin1Char('`'));
    const QString end = text.endsWith(QLatin1Char('\n')) ? QString() : QStringLiteral("\n");
    return name + QStringLiteral(":\n\n") + fence + language + QLatin1Char('\n') + text + end + fence +
           QLatin1Char('\n');
}

TextFiles::TextFiles(QObject* parent) : QObject(parent) {
    threads_.setMaxThreadCount(1); // in the order they were asked for
}

TextFiles::~TextFiles() {
    threads_.waitForDone();
}

QUrl TextFiles::suggested(const QString& name) const {
    QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    if (!QFileInfo(folder).isDir()) folder = QStandardPaths::writableLocation(QStandardPaths::HomeLocation);
    return QUrl::fromLocalFile(folder + QLatin1Char('/') + name);
}

QString TextFiles::codeFileName(const QString& language) const {
    const QString ending = QString::fromStdString(file_ending(language.toStdString()));
    return ending == QLatin1String("Dockerfile") ? ending : QStringLiteral("code.") + ending;
}

void TextFiles::save(const QUrl& file, const QString& text) {
    threads_.start([this, file, bytes = text.toUtf8()] {
        QSaveFile out(file.toLocalFile());
        const bool is_written =
            out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit();
        QMetaObject::invokeMethod(this, [this, file, is_written, why = out.errorString()] {
            if (is_written)
                emit saved(file);
            else
                report(QStringLiteral("save"), file.fileName(), why);
        });
    });
}

void TextFiles::read(const QList<QUrl>& files) {
    for (const QUrl& file : files)
        threads_.start([this, file] {
            const QFileInfo info(file.toLocalFile());
            QFile in(info.filePath());
            QString problem;
            QString text;
            if (!file.isLocalFile() || !info.isFile() || !in.open(QIODevice::ReadOnly)) {
                problem = QStringLiteral("unreadable");
            } else if (info.size() > most_bytes) {
                problem = QStringLiteral("too_large");
            } else {
                const QByteArray bytes = in.read(most_bytes);
                QStringDecoder utf8(QStringDecoder::Utf8);
                text = utf8(bytes);
                if (utf8.hasError() || bytes.contains('\0')) problem = QStringLiteral("not_text");
            }
            QMetaObject::invokeMethod(this, [this, problem, text, info] {
                const std::string ending = info.suffix().toStdString();
                // The ending serves as the fence's word where some language has it.
                const bool is_code = file_ending(ending) != "txt";
                if (problem.isEmpty())
                    emit textRead(info.fileName(), text, is_code ? info.suffix().toLower() : QString());
                else
                    report(problem, info.fileName());
            });
        });
}

void TextFiles::report(const QString& problem, const QString& file, const QString& detail) {
    problem_ = problem;
    problem_file_ = file;
    problem_detail_ = detail;
    emit problemChanged();
}

void TextFiles::dismissProblem() {
    report({}, {});
}

} // namespace spoutnik::app
