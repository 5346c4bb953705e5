// SPDX-License-Identifier: MIT
// Conversations as files: in, out, and copies of everything.
import QtQuick
import QtQuick.Dialogs
import Spoutnik.App

PageFrame {
    id: page
    property alias exports: exporting

    objectName: "filesPage"
    title: qsTr("Import, export, backups")
    Component.onCompleted: App.archive.readBackups()

    function openImport() {
        importDialog.open();
    }

    OutcomeNote {
        objectName: "outcomeNote"
        width: parent.width
    }
    SettingGroup {
        title: qsTr("Import")
        SettingRow {
            first: true
            title: qsTr("Conversations from a file")
            detail: qsTr("From ChatGPT, DeepSeek, Open WebUI, LM Studio or Spoutnik; the kind is recognised. What is already here stays as it is. Files can also be dropped onto this page or the sidebar.")
            TextButton {
                objectName: "importButton"
                enabled: !App.archive.busy
                iconName: "open"
                text: qsTr("Choose files…")
                onClicked: page.openImport()
            }
        }
    }
    ExportGroup { id: exporting }
    BackupGroup {
        onRemovalAsked: backup => confirm.ask(qsTr("Delete this backup?"), qsTr("%1 · %2", "why a backup was made, its size").arg(FileWords.dateTime(backup.made)).arg(Words.bytes(backup.bytes)),
                                              qsTr("Delete"), backup.url)
    }

    FileDialog {
        id: importDialog
        title: qsTr("Import conversations")
        fileMode: FileDialog.OpenFiles
        nameFilters: [qsTr("Conversations (*.json)"), qsTr("All files (*)")]
        onAccepted: App.archive.importFiles(selectedFiles)
    }
    RestoreDialog {}
    ConfirmDialog {
        id: confirm
        onConfirmed: subject => App.archive.removeBackup(subject)
    }
    ImportDrop {
        objectName: "importDrop"
        parent: page
        anchors.fill: parent
    }
}
