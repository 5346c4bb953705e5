// SPDX-License-Identifier: MIT
import QtQuick

Item {
    id: block
    required property int index
    width: parent ? parent.width : 0
    height: Theme.space32
    Hairline {
        width: Math.min(Theme.column, block.width)
        anchors.verticalCenter: parent.verticalCenter
    }
}
