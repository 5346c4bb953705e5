// SPDX-License-Identifier: MIT
// Where one types: grows with the text, keeps it as a draft, sends with Return. While an answer is written the same
// round button stops it.
import QtQuick
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

                Keys.onPressed: event => {
                    if (event.key === Qt.Key_Tab || event.key === Qt.Key_Backtab) { // nothing here needs the character
                        const forward = event.key === Qt.Key_Tab;
                        nextItemInFocusChain(forward).forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
                        event.accepted = true;
                        return;
                    }
                    if (event.key !== Qt.Key_Return && event.key !== Qt.Key_Enter)
                        return;
                    // While an input method composes, Return belongs to it and sends nothing.
                    if (inputMethodComposing || preeditText.length > 0) {
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

            Chip {
                id: think
                objectName: "thinkChip"
                visible: App.model.canThink
                anchors { left: parent.left; leftMargin: Theme.space12; verticalCenter: parent.verticalCenter }
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
    Connections {
        target: App.chat
        function onDraftChanged() {
            if (area.text !== App.chat.draft) {
                area.text = App.chat.draft;
                area.cursorPosition = area.length;
            }
        }
    }
}
