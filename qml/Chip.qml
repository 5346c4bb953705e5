// SPDX-License-Identifier: MIT
// A toggle with a word: on is filled with the accent's tint.
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: chip
    property string iconName
    property string hint

    checkable: true
    implicitWidth: row.implicitWidth + leftPadding + rightPadding
    implicitHeight: Math.max(Theme.hit, row.implicitHeight + Theme.space8)
    leftPadding: Theme.space12
    rightPadding: Theme.space12
    focusPolicy: Qt.TabFocus
    Accessible.name: text
    Accessible.role: Accessible.CheckBox
    Accessible.checkable: true
    Accessible.checked: checked
    Accessible.description: hint

    readonly property color ink: checked ? Theme.accent : Theme.textSoft

    background: Item {
        Rectangle {
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            height: Math.max(Theme.space24 + Theme.space4, row.implicitHeight + Theme.space8)
            radius: height / 2
            color: chip.checked ? Theme.selected : chip.down ? Theme.pressed : chip.hovered ? Theme.hover : "transparent"
            border.width: Theme.line
            border.color: chip.checked ? "transparent" : Theme.hairline
            FocusRing { shown: chip.visualFocus; around: parent.radius }
        }
    }
    contentItem: Item {
        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.space4
            Icon {
                name: chip.iconName
                size: Theme.iconSmall
                color: chip.ink
                anchors.verticalCenter: parent.verticalCenter
            }
            Label {
                text: chip.text
                color: chip.ink
                font.pixelSize: Theme.smallSize
                anchors.verticalCenter: parent.verticalCenter
                Accessible.ignored: true
            }
        }
    }
    HoverHandler { cursorShape: Qt.PointingHandCursor }
    Loader {
        active: (chip.hovered || chip.visualFocus) && chip.hint.length > 0
        sourceComponent: Tip {
            parent: chip // qmllint disable unqualified
            visible: true
            text: chip.hint // qmllint disable unqualified
        }
    }
}
