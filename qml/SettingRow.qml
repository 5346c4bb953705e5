// SPDX-License-Identifier: MIT
// One setting: its name, a line about it, its control at the right (below, where there is no room).
import QtQuick

Item {
    id: row
    required property string title
    property string detail
    property bool first: false
    default property alias control: place.data

    readonly property bool isNarrow: width < Theme.popupWidth + Theme.space48 || place.childrenRect.width > width * 0.55
        || about.implicitWidth > 2 * (width - place.childrenRect.width - 3 * Theme.space16) // else it would stand in many short lines

    width: parent ? parent.width : 0
    height: isNarrow ? words.height + place.height + 2 * Theme.space12 + Theme.space8
                     : Math.max(words.height, place.height) + 2 * Theme.space12

    Hairline {
        visible: !row.first
        x: Theme.space16
        width: parent.width - 2 * Theme.space16
    }
    Column {
        id: words
        anchors { left: parent.left; leftMargin: Theme.space16 }
        width: row.isNarrow ? row.width - 2 * Theme.space16 : row.width - place.width - 3 * Theme.space16
        y: row.isNarrow ? Theme.space12 : (row.height - height) / 2
        Label {
            width: parent.width
            text: row.title
            font.pixelSize: Theme.smallSize
            font.weight: Font.Medium
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
        }
        Label {
            id: about
            visible: text.length > 0
            width: parent.width
            text: row.detail
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
        }
    }
    Item {
        id: place
        anchors { right: parent.right; rightMargin: Theme.space16 }
        y: row.isNarrow ? words.y + words.height + Theme.space8 : (row.height - height) / 2
        width: childrenRect.width
        height: childrenRect.height
    }
}
