// SPDX-License-Identifier: MIT
// One choice among a few, side by side. `options`: [{ value, label }].
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T

Rectangle {
    id: segments
    required property var options
    required property string value
    required property string name
    signal chosen(string value)

    implicitWidth: row.implicitWidth + 2 * Theme.space4 / 2
    implicitHeight: Theme.hit + Theme.space4
    radius: Theme.radiusControl
    color: Theme.codeGround
    Accessible.role: Accessible.Grouping
    Accessible.name: name

    Row {
        id: row
        anchors.centerIn: parent
        Repeater {
            model: segments.options
            T.AbstractButton {
                id: choice
                required property var modelData
                text: modelData.label
                checked: modelData.value === segments.value
                implicitWidth: label.implicitWidth + 2 * Theme.space16
                implicitHeight: Theme.hit
                focusPolicy: Qt.TabFocus
                Accessible.role: Accessible.RadioButton
                Accessible.name: text
                Accessible.checked: checked
                onClicked: segments.chosen(modelData.value)

                background: Rectangle {
                    radius: Theme.radiusControl - Theme.space4 / 2
                    color: choice.checked ? Theme.raised : choice.hovered ? Theme.hover : "transparent"
                    border.width: choice.checked ? Theme.line : 0
                    border.color: Theme.hairline
                    FocusRing { shown: choice.visualFocus }
                }
                contentItem: Item {
                    Label {
                        id: label
                        anchors.centerIn: parent
                        text: choice.text
                        color: choice.checked ? Theme.text : Theme.textSoft
                        font.pixelSize: Theme.smallSize
                        font.weight: choice.checked ? Font.Medium : Font.Normal
                        Accessible.ignored: true
                    }
                }
            }
        }
    }
}
