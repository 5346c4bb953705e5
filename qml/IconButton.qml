// SPDX-License-Identifier: MIT
// A button that is an icon; its text is its name for tooltips and screen readers.
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: button
    property string iconName
    property color iconColor: Theme.textSoft
    property int iconSize: Theme.icon
    property string keys // as the tooltip shows them: "Ctrl+N"

    implicitWidth: Theme.hit
    implicitHeight: Theme.hit
    focusPolicy: Qt.TabFocus
    Accessible.name: text
    Accessible.role: Accessible.Button

    background: Rectangle {
        radius: Theme.radiusControl
        color: button.down ? Theme.pressed : button.hovered || button.checked ? Theme.hover : "transparent"
        FocusRing { shown: button.visualFocus }
    }
    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            name: button.iconName
            size: button.iconSize
            color: button.enabled ? (button.hovered || button.checked ? Theme.text : button.iconColor) : Theme.textSoft
            opacity: button.enabled ? 1 : 0.4
        }
    }
    HoverHandler { cursorShape: Qt.PointingHandCursor }
    Loader {
        active: (button.hovered || button.visualFocus) && button.text.length > 0
        sourceComponent: Tip {
            parent: button // qmllint disable unqualified
            visible: true
            text: button.keys.length > 0 ? button.text + "  " + button.keys : button.text // qmllint disable unqualified
        }
    }
}
