// SPDX-License-Identifier: MIT
// What the model thought before it answered: open while it is written, its last lines in sight; then folded to one
// line that opens it again.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: block
    required property int index
    required property string plain
    required property real duration // ms
    required property real tokens
    required property bool open // still being written
    property string marks // what a search looked for

    property bool unfolded: false
    readonly property bool bodyShown: open || unfolded
    readonly property real lineCap: Theme.reasoningLines * Theme.smallLine

    objectName: "reasoningBlock"
    onMarksChanged: {
        if (App.holds(plain, marks))
            unfolded = true; // a search led into it
    }
    width: parent ? parent.width : 0
    height: head.height + (body.height > 0 ? body.height + Theme.space4 : 0)

    T.AbstractButton {
        id: head
        objectName: "reasoningHead"
        implicitHeight: Theme.hit
        width: Math.min(implicitWidth, block.width)
        implicitWidth: row.implicitWidth + Theme.space16
        anchors { left: parent.left; leftMargin: -Theme.space8 }
        focusPolicy: Qt.TabFocus
        text: {
            if (block.open)
                return block.duration < 1000 ? qsTr("Thinking…")
                     : block.tokens > 0 ? qsTr("Thinking… %1 · %2").arg(Words.seconds(block.duration)).arg(Words.tokens(block.tokens))
                                        : qsTr("Thinking… %1").arg(Words.seconds(block.duration));
            const time = qsTr("Thought for %1").arg(Words.seconds(block.duration));
            return block.tokens > 0 ? qsTr("%1 · %2").arg(time).arg(Words.tokens(block.tokens)) : time;
        }
        Accessible.role: Accessible.Button
        Accessible.name: text
        Accessible.description: block.bodyShown ? qsTr("Fold the reasoning") : qsTr("Show the reasoning")
        onClicked: block.unfolded = !block.unfolded

        background: Rectangle {
            radius: Theme.radiusControl
            color: head.down ? Theme.pressed : head.hovered ? Theme.hover : "transparent"
            FocusRing { shown: head.visualFocus }
        }
        contentItem: Item {
            Row {
                id: row
                anchors { left: parent.left; leftMargin: Theme.space8 }
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.space4
                Icon {
                    anchors.verticalCenter: parent.verticalCenter
                    name: "think"
                    size: Theme.iconSmall
                    color: Theme.textSoft
                }
                Label {
                    anchors.verticalCenter: parent.verticalCenter
                    text: head.text
                    color: Theme.textSoft
                    font.pixelSize: Theme.smallSize
                    Accessible.ignored: true
                }
                Icon {
                    anchors.verticalCenter: parent.verticalCenter
                    name: "chevron-right"
                    size: Theme.space16
                    color: Theme.textSoft
                    rotation: !block.bodyShown ? 0 : Theme.mirrored ? -90 : 90
                    Behavior on rotation { NumberAnimation { duration: Theme.fast; easing.type: Easing.OutQuad } }
                }
            }
        }
        HoverHandler { cursorShape: Qt.PointingHandCursor }
    }

    Item {
        id: body
        anchors { left: parent.left; top: head.bottom }
        width: Math.min(Theme.column, block.width)
        height: !block.bodyShown ? 0 : block.unfolded ? words.height : Math.min(words.height, block.lineCap)
        clip: true
        visible: height > 0
        Behavior on height {
            enabled: !block.open
            NumberAnimation { duration: Theme.slow; easing.type: Easing.OutQuad }
        }

        Hairline {
            anchors { left: parent.left; leftMargin: Theme.space8 }
            width: Theme.focusWidth
            height: parent.height
        }
        BlockText {
            id: words
            marks: block.marks
            anchors { left: parent.left; leftMargin: Theme.space24 }
            y: Math.min(0, body.height - height) // the end is in sight
            width: body.width - Theme.space24
            text: Theme.plain(block.plain, Theme.smallLine)
            color: Theme.textSoft
            font.pixelSize: Theme.smallSize
            Accessible.name: block.plain
        }
        Rectangle { // lines that leave fade out
            visible: words.y < 0
            width: parent.width
            height: Theme.space32
            anchors { left: parent.left; leftMargin: Theme.space16 }
            gradient: Gradient {
                GradientStop { position: 0; color: Theme.window }
                GradientStop { position: 1; color: Theme.tint(Theme.window, 0) }
            }
        }
    }
}
