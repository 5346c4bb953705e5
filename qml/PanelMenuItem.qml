// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T

T.MenuItem {
    id: item
    property string iconName
    property color ink: Theme.text
    property bool separated: false // begins another group
    opacity: enabled ? 1 : 0.45

    implicitWidth: Math.max(Theme.menuWidth, Math.ceil(label.implicitWidth) + Theme.iconSmall + 4 * Theme.space8)
    implicitHeight: Math.max(Theme.hit, label.implicitHeight + Theme.space12)
    Accessible.name: text
    Accessible.role: Accessible.MenuItem

    background: Rectangle {
        radius: Theme.radiusSmall
        color: item.down ? Theme.pressed : item.highlighted ? Theme.hover : "transparent"
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
            anchors.right: parent.right
            anchors.rightMargin: Theme.space8
            anchors.verticalCenter: parent.verticalCenter
            text: item.text
            color: item.ink
            font.pixelSize: Theme.smallSize
            elide: Text.ElideRight
            Accessible.ignored: true
        }
    }
}
