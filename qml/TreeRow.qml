// SPDX-License-Identifier: MIT
// A message in the outline of a conversation: who, its beginning, when; a dot where it is on the branch that is read.
pragma ComponentBehavior: Bound
import QtQuick
import Spoutnik.App

Item {
    id: row
    required property int index
    required property var messageId
    required property int depth
    required property bool fromUser
    required property bool shown
    required property bool isVersion
    required property string line
    required property date time
    signal chosen

    readonly property real columnX: Math.max(Theme.space16, (width - Theme.column) / 2)
    readonly property real inset: Math.min(depth, Theme.treeDepth) * Theme.space24
    readonly property string who: fromUser ? qsTr("You") : qsTr("Answer")

    height: Math.max(Theme.hit, words.implicitHeight + Theme.space12)
    Accessible.role: Accessible.TreeItem
    Accessible.name: who + ": " + line
    Accessible.description: shown ? qsTr("On the branch you read") : qsTr("On another branch")
    Accessible.selected: shown
    Accessible.onPressAction: choose()

    function choose() {
        App.chat.open(App.chat.conversation, messageId);
        chosen();
    }

    Repeater { // one line for each fork above
        model: Math.min(row.depth, Theme.treeDepth)
        Hairline {
            required property int index
            anchors { left: parent.left; leftMargin: row.columnX + Theme.space12 + index * Theme.space24 }
            width: Theme.line
            height: row.height
        }
    }
    Rectangle {
        anchors { fill: parent; leftMargin: row.columnX + row.inset; rightMargin: row.columnX; topMargin: Theme.line; bottomMargin: Theme.line }
        radius: Theme.radiusControl
        color: area.containsMouse ? Theme.hover : row.shown ? Theme.selected : "transparent"
        FocusRing { shown: row.ListView.isCurrentItem && row.ListView.view.activeFocus }
        MouseArea {
            id: area
            anchors.fill: parent
            hoverEnabled: true
            onClicked: row.choose()
        }
        Icon {
            id: icon
            anchors { left: parent.left; leftMargin: Theme.space12 }
            anchors.verticalCenter: parent.verticalCenter
            name: row.isVersion ? "tree" : row.fromUser ? "edit" : "mark"
            size: Theme.iconSmall
            color: row.shown ? Theme.accent : Theme.textSoft
        }
        Label {
            id: words
            anchors { left: icon.right; right: when.left; leftMargin: Theme.space12; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
            text: row.line.length > 0 ? row.line : qsTr("(empty)", "a message without text")
            color: row.shown ? Theme.text : Theme.textSoft
            font.pixelSize: Theme.smallSize
            font.weight: row.fromUser ? Font.Medium : Font.Normal
            elide: Text.ElideRight
            maximumLineCount: 1
            Accessible.ignored: true
        }
        Label {
            id: when
            anchors { right: parent.right; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
            text: Words.time(row.time)
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            Accessible.ignored: true
        }
    }
}
