// SPDX-License-Identifier: MIT
// A few words under a control, after a moment.
import QtQuick
import QtQuick.Templates as T

T.ToolTip {
    id: tip
    x: parent ? Math.round((parent.width - implicitWidth) / 2) : 0
    y: parent ? parent.height + Theme.space4 : 0
    implicitWidth: contentItem.implicitWidth + leftPadding + rightPadding
    implicitHeight: contentItem.implicitHeight + topPadding + bottomPadding
    padding: Theme.space8
    topPadding: Theme.space4
    bottomPadding: Theme.space4
    margins: Theme.space8
    delay: Theme.tipDelay
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutsideParent | T.Popup.CloseOnReleaseOutsideParent

    contentItem: Label {
        text: tip.text
        color: Theme.window
        font.pixelSize: Theme.smallSize
    }
    background: Rectangle {
        color: Theme.text
        radius: Theme.radiusSmall
    }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.fast; easing.type: Easing.OutQuad }
    }
}
