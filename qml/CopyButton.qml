// SPDX-License-Identifier: MIT
// Copies, and says so for a moment.
import QtQuick
import Spoutnik.App

IconButton {
    id: button
    required property string content

    property bool copied: false
    iconName: copied ? "check" : "copy"
    iconColor: copied ? Theme.success : Theme.textSoft
    iconSize: Theme.iconSmall
    Accessible.description: copied ? qsTr("Copied") : ""
    onClicked: {
        App.copy(content);
        copied = true;
        back.restart();
    }
    Timer {
        id: back
        interval: Theme.copiedTime
        onTriggered: button.copied = false
    }
}
