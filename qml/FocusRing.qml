// SPDX-License-Identifier: MIT
// Shows which control the keyboard is on.
import QtQuick

Rectangle {
    id: ring
    required property bool shown
    property int around: Theme.radiusControl // radius of what it surrounds

    anchors.fill: parent
    anchors.margins: -(Theme.focusOffset + Theme.focusWidth)
    radius: around + Theme.focusOffset + Theme.focusWidth
    color: "transparent"
    border.width: Theme.focusWidth
    border.color: Theme.accent
    visible: shown
}
