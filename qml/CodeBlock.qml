// SPDX-License-Identifier: MIT
// Code with its language and a copy button; long lines scroll inside.
import QtQuick
import QtQuick.Templates as T

Item {
    id: block
    required property int index
    required property string plain
    required property string language
    required property int indent
    required property int quote
    required property int joined

    readonly property int above: index === 0 ? 0 : Theme.space12
    readonly property real inset: quote * Theme.space16 + indent * Theme.listIndent
    readonly property real least: Math.min(Theme.column, width) - inset
    readonly property real most: Math.min(Theme.wideColumn, width) - inset

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
        x: block.inset
        y: block.above
        width: Math.max(block.least, Math.min(block.most, code.implicitWidth + 2 * Theme.space16))
        height: bar.height + body.height
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Accessible.role: Accessible.Grouping
        Accessible.name: block.language.length > 0 ? qsTr("Code in %1").arg(block.language) : qsTr("Code")

        Item {
            id: bar
            width: parent.width
            height: Theme.hit
            Label {
                anchors { left: parent.left; leftMargin: Theme.space16; verticalCenter: parent.verticalCenter }
                text: block.language.length > 0 ? block.language : qsTr("text", "code without a language")
                color: Theme.textSoft
                font.pixelSize: Theme.tinySize
            }
            CopyButton {
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                text: qsTr("Copy the code")
                content: block.plain
            }
            Hairline {
                width: parent.width
                anchors.bottom: parent.bottom
            }
        }
        Flickable {
            id: body
            y: bar.height
            width: parent.width
            height: code.height + 2 * Theme.space12
            contentWidth: code.implicitWidth + 2 * Theme.space16
            contentHeight: height
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            flickableDirection: Flickable.HorizontalFlick
            interactive: contentWidth > width
            T.ScrollBar.horizontal: ThinScrollBar {}

            TextEdit {
                id: code
                x: Theme.space16
                y: Theme.space12
                text: block.plain
                textFormat: TextEdit.PlainText
                readOnly: true
                selectByMouse: true
                color: Theme.text
                selectionColor: Theme.selection
                selectedTextColor: Theme.text
                font.family: Theme.mono
                font.pixelSize: Theme.codeSize
                wrapMode: TextEdit.NoWrap
                Accessible.role: Accessible.StaticText
                Accessible.name: block.plain
                HoverHandler { cursorShape: Qt.IBeamCursor }
            }
        }
    }
}
