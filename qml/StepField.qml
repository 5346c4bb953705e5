// SPDX-License-Identifier: MIT
// A whole number with less and more; the lowest value has a word.
import QtQuick
import QtQuick.Templates as T

T.SpinBox {
    id: box
    required property string name
    required property string lowestWord

    implicitWidth: Theme.menuWidth
    implicitHeight: Theme.hit
    editable: true
    leftPadding: Theme.hit
    rightPadding: Theme.hit
    font.pixelSize: Theme.smallSize
    textFromValue: (value, locale) => value === box.from ? box.lowestWord : Number(value).toLocaleString(locale, "f", 0)
    valueFromText: (text, locale) => {
        const digits = text.replace(/\D/g, "");
        return digits.length > 0 ? parseInt(digits) : box.from;
    }
    Accessible.role: Accessible.SpinBox
    Accessible.name: name

    validator: RegularExpressionValidator { regularExpression: /.*/ }
    contentItem: TextInput {
        text: box.displayText
        color: Theme.text
        font: box.font
        selectByMouse: true
        selectionColor: Theme.selection
        selectedTextColor: Theme.text
        horizontalAlignment: Qt.AlignHCenter
        verticalAlignment: Qt.AlignVCenter
        readOnly: !box.editable
        validator: box.validator
        Accessible.name: box.name
    }
    down.indicator: IconButton {
        x: Theme.mirrored ? box.width - width : 0
        height: box.height
        text: qsTr("Less")
        iconName: "chevron-left"
        iconSize: Theme.iconSmall
        focusPolicy: Qt.NoFocus
        enabled: box.value > box.from
        onClicked: { box.decrease(); box.valueModified(); }
    }
    up.indicator: IconButton {
        x: Theme.mirrored ? 0 : box.width - width
        height: box.height
        text: qsTr("More")
        iconName: "chevron-right"
        iconSize: Theme.iconSmall
        focusPolicy: Qt.NoFocus
        enabled: box.value < box.to
        onClicked: { box.increase(); box.valueModified(); }
    }
    background: Rectangle {
        radius: Theme.radiusControl
        color: Theme.surface
        border.width: box.activeFocus ? Theme.focusWidth : Theme.line
        border.color: box.activeFocus ? Theme.accent : Theme.hairline
    }
}
