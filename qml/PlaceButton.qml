// SPDX-License-Identifier: MIT
// Which conversations the list shows: all, a folder, a tag, the archive.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

TextButton {
    id: button
    readonly property string place: App.conversations.place

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
            onTriggered: App.conversations.place = ""
        }
        Instantiator {
            model: App.conversations.folders
            delegate: PanelMenuItem {
                required property var modelData
                iconName: "folder"
                text: qsTr("%1 (%2)", "name of a folder or tag, number of conversations").arg(modelData.name).arg(modelData.count)
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
                onTriggered: App.conversations.place = "tag/" + modelData.name
            }
            onObjectAdded: (index, object) => menu.insertItem(index + 1 + App.conversations.folders.length, object as T.MenuItem)
            onObjectRemoved: (index, object) => menu.removeItem(object as T.MenuItem)
        }
        PanelMenuItem {
            objectName: "archiveItem"
            iconName: "archive"
            text: qsTr("Archive")
            onTriggered: App.conversations.place = "archive"
        }
    }
}
