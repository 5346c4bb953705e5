// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Dialogs
import Spoutnik.App

PageFrame {
    id: page
    objectName: "settingsPage"
    title: qsTr("Settings")
    signal filesRequested

    SettingGroup {
        title: qsTr("Appearance")
        SettingRow {
            first: true
            title: qsTr("Theme")
            Segments {
                objectName: "themeChoice"
                name: qsTr("Theme")
                value: App.settings.theme
                options: [{ value: "system", label: qsTr("System", "theme") }, { value: "light", label: qsTr("Light") }, { value: "dark", label: qsTr("Dark") }]
                onChosen: value => App.settings.theme = value
            }
        }
        SettingRow {
            title: qsTr("Language")
            Segments {
                objectName: "languageChoice"
                name: qsTr("Language")
                value: App.settings.language
                options: [{ value: "system", label: qsTr("System", "language") }, { value: "fr", label: "Français" }, { value: "en", label: "English" }]
                onChosen: value => App.settings.language = value
            }
        }
        SettingRow {
            title: qsTr("Text size")
            detail: qsTr("%1 %").arg(Math.round(App.settings.textScale * 100))
            Slide {
                name: qsTr("Text size")
                from: 0.8
                to: 2
                stepSize: 0.1
                snapMode: Slide.SnapAlways
                value: App.settings.textScale
                onMoved: App.settings.textScale = value
            }
        }
    }
    SettingGroup {
        title: qsTr("Answers")
        SettingRow {
            first: true
            title: qsTr("Temperature")
            detail: qsTr("%1 · lower is more predictable, 0 always says the most likely word").arg(Words.decimal(App.settings.temperature, 1))
            Slide {
                name: qsTr("Temperature")
                from: 0
                to: 2
                stepSize: 0.1
                snapMode: Slide.SnapAlways
                value: App.settings.temperature
                onMoved: App.settings.temperature = value
            }
        }
    }
    SettingGroup {
        title: qsTr("Conversations")
        SettingRow {
            first: true
            title: qsTr("Titles")
            detail: qsTr("The model names a conversation after its first answer; the starter doesn't")
            Segments {
                objectName: "titlesChoice"
                name: qsTr("Titles")
                value: App.settings.modelTitles ? "model" : "words"
                options: [{ value: "model", label: qsTr("By the model") }, { value: "words", label: qsTr("First words") }]
                onChosen: value => App.settings.modelTitles = value === "model"
            }
        }
    }
    SettingGroup {
        title: qsTr("Model")
        SettingRow {
            first: true
            title: App.model.name.length > 0 ? App.model.name : qsTr("No model")
            detail: App.model.isStarter ? qsTr("The starter that comes with Spoutnik") : App.model.file
            Row {
                spacing: Theme.space8
                TextButton {
                    visible: App.model.hasStarter && !App.model.isStarter
                    text: qsTr("Use the starter")
                    onClicked: App.model.useStarter()
                }
                TextButton {
                    iconName: "open"
                    text: qsTr("Open…")
                    onClicked: dialog.open()
                }
            }
        }
        SettingRow {
            title: qsTr("Context")
            detail: qsTr("Tokens the model can look back on; more takes more memory")
            StepField {
                name: qsTr("Context")
                lowestWord: qsTr("Automatic")
                from: 0
                to: 1048576
                stepSize: 2048
                value: App.settings.context
                onValueModified: App.settings.context = value
            }
        }
        SettingRow {
            title: qsTr("Threads")
            detail: qsTr("Processor cores that compute; automatic takes all of them")
            StepField {
                name: qsTr("Threads")
                lowestWord: qsTr("Automatic")
                from: 0
                to: 256
                value: App.settings.threads
                onValueModified: App.settings.threads = value
            }
        }
    }
    Note {
        visible: App.model.needsReload
        width: parent.width
        title: qsTr("The model has to be loaded again for this.")
        action: qsTr("Load again")
        onActed: App.model.reload()
    }
    SettingGroup {
        title: qsTr("About")
        SettingRow {
            first: true
            title: qsTr("Spoutnik %1").arg(App.version)
            detail: qsTr("A private assistant that runs models on this machine. Free software under the MIT licence.")
        }
        SettingRow {
            title: qsTr("Your data")
            detail: App.dataFolder
            Row {
                spacing: Theme.space4
                CopyButton {
                    text: qsTr("Copy the folder's path")
                    content: App.dataFolder
                }
                TextButton {
                    objectName: "toFilesButton"
                    text: qsTr("Import, export, backups")
                    onClicked: page.filesRequested()
                }
            }
        }
    }
    FileDialog {
        id: dialog
        title: qsTr("Open a model")
        nameFilters: [qsTr("GGUF models (*.gguf)"), qsTr("All files (*)")]
        onAccepted: App.model.openFile(selectedFile)
    }
}
