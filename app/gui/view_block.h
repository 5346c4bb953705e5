// SPDX-License-Identifier: MIT
// One typed piece of a message, ready for its delegate.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace spoutnik::app {

struct ViewBlock {
    /// The names in the list are what QML's delegate chooser reads.
    enum class Type { reasoning, text, heading, code, table, math, rule };

    Type type = Type::text;
    QString html; ///< text, heading: rich text without colours of its own (the theme's style sheet has them)
    /// reasoning, code, math: as it is; text, heading: without marks, formulas in words; table: what "copy"
    /// gives, columns apart by tabs
    QString plain;
    QString language;        ///< code: "cpp"; empty when the fence names none
    int level = 0;           ///< heading: 1 to 6
    int indent = 0;          ///< in how many lists it stands
    int quote = 0;           ///< in how many quotations it stands
    int joined = 0;          ///< how many of these go on from the block before
    QString marker;          ///< first block of a list item: "•", "3."
    bool is_tight = false;   ///< no paragraph space above: the next item of a tight list
    QList<QStringList> rows; ///< table: cells as rich text, the header first
    QList<int> alignments;   ///< table: Qt::AlignLeft ... a column
    qint64 duration_ms = 0;  ///< reasoning
    qint64 tokens = 0;       ///< reasoning; 0 while it is not known
    bool is_open = false;    ///< reasoning: still being written

    bool operator==(const ViewBlock&) const = default;
};

/// The name of a type for QML: "text".
QString name_of(ViewBlock::Type type);

} // namespace spoutnik::app
