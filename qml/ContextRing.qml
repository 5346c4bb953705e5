// SPDX-License-Identifier: MIT
// How much of the model's context this conversation takes; the figures on hover.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

T.AbstractButton {
    id: ring
    readonly property real share: Math.min(1, App.chat.contextUsed / App.model.contextCapacity)

    implicitWidth: Theme.hit
    implicitHeight: Theme.hit
    focusPolicy: Qt.TabFocus
    text: qsTr("Context: %1 of %2 tokens").arg(Words.number(App.chat.contextUsed)).arg(Words.number(App.model.contextCapacity))
    Accessible.role: Accessible.ProgressBar
    Accessible.name: text

    background: Item {
        FocusRing { shown: ring.visualFocus }
    }
    contentItem: Item {
        RingMeter {
            anchors.centerIn: parent
            width: Theme.ring
            height: Theme.ring
            lineWidth: Theme.focusWidth
            value: ring.share
            color: ring.share > 0.9 ? Theme.warning : Theme.accent
            trackColor: Theme.hairline
        }
    }
    Loader {
        active: ring.hovered || ring.visualFocus
        sourceComponent: Tip {
            parent: ring // qmllint disable unqualified
            visible: true
            delay: 0
            text: ring.text // qmllint disable unqualified
        }
    }
}
