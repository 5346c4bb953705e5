// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

ListView {
    id: list
    signal chosen
    signal arrangeRequested(id: var, folder: var, tags: var)
    signal exportRequested(id: var, title: string)

    function arrange(id: var) {
        const row = itemAtIndex(App.conversations.rowOf(id)) as ConversationRow;
        arrangeRequested(id, row ? row.folder : 0, row ? row.tags : []);
    }

    objectName: "conversationList"
    clip: true
    model: App.conversations
    boundsBehavior: Flickable.StopAtBounds
    reuseItems: true // rows are alike: scrolling through thousands makes none anew
    keyNavigationEnabled: true
    activeFocusOnTab: true
    highlightMoveDuration: 0
    currentIndex: -1
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Conversations")
    T.ScrollBar.vertical: ThinScrollBar {}

    function openCurrent() {
        const id = App.conversations.idAt(currentIndex);
        if (id !== 0) {
            App.chat.open(id);
            chosen();
        }
    }
    onActiveFocusChanged: {
        if (activeFocus && currentIndex < 0)
            currentIndex = Math.max(0, App.conversations.rowOf(App.chat.conversation));
    }
    Keys.onReturnPressed: openCurrent()
    Keys.onEnterPressed: openCurrent()
    Keys.onSpacePressed: openCurrent()
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape && App.conversations.selectedCount > 0
    Keys.onPressed: event => {
        if (currentIndex < 0 && count > 0) // the row it was on has gone, or came back
            currentIndex = 0;
        const id = App.conversations.idAt(currentIndex);
        if (event.key === Qt.Key_Escape && App.conversations.selectedCount > 0) {
            App.conversations.clearSelection();
            event.accepted = true;
            return;
        }
        if (event.key === Qt.Key_Z && (event.modifiers & Qt.ControlModifier) && App.conversations.canUndo) {
            App.conversations.undo();
            event.accepted = true;
            return;
        }
        if (id === 0)
            return;
        if (event.key === Qt.Key_X) {
            App.conversations.toggleSelected(currentIndex);
            event.accepted = true;
        } else if (event.key === Qt.Key_A && (event.modifiers & Qt.ControlModifier)) {
            App.conversations.selectAll();
            event.accepted = true;
        } else if (event.key === Qt.Key_F6) {
            arrange(id);
            event.accepted = true;
        } else if (event.key === Qt.Key_Menu || (event.key === Qt.Key_F10 && (event.modifiers & Qt.ShiftModifier))) {
            const row = currentItem as ConversationRow;
            row?.openMenu(row, Theme.space32, row.height);
            event.accepted = true;
        } else if (event.key === Qt.Key_Delete) {
            App.conversations.remove(id);
            event.accepted = true;
        } else if (event.key === Qt.Key_F2) {
            (currentItem as ConversationRow)?.rename();
            event.accepted = true;
        }
    }

    section.property: "group"
    section.delegate: Item {
        id: heading
        required property string section
        width: ListView.view.width
        height: words.implicitHeight + Theme.space16 + Theme.space4
        Label {
            id: words
            anchors { left: parent.left; bottom: parent.bottom; leftMargin: Theme.space16 + Theme.space4; bottomMargin: Theme.space4 }
            text: Words.heading(heading.section)
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            font.weight: Font.Medium
            Accessible.role: Accessible.Heading
        }
    }
    delegate: ConversationRow {
        width: ListView.view.width
        onFocused: list.currentIndex = index // qmllint disable unqualified
        onOpened: list.chosen() // qmllint disable unqualified
        onArrangeRequested: list.arrange(conversationId) // qmllint disable unqualified
        onExportRequested: list.exportRequested(conversationId, title) // qmllint disable unqualified
    }

    move: Transition { NumberAnimation { property: "y"; duration: Theme.slow; easing.type: Easing.OutQuad } }
    moveDisplaced: Transition { NumberAnimation { property: "y"; duration: Theme.slow; easing.type: Easing.OutQuad } }
    removeDisplaced: Transition { NumberAnimation { property: "y"; duration: Theme.slow; easing.type: Easing.OutQuad } }
    addDisplaced: Transition { NumberAnimation { property: "y"; duration: Theme.slow; easing.type: Easing.OutQuad } }

    Label {
        visible: list.count === 0 && App.ready
        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.space24 }
        text: App.conversations.place.length > 0 ? qsTr("Nothing is here yet.") : qsTr("Your conversations will be listed here. They stay on this machine.")
        color: Theme.textSoft
        font.pixelSize: Theme.smallSize
        lineHeight: Theme.smallLine
        lineHeightMode: Text.FixedHeight
        wrapMode: Text.Wrap
    }
}
