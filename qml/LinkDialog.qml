// SPDX-License-Identifier: MIT
// Where a link leads, before it opens: words can say anything, the address can't.
import QtQuick
import Spoutnik.App

Dialog {
    id: dialog
    property string address

    objectName: "linkDialog"
    title: qsTr("Open this address in the browser?")
    onOpened: openButton.forceActiveFocus(Qt.TabFocusReason)

    function ask(where: string) {
        address = where;
        open();
    }

    Rectangle {
        width: parent.width
        height: words.height + 2 * Theme.space12
        radius: Theme.radiusControl
        color: Theme.codeGround
        TextEdit {
            id: words
            objectName: "linkAddress"
            x: Theme.space12
            y: Theme.space12
            width: parent.width - 2 * Theme.space12
            text: dialog.address
            textFormat: TextEdit.PlainText
            wrapMode: TextEdit.WrapAnywhere
            readOnly: true
            selectByMouse: true
            color: Theme.text
            selectionColor: Theme.selection
            selectedTextColor: Theme.text
            font.family: Theme.mono
            font.pixelSize: Theme.codeSize
            Accessible.role: Accessible.StaticText
            Accessible.name: text
        }
    }
    buttons: [
        TextButton {
            id: openButton
            objectName: "openLinkButton"
            primary: true
            text: qsTr("Open")
            onClicked: {
                App.openLink(dialog.address);
                dialog.close();
            }
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
        },
        TextButton {
            text: qsTr("Copy")
            onClicked: {
                App.copy(dialog.address);
                dialog.close();
            }
        },
        TextButton {
            flat: true
            text: qsTr("Cancel")
            onClicked: dialog.close()
        }
    ]
}
