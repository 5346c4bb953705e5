// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T

T.Slider {
    id: slider
    required property string name

    implicitWidth: Theme.menuWidth
    implicitHeight: Theme.hit
    focusPolicy: Qt.TabFocus
    Accessible.role: Accessible.Slider
    Accessible.name: name

    background: Rectangle {
        y: slider.topPadding + (slider.availableHeight - height) / 2
        width: slider.width
        height: Theme.space4
        radius: height / 2
        color: Theme.hairline
        Rectangle {
            anchors.left: parent.left
            width: slider.position * (slider.width - slider.handle.width) + slider.handle.width / 2
            height: parent.height
            radius: parent.radius
            color: Theme.accent
        }
    }
    handle: Rectangle {
        x: slider.visualPosition * (slider.width - width)
        y: (slider.height - height) / 2
        width: Theme.icon
        height: Theme.icon
        radius: width / 2
        color: Theme.surface
        border.width: Theme.focusWidth
        border.color: Theme.accent
        FocusRing { shown: slider.visualFocus; around: parent.radius }
    }
}
