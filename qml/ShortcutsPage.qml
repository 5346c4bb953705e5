// SPDX-License-Identifier: MIT
import QtQuick

PageFrame {
    objectName: "shortcutsPage"
    id: page
    title: qsTr("Keyboard shortcuts")
    readonly property string wanted: filter.text.trim().toLowerCase()
    hasOwnFocus: true

    Field {
        id: filter
        focus: true
        objectName: "shortcutFilter"
        width: parent.width
        iconName: "search"
        placeholderText: qsTr("Search the shortcuts")
        Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape && length > 0 // before the window's own
        Keys.onEscapePressed: event => {
            if (text.length > 0)
                clear();
            else
                event.accepted = false;
        }
    }

    SettingGroup {
        title: qsTr("Conversation")
        ShortcutRow { filter: page.wanted; what: qsTr("New conversation"); keys: "Ctrl+N" }
        ShortcutRow { filter: page.wanted; what: qsTr("New private conversation, never written to the disk"); keys: qsTr("Ctrl+Shift+N", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("Go to the message field"); keys: "Ctrl+L" }
        ShortcutRow { filter: page.wanted; what: qsTr("Send"); keys: qsTr("Return", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("New line"); keys: qsTr("Shift+Return", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("Stop the answer, or close what is open"); keys: qsTr("Esc", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("Copy the last answer"); keys: qsTr("Ctrl+Shift+C", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("Edit the last message"); keys: "Ctrl+E" }
        ShortcutRow { filter: page.wanted; what: qsTr("Answer again"); keys: "Ctrl+R" }
        ShortcutRow { filter: page.wanted; what: qsTr("Go on with the interrupted answer"); keys: qsTr("Ctrl+Shift+R", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("All branches of this conversation"); keys: "Ctrl+T" }
        ShortcutRow { filter: page.wanted; what: qsTr("Your own prompts"); keys: "Ctrl+P" }
        ShortcutRow { filter: page.wanted; what: qsTr("Commands, in an empty message field"); keys: "/" }
        ShortcutRow { filter: page.wanted; what: qsTr("Earlier prompts, in an empty message field"); keys: "↑" }
        ShortcutRow { filter: page.wanted; what: qsTr("Previous version of the last message"); keys: "Alt+←" }
        ShortcutRow { filter: page.wanted; what: qsTr("Next version of the last message"); keys: "Alt+→" }
    }
    SettingGroup {
        title: qsTr("Window")
        ShortcutRow { filter: page.wanted; what: qsTr("Search everything"); keys: "Ctrl+K" }
        ShortcutRow { filter: page.wanted; what: qsTr("Show or hide the sidebar"); keys: "Ctrl+B" }
        ShortcutRow { filter: page.wanted; what: qsTr("Choose the model"); keys: qsTr("Ctrl+Shift+M", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("Import, export, backups"); keys: qsTr("Ctrl+Shift+E", "keys") }
        ShortcutRow { filter: page.wanted; what: qsTr("Import conversations"); keys: "Ctrl+O" }
        ShortcutRow { filter: page.wanted; what: qsTr("Settings"); keys: "Ctrl+," }
        ShortcutRow { filter: page.wanted; what: qsTr("This page"); keys: "F1" }
        ShortcutRow { filter: page.wanted; what: qsTr("Quit"); keys: "Ctrl+Q" }
    }
    SettingGroup {
        title: qsTr("In the list of conversations")
        ShortcutRow { filter: page.wanted; what: qsTr("Open"); keys: qsTr("Return", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("Rename"); keys: "F2" }
        ShortcutRow { filter: page.wanted; what: qsTr("Delete"); keys: qsTr("Delete", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("Select or deselect"); keys: "X" }
        ShortcutRow { filter: page.wanted; what: qsTr("Select all"); keys: "Ctrl+A" }
        ShortcutRow { filter: page.wanted; what: qsTr("Folder and tags"); keys: "F6" }
        ShortcutRow { filter: page.wanted; what: qsTr("Menu of the conversation: pin, archive and the rest"); keys: qsTr("Menu", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("Undo the deletion"); keys: "Ctrl+Z" }
    }
    SettingGroup {
        title: qsTr("In the list of prompts")
        ShortcutRow { filter: page.wanted; what: qsTr("Use"); keys: qsTr("Return", "key") }
        ShortcutRow { filter: page.wanted; what: qsTr("Change"); keys: "F2" }
        ShortcutRow { filter: page.wanted; what: qsTr("Delete"); keys: qsTr("Delete", "key") }
    }
}
