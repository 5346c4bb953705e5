// SPDX-License-Identifier: MIT
// The ground of everything that floats: a card with a hairline and a soft shadow drawn as thin layers.
pragma ComponentBehavior: Bound
import QtQuick

Item {
    id: panel
    property int radius: Theme.radiusCard

    Repeater {
        model: 6
        Rectangle {
            required property int index
            anchors.fill: parent
            anchors.margins: -index * 1.5
            anchors.topMargin: 3 - index * 1.5
            anchors.bottomMargin: -3 - index * 1.5
            radius: panel.radius + index * 1.5
            color: Theme.shadow
        }
    }
    Rectangle {
        anchors.fill: parent
        radius: panel.radius
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
    }
}
