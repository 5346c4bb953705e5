// SPDX-License-Identifier: MIT
// Copies of everything: a new one, those there are, the way back.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Dialogs
import Spoutnik.App

SettingGroup {
    id: group
    title: qsTr("Backups")
    signal removalAsked(backup: var)

    SettingRow {
        first: true
        title: qsTr("A copy of everything")
        detail: qsTr("Conversations, folders, prompts and settings, as they are now. What you delete for good goes from these copies too; one saved elsewhere keeps it.")
        Row {
            spacing: Theme.space8
            TextButton {
                objectName: "saveCopyButton"
                enabled: !App.archive.busy
                text: qsTr("Save elsewhere…")
                onClicked: {
                    saveDialog.selectedFile = App.files.suggested("Spoutnik " + new Date().toLocaleDateString(Qt.locale("C"), "yyyy-MM-dd") + ".db");
                    saveDialog.open();
                }
            }
            TextButton {
                objectName: "backUpButton"
                enabled: !App.archive.busy
                text: qsTr("Back up now")
                onClicked: App.archive.backUpNow()
            }
        }
    }
    Repeater {
        model: App.archive.backups
        BackupRow {
            onRemovalAsked: group.removalAsked(modelData)
        }
    }
    SettingRow {
        title: qsTr("From another file")
        detail: App.archive.backups.length > 0 ? qsTr("A copy that you saved elsewhere")
                                               : qsTr("A copy that you saved elsewhere. None is here yet; one is made by itself before each change of form and each restore.")
        TextButton {
            objectName: "restoreFileButton"
            enabled: !App.archive.busy
            iconName: "open"
            text: qsTr("Restore…")
            onClicked: openDialog.open()
        }
    }
    FileDialog {
        id: saveDialog
        title: qsTr("Save a copy of everything")
        fileMode: FileDialog.SaveFile
        defaultSuffix: "db"
        nameFilters: [qsTr("Backups of Spoutnik (*.db)"), qsTr("All files (*)")]
        onAccepted: App.archive.backUpTo(selectedFile)
    }
    FileDialog {
        id: openDialog
        title: qsTr("Restore a backup")
        nameFilters: [qsTr("Backups of Spoutnik (*.db)"), qsTr("All files (*)")]
        onAccepted: App.archive.lookInto(selectedFile)
    }
}
