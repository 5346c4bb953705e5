// SPDX-License-Identifier: MIT
// A new conversation: the mark, one sentence, four things this model can truly do.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: empty
    signal chosen(string text)

    // The starter knows little and says so: each of these is among what it was trained on and tested with.
    readonly property var starterIdeas: [
        qsTr("What can you do?"),
        qsTr("What is 17 + 25?"),
        qsTr("What is 6 × 7?"),
        qsTr("Where are my conversations stored?")
    ]
    readonly property var ideas: [
        qsTr("Explain how a mixture-of-experts model works"),
        qsTr("Write a Python function that finds duplicate files"),
        qsTr("Help me word a short, kind refusal"),
        qsTr("Plan four simple dinners for this week")
    ]

    Accessible.role: Accessible.Pane
    Accessible.name: line.text

    Flickable { // large letters in a small window: nothing is lost above or below
        id: scroll
        anchors.fill: parent
        contentWidth: width
        contentHeight: Math.max(height, column.height + 2 * Theme.space16)
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        interactive: contentHeight > height
        T.ScrollBar.vertical: ThinScrollBar {}

        Column {
            id: column
            x: (scroll.width - width) / 2
            y: Math.max(Theme.space16, (scroll.height - height) / 2 - Theme.space16)
            width: Math.min(Theme.pageColumn, empty.width - 2 * Theme.space24)
            spacing: Theme.space12

            Mark {
                visible: empty.height > (Theme.windowLeastHeight - Theme.space48) * Theme.scale
                anchors.horizontalCenter: parent.horizontalCenter
            }
            Label {
                id: line
                objectName: "emptyHeading"
                width: parent.width
                text: App.chat.isPrivate ? qsTr("A private conversation") : qsTr("What would you like to talk about?")
                font.pixelSize: Theme.titleSize
                font.weight: Font.DemiBold
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
                Accessible.role: Accessible.Heading
            }
            Label {
                width: parent.width
                text: App.chat.isPrivate ? qsTr("Nothing of this conversation is written to the disk. It is gone once you leave it.")
                                         : qsTr("The model runs on this machine. Nothing you write leaves it.")
                color: Theme.textSoft
                font.pixelSize: Theme.smallSize
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
                bottomPadding: Theme.space16
            }
            Grid {
                id: grid
                readonly property bool isNarrow: column.width < (Theme.popupWidth + Theme.space48) * Theme.scale
                anchors.horizontalCenter: parent.horizontalCenter
                columns: isNarrow ? 1 : 2
                spacing: Theme.space8
                Repeater {
                    model: App.model.isStarter ? empty.starterIdeas : empty.ideas
                    IdeaButton {
                        required property string modelData
                        width: (column.width - (grid.columns - 1) * grid.spacing) / grid.columns
                        text: modelData
                        onClicked: empty.chosen(modelData)
                        onActiveFocusChanged: {
                            if (activeFocus) // comes into view
                                scroll.contentY = Math.max(0, Math.min(scroll.contentHeight - scroll.height, column.y + grid.y + y - Theme.space16));
                        }
                    }
                }
            }
        }
    }
}
