// SPDX-License-Identifier: MIT
// Settings that belong together, on a card under a heading.
import QtQuick

Column {
    id: group
    required property string title
    default property alias rows: card.data

    width: parent ? parent.width : 0
    visible: {
        for (let i = 0; i < card.children.length; ++i) {
            const row = card.children[i] as ShortcutRow;
            if (!row || row.isWanted)
                return true;
        }
        return false; // a search leaves nothing of it
    }
    spacing: Theme.space8
    Accessible.role: Accessible.Grouping
    Accessible.name: title

    Label {
        text: group.title
        topPadding: Theme.space12
        color: Theme.textSoft
        font.pixelSize: Theme.smallSize
        font.weight: Font.Medium
        Accessible.role: Accessible.Heading
    }
    Rectangle {
        width: parent.width
        height: card.height
        radius: Theme.radiusCard
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Column {
            id: card
            width: parent.width
        }
    }
}
