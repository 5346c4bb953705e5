// SPDX-License-Identifier: MIT
// A formula on a line of its own, centred; scrolls where it is wider than the page. What can't be drawn shows its
// source.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: block
    required property int index
    required property string plain
    required property int indent
    required property int quote
    required property int joined
    readonly property int above: index === 0 ? 0 : Theme.space12
    readonly property real inset: quote * Theme.space16 + indent * Theme.listIndent

    objectName: "mathBlock"
    width: parent ? parent.width : 0
    height: above + (formula.isKnown ? view.height : source.height)
    QuoteBars {
        depth: block.quote
        joined: block.joined
        above: block.above
        height: parent.height
    }
    Flickable {
        id: view
        visible: formula.isKnown
        anchors { left: parent.left; leftMargin: block.inset }
        y: block.above
        width: Math.max(0, Math.min(Theme.column, block.width) - block.inset)
        height: formula.height + 2 * Theme.space4
        contentWidth: Math.max(width, formula.width)
        contentHeight: height
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        flickableDirection: Flickable.HorizontalFlick
        interactive: formula.width > width
        T.ScrollBar.horizontal: ThinScrollBar {}

        FormulaItem {
            id: formula
            objectName: "formula"
            x: Math.max(0, Math.round((view.width - width) / 2))
            y: Theme.space4
            width: implicitWidth
            height: implicitHeight
            tex: block.plain
            letterSize: Math.round(Theme.bodySize * Theme.formulaShare)
            color: Theme.text
            Accessible.role: Accessible.StaticText
            Accessible.name: qsTr("Formula: %1").arg(formula.words)
        }
    }
    BlockText {
        id: source
        visible: !formula.isKnown
        anchors { left: parent.left; leftMargin: block.inset }
        y: block.above
        width: Math.max(0, Math.min(Theme.column, block.width) - block.inset)
        textFormat: TextEdit.PlainText
        text: block.plain
        font.family: Theme.mono
        font.pixelSize: Theme.codeSize
        horizontalAlignment: TextEdit.AlignHCenter
        Accessible.name: qsTr("Formula: %1").arg(block.plain)
    }
}
