// SPDX-License-Identifier: MIT
// Before a backup is restored: what is in it, what it takes the place of, what is kept.
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    readonly property var found: App.archive.candidate

    objectName: "restoreDialog"
    title: qsTr("Restore this backup?")
    onOpened: cancel.forceActiveFocus(Qt.TabFocusReason)
    onClosed: {
        if (found.url !== undefined)
            App.archive.dismissCandidate();
    }
    Connections {
        target: App.archive
        function onCandidateChanged() {
            if (dialog.found.url !== undefined)
                dialog.open();
        }
    }

    component Paragraph: Label {
        width: parent ? parent.width : 0
        font.pixelSize: Theme.smallSize
        lineHeight: Theme.smallLine
        lineHeightMode: Text.FixedHeight
        wrapMode: Text.Wrap
    }
    Paragraph {
        objectName: "restoreContents"
        text: dialog.found.conversations === undefined ? ""
            : dialog.found.conversations > 0 ? qsTr("In it: %1, changed last on %2.").arg(FileWords.conversations(dialog.found.conversations)).arg(FileWords.dateTime(dialog.found.updated))
                                             : qsTr("There is no conversation in it.")
    }
    Paragraph {
        objectName: "restoreReplaces"
        text: dialog.found.present === undefined ? "" : qsTr("It takes the place of all that is here now: %1, with folders, prompts and settings.").arg(FileWords.conversations(dialog.found.present))
    }
    Paragraph {
        color: Theme.textSoft
        text: App.chat.isPrivate ? qsTr("What is here now is copied first and listed under the backups. The private conversation ends.")
                                 : qsTr("What is here now is copied first and listed under the backups.")
    }
    buttons: [
        TextButton {
            objectName: "confirmRestoreButton"
            primary: true
            text: qsTr("Restore")
            onClicked: {
                App.archive.restore();
                dialog.close();
            }
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
        },
        TextButton {
            id: cancel
            flat: true
            text: qsTr("Cancel")
            onClicked: dialog.close()
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
        }
    ]
}
