// SPDX-License-Identifier: MIT
// Under an answer that did not come to its end: what happened, what is safe, what to do.
import QtQuick
import Spoutnik.App

Item {
    id: end
    required property MessageItem message
    // The status is asked first: when it changes, what has come by then is looked at again.
    readonly property bool canContinue: message.isLast && message.status !== "streaming" && (message.text.length > 0 || message.blocks.rowCount() > 0)
    readonly property bool isError: message.status === "error"

    width: parent ? parent.width : 0
    height: visible ? note.height + Theme.space12 : 0
    Note {
        id: note
        objectName: "endNote"
        anchors.left: parent.left
        y: Theme.space12
        width: Math.min(Theme.column, end.width)
        kind: end.isError ? "danger" : "info"
        title: end.isError ? Words.sentence(qsTr("The answer stopped: %1").arg(Words.reason(end.message.error))) : qsTr("This answer was stopped.")
        detail: end.isError ? qsTr("Your question and what was written are kept.") : qsTr("What was written is kept.")
        action: end.canContinue ? qsTr("Go on") : qsTr("Answer again")
        compact: true
        onActed: {
            if (end.canContinue)
                App.chat.continueAnswer(end.message.messageId);
            else
                App.chat.regenerate(end.message.messageId);
        }
    }
}
