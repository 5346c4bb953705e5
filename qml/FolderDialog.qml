// SPDX-License-Identifier: MIT
// A folder's name, to be changed.
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    property var folder: 0

    objectName: "folderDialog"
    title: qsTr("Rename the folder")
    onOpened: {
        name.forceActiveFocus();
        name.selectAll();
    }
    function rename(id: var, oldName: string) {
        folder = id;
        name.text = oldName;
        open();
    }
    function finish() {
        App.conversations.renameFolder(folder, name.text);
        close();
    }

    Field {
        id: name
        objectName: "folderNameField"
        width: parent.width
        iconName: "folder"
        placeholderText: qsTr("Name of the folder")
        maximumLength: 80
        onAccepted: {
            if (text.trim().length > 0)
                dialog.finish();
        }
    }
    buttons: [
        TextButton {
            primary: true
            enabled: name.text.trim().length > 0
            text: qsTr("Rename")
            onClicked: dialog.finish()
        },
        TextButton {
            flat: true
            text: qsTr("Cancel")
            onClicked: dialog.close()
        }
    ]
}
