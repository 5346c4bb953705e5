// SPDX-License-Identifier: MIT
// A button with words. `primary` is the one thing to do here.
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: button
    property bool primary: false
    property bool flat: false
    property string iconName
    property bool elided: false // keeps to its width

    implicitWidth: content.implicitWidth + leftPadding + rightPadding
    implicitHeight: Math.max(Theme.hit, content.implicitHeight + Theme.space16)
    leftPadding: Theme.space16
    rightPadding: Theme.space16
    focusPolicy: Qt.TabFocus
    opacity: enabled ? 1 : 0.45
    Accessible.name: text
    Accessible.role: Accessible.Button

    property color ink: primary ? Theme.accentInk : flat ? Theme.accent : Theme.text

    background: Rectangle {
        radius: Theme.radiusControl
        color: button.primary ? Theme.accent : button.flat ? "transparent" : Theme.surface
        border.width: button.primary || button.flat ? 0 : Theme.line
        border.color: Theme.hairline
        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: button.down ? Theme.pressed : button.hovered ? Theme.hover : "transparent"
        }
        FocusRing { shown: button.visualFocus }
    }
    contentItem: Item {
        id: content
        implicitWidth: label.implicitWidth + (button.iconName.length > 0 ? Theme.iconSmall + Theme.space8 : 0)
        implicitHeight: row.implicitHeight
        Row {
            id: row
            anchors.verticalCenter: parent.verticalCenter
            x: !button.elided ? (parent.width - width) / 2 : Theme.mirrored ? parent.width - width : 0
            spacing: Theme.space8
            Icon {
                visible: button.iconName.length > 0
                name: button.iconName
                size: Theme.iconSmall
                color: button.ink
                anchors.verticalCenter: parent.verticalCenter
            }
            Label {
                id: label
                width: button.elided ? Math.min(implicitWidth, content.width - (content.implicitWidth - implicitWidth)) : implicitWidth
                text: button.text
                color: button.ink
                elide: Text.ElideRight
                font.pixelSize: Theme.smallSize
                font.weight: Font.Medium
                anchors.verticalCenter: parent.verticalCenter
                Accessible.ignored: true
            }
        }
    }
    HoverHandler { cursorShape: Qt.PointingHandCursor }
}
