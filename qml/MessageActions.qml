// SPDX-License-Identifier: MIT
// Under a message: copy, edit or regenerate, versions, when and how fast. In sight when the pointer or the keyboard
// is on the message, and always under the last one.
import QtQuick
import QtQuick.Templates as T
import Spoutnik.App

Item {
    id: actions
    required property MessageItem message
    required property bool shown
    signal editRequested

    readonly property bool hasKeyboard: copy.visualFocus || ((revise.item as IconButton)?.visualFocus ?? false) || ((versions.item as BranchSwitcher)?.hasKeyboard ?? false) || ((branches.item as BranchSwitcher)?.hasKeyboard ?? false) || more.visualFocus || ((menu.item as PanelMenu)?.visible ?? false)

    implicitHeight: Theme.hit
    implicitWidth: row.implicitWidth
    opacity: shown || hasKeyboard ? 1 : 0
    Behavior on opacity { NumberAnimation { duration: Theme.fast; easing.type: Easing.OutQuad } }

    Row {
        id: row
        layoutDirection: actions.message.fromUser ? Qt.RightToLeft : Qt.LeftToRight
        anchors {
            left: actions.message.fromUser ? undefined : parent.left
            right: actions.message.fromUser ? parent.right : undefined
            leftMargin: -Theme.space8
        }

        // What a message may not have is only made where it has it: this is under every message.
        Loader {
            id: versions
            active: actions.message.fromUser && actions.message.siblings > 1
            visible: active
            sourceComponent: switcher
        }
        CopyButton {
            id: copy
            objectName: "copyButton"
            text: qsTr("Copy")
            content: actions.message.text
        }
        Loader {
            id: revise
            sourceComponent: actions.message.fromUser ? edit : again
        }
        Loader {
            id: branches
            active: !actions.message.fromUser && actions.message.siblings > 1
            visible: active
            sourceComponent: switcher
        }
        IconButton {
            id: more
            objectName: "moreButton"
            iconName: "more"
            iconSize: Theme.iconSmall
            text: qsTr("More")
            onClicked: {
                menu.links = App.chat.links(actions.message.messageId);
                menu.active = true;
                (menu.item as PanelMenu).popup(more, 0, more.height);
            }
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            leftPadding: Theme.space8
            rightPadding: Theme.space8
            text: {
                const time = Words.time(actions.message.time);
                return actions.message.speed > 0
                    ? qsTr("%1 · %2 tokens/s").arg(time).arg(Words.decimal(actions.message.speed, actions.message.speed < 10 ? 1 : 0))
                    : time;
            }
            color: Theme.textSoft
            font.pixelSize: Theme.tinySize
        }
    }
    Component {
        id: switcher
        BranchSwitcher {
            messageId: actions.message.messageId // qmllint disable unqualified
            sibling: actions.message.sibling // qmllint disable unqualified
            siblings: actions.message.siblings // qmllint disable unqualified
        }
    }
    Component {
        id: edit
        IconButton {
            objectName: "editButton"
            iconName: "edit"
            iconSize: Theme.iconSmall
            text: qsTr("Edit and ask again")
            keys: "Ctrl+E"
            onClicked: actions.editRequested() // qmllint disable unqualified
        }
    }
    Component {
        id: again
        IconButton {
            objectName: "regenerateButton"
            iconName: "regenerate"
            iconSize: Theme.iconSmall
            text: qsTr("Answer again")
            keys: "Ctrl+R"
            onClicked: App.chat.regenerate(actions.message.messageId) // qmllint disable unqualified
        }
    }
    Loader { // made when it is wanted: there is one a message
        id: menu
        property list<string> links
        active: false
        sourceComponent: PanelMenu {
            id: panel
            Instantiator { // for whoever has no mouse
                model: menu.links // qmllint disable unqualified
                delegate: PanelMenuItem {
                    required property string modelData
                    objectName: "openLinkItem"
                    iconName: "open"
                    text: qsTr("Open %1…").arg(modelData)
                    onTriggered: App.askToOpen(modelData)
                }
                onObjectAdded: (index, object) => panel.insertItem(panel.count - 1, object as T.MenuItem)
                onObjectRemoved: (index, object) => panel.removeItem(object as T.MenuItem)
            }
            PanelMenuItem {
                objectName: "copyMarkdownItem"
                iconName: "copy"
                text: qsTr("Copy as Markdown")
                onTriggered: App.copy(actions.message.text) // qmllint disable unqualified
            }
            PanelMenuItem {
                objectName: "copyPlainItem"
                iconName: "copy"
                text: qsTr("Copy as plain text")
                onTriggered: App.copy(App.chat.plainText(actions.message.messageId)) // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "think"
                text: qsTr("Copy the reasoning")
                visible: !actions.message.fromUser // qmllint disable unqualified
                height: visible ? implicitHeight : 0
                enabled: App.chat.reasoningText(actions.message.messageId).length > 0 // qmllint disable unqualified
                onTriggered: App.copy(App.chat.reasoningText(actions.message.messageId)) // qmllint disable unqualified
            }
            PanelMenuItem {
                iconName: "tree"
                text: qsTr("Show all branches")
                keys: "Ctrl+T"
                onTriggered: App.chat.treeWanted() // qmllint disable unqualified
            }
            PanelMenuItem {
                objectName: "deleteMessageItem"
                iconName: "trash"
                ink: Theme.danger
                text: qsTr("Delete from here on")
                enabled: !App.chat.answering
                onTriggered: App.chat.removeMessage(actions.message.messageId) // qmllint disable unqualified
            }
        }
    }
}
