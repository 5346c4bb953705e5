// SPDX-License-Identifier: MIT
// A backup: when and why it was made, how large it is, the way back to it.
import QtQuick
import Spoutnik.App

SettingRow {
    id: row
    required property var modelData
    signal removalAsked

    objectName: "backupRow"
    title: FileWords.dateTime(modelData.made)
    detail: qsTr("%1 · %2", "why a backup was made, its size").arg(FileWords.backupReason(modelData.reason)).arg(Words.bytes(modelData.bytes))
    Row {
        spacing: Theme.space4
        TextButton {
            objectName: "restoreButton"
            enabled: !App.archive.busy
            text: qsTr("Restore…")
            Accessible.name: qsTr("Restore the backup of %1").arg(row.title)
            onClicked: App.archive.lookInto(row.modelData.url)
        }
        IconButton {
            objectName: "removeBackupButton"
            enabled: !App.archive.busy
            iconName: "trash"
            iconSize: Theme.iconSmall
            text: qsTr("Delete the backup of %1").arg(row.title)
            onClicked: row.removalAsked()
        }
    }
}
