// SPDX-License-Identifier: MIT
// A field for each variable of a prompt.
pragma ComponentBehavior: Bound
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    property string text
    property var names: []
    signal filled(string text)

    objectName: "variablesDialog"
    title: qsTr("Fill in the prompt")
    onOpened: (fields.itemAt(0) as VariableField)?.area.forceActiveFocus()

    /// Says filled() at once where there is nothing to fill in.
    function ask(prompt: string) {
        names = App.prompts.variables(prompt);
        text = prompt;
        if (names.length === 0)
            filled(prompt);
        else
            open();
    }
    function finish() {
        const values = {};
        for (let i = 0; i < names.length; ++i)
            values[names[i]] = (fields.itemAt(i) as VariableField).value;
        close();
        filled(App.prompts.filled(text, values));
    }

    Repeater {
        id: fields
        model: dialog.names
        VariableField {
            required property string modelData
            variable: modelData
            onAccepted: dialog.finish()
        }
    }
    buttons: [
        TextButton {
            objectName: "fillButton"
            primary: true
            text: qsTr("Insert")
            onClicked: dialog.finish()
        },
        TextButton {
            flat: true
            text: qsTr("Cancel")
            onClicked: dialog.close()
        }
    ]
}
