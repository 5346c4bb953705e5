// SPDX-License-Identifier: MIT
// What a message of the list knows of itself; MessageDelegate draws it.
import QtQuick
import Spoutnik.App

Item {
    required property int index
    required property var messageId
    required property bool fromUser
    required property string status
    required property string text
    required property BlockListModel blocks
    required property date time
    required property real speed
    required property int sibling
    required property int siblings
    required property string error

    property Flickable page: null // what scrolls
    property bool editing: false
    property bool isFound: false // a search led here
    readonly property string marks: isFound ? App.conversations.search.query : "" // what it looked for
    property bool hovered: false
    signal editRequested
    signal editEnded

    readonly property bool isLast: index === ListView.view.count - 1
    readonly property bool isStreaming: status === "streaming"
}
