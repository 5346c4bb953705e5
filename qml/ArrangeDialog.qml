// SPDX-License-Identifier: MIT
// Which folder a conversation lies in and which tags it has; for one, or for all that are selected.
pragma ComponentBehavior: Bound
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    property var conversation: 0
    property var folder: 0
    property var tags: []

    objectName: "arrangeDialog"
    title: qsTr("Folder and tags")
    onOpened: newFolder.forceActiveFocus()

    function arrange(id: var, inFolder: var, withTags: var) {
        conversation = id;
        folder = inFolder;
        tags = withTags;
        newFolder.clear();
        newTag.clear();
        open();
    }
    function setTag(name: string, has: bool) {
        App.conversations.setTag(conversation, name, has);
        tags = has ? tags.concat([name]) : tags.filter(tag => tag !== name);
    }

    Label {
        text: qsTr("Folder")
        color: Theme.textSoft
        font.pixelSize: Theme.smallSize
        font.weight: Font.Medium
    }
    Flow {
        width: parent.width
        spacing: Theme.space4
        Repeater {
            model: {
                const all = [{ id: 0, name: qsTr("None", "no folder") }];
                for (let i = 0; i < App.conversations.folders.length; ++i)
                    all.push(App.conversations.folders[i]);
                return all;
            }
            Chip {
                required property var modelData
                iconName: "folder"
                text: modelData.name
                checkable: false
                checked: dialog.folder === modelData.id
                onClicked: {
                    App.conversations.setFolder(dialog.conversation, modelData.id);
                    dialog.folder = modelData.id;
                }
            }
        }
    }
    Field {
        id: newFolder
        objectName: "newFolderField"
        width: parent.width
        iconName: "folder"
        placeholderText: qsTr("New folder, then Return")
        maximumLength: 80
        onAccepted: {
            App.conversations.moveToNewFolder(dialog.conversation, text);
            dialog.close();
        }
    }
    Label {
        text: qsTr("Tags")
        topPadding: Theme.space4
        color: Theme.textSoft
        font.pixelSize: Theme.smallSize
        font.weight: Font.Medium
    }
    Flow {
        width: parent.width
        spacing: Theme.space4
        visible: App.conversations.tags.length > 0
        Repeater {
            model: App.conversations.tags
            Chip {
                required property var modelData
                iconName: "tag"
                text: modelData.name
                checkable: false
                checked: dialog.tags.indexOf(modelData.name) >= 0
                onClicked: dialog.setTag(modelData.name, !checked)
            }
        }
    }
    Field {
        id: newTag
        objectName: "newTagField"
        width: parent.width
        iconName: "tag"
        placeholderText: qsTr("New tag, then Return")
        maximumLength: 80
        onAccepted: {
            if (text.trim().length > 0)
                dialog.setTag(text.trim(), true);
            clear();
        }
    }
    buttons: TextButton {
        primary: true
        text: qsTr("Done")
        onClicked: dialog.close()
    }
}
