// SPDX-License-Identifier: MIT
#include "app/gui/message_links.h"

#include <QRegularExpression>

namespace spoutnik::app {

namespace {

void add_links(const QString& html, QStringList& links) {
    // Blocks hold rich text of our own making (app/markdown): a link is always written this way.
    static const QRegularExpression link(QStringLiteral("<a href=\"((?:https?|mailto):[^\"]+)\""));
    for (auto match = link.globalMatch(html); match.hasNext();) {
        QString address = match.next().captured(1);
        address.replace(QStringLiteral("&amp;"), QStringLiteral("&"));
        if (!links.contains(address)) links << address;
    }
}

} // namespace

QStringList links_of(const std::vector<ViewBlock>& blocks) {
    QStringList links;
    for (const auto& block : blocks) {
        add_links(block.html, links);
        for (const auto& row : block.rows)
            for (const auto& cell : row)
                add_links(cell, links);
    }
    return links;
}

} // namespace spoutnik::app
