// SPDX-License-Identifier: MIT
// One message of the branch: the person's in a bubble, the model's as a page.
import QtQuick

MessageItem {
    id: message
    hovered: hover.hovered

    // A text column in the middle; what is wider than it may go on to its right.
    readonly property real room: width - 2 * Theme.space24
    readonly property real columnWidth: Math.min(Theme.column, room)
    readonly property real columnX: Theme.space24 + (room - columnWidth) / 2 // from the side where lines begin

    width: ListView.view.width
    height: (index === 0 || fromUser ? Theme.space24 : 0) + body.height
    Accessible.role: Accessible.ListItem
    Accessible.name: fromUser ? qsTr("You") : qsTr("Answer")

    HoverHandler { id: hover }
    Rectangle { // where a search led
        objectName: "foundMark"
        visible: message.isFound
        anchors { left: parent.left; leftMargin: message.columnX - Theme.space16 }
        y: body.y
        width: Theme.focusWidth
        height: Math.max(Theme.hit, body.height - Theme.hit)
        radius: width / 2
        color: Theme.accent
    }
    Loader {
        id: body
        readonly property MessageItem owner: message
        anchors { left: parent.left; leftMargin: message.columnX }
        y: message.height - height
        width: message.fromUser ? message.columnWidth : Math.min(message.room, message.columnWidth + (message.room - message.columnWidth) / 2)
        sourceComponent: message.fromUser ? mine : answer
    }
    Component {
        id: mine
        UserMessage { message: body.owner } // qmllint disable unqualified
    }
    Component {
        id: answer
        AnswerMessage { message: body.owner } // qmllint disable unqualified
    }
}
