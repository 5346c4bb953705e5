// SPDX-License-Identifier: MIT
// A paragraph, a heading or an item of a list.
import QtQuick
import Spoutnik.App

Item {
    id: block
    required property int index
    required property string type
    required property string html
    required property string plain
    required property int level
    required property int indent
    required property int quote
    required property int joined
    required property string marker
    required property bool tight
    property string marks // what a search looked for

    readonly property bool isHeading: type === "heading"
    readonly property int size: isHeading ? Theme.headingSize(level) : Theme.bodySize
    readonly property int lead: isHeading ? Math.round(size * 1.35) : Theme.bodyLine
    readonly property int above: index === 0 ? 0 : isHeading ? Theme.space24 : tight ? Theme.space4 : Theme.space12
    readonly property real inset: quote * Theme.space16 + indent * Theme.listIndent
    readonly property real columnWidth: Math.min(Theme.column, width)
    readonly property bool fromRight: Theme.readsFromRight(plain) // a list's marks stand where its lines begin

    width: parent ? parent.width : 0
    height: above + words.height

    QuoteBars {
        depth: block.quote
        joined: block.joined
        above: block.above
        height: parent.height
    }
    BlockText {
        id: mark
        visible: block.marker.length > 0
        x: block.fromRight ? words.x + words.width + Theme.space8 : words.x - width - Theme.space8
        y: block.above + (visible && words.contentHeight > 0 ? App.firstBaseline(words.textDocument) - App.firstBaseline(textDocument) : 0)
        width: implicitWidth
        wrapMode: TextEdit.NoWrap
        selectByMouse: false
        text: Theme.rich("<p>" + block.marker + "</p>", block.size, block.lead, color)
        color: Theme.textSoft
        Accessible.ignored: true
    }
    BlockText {
        id: words
        marks: block.marks
        x: (Theme.mirrored ? block.width - block.columnWidth : 0) + (block.fromRight ? 0 : block.inset)
        y: block.above
        width: Math.max(0, block.columnWidth - block.inset)
        text: Theme.rich(block.html, block.size, block.lead, color)
        color: block.quote > 0 ? Theme.textSoft : Theme.text
        font.pixelSize: block.size
        font.weight: block.isHeading ? Font.DemiBold : Font.Normal
        Accessible.role: block.isHeading ? Accessible.Heading : Accessible.StaticText
        Accessible.name: block.plain
    }
}
