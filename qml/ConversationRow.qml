// SPDX-License-Identifier: MIT
// A conversation in the sidebar: its title, one line of the last message, one menu.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: row
    required property int index
    required property var conversationId
    required property string title
    required property string lastLine
    required property bool pinned
    required property bool streaming
    required property bool archived
    required property var folder
    required property var tags
    required property bool selected
    signal arrangeRequested
    signal exportRequested
    signal opened
    signal focused

    readonly property bool isShown: App.chat.conversation === conversationId
    readonly property bool hasKeyboard: ListView.isCurrentItem && ListView.view.activeFocus
    readonly property bool menuOpen: (menu.item as PanelMenu)?.visible ?? false
    property bool renaming: false

    height: Theme.rowHeight

    function rename() {
        renaming = true;
    }
    function openMenu(at: Item, x: real, y: real) {
        menu.active = true;
        (menu.item as PanelMenu).popup(at, x, y);
    }
    function choose() {
        row.focused();
        App.chat.open(row.conversationId);
        row.opened();
    }

    Accessible.role: Accessible.ListItem
    Accessible.name: Words.titleOf(title)
    Accessible.description: lastLine
    Accessible.selected: isShown || selected
    Accessible.checkable: true
    Accessible.checked: selected
    Accessible.onPressAction: choose()

    Rectangle {
        id: ground
        anchors { fill: parent; leftMargin: Theme.space8; rightMargin: Theme.space8; topMargin: 1; bottomMargin: 1 }
        radius: Theme.radiusControl
        color: row.isShown || row.selected ? Theme.selected : area.containsMouse || menuButton.hovered || row.menuOpen ? Theme.hover : "transparent"
        FocusRing { shown: row.hasKeyboard }
        Rectangle { // selected: more than a tint
            visible: row.selected
            width: Theme.focusWidth
            height: parent.height - 2 * Theme.space8
            y: Theme.space8
            anchors { left: parent.left; leftMargin: Theme.space4 }
            radius: width / 2
            color: Theme.accent
        }
    }
    MouseArea {
        id: area
        anchors.fill: ground
        hoverEnabled: true
        acceptedButtons: Qt.LeftButton | Qt.RightButton
        onClicked: mouse => {
            if (mouse.button === Qt.RightButton)
                row.openMenu(area, mouse.x, mouse.y);
            else if (mouse.modifiers & Qt.ControlModifier)
                App.conversations.toggleSelected(row.index);
            else if (mouse.modifiers & Qt.ShiftModifier)
                App.conversations.selectTo(row.index);
            else
                row.choose();
        }
        onDoubleClicked: row.rename()
    }
    Column {
        anchors { left: ground.left; right: ground.right; leftMargin: Theme.space12; rightMargin: menuButton.shown ? Theme.hit : Theme.space12; verticalCenter: parent.verticalCenter }
        spacing: 1
        visible: !row.renaming
        Label {
            width: parent.width
            text: Words.titleOf(row.title)
            font.pixelSize: Theme.smallSize
            font.weight: row.isShown ? Font.DemiBold : Font.Medium
            elide: Text.ElideRight
            maximumLineCount: 1
            Accessible.ignored: true
        }
        Label {
            width: parent.width
            text: row.streaming ? qsTr("Answering…") : row.tags.length > 0 ? row.tags.map(tag => "#" + tag).join(" ") + " · " + row.lastLine : row.lastLine
            color: row.streaming ? Theme.accent : Theme.textSoft
            font.pixelSize: Theme.tinySize
            elide: Text.ElideRight
            maximumLineCount: 1
            Accessible.ignored: true
        }
    }
    Loader {
        active: row.renaming
        anchors { left: ground.left; right: ground.right; leftMargin: Theme.space4; rightMargin: Theme.space4; verticalCenter: parent.verticalCenter }
        sourceComponent: TitleField {
            title: row.title // qmllint disable unqualified
            onDone: title => {
                if (title.length > 0 && title !== row.title)
                    App.conversations.rename(row.conversationId, title);
                row.renaming = false;
                row.ListView.view.forceActiveFocus();
            }
        }
    }
    // Made when they are wanted: there is one a conversation.
    Loader {
        id: menuButton
        readonly property bool shown: !row.renaming && (area.containsMouse || hovered || row.menuOpen || row.hasKeyboard)
        readonly property bool hovered: (item as IconButton)?.hovered ?? false
        active: shown
        anchors { right: ground.right; rightMargin: Theme.space4; verticalCenter: parent.verticalCenter }
        sourceComponent: IconButton {
            iconName: "more"
            iconSize: Theme.iconSmall
            text: qsTr("More about “%1”").arg(Words.titleOf(row.title)) // qmllint disable unqualified
            focusPolicy: Qt.NoFocus
            onClicked: row.openMenu(this, 0, height) // qmllint disable unqualified
        }
    }
    Loader {
        id: menu
        active: false
        sourceComponent: PanelMenu {
            PanelMenuItem {
                iconName: "edit"
                text: qsTr("Rename")
                keys: "F2"
                onTriggered: row.rename() // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "pin"
                text: row.pinned ? qsTr("Unpin") : qsTr("Pin") // qmllint disable unqualified
                onTriggered: App.conversations.setPinned(row.conversationId, !row.pinned) // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "folder"
                text: qsTr("Folder and tags…")
                keys: "F6"
                onTriggered: row.arrangeRequested() // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "archive"
                text: row.archived ? qsTr("Out of the archive") : qsTr("Archive", "verb") // qmllint disable unqualified
                onTriggered: App.conversations.setArchived(row.conversationId, !row.archived) // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "save"
                text: qsTr("Export…")
                onTriggered: row.exportRequested() // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "select"
                text: row.selected ? qsTr("Deselect") : qsTr("Select") // qmllint disable unqualified
                keys: "X"
                onTriggered: App.conversations.toggleSelected(row.index) // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "trash"
                text: qsTr("Delete")
                keys: qsTr("Delete", "key")
                ink: Theme.danger
                onTriggered: App.conversations.remove(row.conversationId) // qmllint disable unqualified
            }
        }
    }
}
