// SPDX-License-Identifier: MIT
import QtQuick

PageFrame {
    objectName: "shortcutsPage"
    title: qsTr("Keyboard shortcuts")

    SettingGroup {
        title: qsTr("Conversation")
        ShortcutRow { first: true; what: qsTr("New conversation"); keys: "Ctrl+N" }
        ShortcutRow { what: qsTr("Go to the message field"); keys: "Ctrl+L" }
        ShortcutRow { what: qsTr("Send"); keys: qsTr("Return", "key") }
        ShortcutRow { what: qsTr("New line"); keys: qsTr("Shift+Return", "keys") }
        ShortcutRow { what: qsTr("Stop the answer, or close what is open"); keys: qsTr("Esc", "key") }
        ShortcutRow { what: qsTr("Copy the last answer"); keys: qsTr("Ctrl+Shift+C", "keys") }
        ShortcutRow { what: qsTr("Edit the last message"); keys: "Ctrl+E" }
        ShortcutRow { what: qsTr("Answer again"); keys: "Ctrl+R" }
        ShortcutRow { what: qsTr("Previous version of the last message"); keys: "Alt+←" }
        ShortcutRow { what: qsTr("Next version of the last message"); keys: "Alt+→" }
    }
    SettingGroup {
        title: qsTr("Window")
        ShortcutRow { first: true; what: qsTr("Search everything"); keys: "Ctrl+K" }
        ShortcutRow { what: qsTr("Show or hide the sidebar"); keys: "Ctrl+B" }
        ShortcutRow { what: qsTr("Choose the model"); keys: qsTr("Ctrl+Shift+M", "keys") }
        ShortcutRow { what: qsTr("Settings"); keys: "Ctrl+," }
        ShortcutRow { what: qsTr("This page"); keys: "F1" }
        ShortcutRow { what: qsTr("Quit"); keys: "Ctrl+Q" }
    }
    SettingGroup {
        title: qsTr("In the list of conversations")
        ShortcutRow { first: true; what: qsTr("Open"); keys: qsTr("Return", "key") }
        ShortcutRow { what: qsTr("Rename"); keys: "F2" }
        ShortcutRow { what: qsTr("Delete"); keys: qsTr("Delete", "key") }
    }
}
