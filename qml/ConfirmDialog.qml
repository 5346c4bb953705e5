// SPDX-License-Identifier: MIT
// A question before something that can't be taken back.
import QtQuick

Dialog {
    id: dialog
    property string detail
    property string action
    property var subject // what the question is about
    signal confirmed(subject: var)

    objectName: "confirmDialog"
    onOpened: cancel.forceActiveFocus(Qt.TabFocusReason)

    function ask(question: string, about: string, verb: string, of: var) {
        title = question;
        detail = about;
        action = verb;
        subject = of;
        open();
    }
    title: ""

    Label {
        width: parent.width
        text: dialog.detail
        font.pixelSize: Theme.smallSize
        lineHeight: Theme.smallLine
        lineHeightMode: Text.FixedHeight
        wrapMode: Text.Wrap
    }
    buttons: [
        TextButton {
            objectName: "confirmButton"
            ink: Theme.danger
            text: dialog.action
            onClicked: {
                dialog.close();
                dialog.confirmed(dialog.subject);
            }
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
        },
        TextButton {
            id: cancel
            flat: true
            text: qsTr("Cancel")
            onClicked: dialog.close()
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
        }
    ]
}
