// SPDX-License-Identifier: MIT
// After a deletion: the way back, for a few seconds.
import QtQuick
import Spoutnik.App

Item {
    id: bar
    readonly property bool shown: App.conversations.canUndo

    objectName: "undoBar"
    height: shown ? content.height : 0
    opacity: shown ? 1 : 0
    visible: opacity > 0
    clip: true
    Behavior on height { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutQuad } }
    Behavior on opacity { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutQuad } }
    Accessible.role: Accessible.AlertMessage
    Accessible.name: words.text

    Timer {
        running: bar.shown && !hover.hovered && !undo.activeFocus
        interval: Theme.undoTime
        onTriggered: App.conversations.forgetUndo()
    }
    HoverHandler { id: hover }
    Rectangle {
        id: content
        width: parent.width
        height: Math.max(Theme.headerHeight, words.implicitHeight + Theme.space16)
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Label {
            id: words
            anchors { left: parent.left; right: undo.left; leftMargin: Theme.space12; rightMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            text: App.conversations.removedCount > 1 ? qsTr("Deleted %n conversation(s)", "", App.conversations.removedCount)
                : qsTr("Deleted “%1”").arg(Words.titleOf(App.conversations.removedTitle))
            font.pixelSize: Theme.smallSize
            elide: Text.ElideRight
            maximumLineCount: 1
        }
        TextButton {
            id: undo
            objectName: "undoButton"
            anchors { right: parent.right; rightMargin: Theme.space4; verticalCenter: parent.verticalCenter }
            leftPadding: Theme.space12
            rightPadding: Theme.space12
            flat: true
            text: qsTr("Undo")
            onClicked: App.conversations.undo()
        }
    }
}
