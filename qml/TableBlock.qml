// SPDX-License-Identifier: MIT
// A table: hairlines between the rows, a header that stays in sight, buttons to copy it, as cells or as CSV.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: block
    required property int index
    required property string plain
    required property var rows
    required property var alignments
    required property int indent
    required property int quote
    required property int joined
    property string marks // what a search looked for
    property Flickable page: null // what scrolls, for the header

    readonly property int above: index === 0 ? 0 : Theme.space12
    readonly property real inset: quote * Theme.space16 + indent * Theme.listIndent
    readonly property real least: Math.min(Theme.column, width) - inset
    readonly property real most: Math.min(Theme.wideColumn, width) - inset
    readonly property int columns: rows.length > 0 ? rows[0].length : 0
    /// How far the page has scrolled past the table's top.
    readonly property real passed: page && page.contentY >= 0 || page ? page.contentY - mapToItem(page.contentItem, 0, 0).y - above : 0
    readonly property real headerHeight: grid.children.length > 0 ? grid.children[0].height : 0

    // Said in the text too: a cell that holds nothing but a drawn formula heeds only that.
    function sideOf(column: int): string {
        const alignment = alignments[column] ?? Qt.AlignLeft;
        return alignment === Qt.AlignHCenter ? "center" : alignment === Qt.AlignRight ? "right" : "left";
    }

    width: parent ? parent.width : 0
    height: above + card.height

    QuoteBars {
        depth: block.quote
        joined: block.joined
        above: block.above
        height: parent.height
    }
    Rectangle {
        id: card
        anchors { left: parent.left; leftMargin: block.inset }
        y: block.above
        width: Math.max(Math.min(block.least, wanted), Math.min(block.most, wanted))
        height: body.height + 2 * Theme.line
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        readonly property real wanted: grid.implicitWidth + 2 * Theme.line
        Accessible.role: Accessible.Table
        Accessible.name: qsTr("Table of %1 rows").arg(Math.max(0, block.rows.length - 1))

        Flickable {
            id: body
            x: Theme.line
            y: Theme.line
            width: parent.width - 2 * Theme.line
            height: grid.height
            contentWidth: grid.width
            contentHeight: height
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            flickableDirection: Flickable.HorizontalFlick
            interactive: contentWidth > width
            T.ScrollBar.horizontal: ThinScrollBar {}

            GridLayout {
                id: grid
                width: Math.max(implicitWidth, body.width)
                columns: Math.max(1, block.columns)
                rowSpacing: 0
                columnSpacing: 0

                Repeater {
                    model: block.rows.length * block.columns
                    Rectangle {
                        id: cell
                        required property int index
                        readonly property int row: Math.floor(index / block.columns)
                        readonly property int column: index % block.columns
                        readonly property bool isHeader: row === 0

                        Layout.fillWidth: true
                        Layout.fillHeight: true
                        implicitWidth: Math.min(Theme.tableCell, measure.implicitWidth) + 2 * Theme.space12
                        implicitHeight: words.height + 2 * Theme.space8
                        z: isHeader ? 1 : 0
                        color: isHeader ? Theme.surface : "transparent"
                        radius: isHeader ? Theme.radiusControl - Theme.line : 0
                        transform: Translate {
                            y: cell.isHeader ? Math.max(0, Math.min(block.passed, card.height - 2 * block.headerHeight)) : 0
                        }

                        BlockText {
                            id: measure // its natural width: what wraps cannot tell
                            visible: false
                            wrapMode: TextEdit.NoWrap
                            text: words.text
                            font: words.font
                        }
                        BlockText {
                            id: words
                            marks: block.marks
                            x: Theme.space12
                            y: Theme.space8
                            width: cell.width - 2 * Theme.space12
                            text: Theme.rich("<p align=\"" + block.sideOf(cell.column) + "\">" + block.rows[cell.row][cell.column] + "</p>", Theme.smallSize, Theme.smallLine, Theme.text)
                            font.pixelSize: Theme.smallSize
                            font.weight: cell.isHeader ? Font.DemiBold : Font.Normal
                            horizontalAlignment: block.alignments[cell.column] ?? Qt.AlignLeft
                            Accessible.role: cell.isHeader ? Accessible.ColumnHeader : Accessible.Cell
                        }
                        Hairline {
                            visible: cell.row < block.rows.length - 1
                            width: parent.width
                            anchors.bottom: parent.bottom
                        }
                    }
                }
            }
        }
        HoverHandler { id: hover }
        Rectangle { // over the head, when the pointer or the keyboard is on the table
            anchors { right: parent.right; top: parent.top; margins: Theme.line }
            width: buttons.width
            height: buttons.height
            radius: Theme.radiusControl
            color: Theme.surface
            opacity: hover.hovered || copy.visualFocus || copyCsv.visualFocus ? 1 : 0
            Row {
                id: buttons
                CopyButton {
                    id: copyCsv
                    objectName: "copyCsvButton"
                    plainIcon: "table"
                    text: qsTr("Copy as CSV")
                    make: () => App.csv(block.rows)
                }
                CopyButton {
                    id: copy
                    text: qsTr("Copy the table")
                    content: block.plain
                }
            }
        }
    }
}
