// SPDX-License-Identifier: MIT
// The whole conversation as an outline: every version of every message, the branch that is read marked. Choosing a
// message shows its branch.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

FocusScope {
    id: page
    signal closed

    objectName: "treePage"
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Branches")
    Component.onCompleted: App.chat.tree.load(App.chat.conversation)

    Connections {
        target: App.chat
        function onConversationChanged() {
            App.chat.tree.load(App.chat.conversation);
        }
        function onPhaseChanged() {
            if (!App.chat.answering)
                App.chat.tree.load(App.chat.conversation);
        }
    }
    Connections {
        target: App.chat.tree
        function onCountChanged() {
            list.currentIndex = App.chat.tree.lastShown();
            list.positionViewAtIndex(list.currentIndex, ListView.Contain);
        }
    }

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
            anchors { left: parent.left; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            iconName: "back"
            text: qsTr("Back to the conversation")
            keys: "Esc"
            onClicked: page.closed()
        }
        Label {
            anchors { left: back.right; right: parent.right; leftMargin: Theme.space8; rightMargin: Theme.space16; verticalCenter: parent.verticalCenter }
            text: qsTr("Branches of “%1”").arg(Words.titleOf(App.chat.title))
            font.weight: Font.DemiBold
            elide: Text.ElideRight
            Accessible.role: Accessible.Heading
        }
        Hairline {
            width: parent.width
            anchors.bottom: parent.bottom
        }
    }
    ListView {
        id: list
        objectName: "treeList"
        anchors { left: parent.left; right: parent.right; top: top.bottom; bottom: parent.bottom }
        topMargin: Theme.space16
        bottomMargin: Theme.space24
        clip: true
        focus: true
        activeFocusOnTab: true
        model: App.chat.tree
        boundsBehavior: Flickable.StopAtBounds
        highlightMoveDuration: 0
        Accessible.role: Accessible.Tree
        Accessible.name: qsTr("Branches")
        T.ScrollBar.vertical: ThinScrollBar {}
        Keys.onReturnPressed: (currentItem as TreeRow)?.choose()
        Keys.onEnterPressed: (currentItem as TreeRow)?.choose()
        Keys.onSpacePressed: (currentItem as TreeRow)?.choose()
        delegate: TreeRow {
            width: ListView.view.width
            onChosen: page.closed() // qmllint disable unqualified
        }
        Label {
            visible: list.count === 0
            anchors { left: parent.left; right: parent.right; margins: Theme.space24 }
            y: Theme.space16
            text: qsTr("This conversation has no messages yet.")
            color: Theme.textSoft
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
        }
    }
}
