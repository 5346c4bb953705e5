// SPDX-License-Identifier: MIT
// A bar at the left for every quotation that a block stands in.
import QtQuick

Item {
    id: bars
    required property int depth

    Repeater {
        model: bars.depth
        Rectangle {
            required property int index
            x: index * Theme.space16
            width: Theme.focusWidth
            height: bars.height
            color: Theme.hairline
        }
    }
}
