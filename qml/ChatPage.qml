// SPDX-License-Identifier: MIT
// The room where one talks: header, messages or the empty state, what there is to know, the composer.
import QtQuick
import Spoutnik.App

FocusScope {
    id: page
    property alias sidebarHidden: header.sidebarHidden
    property alias composer: composer
    property alias view: view
    property alias header: header
    signal sidebarRequested

    Accessible.role: Accessible.Pane
    Accessible.name: Words.titleOf(App.chat.title)

    Header {
        id: header
        width: parent.width
        z: 1
        onSidebarRequested: page.sidebarRequested()
    }
    ConversationView {
        id: view
        visible: count > 0
        anchors { left: parent.left; right: parent.right; top: header.bottom; bottom: notes.top }
        onTyped: text => composer.insert(text)
    }
    EmptyState {
        visible: !view.visible && App.chat.conversation <= 0
        anchors.fill: view
        onChosen: text => {
            if (App.chat.answering)
                return;
            composer.input.text = text;
            composer.send();
            composer.input.forceActiveFocus();
        }
    }

    // What there is to know, above the composer.
    Column {
        id: notes
        anchors { horizontalCenter: parent.horizontalCenter; bottom: composer.top; bottomMargin: Theme.space8 }
        width: composer.width
        spacing: Theme.space8

        Note {
            objectName: "storageNote"
            visible: App.storageProblem.length > 0
            width: parent.width
            kind: "danger"
            title: Words.storageTitle(App.storageProblem)
            detail: Words.storageDetail(App.storageProblem)
            action: App.ready ? "" : qsTr("Try again")
            dismissable: App.ready
            onActed: App.openStorage()
            onDismissed: App.dismissStorageProblem()
        }
        OutcomeNote { // of an import that goes on while one talks
            width: parent.width
        }
        Note {
            property bool seen: false
            visible: App.salvaged >= 0 && !seen
            width: parent.width
            kind: "warning"
            title: qsTr("The file of conversations was damaged.")
            detail: qsTr("%n conversation(s) were saved from it. The damaged file is kept beside the new one.", "", App.salvaged)
            dismissable: true
            onDismissed: seen = true
        }
        Note {
            id: loading
            objectName: "loadingNote"
            property bool late: false
            visible: late && App.model.state === ModelController.Loading
            width: parent.width
            title: qsTr("Loading %1").arg(App.model.name)
            detail: App.model.totalBytes > 0
                ? qsTr("%1 of %2 · %3").arg(Words.bytes(App.model.loadedBytes)).arg(Words.bytes(App.model.totalBytes)).arg(Words.seconds(App.model.loadSeconds * 1000))
                : qsTr("Opening the file…")
            action: qsTr("Cancel")
            progress: App.model.totalBytes > 0 ? App.model.loadedBytes / App.model.totalBytes : 0
            onActed: App.model.cancelLoading()
            Timer {
                interval: Theme.loadingDelay
                running: App.model.state === ModelController.Loading
                onTriggered: loading.late = true
                onRunningChanged: {
                    if (running)
                        loading.late = false;
                }
            }
        }
        Note {
            objectName: "modelNote"
            visible: App.model.state === ModelController.Failed
            width: parent.width
            kind: App.model.wasCancelled ? "info" : "danger"
            title: App.model.wasCancelled ? qsTr("Loading was cancelled.") : qsTr("The model can't be used.")
            detail: App.model.wasCancelled || App.model.problemKind.length === 0 ? qsTr("Your conversations are safe.")
                : Words.joined([Words.modelProblem(App.model.problemKind), App.model.problem.length > 0 ? qsTr("The engine reports: %1").arg(App.model.problem) : "", qsTr("Your conversations are safe.")], " ")
            action: App.model.hasStarter && !App.model.isStarter ? qsTr("Use the starter") : qsTr("Try again")
            onActed: {
                if (App.model.hasStarter && !App.model.isStarter)
                    App.model.useStarter();
                else
                    App.model.reload();
            }
        }
        Note {
            objectName: "removedNote"
            visible: App.chat.canRestore
            width: parent.width
            title: qsTr("The message and what followed it were deleted.")
            action: qsTr("Undo")
            dismissable: true
            onActed: App.chat.restoreMessage()
            onDismissed: App.chat.forgetRemoved()
            Timer {
                running: App.chat.canRestore
                interval: Theme.undoTime
                onTriggered: App.chat.forgetRemoved()
            }
        }
        Note {
            objectName: "fileNote"
            visible: App.files.problem.length > 0
            width: parent.width
            kind: "warning"
            title: Words.fileTitle(App.files.problem, App.files.problemFile)
            detail: App.files.problem === "save" ? App.files.problemDetail : Words.fileDetail(App.files.problem)
            dismissable: true
            onDismissed: App.files.dismissProblem()
        }
        Note {
            visible: App.chat.leftOut > 0
            width: parent.width
            title: qsTr("%n of the oldest message(s) no longer fit and were not read.", "", App.chat.leftOut)
            detail: qsTr("They are kept here. A larger context can be set.")
        }
        Note {
            visible: App.chat.tokensLeft > 0
            width: parent.width
            kind: "warning"
            title: qsTr("The context is nearly full: about %1 left.").arg(Words.tokens(App.chat.tokensLeft))
            detail: qsTr("From the next turn on, the oldest messages will not be read.")
        }
    }

    DropArea { // text files and words, onto any part of the page
        id: drop
        objectName: "dropArea"
        anchors.fill: parent
        onDropped: event => {
            if (event.hasUrls)
                App.files.read(event.urls);
            else if (event.hasText)
                composer.insert(event.text);
            event.accept();
        }
        Rectangle {
            visible: drop.containsDrag
            anchors { fill: parent; margins: Theme.space12 }
            radius: Theme.radiusCard
            color: Theme.over(Theme.selected, Theme.window)
            opacity: 0.94
            border.width: Theme.focusWidth
            border.color: Theme.accent
            Label {
                anchors.centerIn: parent
                width: parent.width - 2 * Theme.space24
                text: qsTr("Let go to put the text into your message")
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
            }
        }
        z: 3
    }
    Composer {
        id: composer
        focus: true
        anchors { horizontalCenter: parent.horizontalCenter; bottom: parent.bottom; bottomMargin: Theme.space16 }
        width: Math.min(Theme.column, parent.width - 2 * Theme.space16) + (parent.width > Theme.column + 2 * Theme.space48 ? 2 * Theme.space16 : 0)
        height: implicitHeight
        tallest: page.height * Theme.composerShare
    }
}
