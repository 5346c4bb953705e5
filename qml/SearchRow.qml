// SPDX-License-Identifier: MIT
import QtQuick
import Spoutnik.App

Item {
    id: row
    required property int index
    required property var conversationId
    required property var messageId
    required property string title
    required property string snippet
    signal chosen

    height: Theme.rowHeight
    Accessible.role: Accessible.ListItem
    Accessible.name: Words.titleOf(title)
    Accessible.description: snippet.replace(/<[^>]*>/g, "")
    Accessible.onPressAction: choose()

    /// What was found stands in the middle of the line at the latest: the words before it give way.
    readonly property string line: {
        const before = snippet.indexOf("<b>");
        const most = Math.round(row.width / Theme.tinySize * 0.9); // letters in about half of the line
        if (before <= most)
            return snippet;
        const from = snippet.indexOf(" ", before - most);
        return from >= 0 && from < before ? "…" + snippet.slice(from) : snippet;
    }
    function choose() {
        App.chat.open(conversationId, messageId);
        chosen();
    }

    Rectangle {
        id: ground
        anchors { fill: parent; leftMargin: Theme.space8; rightMargin: Theme.space8; topMargin: 1; bottomMargin: 1 }
        radius: Theme.radiusControl
        color: area.containsMouse ? Theme.hover : "transparent"
        FocusRing { shown: row.ListView.isCurrentItem && row.ListView.view.activeFocus }
    }
    MouseArea {
        id: area
        anchors.fill: ground
        hoverEnabled: true
        onClicked: {
            row.ListView.view.currentIndex = row.index;
            row.choose();
        }
    }
    Column {
        anchors { left: ground.left; right: ground.right; leftMargin: Theme.space12; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
        spacing: 1
        Label {
            width: parent.width
            text: Words.titleOf(row.title)
            font.pixelSize: Theme.smallSize
            font.weight: Font.Medium
            elide: Text.ElideRight
            maximumLineCount: 1
            Accessible.ignored: true
        }
        Label {
            width: parent.width
            text: row.line.replace(/<b>/g, "<b><font color=\"#" + Theme.hex(Theme.text) + "\">").replace(/<\/b>/g, "</font></b>")
            textFormat: Text.StyledText
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            elide: Text.ElideRight
            maximumLineCount: 1
            Accessible.ignored: true
        }
    }
}
