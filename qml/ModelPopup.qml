// SPDX-License-Identifier: MIT
// What there is to know of the model, and the ways to another.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Dialogs
import QtQuick.Templates as T
import Spoutnik.App

T.Popup {
    id: popup
    objectName: "modelPopup"
    implicitWidth: Math.min(Theme.popupWidth * Math.max(1, Math.min(1.6, Theme.scale)), T.Overlay.overlay ? T.Overlay.overlay.width - 2 * Theme.space8 : Theme.popupWidth)
    implicitHeight: contentItem.implicitHeight + topPadding + bottomPadding
    padding: Theme.space16
    margins: Theme.space8
    focus: true
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside

    background: Panel {}
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.fast; easing.type: Easing.OutQuad }
    }
    onOpened: openButton.forceActiveFocus(Qt.TabFocusReason)

    contentItem: Column {
        spacing: Theme.space4
        Accessible.role: Accessible.Dialog
        Accessible.name: qsTr("Model")

        Label {
            width: parent.width
            text: App.model.name
            font.weight: Font.DemiBold
            elide: Text.ElideMiddle
        }
        // A line each, further apart than a fact's own lines where it takes two.
        Column {
            id: factList
            objectName: "modelFacts"
            readonly property string text: {
                const facts = [];
                if (App.model.parametersTotal > 0)
                    facts.push(App.model.parametersActive < App.model.parametersTotal
                               ? qsTr("%1 parameters, %2 active for a token").arg(Words.parameters(App.model.parametersTotal)).arg(Words.parameters(App.model.parametersActive))
                               : qsTr("%1 parameters").arg(Words.parameters(App.model.parametersTotal)));
                if (App.model.fileBytes > 0)
                    facts.push(Words.joined([App.model.quantisation, Words.bytes(App.model.fileBytes)], ", "));
                if (App.model.gpuBytes > 0)
                    facts.push(qsTr("%1 on the GPU, %2 in memory").arg(Words.bytes(App.model.gpuBytes)).arg(Words.bytes(App.model.ramBytes)));
                if (App.model.gpuProblem.length > 0)
                    facts.push(Words.gpuProblem(App.model.gpuProblem));
                if (App.model.contextCapacity > 0)
                    facts.push(qsTr("context of %1 tokens").arg(Words.number(App.model.contextCapacity)));
                return facts.join("\n");
            }
            visible: text.length > 0
            width: parent.width
            spacing: Theme.space4
            Repeater {
                model: factList.text.length > 0 ? factList.text.split("\n") : []
                Label {
                    required property string modelData
                    width: factList.width
                    text: modelData
                    color: Theme.textSoft
                    font.pixelSize: Theme.smallSize
                    lineHeight: Theme.smallLine
                    lineHeightMode: Text.FixedHeight
                    wrapMode: Text.Wrap
                }
            }
        }
        Label {
            visible: App.model.problemKind.length > 0
            width: parent.width
            text: Words.joined([Words.modelProblem(App.model.problemKind), App.model.problem], "\n")
            color: Theme.danger
            font.pixelSize: Theme.smallSize
            lineHeight: Theme.smallLine
            lineHeightMode: Text.FixedHeight
            wrapMode: Text.Wrap
        }
        Item { width: 1; height: Theme.space8 }
        Flow {
            width: parent.width
            spacing: Theme.space8
            TextButton {
                id: openButton
                objectName: "openModelButton"
                iconName: "open"
                width: Math.min(implicitWidth, parent.width)
                elided: true
                text: qsTr("Open a GGUF file…")
                onClicked: dialog.open()
            }
            TextButton {
                visible: App.model.hasStarter && !App.model.isStarter
                text: qsTr("Use the starter")
                onClicked: {
                    App.model.useStarter();
                    popup.close();
                }
            }
        }
    }

    FileDialog {
        id: dialog
        title: qsTr("Open a model")
        nameFilters: [qsTr("GGUF models (*.gguf)"), qsTr("All files (*)")]
        onAccepted: {
            App.model.openFile(selectedFile);
            popup.close();
        }
    }
}
