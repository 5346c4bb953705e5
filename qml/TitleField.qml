// SPDX-License-Identifier: MIT
// A title being changed in its place: Return keeps it, Escape does not.
import QtQuick

Field {
    id: field
    required property string title
    signal done(string title)
    property bool isOver: false

    function finish(text: string) {
        if (isOver)
            return;
        isOver = true;
        done(text.trim());
    }

    objectName: "titleField"
    text: title
    placeholderText: qsTr("Title")
    maximumLength: 200
    onAccepted: finish(text)
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape // before the window's own
    Keys.onEscapePressed: finish(title)
    onActiveFocusChanged: {
        if (!activeFocus)
            finish(text);
    }
    Component.onCompleted: {
        forceActiveFocus();
        selectAll();
    }
}
