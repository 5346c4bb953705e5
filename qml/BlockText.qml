// SPDX-License-Identifier: MIT
// Words of a message: can be selected, never changed. Links say where they lead on hover, and once more before they
// open outside.
import QtQuick
import Spoutnik.App

TextEdit {
    id: words
    property string marks // what a search looked for
    readOnly: true
    selectByMouse: true
    selectByKeyboard: true
    activeFocusOnPress: true
    persistentSelection: false
    wrapMode: TextEdit.Wrap
    textFormat: TextEdit.RichText
    color: Theme.text
    selectionColor: Theme.selection
    selectedTextColor: Theme.text
    font.pixelSize: Theme.bodySize
    onLinkActivated: link => App.askToOpen(link)
    Accessible.role: Accessible.StaticText
    Accessible.readOnly: true
    Accessible.name: getText(0, length)

    HoverHandler { cursorShape: words.hoveredLink.length > 0 ? Qt.PointingHandCursor : Qt.IBeamCursor }
    Loader {
        active: words.marks.length > 0
        sourceComponent: HitMarks {
            textDocument: words.textDocument // qmllint disable unqualified
            query: words.marks // qmllint disable unqualified
            color: Theme.found
        }
    }
    Loader {
        active: words.hoveredLink.length > 0
        sourceComponent: Tip {
            parent: words // qmllint disable unqualified
            visible: true
            text: App.addressOf(words.hoveredLink) // qmllint disable unqualified
        }
    }
}
