// SPDX-License-Identifier: MIT
// Which model answers, its quantisation and its state; opens the choice of another.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

T.AbstractButton {
    id: chip
    property real widest: Theme.popupWidth
    readonly property bool isLoading: App.model.state === ModelController.Loading
    readonly property real loaded: App.model.totalBytes > 0 ? App.model.loadedBytes / App.model.totalBytes : 0
    readonly property string stateWord: isLoading ? qsTr("loading, %1 %").arg(Math.round(loaded * 100)) : Words.modelState(App.model.state)

    objectName: "modelChip"
    implicitWidth: Math.min(widest, row.implicitWidth + leftPadding + rightPadding)
    implicitHeight: Theme.hit
    leftPadding: Theme.space12
    rightPadding: Theme.space8
    focusPolicy: Qt.TabFocus
    text: App.model.name
    Accessible.role: Accessible.ButtonMenu
    Accessible.name: qsTr("Model: %1 %2, %3").arg(App.model.name).arg(App.model.quantisation).arg(stateWord)
    onClicked: popup.open()

    background: Rectangle {
        radius: Theme.radiusControl
        color: chip.down || popup.visible ? Theme.pressed : chip.hovered ? Theme.hover : "transparent"
        FocusRing { shown: chip.visualFocus }
    }
    contentItem: Item {
        Row {
            id: row
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space8
            RingMeter {
                visible: chip.isLoading
                anchors.verticalCenter: parent.verticalCenter
                width: Theme.ring - Theme.space4
                height: width
                lineWidth: Theme.focusWidth
                value: chip.loaded
                color: Theme.accent
                trackColor: Theme.hairline
            }
            Rectangle {
                visible: !chip.isLoading
                anchors.verticalCenter: parent.verticalCenter
                width: Theme.dot
                height: Theme.dot
                radius: width / 2
                color: App.model.state === ModelController.Ready ? Theme.success : Theme.danger
            }
            Label {
                anchors.verticalCenter: parent.verticalCenter
                width: Math.min(implicitWidth, Math.max(Theme.space48, chip.widest - state.width - chip.leftPadding - chip.rightPadding - Theme.dot - Theme.space16 - 3 * Theme.space8))
                text: chip.text
                font.pixelSize: Theme.smallSize
                font.weight: Font.Medium
                elide: Text.ElideMiddle
                Accessible.ignored: true
            }
            Label {
                id: state
                anchors.verticalCenter: parent.verticalCenter
                text: chip.isLoading ? qsTr("%1 %").arg(Math.round(chip.loaded * 100))
                    : App.model.state === ModelController.Ready ? App.model.quantisation : chip.stateWord
                visible: text.length > 0
                color: Theme.textSoft
                font.pixelSize: Theme.smallSize
                Accessible.ignored: true
            }
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                name: "chevron-down"
                size: Theme.space16
                color: Theme.textSoft
            }
        }
    }
    HoverHandler { cursorShape: Qt.PointingHandCursor }

    function openPopup() {
        popup.open();
    }
    ModelPopup {
        id: popup
        y: chip.height + Theme.space4
        x: Theme.mirrored ? 0 : chip.width - width
    }
}
