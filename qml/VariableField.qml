// SPDX-License-Identifier: MIT
import QtQuick

Column {
    id: field
    required property string variable
    readonly property string value: box.text
    property alias area: box.area
    signal accepted

    width: parent ? parent.width : 0
    spacing: Theme.space4
    Label {
        text: field.variable
        font.pixelSize: Theme.smallSize
        font.weight: Font.Medium
        Accessible.ignored: true
    }
    TextBox {
        id: box
        objectName: "variableBox"
        name: field.variable
        lines: 4
        area.Keys.onReturnPressed: event => {
            if (event.modifiers & Qt.ShiftModifier || area.inputMethodComposing)
                event.accepted = false;
            else
                field.accepted();
        }
    }
}
