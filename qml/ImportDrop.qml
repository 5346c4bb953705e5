// SPDX-License-Identifier: MIT
// Takes files of conversations that are dropped onto what it covers.
import QtQuick
import Spoutnik.App

DropArea {
    id: drop
    signal taken

    keys: ["text/uri-list"]
    onDropped: event => {
        if (!event.hasUrls || App.archive.busy)
            return;
        event.accept();
        App.archive.importFiles(event.urls);
        taken();
    }
    Rectangle {
        visible: drop.containsDrag
        anchors { fill: parent; margins: Theme.space12 }
        radius: Theme.radiusCard
        color: Theme.over(Theme.selected, Theme.window)
        opacity: 0.94
        border.width: Theme.focusWidth
        border.color: Theme.accent
        Label {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.space24
            text: qsTr("Let go to import these conversations")
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
        }
    }
}
