// SPDX-License-Identifier: MIT
// Conversations: a new one, the search, the list; settings below.
import QtQuick
import Spoutnik.App

FocusScope {
    id: sidebar
    signal settingsRequested
    signal filesRequested
    signal exportRequested(id: var, title: string)
    signal conversationChosen
    signal collapseRequested
    property alias searchField: search

    implicitWidth: App.settings.sidebarWidth
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Conversations")

    Rectangle {
        anchors.fill: parent
        color: Theme.sidebar
    }

    Item {
        id: top
        height: Theme.headerHeight
        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.space16; rightMargin: Theme.space8 }

        Mark {
            id: mark
            size: Theme.space24
            anchors.verticalCenter: parent.verticalCenter
        }
        Label {
            anchors { left: mark.right; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            visible: x + implicitWidth < buttons.x // not with large letters
            text: "Spoutnik" // a name, the same in every language
            font.weight: Font.DemiBold
        }
        Row {
            id: buttons
            anchors { right: parent.right; verticalCenter: parent.verticalCenter }
            IconButton {
                objectName: "collapseButton"
                iconName: "sidebar"
                text: qsTr("Hide the sidebar")
                keys: "Ctrl+B"
                onClicked: sidebar.collapseRequested()
            }
            IconButton {
                objectName: "privateButton"
                iconName: "private"
                text: qsTr("New private conversation, never written to the disk")
                keys: qsTr("Ctrl+Shift+N", "keys")
                onClicked: {
                    App.chat.newPrivateConversation();
                    sidebar.conversationChosen();
                }
            }
            IconButton {
                objectName: "newButton"
                iconName: "new"
                text: qsTr("New conversation")
                keys: "Ctrl+N"
                onClicked: {
                    App.chat.newConversation();
                    sidebar.conversationChosen();
                }
            }
        }
    }

    Field {
        id: search
        objectName: "searchField"
        anchors { left: parent.left; right: parent.right; top: top.bottom; leftMargin: Theme.space12; rightMargin: Theme.space12; topMargin: Theme.space4 }
        iconName: "search"
        placeholderText: qsTr("Search everything")
        ending: clear.visible ? Theme.hit : Theme.space12
        onTextChanged: App.conversations.search.query = text
        Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape && length > 0 // before the window's own
        Keys.onEscapePressed: event => {
            if (text.length > 0)
                search.clear();
            else
                event.accepted = false;
        }
        onAccepted: {
            if (text.trim().length > 0)
                hits.chooseFirst();
        }
        Keys.onDownPressed: (text.length > 0 ? hits : list).forceActiveFocus()

        IconButton {
            id: clear
            visible: search.length > 0
            anchors { right: parent.right; verticalCenter: parent.verticalCenter }
            iconName: "close"
            iconSize: Theme.iconSmall
            text: qsTr("Clear the search")
            onClicked: search.clear()
        }
    }

    PlaceButton {
        id: place
        visible: list.visible
        anchors { left: parent.left; top: search.bottom; leftMargin: Theme.space12; topMargin: Theme.space4 }
        width: Math.min(implicitWidth, parent.width - 2 * Theme.space12)
    }
    ArrangeDialog { id: arrange }
    ConversationList {
        id: list
        onArrangeRequested: (id, folder, tags) => arrange.arrange(id, folder, tags)
        onExportRequested: (id, title) => sidebar.exportRequested(id, title)
        visible: search.text.trim().length === 0
        anchors { left: parent.left; right: parent.right; top: place.bottom; bottom: selection.top }
        onChosen: sidebar.conversationChosen()
    }
    SearchList {
        id: hits
        visible: !list.visible
        anchors { left: parent.left; right: parent.right; top: search.bottom; bottom: undo.top; topMargin: Theme.space8 }
        onChosen: sidebar.conversationChosen()
        onFieldWanted: search.forceActiveFocus()
    }

    SelectionBar {
        id: selection
        anchors { left: parent.left; right: parent.right; bottom: undo.top; leftMargin: Theme.space12; rightMargin: Theme.space12; bottomMargin: shown ? Theme.space8 : 0 }
        onArrangeRequested: list.arrange(App.conversations.firstSelected())
        onExportRequested: sidebar.filesRequested()
    }
    UndoBar {
        id: undo
        anchors { left: parent.left; right: parent.right; bottom: foot.top; leftMargin: Theme.space12; rightMargin: Theme.space12; bottomMargin: shown ? Theme.space8 : 0 }
    }

    Item {
        id: foot
        height: Theme.headerHeight
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        Hairline { width: parent.width }
        TextButton {
            objectName: "settingsButton"
            anchors { left: parent.left; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            leftPadding: Theme.space8
            rightPadding: Theme.space12
            flat: true
            ink: Theme.textSoft
            iconName: "settings"
            text: qsTr("Settings")
            onClicked: sidebar.settingsRequested()
        }
        IconButton {
            objectName: "filesButton"
            anchors { right: parent.right; rightMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            iconName: "save"
            text: qsTr("Import, export, backups")
            keys: qsTr("Ctrl+Shift+E", "keys")
            onClicked: sidebar.filesRequested()
        }
    }
    ImportDrop {
        objectName: "sidebarDrop"
        anchors.fill: parent
        onTaken: sidebar.filesRequested()
    }
}
