// SPDX-License-Identifier: MIT
// Where one types: grows with the text, keeps it as a draft, sends with Return. While an answer is written the same
// round button stops it.
import QtQuick
import QtQuick.Dialogs
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: composer
    property real tallest: Theme.space48
    property alias input: area
    readonly property bool canSend: area.text.trim().length > 0 && !App.chat.answering && App.ready

    implicitHeight: field.height
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Your message")

    signal commanded(string name) // "new", "search", or a page of the window

    property int historyAt: -1 // which of the earlier prompts is in the field, -1: none

    readonly property var commands: {
        const own = [];
        for (let row = 0; row < App.prompts.count; ++row)
            own.push({ name: App.prompts.nameAt(row), what: App.prompts.textAt(row).replace(/\s+/g, " ").slice(0, 120), icon: "prompts", run: () => usePrompt(row) });
        return [
            { name: qsTr("new", "command"), what: qsTr("New conversation"), icon: "new", run: () => command("new") },
            { name: qsTr("private", "command"), what: qsTr("New private conversation, never written to the disk"), icon: "private", run: () => command("private") },
            { name: qsTr("search", "command"), what: qsTr("Search everything"), icon: "search", run: () => command("search") },
            { name: qsTr("again", "command"), what: qsTr("Answer again"), icon: "regenerate", run: () => act(() => App.chat.regenerate(App.chat.lastAnswer())) },
            { name: qsTr("continue", "command"), what: qsTr("Go on with the interrupted answer"), icon: "continue", run: () => act(() => App.chat.continueAnswer(App.chat.lastAnswer())) },
            { name: qsTr("copy", "command"), what: qsTr("Copy the last answer"), icon: "copy", run: () => act(() => App.copy(App.chat.lastAnswerText())) },
            { name: qsTr("think", "command"), what: App.settings.think ? qsTr("Answer without thinking first") : qsTr("Think before the answer"), icon: "think", run: () => act(() => App.settings.think = !App.settings.think) },
            { name: qsTr("file", "command"), what: qsTr("Put a text file into the message"), icon: "attach", run: () => act(() => attach()) },
            { name: qsTr("branches", "command"), what: qsTr("All branches of this conversation"), icon: "tree", run: () => command("tree") },
            { name: qsTr("prompts", "command"), what: qsTr("Your own prompts"), icon: "prompts", run: () => act(() => openPrompts()) },
            { name: qsTr("export", "command"), what: qsTr("Import, export, backups"), icon: "save", run: () => command("files") },
            { name: qsTr("settings", "command"), what: qsTr("Settings"), icon: "settings", run: () => command("settings") },
            { name: qsTr("keys", "command"), what: qsTr("Keyboard shortcuts"), icon: "keyboard", run: () => command("shortcuts") }
        ].concat(own);
    }
    function act(action: var) {
        area.clear();
        action();
    }
    function command(name: string) {
        area.clear();
        commanded(name);
    }
    function usePrompt(row: int) {
        const text = App.prompts.textAt(row);
        area.clear();
        variables.ask(text);
    }
    function openPrompts() {
        prompts.open();
    }
    function attach() {
        fileDialog.active = true;
        (fileDialog.item as FileDialog).open();
    }
    /// Earlier prompts of the branch, as a shell has them: only from an empty field, or from one of them unchanged.
    function recall(step: int): bool {
        const earlier = App.chat.prompts();
        const isUntouched = historyAt >= 0 && area.text === earlier[historyAt];
        if (!isUntouched && (area.length > 0 || step < 0))
            return false;
        const next = (isUntouched ? historyAt : -1) + step;
        if (next >= earlier.length)
            return true;
        historyAt = next;
        area.text = next < 0 ? "" : earlier[next];
        area.cursorPosition = area.length;
        return true;
    }
    function send() {
        if (!canSend)
            return;
        const text = area.text;
        area.clear(); // what was typed comes back as the draft should it not be possible to store it
        App.chat.send(text);
    }
    function insert(text: string) {
        area.forceActiveFocus();
        if (text.length > 0)
            area.insert(area.cursorPosition, text);
    }

    Rectangle {
        id: field
        width: parent.width
        height: scroll.height + tools.height + Theme.space4
        radius: Theme.radiusComposer
        color: Theme.surface
        border.width: Theme.line
        border.color: area.activeFocus ? Theme.accent : Theme.hairline

        TapHandler { onTapped: area.forceActiveFocus() }

        Flickable {
            id: scroll
            anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: Theme.focusWidth }
            height: Math.min(area.implicitHeight, Math.max(Theme.headerHeight, composer.tallest - tools.height))
            contentWidth: width
            contentHeight: area.height
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            interactive: contentHeight > height
            T.ScrollBar.vertical: ThinScrollBar {}

            function reveal(box: rect) {
                if (box.y < contentY)
                    contentY = Math.max(0, box.y - area.topPadding);
                else if (box.y + box.height > contentY + height)
                    contentY = Math.min(contentHeight - height, box.y + box.height + area.bottomPadding - height);
            }

            T.TextArea {
                id: area
                objectName: "composerInput"
                width: scroll.width
                height: Math.max(implicitHeight, scroll.height)
                implicitHeight: contentHeight + topPadding + bottomPadding
                topPadding: Theme.space12
                bottomPadding: Theme.space4
                leftPadding: Theme.space16 + Theme.space4
                rightPadding: Theme.space16
                wrapMode: TextEdit.Wrap
                textFormat: TextEdit.PlainText
                selectByMouse: true
                color: Theme.text
                selectionColor: Theme.selection
                selectedTextColor: Theme.text
                font.pixelSize: Theme.bodySize
                placeholderText: App.model.state === ModelController.Failed || App.model.name.length === 0
                    ? qsTr("Write a message") : qsTr("Write to %1").arg(App.model.name)
                Accessible.role: Accessible.EditableText
                Accessible.name: placeholderText
                Accessible.multiLine: true
                onCursorRectangleChanged: scroll.reveal(cursorRectangle)
                onTextChanged: App.chat.draft = text

                Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape && slash.shown
                Keys.onPressed: event => {
                    const isComposing = inputMethodComposing || preeditText.length > 0;
                    if (slash.shown && !isComposing) {
                        event.accepted = true;
                        switch (event.key) {
                        case Qt.Key_Up: slash.move(-1); return;
                        case Qt.Key_Down: slash.move(1); return;
                        case Qt.Key_Escape: slash.dismissed = true; return;
                        case Qt.Key_Tab:
                        case Qt.Key_Return:
                        case Qt.Key_Enter:
                            if (!(event.modifiers & Qt.ShiftModifier)) {
                                slash.chooseCurrent();
                                return;
                            }
                        }
                        event.accepted = false;
                    }
                    if ((event.key === Qt.Key_Up || event.key === Qt.Key_Down) && event.modifiers === Qt.NoModifier && !isComposing) {
                        event.accepted = composer.recall(event.key === Qt.Key_Up ? 1 : -1);
                        if (event.accepted)
                            return;
                    }
                    if (event.matches(StandardKey.Paste)) {
                        const files = App.copiedFiles();
                        if (files.length > 0) {
                            App.files.read(files);
                            event.accepted = true;
                            return;
                        }
                    }
                    if (event.key === Qt.Key_Tab || event.key === Qt.Key_Backtab) { // nothing here needs the character
                        const forward = event.key === Qt.Key_Tab;
                        nextItemInFocusChain(forward).forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
                        event.accepted = true;
                        return;
                    }
                    if (event.key !== Qt.Key_Return && event.key !== Qt.Key_Enter)
                        return;
                    // While an input method composes, Return belongs to it and sends nothing.
                    if (isComposing) {
                        event.accepted = true;
                    } else if (!(event.modifiers & Qt.ShiftModifier)) {
                        composer.send();
                        event.accepted = true;
                    }
                }
                Label {
                    visible: area.length === 0 && area.preeditText.length === 0
                    x: area.leftPadding
                    y: area.topPadding
                    width: area.width - area.leftPadding - area.rightPadding
                    text: area.placeholderText
                    color: Theme.textSoft
                    font: area.font
                    elide: Text.ElideRight
                    Accessible.ignored: true
                }
            }
        }

        Item {
            id: tools
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: Math.max(Theme.hit, think.implicitHeight) + Theme.space12

            Row {
                id: left
                anchors { left: parent.left; leftMargin: Theme.space8; verticalCenter: parent.verticalCenter }
                IconButton {
                    objectName: "attachButton"
                    iconName: "attach"
                    text: qsTr("Put a text file into the message")
                    onClicked: composer.attach()
                }
                IconButton {
                    objectName: "promptsButton"
                    iconName: "prompts"
                    text: qsTr("Your own prompts")
                    keys: "Ctrl+P"
                    onClicked: composer.openPrompts()
                }
            }
            Chip {
                id: think
                objectName: "thinkChip"
                visible: App.model.canThink
                anchors { left: left.right; leftMargin: Theme.space4; verticalCenter: parent.verticalCenter }
                iconName: "think"
                text: qsTr("Think")
                hint: qsTr("Think before the answer")
                checked: App.settings.think
                onToggled: App.settings.think = checked
            }
            Label {
                visible: area.activeFocus && area.length > 0 && parent.width > Theme.pageColumn - Theme.space48
                anchors { right: button.left; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
                text: qsTr("Return sends, Shift+Return makes a new line")
                color: Theme.textSoft
                font.pixelSize: Theme.tinySize
            }
            T.AbstractButton {
                id: button
                objectName: "sendButton"
                readonly property bool stops: App.chat.answering
                anchors { right: parent.right; rightMargin: Theme.space8; verticalCenter: parent.verticalCenter }
                width: Theme.hit
                height: Theme.hit
                enabled: stops || composer.canSend
                focusPolicy: Qt.TabFocus
                text: stops ? qsTr("Stop") : qsTr("Send")
                Accessible.role: Accessible.Button
                Accessible.name: text
                onClicked: {
                    if (stops)
                        App.chat.stop();
                    else
                        composer.send();
                    area.forceActiveFocus();
                }
                background: Rectangle {
                    radius: width / 2
                    color: button.enabled ? Theme.accent : Theme.codeGround
                    Rectangle {
                        anchors.fill: parent
                        radius: parent.radius
                        color: button.down ? Theme.pressed : button.hovered ? Theme.hover : "transparent"
                    }
                    FocusRing { shown: button.visualFocus; around: parent.radius }
                }
                contentItem: Item {
                    Icon {
                        anchors.centerIn: parent
                        name: button.stops ? "stop" : "send"
                        color: button.enabled ? Theme.accentInk : Theme.textSoft
                    }
                }
                HoverHandler { cursorShape: button.enabled ? Qt.PointingHandCursor : Qt.ArrowCursor }
                Tip {
                    parent: button
                    visible: button.hovered && button.enabled
                    text: button.stops ? qsTr("Stop") + "  Esc" : qsTr("Send") + "  ↵"
                }
            }
        }
    }
    SlashMenu {
        id: slash
        width: parent.width
        anchors { bottom: field.top; bottomMargin: Theme.space8 }
        z: 2
        commands: composer.commands
        typed: area.activeFocus ? area.text : ""
    }
    PromptsDialog {
        id: prompts
        onChosen: text => variables.ask(text)
        onClosed: area.forceActiveFocus()
    }
    VariablesDialog {
        id: variables
        onFilled: text => composer.insert(text)
        onClosed: area.forceActiveFocus()
    }
    Loader {
        id: fileDialog
        active: false
        sourceComponent: FileDialog {
            title: qsTr("Put text files into the message")
            fileMode: FileDialog.OpenFiles
            onAccepted: App.files.read(selectedFiles)
        }
    }
    Connections {
        target: App.files
        function onTextRead(name: string, text: string, language: string) {
            const before = area.getText(0, area.cursorPosition);
            composer.insert((before.length === 0 || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n") + App.attachedText(name, text, language));
        }
    }
    Connections {
        target: App.chat
        function onConversationChanged() {
            composer.historyAt = -1;
        }
        function onDraftChanged() {
            if (area.text !== App.chat.draft) {
                area.text = App.chat.draft;
                area.cursorPosition = area.length;
            }
        }
    }
}
