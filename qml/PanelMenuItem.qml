// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T

T.MenuItem {
    id: item
    property string iconName
    property string keys // shown at its end: "F2"
    property color ink: Theme.text
    property bool separated: false // begins another group
    property bool current: false // of several, the one that holds
    opacity: enabled ? 1 : 0.45

    implicitWidth: Math.max(Theme.menuWidth, Math.ceil(label.implicitWidth) + Theme.iconSmall + 4 * Theme.space8 + (keys.length > 0 ? Math.ceil(cap.implicitWidth) + Theme.space16 : 0))
    implicitHeight: Math.max(Theme.hit, label.implicitHeight + Theme.space12)
    Accessible.name: text
    Accessible.description: keys
    Accessible.role: Accessible.MenuItem
    Accessible.checkable: current
    Accessible.checked: current

    background: Rectangle {
        radius: Theme.radiusSmall
        color: item.down ? Theme.pressed : item.current ? Theme.selected : item.highlighted ? Theme.hover : "transparent"
        Hairline {
            visible: item.separated
            x: Theme.space8
            width: parent.width - 2 * Theme.space8
        }
    }
    contentItem: Item {
        Icon {
            id: icon
            anchors { left: parent.left; leftMargin: Theme.space8 }
            anchors.verticalCenter: parent.verticalCenter
            name: item.iconName
            size: Theme.iconSmall
            color: item.ink
        }
        Label {
            id: label
            anchors.left: icon.right
            anchors.leftMargin: Theme.space8
            anchors.right: cap.left
            anchors.rightMargin: item.keys.length > 0 ? Theme.space16 : 0
            anchors.verticalCenter: parent.verticalCenter
            text: item.text
            color: item.ink
            font.pixelSize: Theme.smallSize
            font.weight: item.current ? Font.Medium : Font.Normal
            elide: Text.ElideRight
            Accessible.ignored: true
        }
        Label {
            id: cap
            anchors { right: parent.right; rightMargin: Theme.space8; verticalCenter: parent.verticalCenter }
            text: item.keys
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            Accessible.ignored: true
        }
    }
}
