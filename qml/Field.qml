// SPDX-License-Identifier: MIT
// One line to type in.
import QtQuick
import QtQuick.Templates as T

T.TextField {
    id: field
    property string iconName
    property real ending: Theme.space12 // room kept after the text
    readonly property real leading: iconName.length > 0 ? Theme.space8 + Theme.iconSmall + Theme.space8 : Theme.space12

    implicitHeight: Math.max(Theme.hit, contentHeight + Theme.space16)
    leftPadding: Theme.mirrored ? ending : leading
    rightPadding: Theme.mirrored ? leading : ending
    verticalAlignment: TextInput.AlignVCenter
    color: Theme.text
    placeholderTextColor: Theme.textSoft
    selectionColor: Theme.selection
    selectedTextColor: Theme.text
    selectByMouse: true
    font.pixelSize: Theme.smallSize
    Accessible.name: placeholderText
    Accessible.role: Accessible.EditableText

    background: Rectangle {
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: field.activeFocus ? Theme.focusWidth : Theme.line
        border.color: field.activeFocus ? Theme.accent : Theme.hairline
    }
    Icon {
        visible: field.iconName.length > 0
        anchors { left: parent.left; leftMargin: Theme.space8 }
        anchors.verticalCenter: parent.verticalCenter
        name: field.iconName
        size: Theme.iconSmall
        color: Theme.textSoft
    }
    Label {
        visible: field.length === 0 && field.preeditText.length === 0
        x: field.leftPadding
        width: field.width - field.leftPadding - field.rightPadding
        anchors.verticalCenter: parent.verticalCenter
        text: field.placeholderText
        color: field.placeholderTextColor
        font: field.font
        elide: Text.ElideRight
        Accessible.ignored: true
    }
}
