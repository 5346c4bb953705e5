// SPDX-License-Identifier: MIT
// What is being done with a file of conversations, how far it is, and what came of it.
import QtQuick
import Spoutnik.App

Note {
    id: note
    readonly property var outcome: App.archive.outcome
    readonly property bool isWorking: late && App.archive.busy
    readonly property bool hasOutcome: !App.archive.busy && outcome.task !== undefined
    readonly property bool canCancel: App.archive.task === "import" || App.archive.task === "export"
    property bool late: false // short work shows its end only

    visible: isWorking || hasOutcome
    kind: hasOutcome && outcome.problem ? "warning" : "info"
    title: hasOutcome ? FileWords.title(outcome)
         : App.archive.progress >= 0 ? qsTr("%1 %2 %", "what is done, how much of it").arg(FileWords.doing(App.archive.task)).arg(Math.round(App.archive.progress * 100))
                                     : FileWords.doing(App.archive.task)
    detail: hasOutcome ? FileWords.detail(outcome) : ""
    progress: isWorking ? Math.max(0, App.archive.progress) : -1
    action: isWorking && canCancel ? qsTr("Stop", "the import or export") : ""
    dismissable: hasOutcome
    onActed: App.archive.cancel()
    onDismissed: App.archive.dismissOutcome()
    Timer {
        interval: Theme.loadingDelay
        running: App.archive.busy
        onTriggered: note.late = true
        onRunningChanged: {
            if (running)
                note.late = false;
        }
    }
}
