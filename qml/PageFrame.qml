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
    /// Tab may lead below the edge: what has the keyboard is brought into sight.
    readonly property Item focused: Window.activeFocusItem
    onFocusedChanged: {
        let inside = focused;
        while (inside && inside !== column)
            inside = inside.parent;
        if (!inside)
            return;
        const y = focused.mapToItem(scroll.contentItem, 0, 0).y;
        const margin = Theme.space48;
        if (y - margin < scroll.contentY)
            scroll.contentY = Math.max(0, y - margin);
        else if (y + focused.height + margin > scroll.contentY + scroll.height)
            scroll.contentY = Math.max(0, Math.min(scroll.contentHeight - scroll.height, y + focused.height + margin - scroll.height));
    }
    Flickable {
        id: scroll
        anchors { left: parent.left; right: parent.right; top: top.bottom; bottom: parent.bottom }
        contentWidth: width
        contentHeight: column.height + Theme.space24 + Theme.space48
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        function page(pages: real) {
            contentY = Math.max(0, Math.min(contentHeight - height, contentY + pages * height));
        }
        Keys.onPressed: event => {
            const pages = event.key === Qt.Key_PageUp ? -0.9 : event.key === Qt.Key_PageDown ? 0.9
                        : event.key === Qt.Key_Home ? -Infinity : event.key === Qt.Key_End ? Infinity : 0;
            event.accepted = pages !== 0;
            if (event.accepted)
                page(pages);
        }
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
