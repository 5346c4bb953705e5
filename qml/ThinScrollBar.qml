// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T

T.ScrollBar {
    id: bar
    implicitWidth: Theme.scrollBar
    implicitHeight: Theme.scrollBar
    padding: Theme.space4 / 2
    minimumSize: 0.06
    visible: policy === T.ScrollBar.AlwaysOn || (policy === T.ScrollBar.AsNeeded && size < 1)
    Accessible.ignored: true

    contentItem: Rectangle {
        radius: Math.min(width, height) / 2
        color: Theme.handle
        opacity: bar.pressed ? 1 : bar.hovered ? 0.8 : bar.active ? 0.55 : 0
        Behavior on opacity { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutQuad } }
    }
}
