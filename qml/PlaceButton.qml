// SPDX-License-Identifier: MIT
// Which conversations the list shows: all, a folder, a tag, the archive.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

TextButton {
    id: button
    readonly property string place: App.conversations.place
    readonly property var folder: { // the one that is listed
        for (let i = 0; i < App.conversations.folders.length; ++i)
            if (place === "folder/" + App.conversations.folders[i].id)
                return App.conversations.folders[i];
        return null;
    }

    objectName: "placeButton"
    flat: true
    elided: true
    ink: Theme.textSoft
    leftPadding: Theme.space8
    rightPadding: Theme.space8 + Theme.space16
    iconName: place === "archive" ? "archive" : place.startsWith("tag/") ? "tag" : "folder"
    text: place === "archive" ? qsTr("Archive") : place.length > 0 ? App.conversations.placeName : qsTr("All conversations")
    Accessible.description: qsTr("Choose which conversations are listed")
    Accessible.role: Accessible.ButtonMenu
    onClicked: menu.popup(button, 0, button.height)

    Icon {
        anchors { right: parent.right; rightMargin: Theme.space4; verticalCenter: parent.verticalCenter }
        name: "chevron-down"
        size: Theme.space16
        color: Theme.textSoft
    }
    PanelMenu {
        id: menu
        PanelMenuItem {
            iconName: "folder"
            text: qsTr("All conversations")
            current: button.place.length === 0
            onTriggered: App.conversations.place = ""
        }
        Instantiator {
            model: App.conversations.folders
            delegate: PanelMenuItem {
                required property var modelData
                iconName: "folder"
                text: qsTr("%1 (%2)", "name of a folder or tag, number of conversations").arg(modelData.name).arg(modelData.count)
                current: button.place === "folder/" + modelData.id
                onTriggered: App.conversations.place = "folder/" + modelData.id
            }
            onObjectAdded: (index, object) => menu.insertItem(index + 1, object as T.MenuItem)
            onObjectRemoved: (index, object) => menu.removeItem(object as T.MenuItem)
        }
        Instantiator {
            model: App.conversations.tags
            delegate: PanelMenuItem {
                required property var modelData
                iconName: "tag"
                text: qsTr("%1 (%2)", "name of a folder or tag, number of conversations").arg(modelData.name).arg(modelData.count)
                current: button.place === "tag/" + modelData.name
                onTriggered: App.conversations.place = "tag/" + modelData.name
            }
            onObjectAdded: (index, object) => menu.insertItem(index + 1 + App.conversations.folders.length, object as T.MenuItem)
            onObjectRemoved: (index, object) => menu.removeItem(object as T.MenuItem)
        }
        PanelMenuItem {
            objectName: "archiveItem"
            iconName: "archive"
            text: qsTr("Archive")
            current: button.place === "archive"
            onTriggered: App.conversations.place = "archive"
        }
        Instantiator { // of the folder that is listed
            model: button.folder ? ["rename", "remove"] : []
            delegate: PanelMenuItem {
                required property string modelData
                readonly property bool isRemoval: modelData === "remove"
                objectName: isRemoval ? "removeFolderItem" : "renameFolderItem"
                iconName: isRemoval ? "trash" : "edit"
                ink: isRemoval ? Theme.danger : Theme.text
                separated: !isRemoval
                text: isRemoval ? qsTr("Delete this folder…") : qsTr("Rename this folder…")
                onTriggered: isRemoval ? button.remove() : rename.rename(button.folder.id, button.folder.name)
            }
            onObjectAdded: (index, object) => menu.addItem(object as T.MenuItem)
            onObjectRemoved: (index, object) => menu.removeItem(object as T.MenuItem)
        }
    }
    function remove() {
        confirm.ask(qsTr("Delete the folder “%1”?").arg(folder.name), qsTr("Its %n conversation(s) stay, in no folder.", "", folder.count),
                    qsTr("Delete the folder"), folder.id);
    }
    FolderDialog {
        id: rename
        onClosed: button.forceActiveFocus()
    }
    ConfirmDialog {
        id: confirm
        onConfirmed: subject => App.conversations.removeFolder(subject)
        onClosed: button.forceActiveFocus()
    }
}
