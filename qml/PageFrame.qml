// SPDX-License-Identifier: MIT
// A page that is not the conversation: a title, a way back, a column that scrolls.
import QtQuick
import QtQuick.Templates as T

FocusScope {
    id: frame
    required property string title
    default property alias content: column.data
    property bool sidebarHidden: false
    property bool hasOwnFocus: false // something of the page has the keyboard at first, else the way back
    signal closed

    Accessible.role: Accessible.Pane
    Accessible.name: title

    Rectangle {
        anchors.fill: parent
        color: Theme.window
    }
    Item {
        id: top
        width: parent.width
        height: Theme.headerHeight
        IconButton {
            id: back
            objectName: "backButton"
            anchors { left: parent.left; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            iconName: "back"
            text: qsTr("Back to the conversation")
            keys: "Esc"
            focus: !frame.hasOwnFocus
            onClicked: frame.closed()
        }
        Label {
            anchors { left: back.right; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            text: frame.title
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
        }
        Hairline {
            width: parent.width
            anchors.bottom: parent.bottom
        }
    }
    Flickable {
        id: scroll
        anchors { left: parent.left; right: parent.right; top: top.bottom; bottom: parent.bottom }
        contentWidth: width
        contentHeight: column.height + Theme.space24 + Theme.space48
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        Keys.onUpPressed: contentY = Math.max(0, contentY - Theme.space48)
        Keys.onDownPressed: contentY = Math.max(0, Math.min(contentHeight - height, contentY + Theme.space48))

        Column {
            id: column
            x: (parent.width - width) / 2
            y: Theme.space24
            width: Math.min(Theme.pageColumn, scroll.width - 2 * Theme.space24)
            spacing: Theme.space12
        }
    }
}
