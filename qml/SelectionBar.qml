// SPDX-License-Identifier: MIT
// What can be done with the conversations that are selected.
import QtQuick
import Spoutnik.App

Item {
    id: bar
    readonly property bool shown: App.conversations.selectedCount > 0
    readonly property var list: App.conversations
    signal arrangeRequested
    signal exportRequested

    objectName: "selectionBar"
    visible: shown
    height: shown ? content.height : 0
    Accessible.role: Accessible.ToolBar
    Accessible.name: words.text

    Rectangle {
        id: content
        width: parent.width
        height: column.height + Theme.space8
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Column {
            id: column
            y: Theme.space4
            width: parent.width
            Label {
                id: words
                leftPadding: Theme.space12
                topPadding: Theme.space4
                width: parent.width
                text: qsTr("%n selected", "", App.conversations.selectedCount)
                font.pixelSize: Theme.smallSize
                font.weight: Font.Medium
            }
            Row {
                anchors { left: parent.left; leftMargin: Theme.space4 }
                IconButton {
                    iconName: "select"
                    iconSize: Theme.iconSmall
                    text: qsTr("Select all")
                    onClicked: bar.list.selectAll()
                }
                IconButton {
                    iconName: "pin"
                    iconSize: Theme.iconSmall
                    text: qsTr("Pin")
                    onClicked: bar.list.setPinned(bar.list.firstSelected(), true)
                }
                IconButton {
                    objectName: "arrangeSelected"
                    iconName: "folder"
                    iconSize: Theme.iconSmall
                    text: qsTr("Folder and tags…")
                    onClicked: bar.arrangeRequested()
                }
                IconButton {
                    objectName: "archiveSelected"
                    iconName: "archive"
                    iconSize: Theme.iconSmall
                    text: bar.list.place === "archive" ? qsTr("Out of the archive") : qsTr("Archive", "verb")
                    onClicked: bar.list.setArchived(bar.list.firstSelected(), bar.list.place !== "archive")
                }
                IconButton {
                    objectName: "exportSelected"
                    iconName: "save"
                    iconSize: Theme.iconSmall
                    text: qsTr("Export…")
                    onClicked: bar.exportRequested()
                }
                IconButton {
                    objectName: "deleteSelected"
                    iconName: "trash"
                    iconSize: Theme.iconSmall
                    iconColor: Theme.danger
                    text: qsTr("Delete")
                    onClicked: bar.list.remove(bar.list.firstSelected())
                }
                IconButton {
                    iconName: "close"
                    iconSize: Theme.iconSmall
                    text: qsTr("End the selection")
                    onClicked: bar.list.clearSelection()
                }
            }
        }
    }
}
