// SPDX-License-Identifier: MIT
// Which conversations go into a file, and what kind of file.
import QtQuick
import QtQuick.Dialogs
import Spoutnik.App

SettingGroup {
    id: group
    property var conversation: App.chat.conversation // what "this one" means
    property string conversationTitle: App.chat.title
    property string scope: selected > 0 ? "selected" : canOne ? "one" : "all"
    property string format: "json"
    property string branch: "all"
    readonly property var formats: ["json", "markdown", "html", "pdf", "openwebui", "sharegpt"]
    readonly property int selected: App.conversations.selectedCount
    readonly property bool canOne: conversation > 0

    title: qsTr("Export")

    function chooseFormat(wanted: string) {
        format = wanted;
        branch = wanted === "json" || wanted === "openwebui" ? "all" : "active";
    }
    function suggestedName(): string {
        const name = scope === "one" ? App.archive.fileName(Words.titleOf(conversationTitle))
                                     : "Spoutnik " + new Date().toLocaleDateString(Qt.locale("C"), "yyyy-MM-dd");
        return name + App.archive.endingOf(format);
    }
    onSelectedChanged: {
        if (selected === 0 && scope === "selected")
            scope = canOne ? "one" : "all";
    }
    function exportTo(file: url) {
        const ids = scope === "one" ? [conversation] : scope === "selected" ? App.conversations.selectedIds() : [];
        App.archive.exportTo(file, format, branch, ids, FileWords.exportWords());
    }

    SettingRow {
        first: true
        title: qsTr("Conversations")
        detail: group.scope === "one" ? Words.titleOf(group.conversationTitle)
              : group.scope === "selected" ? FileWords.conversations(group.selected) : qsTr("All that are kept, those in the archive too")
        Segments {
            objectName: "exportScope"
            name: qsTr("Which conversations")
            value: group.scope
            options: {
                const some = [];
                if (group.canOne)
                    some.push({ value: "one", label: qsTr("This one", "conversation") });
                if (group.selected > 0)
                    some.push({ value: "selected", label: qsTr("Selected", "conversations") });
                some.push({ value: "all", label: qsTr("All", "conversations") });
                return some;
            }
            onChosen: value => group.scope = value
        }
    }
    SettingRow {
        title: qsTr("Format")
        detail: FileWords.formatDetail(group.format)
        Choices {
            objectName: "exportFormat"
            width: group.width - 2 * Theme.space16
            name: qsTr("Format")
            value: group.format
            options: group.formats.map(format => ({ value: format, label: FileWords.formatName(format) }))
            onChosen: value => group.chooseFormat(value)
        }
    }
    SettingRow {
        title: qsTr("Versions")
        detail: group.branch === "all" ? qsTr("Every version of every message") : qsTr("The messages as they are shown")
        Segments {
            objectName: "exportBranch"
            name: qsTr("Versions")
            value: group.branch
            options: [{ value: "active", label: qsTr("As shown", "versions of messages") }, { value: "all", label: qsTr("All", "versions of messages") }]
            onChosen: value => group.branch = value
        }
    }
    SettingRow {
        title: qsTr("File")
        detail: qsTr("An existing file is replaced only when the new one is whole")
        TextButton {
            objectName: "exportButton"
            primary: true
            enabled: !App.archive.busy
            iconName: "save"
            text: qsTr("Export…")
            onClicked: {
                dialog.selectedFile = App.files.suggested(group.suggestedName());
                dialog.open();
            }
        }
    }
    FileDialog {
        id: dialog
        title: qsTr("Export to a file")
        fileMode: FileDialog.SaveFile
        defaultSuffix: App.archive.endingOf(group.format).slice(1)
        nameFilters: [FileWords.formatName(group.format) + " (*" + App.archive.endingOf(group.format) + ")", qsTr("All files (*)")]
        onAccepted: group.exportTo(selectedFile)
    }
}
