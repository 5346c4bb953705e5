// SPDX-License-Identifier: MIT
// What a key does, and the key.
import QtQuick

Item {
    id: line
    required property string what
    required property string keys // "Ctrl+Shift+C"
    property string filter // in lower case; what doesn't hold it is away
    readonly property bool first: y < 1 // the one that is on top now
    readonly property bool isWanted: filter.length === 0 || (what + " " + keys).toLowerCase().indexOf(filter) >= 0

    width: parent ? parent.width : 0
    visible: isWanted
    height: Math.max(Theme.hit + Theme.space4, words.implicitHeight + Theme.space16)
    Accessible.role: Accessible.StaticText
    Accessible.name: what + ": " + keys

    Hairline {
        visible: !line.first
        x: Theme.space16
        width: parent.width - 2 * Theme.space16
    }
    Label {
        id: words
        anchors { left: parent.left; right: caps.left; leftMargin: Theme.space16; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
        text: line.what
        font.pixelSize: Theme.smallSize
        wrapMode: Text.Wrap
        Accessible.ignored: true
    }
    Row {
        id: caps
        anchors { right: parent.right; rightMargin: Theme.space16; verticalCenter: parent.verticalCenter }
        spacing: Theme.space4
        Repeater {
            model: line.keys.split("+")
            Rectangle {
                id: key
                required property string modelData
                width: Math.max(Theme.space24, cap.implicitWidth + Theme.space12)
                height: Math.max(Theme.space24, cap.implicitHeight + Theme.space4)
                radius: Theme.radiusSmall
                color: Theme.codeGround
                Label {
                    id: cap
                    anchors.centerIn: parent
                    text: key.modelData
                    font.pixelSize: Theme.tinySize
                    Accessible.ignored: true
                }
            }
        }
    }
}
