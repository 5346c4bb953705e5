// SPDX-License-Identifier: MIT
// What goes on before the first word: reading the prompt, or waiting for the model.
import QtQuick
import Spoutnik.App

Item {
    id: working
    readonly property string words: {
        switch (App.chat.phase) {
        case ChatController.Storing:
        case ChatController.Waiting:
            return App.model.state === ModelController.Loading ? qsTr("Waiting for the model…") : qsTr("Preparing…");
        case ChatController.Reading:
            return App.chat.readProgress > 0 && App.chat.readProgress < 1
                ? qsTr("Reading… %1 %").arg(Math.round(App.chat.readProgress * 100)) : qsTr("Reading…");
        }
        return "";
    }
    width: parent ? parent.width : 0
    height: visible ? Theme.hit : 0
    Row {
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space8
        RingMeter {
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.ring - Theme.space4
            height: width
            lineWidth: Theme.focusWidth
            value: App.chat.readProgress
            color: Theme.accent
            trackColor: Theme.hairline
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            text: working.words
            color: Theme.textSoft
            font.pixelSize: Theme.smallSize
        }
    }
}
