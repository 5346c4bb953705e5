// SPDX-License-Identifier: MIT
// Code with its language in colours, a button to copy and one to save it; long lines scroll inside.
import QtQuick
import QtQuick.Dialogs
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: block
    required property int index
    required property string plain
    required property string language
    required property int indent
    required property int quote
    required property int joined
    property string marks // what a search looked for

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
    Loader { // made when it is wanted: there is one a block
        id: dialog
        active: false
        sourceComponent: FileDialog {
            title: qsTr("Save the code")
            fileMode: FileDialog.SaveFile
            selectedFile: App.files.suggested(App.files.codeFileName(block.language)) // qmllint disable unqualified
            onAccepted: App.files.save(selectedFile, block.plain) // qmllint disable unqualified
        }
    }
    Rectangle {
        id: card
        anchors { left: parent.left; leftMargin: block.inset }
        y: block.above
        width: Math.max(block.least, Math.min(block.most, code.implicitWidth + 2 * Theme.space16))
        height: bar.height + body.height
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: Theme.line
        border.color: Theme.hairline
        Accessible.role: Accessible.Grouping
        Accessible.name: block.language.length > 0 ? qsTr("Code in %1").arg(languageLabel.text) : qsTr("Code")

        Item {
            id: bar
            width: parent.width
            height: Theme.hit
            Label {
                id: languageLabel
                anchors { left: parent.left; right: buttons.left; leftMargin: Theme.space16; verticalCenter: parent.verticalCenter }
                text: block.language.length > 0 ? App.codeLanguage(block.language) : qsTr("text", "code without a language")
                elide: Text.ElideRight
                color: Theme.textSoft
                font.pixelSize: Theme.tinySize
            }
            Row {
                id: buttons
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                IconButton {
                    objectName: "saveCodeButton"
                    iconName: "save"
                    iconSize: Theme.iconSmall
                    text: qsTr("Save the code…")
                    onClicked: {
                        dialog.active = true;
                        (dialog.item as FileDialog).open();
                    }
                }
                CopyButton {
                    objectName: "copyCodeButton"
                    text: qsTr("Copy the code")
                    content: block.plain
                }
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
                objectName: "codeText"
                x: Theme.space16
                y: Theme.space12
                textFormat: TextEdit.PlainText
                readOnly: true
                selectByMouse: true
                color: Theme.text
                selectionColor: Theme.selection
                selectedTextColor: Theme.text
                font.family: Theme.mono
                font.pixelSize: Theme.codeSize
                wrapMode: TextEdit.NoWrap
                LayoutMirroring.enabled: false // code reads from the left everywhere
                horizontalAlignment: TextEdit.AlignLeft
                Accessible.role: Accessible.StaticText
                Accessible.name: block.plain
                HoverHandler { cursorShape: Qt.IBeamCursor }
                CodeHighlighter {
                    id: colours
                    code: block.plain
                    textDocument: code.textDocument
                    lineHeight: Theme.codeLine
                    language: block.language
                    colors: Theme.codeColors
                    marks: block.marks
                    markColor: Theme.found
                }
            }
        }
    }
}
