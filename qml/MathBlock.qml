// SPDX-License-Identifier: MIT
// A formula on a line of its own, as its source.
import QtQuick

Item {
    id: block
    required property int index
    required property string plain
    required property int indent
    required property int quote
    required property int joined
    readonly property int above: index === 0 ? 0 : Theme.space16

    width: parent ? parent.width : 0
    height: above + formula.height + Theme.space4
    QuoteBars {
        depth: block.quote
        joined: block.joined
        above: block.above
        height: parent.height
    }
    BlockText {
        id: formula
        x: block.quote * Theme.space16
        y: block.above
        width: Math.min(Theme.column, block.width) - x
        textFormat: TextEdit.PlainText
        text: block.plain
        font.family: "serif"
        font.italic: true
        horizontalAlignment: TextEdit.AlignHCenter
        Accessible.name: qsTr("Formula: %1").arg(block.plain)
    }
}
