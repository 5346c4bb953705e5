// SPDX-License-Identifier: MIT
// Several lines to type in, in a form. Tab leaves it.
import QtQuick
import QtQuick.Templates as T

Rectangle {
    id: box
    property alias text: area.text
    property alias area: area
    required property string name
    property int lines: 5

    width: parent ? parent.width : 0
    height: Math.max(Theme.hit, Math.min(area.implicitHeight, lines * Theme.smallLine + Theme.space16))
    radius: Theme.radiusControl
    color: Theme.surface
    border.width: area.activeFocus ? Theme.focusWidth : Theme.line
    border.color: area.activeFocus ? Theme.accent : Theme.hairline
    implicitHeight: height

    Flickable {
        anchors { fill: parent; margins: Theme.focusWidth }
        clip: true
        contentWidth: width
        contentHeight: area.implicitHeight
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        T.TextArea.flickable: T.TextArea {
            id: area
            leftPadding: Theme.space12
            rightPadding: Theme.space12
            topPadding: Theme.space8
            bottomPadding: Theme.space8
            implicitHeight: Math.max(contentHeight, box.lines > 1 ? 2 * Theme.smallLine : 0) + topPadding + bottomPadding
            wrapMode: TextEdit.Wrap
            textFormat: TextEdit.PlainText
            selectByMouse: true
            color: Theme.text
            selectionColor: Theme.selection
            selectedTextColor: Theme.text
            font.pixelSize: Theme.smallSize
            Accessible.role: Accessible.EditableText
            Accessible.name: box.name
            Accessible.multiLine: true
            KeyNavigation.priority: KeyNavigation.BeforeItem
            Keys.onPressed: event => {
                if (event.key === Qt.Key_Tab || event.key === Qt.Key_Backtab) {
                    const forward = event.key === Qt.Key_Tab;
                    nextItemInFocusChain(forward).forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
                    event.accepted = true;
                }
            }
        }
    }
}
