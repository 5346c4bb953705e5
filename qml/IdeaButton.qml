// SPDX-License-Identifier: MIT
// A suggestion to begin with.
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: idea
    objectName: "ideaButton"
    implicitHeight: Math.max(2 * Theme.smallLine, words.implicitHeight) + Theme.space24
    focusPolicy: Qt.TabFocus
    Accessible.role: Accessible.Button
    Accessible.name: text

    background: Rectangle {
        radius: Theme.radiusCard
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: idea.down ? Theme.pressed : idea.hovered ? Theme.hover : "transparent"
        }
        FocusRing { shown: idea.visualFocus; around: Theme.radiusCard }
    }
    contentItem: Item {
        Label {
            id: words
            anchors { left: parent.left; right: parent.right; leftMargin: Theme.space16; rightMargin: Theme.space16; verticalCenter: parent.verticalCenter }
            text: idea.text
            font.pixelSize: Theme.smallSize
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
            Accessible.ignored: true
        }
    }
    HoverHandler { cursorShape: Qt.PointingHandCursor }
}
