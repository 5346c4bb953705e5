// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Templates as T

T.Menu {
    id: menu
    implicitWidth: {
        let widest = Theme.menuWidth; // other languages need more
        for (let i = 0; i < count; ++i)
            widest = Math.max(widest, itemAt(i)?.implicitWidth ?? 0);
        return Math.min(widest, Theme.popupWidth) + leftPadding + rightPadding;
    }
    implicitHeight: contentItem.implicitHeight + topPadding + bottomPadding
    padding: Theme.space4
    margins: Theme.space8
    overlap: 0

    contentItem: ListView {
        implicitHeight: contentHeight
        model: menu.contentModel
        interactive: false
        currentIndex: menu.currentIndex
    }
    background: Panel { radius: Theme.radiusControl }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.fast; easing.type: Easing.OutQuad }
    }
}
