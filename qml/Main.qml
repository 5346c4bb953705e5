// SPDX-License-Identifier: MIT
// The window: the sidebar, the conversation, the pages over it, and every key.
import QtQuick
import Spoutnik.App

Window {
    id: window
    property string page: "" // "", "files", "settings", "shortcuts", "tree"
    readonly property bool isNarrow: width < Theme.collapseBelow
    property bool drawerOpen: false
    readonly property bool sidebarInline: !isNarrow && App.settings.sidebarVisible

    width: App.settings.windowWidth
    height: App.settings.windowHeight
    minimumWidth: Theme.windowLeastWidth
    minimumHeight: Theme.windowLeastHeight
    visible: true
    color: Theme.window
    LayoutMirroring.enabled: Theme.mirrored
    LayoutMirroring.childrenInherit: true
    title: App.chat.conversation <= 0 ? "Spoutnik" : Words.titleOf(App.chat.title) + " · Spoutnik"

    onWidthChanged: remember.restart()
    onHeightChanged: remember.restart()
    Timer {
        id: remember
        interval: Theme.copiedTime
        onTriggered: {
            if (window.visibility === Window.Windowed) {
                App.settings.windowWidth = window.width;
                App.settings.windowHeight = window.height;
            }
        }
    }

    function toggleSidebar() {
        if (isNarrow)
            drawerOpen = !drawerOpen;
        else
            App.settings.sidebarVisible = !App.settings.sidebarVisible;
    }
    function goTo(name: string) {
        page = name;
        drawerOpen = false;
        if (name.length === 0)
            chat.composer.input.forceActiveFocus();
    }
    /// The page of exports, set to one conversation of the list.
    function exportOne(id: var, title: string) {
        goTo("files");
        const exports = (files.item as FilesPage).exports;
        exports.conversation = id;
        exports.conversationTitle = title;
        exports.scope = "one";
    }
    function search() {
        goTo("");
        if (isNarrow)
            drawerOpen = true;
        else
            App.settings.sidebarVisible = true;
        sidebar.searchField.forceActiveFocus();
        sidebar.searchField.selectAll();
    }
    function goBack() {
        if (page.length > 0)
            goTo("");
        else if (drawerOpen)
            drawerOpen = false;
        else if (chat.view.editing !== 0)
            chat.view.endEditing();
        else if (App.chat.answering)
            App.chat.stop();
        else
            chat.composer.input.forceActiveFocus();
    }

    // --- keys
    Shortcut { sequence: "Ctrl+N"; onActivated: { window.goTo(""); App.chat.newConversation(); } }
    Shortcut { sequence: "Ctrl+Shift+N"; onActivated: { window.goTo(""); App.chat.newPrivateConversation(); } }
    Shortcut { sequences: ["Ctrl+K", "Ctrl+F"]; onActivated: window.search() }
    Shortcut { sequence: "Ctrl+L"; onActivated: window.goTo("") }
    Shortcut { sequence: "Esc"; onActivated: window.goBack() }
    Shortcut { sequence: "Ctrl+Shift+C"; onActivated: { if (App.chat.lastAnswerText().length > 0) App.copy(App.chat.lastAnswerText()); } }
    Shortcut { sequence: "Ctrl+E"; onActivated: { window.goTo(""); chat.view.startEditing(App.chat.lastPrompt()); } }
    Shortcut { sequence: "Ctrl+Shift+R"; onActivated: App.chat.continueAnswer(App.chat.lastAnswer()) }
    Shortcut { sequence: "Ctrl+T"; onActivated: window.goTo(window.page === "tree" ? "" : "tree") }
    Shortcut { sequence: "Ctrl+P"; onActivated: { window.goTo(""); chat.composer.openPrompts(); } }
    Shortcut { sequence: "Ctrl+R"; onActivated: App.chat.regenerate(App.chat.lastAnswer()) }
    Shortcut { sequence: "Alt+Left"; onActivated: App.chat.showSibling(App.chat.lastFork(), -1) }
    Shortcut { sequence: "Alt+Right"; onActivated: App.chat.showSibling(App.chat.lastFork(), 1) }
    Shortcut { sequence: "Ctrl+B"; onActivated: window.toggleSidebar() }
    Shortcut { sequence: "Ctrl+,"; onActivated: window.goTo(window.page === "settings" ? "" : "settings") }
    Shortcut { sequence: "Ctrl+Shift+E"; onActivated: window.goTo(window.page === "files" ? "" : "files") }
    Shortcut { sequence: "Ctrl+O"; onActivated: { window.goTo("files"); (files.item as FilesPage).openImport(); } }
    Shortcut { sequence: "Ctrl+Shift+M"; onActivated: { window.goTo(""); chat.header.modelChip.openPopup(); } }
    Shortcut { sequences: ["F1", "Ctrl+/"]; onActivated: window.goTo(window.page === "shortcuts" ? "" : "shortcuts") }
    Shortcut { sequence: "Ctrl+Q"; onActivated: Qt.quit() }

    // --- places
    ChatPage {
        id: chat
        focus: true
        enabled: window.page.length === 0 && !window.drawerOpen
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: parent.bottom; leftMargin: window.sidebarInline ? App.settings.sidebarWidth + Theme.line : 0 }
        sidebarHidden: !window.sidebarInline
        onSidebarRequested: window.toggleSidebar()
    }
    Loader {
        anchors.fill: chat
        active: window.page === "settings"
        sourceComponent: SettingsPage {
            onClosed: window.goTo("") // qmllint disable unqualified
            onFilesRequested: window.goTo("files") // qmllint disable unqualified
            Component.onCompleted: forceActiveFocus()
        }
    }
    Loader {
        id: files
        anchors.fill: chat
        active: window.page === "files"
        sourceComponent: FilesPage {
            onClosed: window.goTo("") // qmllint disable unqualified
            Component.onCompleted: forceActiveFocus()
        }
    }
    Loader {
        anchors.fill: chat
        active: window.page === "shortcuts"
        sourceComponent: ShortcutsPage {
            onClosed: window.goTo("") // qmllint disable unqualified
            Component.onCompleted: forceActiveFocus()
        }
    }

    Loader {
        anchors.fill: chat
        active: window.page === "tree"
        sourceComponent: TreePage {
            onClosed: window.goTo("") // qmllint disable unqualified
            Component.onCompleted: forceActiveFocus()
        }
    }

    Rectangle { // behind the drawer
        anchors.fill: parent
        color: Theme.scrim
        opacity: window.drawerOpen && window.isNarrow ? 1 : 0
        visible: opacity > 0
        Behavior on opacity { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutQuad } }
        TapHandler { onTapped: window.drawerOpen = false }
    }
    Sidebar {
        id: sidebar
        objectName: "sidebar"
        readonly property bool shown: window.sidebarInline || (window.isNarrow && window.drawerOpen)
        anchors { left: parent.left; top: parent.top; bottom: parent.bottom }
        // As a drawer it has room for larger letters.
        width: Math.min(Math.round(App.settings.sidebarWidth * (window.isNarrow ? Math.max(1, Math.min(Theme.scale, 1.5)) : 1)), window.width - Theme.space48)
        visible: shown
        enabled: !App.archive.restoring
        onSettingsRequested: window.goTo("settings")
        onFilesRequested: window.goTo("files")
        onExportRequested: (id, title) => window.exportOne(id, title)
        onCollapseRequested: window.toggleSidebar()
        onConversationChosen: {
            if (!window.searchHasFocus())
                window.goTo("");
            window.drawerOpen = false;
        }
    }
    function searchHasFocus(): bool {
        return sidebar.activeFocus && !isNarrow && page.length === 0;
    }
    Hairline { // drag to resize
        visible: window.sidebarInline
        anchors { left: sidebar.right; top: parent.top; bottom: parent.bottom }
        MouseArea {
            anchors { fill: parent; leftMargin: -Theme.space4; rightMargin: -Theme.space4 }
            cursorShape: Qt.SplitHCursor
            onPositionChanged: mouse => {
                const place = mapToItem(null, mouse.x, 0).x;
                App.settings.sidebarWidth = Math.max(Theme.sidebarLeast, Math.min(Theme.sidebarMost, Theme.mirrored ? window.width - place : place));
            }
        }
    }
    LinkDialog { id: link }
    Connections {
        target: App.chat
        function onTreeWanted() {
            window.goTo("tree");
        }
    }
    Connections {
        target: chat.composer
        function onCommanded(name: string) {
            switch (name) {
            case "search": window.search(); break;
            case "new": App.chat.newConversation(); break;
            case "private": App.chat.newPrivateConversation(); break;
            default: window.goTo(name);
            }
        }
    }
    Connections {
        target: App
        function onLinkAsked(address: string) {
            link.ask(address);
        }
    }
    Component.onCompleted: chat.composer.input.forceActiveFocus()
}
