// SPDX-License-Identifier: MIT
// A bar at the left for every quotation that a block stands in; one that goes on from the block before is joined to it.
pragma ComponentBehavior: Bound
import QtQuick

Item {
    id: bars
    required property int depth
    required property int joined // bars that go on from above
    required property int above // pixels between the block before and this one

    Repeater {
        model: bars.depth
        Rectangle {
            required property int index
            anchors { left: parent.left; leftMargin: index * Theme.space16 }
            y: index < bars.joined ? 0 : bars.above
            width: Theme.focusWidth
            height: bars.height - y
            color: Theme.hairline
        }
    }
}
