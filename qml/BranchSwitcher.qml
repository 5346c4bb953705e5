// SPDX-License-Identifier: MIT
// ‹ 2/3 ›: the other versions of a message.
import QtQuick
import Spoutnik.App

Row {
    id: switcher
    required property var messageId
    required property int sibling
    required property int siblings

    readonly property bool hasKeyboard: previous.visualFocus || next.visualFocus
    visible: siblings > 1
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Version %1 of %2").arg(sibling + 1).arg(siblings)

    IconButton {
        id: previous
        objectName: "previousBranch"
        iconName: "chevron-left"
        iconSize: Theme.iconSmall
        text: qsTr("Previous version")
        keys: "Alt+←"
        enabled: switcher.sibling > 0
        onClicked: App.chat.showSibling(switcher.messageId, -1)
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        text: (switcher.sibling + 1) + "/" + switcher.siblings
        color: Theme.textSoft
        font.pixelSize: Theme.tinySize
        Accessible.ignored: true
    }
    IconButton {
        id: next
        objectName: "nextBranch"
        iconName: "chevron-right"
        iconSize: Theme.iconSmall
        text: qsTr("Next version")
        keys: "Alt+→"
        enabled: switcher.sibling < switcher.siblings - 1
        onClicked: App.chat.showSibling(switcher.messageId, 1)
    }
}
