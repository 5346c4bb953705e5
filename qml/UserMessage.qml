// SPDX-License-Identifier: MIT
// What the person wrote, exactly as typed; becomes a field to write it anew.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: mine
    required property MessageItem message
    readonly property bool editing: message.editing

    height: (editing ? editor.height : bubble.height) + actions.height

    Rectangle {
        id: bubble
        visible: !mine.editing
        anchors.right: parent.right
        width: words.width + 2 * Theme.space16
        height: words.height + 2 * Theme.space8 + Theme.space4
        radius: Theme.radiusComposer
        color: Theme.userBubble
        BlockText {
            id: words
            marks: mine.message.marks
            x: Theme.space16
            y: Theme.space8 + Theme.space4 / 2
            width: Math.min(measure.implicitWidth + 1, mine.width * Theme.bubbleShare - 2 * Theme.space16)
            text: Theme.plain(mine.message.text, Theme.bodyLine)
            Accessible.name: mine.message.text
        }
        BlockText {
            id: measure
            visible: false
            wrapMode: TextEdit.NoWrap
            text: words.text
        }
    }

    Loader {
        id: editor
        active: mine.editing
        width: parent.width
        height: active ? implicitHeight : 0
        sourceComponent: Rectangle {
            implicitHeight: column.implicitHeight + 2 * Theme.space12
            radius: Theme.radiusComposer
            color: Theme.surface
            border.width: Theme.focusWidth
            border.color: Theme.accent

            Column {
                id: column
                anchors { fill: parent; margins: Theme.space12; leftMargin: Theme.space16 }
                spacing: Theme.space8
                T.TextArea {
                    id: area
                    objectName: "editArea"
                    width: parent.width
                    height: contentHeight
                    implicitHeight: contentHeight
                    wrapMode: TextEdit.Wrap
                    textFormat: TextEdit.PlainText
                    color: Theme.text
                    selectionColor: Theme.selection
                    selectedTextColor: Theme.text
                    selectByMouse: true
                    font.pixelSize: Theme.bodySize
                    Accessible.name: qsTr("Edit the message")
                    function save() {
                        App.chat.edit(mine.message.messageId, text); // qmllint disable unqualified
                        mine.message.editEnded();
                    }
                    Keys.onPressed: event => {
                        if (event.key === Qt.Key_Tab) {
                            cancel.forceActiveFocus(Qt.TabFocusReason);
                            event.accepted = true;
                        } else if (event.key === Qt.Key_Escape) {
                            mine.message.editEnded();
                            event.accepted = true;
                        } else if ((event.key === Qt.Key_Return || event.key === Qt.Key_Enter) && !(event.modifiers & Qt.ShiftModifier) && !inputMethodComposing) {
                            save();
                            event.accepted = true;
                        }
                    }
                    Component.onCompleted: {
                        text = mine.message.text; // qmllint disable unqualified
                        forceActiveFocus();
                        cursorPosition = length;
                    }
                }
                Row {
                    anchors.right: parent.right
                    spacing: Theme.space8
                    TextButton {
                        id: cancel
                        flat: true
                        text: qsTr("Cancel")
                        onClicked: mine.message.editEnded() // qmllint disable unqualified
                    }
                    TextButton {
                        primary: true
                        text: qsTr("Ask again")
                        enabled: area.text.trim().length > 0
                        onClicked: area.save()
                    }
                }
            }
        }
    }
    MessageActions {
        id: actions
        visible: !mine.editing
        anchors { right: parent.right; bottom: parent.bottom }
        message: mine.message
        shown: mine.message.hovered
        onEditRequested: mine.message.editRequested()
    }
}
