// SPDX-License-Identifier: MIT
// The messages, following the answer as it grows until the reader scrolls up; then it stays where the reader is.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

ListView {
    id: view
    property var editing: 0 // id of the message being edited, 0: none
    property var found: 0 // id of the message a search led to, 0: none
    property bool follows: true
    readonly property real belowView: originY + contentHeight - contentY - height

    signal typed(string text)

    objectName: "conversationView"
    model: App.chat.messages
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    cacheBuffer: 1600
    reuseItems: false
    highlightFollowsCurrentItem: false
    currentIndex: -1
    keyNavigationEnabled: false
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Messages")
    T.ScrollBar.vertical: ThinScrollBar { id: bar }

    delegate: MessageDelegate {
        page: view // qmllint disable unqualified
        editing: view.editing === messageId // qmllint disable unqualified
        isFound: view.found === messageId // qmllint disable unqualified
        onEditRequested: view.startEditing(messageId) // qmllint disable unqualified
        onEditEnded: view.endEditing() // qmllint disable unqualified
    }
    footer: Item { height: Theme.space24 }

    function startEditing(id: var) {
        if (!App.chat.answering)
            editing = id;
    }
    function endEditing() {
        editing = 0;
        typed("");
    }
    function toEnd() {
        follows = true;
        follow();
        soon.restart(); // once more with the heights of what came into view
    }
    /// To the end of other messages than before: without making those at the top first, which nobody would see.
    function openAtEnd() {
        displayMarginEnd = -height;
        positionViewAtEnd();
        displayMarginEnd = 0;
        toEnd();
    }
    function toBeginning() {
        follows = false;
        positionViewAtBeginning();
        judge();
    }
    function page(pages: real) {
        follows = false;
        const least = originY;
        const most = Math.max(least, originY + contentHeight - height);
        contentY = Math.max(least, Math.min(most, contentY + pages * height));
        judge();
    }
    /// After the reader moved: whoever is at the end follows it.
    function judge() {
        follows = belowView < Theme.space24;
    }
    function follow() {
        if (!follows)
            return;
        positionViewAtEnd();
        if (belowView > 0 && contentHeight > height)
            contentY = originY + contentHeight - height;
    }
    onContentHeightChanged: soon.restart()
    onHeightChanged: soon.restart()
    Timer {
        id: soon
        interval: 0
        onTriggered: view.follow()
    }
    Timer { // once more with the heights of what came into view
        id: show
        property int row: 0
        interval: 0
        function place() {
            view.follows = false;
            view.positionViewAtIndex(row, ListView.Beginning);
            view.judge();
        }
        onTriggered: place()
    }
    onContentYChanged: {
        if (moving || bar.pressed)
            judge();
    }
    onMovementEnded: judge()

    Connections {
        target: App.chat
        function onConversationChanged() {
            view.editing = 0;
            view.found = 0;
            view.openAtEnd();
        }
        function onPhaseChanged() {
            if (App.chat.answering)
                view.found = 0;
        }
        function onScrollTo(row: int) {
            if (row >= 0) {
                view.found = App.chat.messages.idAt(row);
                show.row = row;
                show.place();
                show.restart();
            }
        }
    }
    // Typing with the focus on the page goes to the composer.
    Keys.onPressed: event => {
        switch (event.key) {
        case Qt.Key_PageUp: page(-0.9); event.accepted = true; return;
        case Qt.Key_PageDown: page(0.9); event.accepted = true; return;
        case Qt.Key_Up: page(-0.1); event.accepted = true; return;
        case Qt.Key_Down: page(0.1); event.accepted = true; return;
        case Qt.Key_Home: toBeginning(); event.accepted = true; return;
        case Qt.Key_End: toEnd(); event.accepted = true; return;
        }
        if (event.text.length > 0 && event.text >= " " && !(event.modifiers & (Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier))) {
            typed(event.text);
            event.accepted = true;
        }
    }

    T.AbstractButton {
        id: jump
        objectName: "jumpButton"
        readonly property bool wanted: !view.follows && view.belowView > Theme.space48
        parent: view.parent
        anchors { horizontalCenter: view.horizontalCenter; bottom: view.bottom; bottomMargin: Theme.space12 }
        width: Theme.hit
        height: Theme.hit
        visible: opacity > 0
        opacity: wanted ? 1 : 0
        enabled: wanted
        focusPolicy: Qt.TabFocus
        text: qsTr("Jump to the end")
        Accessible.role: Accessible.Button
        Accessible.name: text
        Behavior on opacity { NumberAnimation { duration: Theme.fast; easing.type: Easing.OutQuad } }
        onClicked: view.toEnd()
        background: Item {
            Panel {
                anchors.fill: parent
                radius: width / 2
            }
            Rectangle {
                anchors.fill: parent
                radius: width / 2
                color: jump.down ? Theme.pressed : jump.hovered ? Theme.hover : "transparent"
            }
            FocusRing { shown: jump.visualFocus; around: parent.width / 2 }
        }
        contentItem: Item {
            Icon {
                anchors.centerIn: parent
                name: "arrow-down"
                color: Theme.text
            }
        }
        HoverHandler { cursorShape: Qt.PointingHandCursor }
    }
}
