// SPDX-License-Identifier: MIT
// Copies, and says so for a moment.
import QtQuick
import Spoutnik.App

IconButton {
    id: button
    property string content
    property var make: null // a function, for what is only worth making when it is copied
    property string plainIcon: "copy"

    property bool copied: false
    iconName: copied ? "check" : plainIcon
    iconColor: copied ? Theme.success : Theme.textSoft
    iconSize: Theme.iconSmall
    Accessible.description: copied ? qsTr("Copied") : ""
    onClicked: {
        const produce = make;
        App.copy(produce ? produce() : content);
        copied = true;
        back.restart();
    }
    Timer {
        id: back
        interval: Theme.copiedTime
        onTriggered: button.copied = false
    }
}
