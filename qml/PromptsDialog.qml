// SPDX-License-Identifier: MIT
// The person's own prompts: choose one, change one, keep a new one.
pragma ComponentBehavior: Bound
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    property int editing: -2 // row being changed, -1: a new one, -2: the list
    signal chosen(string text)

    objectName: "promptsDialog"
    title: editing === -2 ? qsTr("Prompts") : editing === -1 ? qsTr("New prompt") : qsTr("Change the prompt")
    onOpened: {
        editing = App.prompts.count === 0 ? -1 : -2;
        if (editing === -1)
            nameField.forceActiveFocus();
        else
            toList(0);
    }
    function toList(row: int) {
        editing = -2;
        list.currentIndex = row;
        list.forceActiveFocus();
    }

    function edit(row: int, text: string) {
        editing = row;
        nameField.text = App.prompts.nameAt(row);
        textBox.text = row >= 0 ? App.prompts.textAt(row) : text;
        nameField.forceActiveFocus();
    }
    function choose(row: int) {
        if (row < 0)
            return;
        const text = App.prompts.textAt(row);
        close();
        chosen(text);
    }
    function keep() {
        const row = App.prompts.keep(editing, nameField.text, textBox.text);
        if (row >= 0)
            toList(row);
    }

    ListView {
        id: list
        objectName: "promptList"
        visible: dialog.editing === -2
        width: parent.width
        height: visible ? Math.min(contentHeight, Theme.slashRows * Theme.rowHeight) : 0
        clip: true
        model: App.prompts
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        highlightMoveDuration: 0
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Prompts")
        Keys.onReturnPressed: dialog.choose(currentIndex)
        Keys.onEnterPressed: dialog.choose(currentIndex)
        Keys.onDeletePressed: App.prompts.remove(currentIndex)
        Keys.onPressed: event => {
            if (event.key === Qt.Key_F2) {
                dialog.edit(currentIndex, "");
                event.accepted = true;
            }
        }
        delegate: Item {
            id: row
            required property int index
            required property string name
            required property string text
            readonly property bool isCurrent: ListView.isCurrentItem && ListView.view.activeFocus
            width: ListView.view.width
            height: Theme.rowHeight
            Accessible.role: Accessible.ListItem
            Accessible.name: name
            Accessible.description: text
            Accessible.onPressAction: dialog.choose(index)
            Rectangle {
                anchors { fill: parent; margins: Theme.focusWidth }
                radius: Theme.radiusControl
                color: row.isCurrent ? Theme.selected : area.containsMouse ? Theme.hover : "transparent"
            }
            MouseArea {
                id: area
                anchors.fill: parent
                hoverEnabled: true
                onClicked: dialog.choose(row.index)
            }
            Column {
                anchors { left: parent.left; right: tools.left; leftMargin: Theme.space12; verticalCenter: parent.verticalCenter }
                Label {
                    width: parent.width
                    text: row.name
                    font.pixelSize: Theme.smallSize
                    font.weight: Font.Medium
                    elide: Text.ElideRight
                    Accessible.ignored: true
                }
                Label {
                    width: parent.width
                    text: row.text.replace(/\s+/g, " ")
                    color: Theme.textSoft
                    font.pixelSize: Theme.tinySize
                    elide: Text.ElideRight
                    Accessible.ignored: true
                }
            }
            Row {
                id: tools
                anchors { right: parent.right; rightMargin: Theme.space4; verticalCenter: parent.verticalCenter }
                IconButton {
                    iconName: "edit"
                    iconSize: Theme.iconSmall
                    text: qsTr("Change “%1”").arg(row.name)
                    onClicked: dialog.edit(row.index, "")
                }
                IconButton {
                    iconName: "trash"
                    iconSize: Theme.iconSmall
                    text: qsTr("Delete “%1”").arg(row.name)
                    onClicked: App.prompts.remove(row.index)
                }
            }
        }
    }
    Label {
        visible: dialog.editing === -2 && App.prompts.count === 0
        width: parent.width
        text: qsTr("What you often ask can be kept here.")
        color: Theme.textSoft
        font.pixelSize: Theme.smallSize
        wrapMode: Text.Wrap
    }
    Field {
        id: nameField
        objectName: "promptName"
        visible: dialog.editing !== -2
        width: parent.width
        placeholderText: qsTr("Name, as in /name")
        maximumLength: 60
    }
    TextBox {
        id: textBox
        objectName: "promptText"
        visible: dialog.editing !== -2
        name: qsTr("Text of the prompt")
        lines: 8
    }
    Label {
        visible: dialog.editing !== -2
        width: parent.width
        text: qsTr("{{language}} is asked for when the prompt is used; any word can stand between the braces.")
        color: Theme.textSoft
        font.pixelSize: Theme.tinySize
        wrapMode: Text.Wrap
    }
    buttons: [
        TextButton {
            objectName: "keepPromptButton"
            primary: dialog.editing !== -2
            text: dialog.editing === -2 ? qsTr("New prompt…") : qsTr("Keep")
            enabled: dialog.editing === -2 || (nameField.text.trim().length > 0 && textBox.text.trim().length > 0)
            onClicked: {
                if (dialog.editing === -2)
                    dialog.edit(-1, "");
                else
                    dialog.keep();
            }
        },
        TextButton {
            flat: true
            text: dialog.editing === -2 ? qsTr("Close") : qsTr("Cancel")
            onClicked: {
                if (dialog.editing === -2 || App.prompts.count === 0)
                    dialog.close();
                else
                    dialog.editing = -2;
            }
        }
    ]
}
