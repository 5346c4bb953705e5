// SPDX-License-Identifier: MIT
// What the search found: the conversation's title, and the line with the words in bold.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

ListView {
    id: list
    signal chosen
    signal fieldWanted // back to it

    function chooseFirst() {
        currentIndex = 0;
        (currentItem as SearchRow)?.choose();
    }

    objectName: "searchList"
    clip: true
    model: App.conversations.search
    boundsBehavior: Flickable.StopAtBounds
    keyNavigationEnabled: true
    activeFocusOnTab: true
    highlightMoveDuration: 0
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Search results")
    T.ScrollBar.vertical: ThinScrollBar {}
    onActiveFocusChanged: {
        if (activeFocus && currentIndex < 0)
            currentIndex = 0;
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape // before the window's own
    Keys.onEscapePressed: fieldWanted()
    Keys.onReturnPressed: (currentItem as SearchRow)?.choose()
    Keys.onEnterPressed: (currentItem as SearchRow)?.choose()

    header: Item {
        width: ListView.view.width
        height: words.implicitHeight + Theme.space16 + Theme.space4
        Label {
            id: words
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.space16 + Theme.space4; rightMargin: Theme.space16; bottomMargin: Theme.space4 }
            text: App.conversations.search.searching ? qsTr("Searching…")
                : list.count === 0 ? qsTr("Nothing found.") : qsTr("%n result(s)", "", list.count) // qmllint disable unqualified
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
            font.weight: Font.Medium
            elide: Text.ElideRight
        }
    }
    delegate: SearchRow {
        width: ListView.view.width
        onChosen: list.chosen() // qmllint disable unqualified
    }
}
