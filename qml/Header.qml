// SPDX-License-Identifier: MIT
// Above the conversation: its title, how full the context is, which model answers.
import QtQuick
import Spoutnik.App

Item {
    id: header
    property bool sidebarHidden: false
    property alias modelChip: chip
    signal sidebarRequested

    height: Theme.headerHeight

    Row {
        id: left
        anchors { left: parent.left; leftMargin: header.sidebarHidden ? Theme.space8 : Theme.space16; verticalCenter: parent.verticalCenter }
        spacing: Theme.space4
        IconButton {
            visible: header.sidebarHidden
            objectName: "sidebarButton"
            iconName: "sidebar"
            text: qsTr("Show the sidebar")
            keys: "Ctrl+B"
            onClicked: header.sidebarRequested()
        }
        IconButton {
            visible: header.sidebarHidden
            iconName: "new"
            text: qsTr("New conversation")
            keys: "Ctrl+N"
            onClicked: App.chat.newConversation()
        }
    }

    // The title, a field while it is being changed.
    Item {
        id: titleArea
        property bool editing: false
        anchors { left: left.right; right: right.left; leftMargin: Theme.space8; rightMargin: Theme.space8; top: parent.top; bottom: parent.bottom }

        TextButton {
            id: title
            visible: !titleArea.editing && App.chat.conversation !== 0
            anchors { left: parent.left; leftMargin: -Theme.space8 }
            width: Math.min(implicitWidth, parent.width)
            anchors.verticalCenter: parent.verticalCenter
            leftPadding: Theme.space8
            rightPadding: Theme.space8
            flat: true
            elided: true
            ink: Theme.text
            text: App.chat.isPrivate ? qsTr("Private, not kept") : Words.titleOf(App.chat.title)
            iconName: App.chat.isPrivate ? "private" : ""
            enabled: !App.chat.isPrivate
            opacity: 1
            Accessible.description: qsTr("Change the title")
            onClicked: titleArea.editing = true
        }
        Loader {
            active: titleArea.editing
            anchors { left: parent.left; leftMargin: -Theme.space8 }
            width: Math.min(parent.width, Theme.popupWidth)
            anchors.verticalCenter: parent.verticalCenter
            sourceComponent: TitleField {
                title: App.chat.title
                onDone: title => {
                    App.chat.rename(title);
                    titleArea.editing = false;
                }
            }
        }
    }

    Row {
        id: right
        anchors { right: parent.right; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
        spacing: Theme.space4
        ContextRing { visible: App.chat.contextUsed > 0 && App.model.contextCapacity > 0 }
        ModelChip {
            id: chip
            widest: header.width * 0.5
        }
    }
    Hairline {
        width: parent.width
        anchors.bottom: parent.bottom
    }
}
