// SPDX-License-Identifier: MIT
// What a slash at the beginning of a message offers: commands of the window and the person's own prompts, narrowed as
// one types. The composer keeps the focus and hands over the keys.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T

Item {
    id: menu
    required property var commands // [{ name, what, icon, run }]
    property string typed          // the message so far
    property bool dismissed: false // Escape, until the text changes

    readonly property string wanted: typed.startsWith("/") && typed.indexOf("\n") < 0 ? typed.slice(1).toLowerCase() : ""
    readonly property var matches: typed.startsWith("/") && typed.indexOf("\n") < 0
        ? commands.filter(command => command.name.toLowerCase().startsWith(wanted)).concat(
              commands.filter(command => wanted.length > 1 && !command.name.toLowerCase().startsWith(wanted)
                                         && (command.name + " " + command.what).toLowerCase().indexOf(wanted) >= 0))
        : []
    readonly property bool shown: matches.length > 0 && !dismissed

    objectName: "slashMenu"
    visible: shown
    height: Math.min(list.contentHeight, Theme.slashRows * Theme.hit) + 2 * Theme.space4
    Accessible.role: Accessible.PopupMenu
    Accessible.name: qsTr("Commands")

    onTypedChanged: {
        dismissed = false;
        list.currentIndex = 0;
    }
    function move(step: int) {
        list.currentIndex = (list.currentIndex + step + matches.length) % matches.length;
    }
    function choose(index: int) {
        matches[index].run();
    }
    function chooseCurrent() {
        choose(Math.max(0, list.currentIndex));
    }

    Panel {
        anchors.fill: parent
    }
    ListView {
        id: list
        anchors { fill: parent; margins: Theme.space4 }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: menu.matches
        highlightMoveDuration: 0
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: Rectangle {
            id: row
            required property int index
            required property var modelData
            width: ListView.view.width
            height: Math.max(Theme.hit, words.implicitHeight + Theme.space12)
            radius: Theme.radiusControl
            color: ListView.isCurrentItem ? Theme.selected : area.containsMouse ? Theme.hover : "transparent"
            Accessible.role: Accessible.MenuItem
            Accessible.name: "/" + modelData.name + ", " + modelData.what
            Accessible.selected: ListView.isCurrentItem
            Accessible.onPressAction: menu.choose(index)
            Icon {
                id: icon
                anchors { left: parent.left; leftMargin: Theme.space12 }
                anchors.verticalCenter: parent.verticalCenter
                name: row.modelData.icon
                size: Theme.iconSmall
                color: Theme.textSoft
            }
            Label {
                id: words
                anchors { left: icon.right; leftMargin: Theme.space12; verticalCenter: parent.verticalCenter }
                width: Math.min(implicitWidth, parent.width * 0.5)
                text: "/" + row.modelData.name
                font.pixelSize: Theme.smallSize
                font.weight: Font.Medium
                elide: Text.ElideRight
                Accessible.ignored: true
            }
            Label {
                anchors { left: words.right; right: parent.right; leftMargin: Theme.space12; rightMargin: Theme.space12; verticalCenter: parent.verticalCenter }
                text: row.modelData.what
                color: Theme.textSoft
                font.pixelSize: Theme.smallSize
                elide: Text.ElideRight
                Accessible.ignored: true
            }
            MouseArea {
                id: area
                anchors.fill: parent
                hoverEnabled: true
                onClicked: menu.choose(row.index)
            }
        }
    }
}
