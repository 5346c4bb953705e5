// SPDX-License-Identifier: MIT
// One choice among several, as pills that take as many lines as they need. `options`: [{ value, label }].
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T

Flow {
    id: choices
    required property var options
    required property string value
    required property string name
    signal chosen(string value)

    spacing: Theme.space4
    Accessible.role: Accessible.Grouping
    Accessible.name: name

    Repeater {
        model: choices.options
        T.AbstractButton {
            id: choice
            required property var modelData
            text: modelData.label
            checked: modelData.value === choices.value
            implicitWidth: label.implicitWidth + 2 * Theme.space16
            implicitHeight: Math.max(Theme.hit, label.implicitHeight + Theme.space12)
            focusPolicy: Qt.TabFocus
            Accessible.role: Accessible.RadioButton
            Accessible.name: text
            Accessible.checked: checked
            onClicked: choices.chosen(modelData.value)

            background: Item {
                Rectangle {
                    anchors.verticalCenter: parent.verticalCenter
                    width: parent.width
                    height: parent.height - Theme.space4
                    radius: height / 2
                    color: choice.checked ? Theme.selected : choice.down ? Theme.pressed : choice.hovered ? Theme.hover : "transparent"
                    border.width: Theme.line
                    border.color: choice.checked ? Theme.accent : Theme.hairline
                    FocusRing { shown: choice.visualFocus; around: parent.radius }
                }
            }
            contentItem: Item {
                Label {
                    id: label
                    anchors.centerIn: parent
                    text: choice.text
                    color: choice.checked ? Theme.accent : Theme.text
                    font.pixelSize: Theme.smallSize
                    font.weight: choice.checked ? Font.Medium : Font.Normal
                    Accessible.ignored: true
                }
            }
        }
    }
}
