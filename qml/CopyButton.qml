// SPDX-License-Identifier: MIT
// Copies, and says so for a moment.
import QtQuick
import Spoutnik.App

IconButton {
    id: button
    property string content
    property var make: () => content // for what is only worth making when it is copied
    property string plainIcon: "copy"

    property bool copied: false
    iconName: copied ? "check" : plainIcon
    iconColor: copied ? Theme.success : Theme.textSoft
    iconSize: Theme.iconSmall
    Accessible.description: copied ? qsTr("Copied") : ""
    onClicked: {
        App.copy(make());
        copied = true;
        back.restart();
    }
    Timer {
        id: back
        interval: Theme.copiedTime
        onTriggered: button.copied = false
    }
}
