// SPDX-License-Identifier: MIT
// A question or a small form over the window: a title, what it holds, its buttons below. Escape closes it.
import QtQuick
import QtQuick.Templates as T

T.Popup {
    id: dialog
    required property string title
    default property alias content: body.data
    property alias buttons: row.data

    parent: T.Overlay.overlay
    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: parent ? Math.round(Math.max(Theme.space16, (parent.height - height) / 3)) : 0
    width: parent ? Math.min(Theme.dialogWidth * Math.max(1, Math.min(1.3, Theme.scale)), parent.width - 2 * Theme.space16) : Theme.dialogWidth
    height: Math.min(implicitHeight, parent ? parent.height - 2 * Theme.space16 : implicitHeight)
    implicitHeight: contentItem.implicitHeight + topPadding + bottomPadding
    padding: Theme.space24
    topPadding: Theme.space16
    bottomPadding: Theme.space16
    modal: true
    focus: true
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside

    background: Panel {}
    T.Overlay.modal: Rectangle { color: Theme.scrim }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.fast; easing.type: Easing.OutQuad }
    }

    contentItem: FocusScope {
        implicitHeight: heading.height + body.height + (row.visible ? row.height + Theme.space16 : 0) + Theme.space12
        focus: true
        Accessible.role: Accessible.Dialog
        Accessible.name: dialog.title
        Label {
            id: heading
            width: parent.width
            text: dialog.title
            font.weight: Font.DemiBold
            wrapMode: Text.Wrap
            Accessible.role: Accessible.Heading
        }
        Flickable {
            anchors { left: parent.left; right: parent.right; top: heading.bottom; topMargin: Theme.space12; bottom: row.visible ? row.top : parent.bottom; bottomMargin: row.visible ? Theme.space16 : 0 }
            contentWidth: width
            contentHeight: body.height
            clip: contentHeight > height
            boundsBehavior: Flickable.StopAtBounds
            interactive: contentHeight > height
            T.ScrollBar.vertical: ThinScrollBar {}
            Column {
                id: body
                width: parent.width
                spacing: Theme.space12
            }
        }
        Flow {
            id: row
            visible: children.length > 0
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            layoutDirection: Qt.RightToLeft
            spacing: Theme.space8
        }
    }
}
