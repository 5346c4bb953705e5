// SPDX-License-Identifier: MIT
// Something to know, in its place: what happened, what is safe, and one button.
import QtQuick

Rectangle {
    id: note
    property string kind: "info" // info, warning, danger
    required property string title
    property string detail
    property string action
    property bool dismissable: false
    property bool compact: false
    property real progress: -1 // 0 to 1 draws a bar
    signal acted
    signal dismissed

    readonly property color ink: kind === "danger" ? Theme.danger : kind === "warning" ? Theme.warning : Theme.textSoft
    readonly property bool isNarrow: progress < 0 && width < Theme.pageColumn - Theme.space48 - Theme.space48

    implicitHeight: Math.max(Theme.headerHeight, words.implicitHeight + 2 * Theme.space12 + (isNarrow && button.visible ? button.height + Theme.space8 : 0) + (progress >= 0 ? Theme.space4 : 0))
    height: implicitHeight
    radius: Theme.radiusCard
    color: Theme.surface
    border.width: Theme.line
    border.color: Theme.hairline
    Accessible.role: Accessible.AlertMessage
    Accessible.name: title + " " + detail

    Icon {
        id: icon
        anchors { left: parent.left; leftMargin: Theme.space16 }
        y: Theme.space12 + (Theme.smallLine - height) / 2
        name: note.kind === "info" ? "info" : "warning"
        color: note.ink
    }
    Column {
        id: words
        anchors {
            left: icon.right
            leftMargin: Theme.space12
            right: note.isNarrow ? (close.visible ? close.left : parent.right) : button.visible ? button.left : close.visible ? close.left : parent.right
            rightMargin: Theme.space12
        }
        y: note.isNarrow || note.progress >= 0 ? Theme.space12 : (note.height - height) / 2
        Label {
            width: parent.width
            text: note.title
            font.pixelSize: Theme.smallSize
            font.weight: Font.Medium
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
        }
        Label {
            visible: text.length > 0
            width: parent.width
            text: note.detail
            color: Theme.textSoft
            font.pixelSize: Theme.smallSize
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
        }
    }
    TextButton {
        id: button
        objectName: "noteButton"
        visible: note.action.length > 0
        anchors { right: close.visible ? close.left : parent.right; rightMargin: close.visible ? Theme.space4 : Theme.space12 }
        y: note.isNarrow ? note.height - height - Theme.space8 : (note.height - height) / 2
        text: note.action
        onClicked: note.acted()
    }
    IconButton {
        id: close
        visible: note.dismissable
        anchors { right: parent.right; rightMargin: Theme.space8; verticalCenter: note.isNarrow ? undefined : parent.verticalCenter }
        y: Theme.space8
        iconName: "close"
        iconSize: Theme.iconSmall
        text: qsTr("Dismiss")
        onClicked: note.dismissed()
    }
    Rectangle {
        visible: note.progress >= 0
        anchors { left: words.left; right: words.right; bottom: parent.bottom; bottomMargin: Theme.space12 - Theme.space4 / 2 }
        height: Theme.space4 / 2
        radius: height / 2
        color: Theme.hairline
        Rectangle {
            width: parent.width * Math.max(0, Math.min(1, note.progress))
            height: parent.height
            radius: parent.radius
            color: Theme.accent
        }
    }
}
