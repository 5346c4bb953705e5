// SPDX-License-Identifier: MIT
// An answer: its blocks down the page, how it ended when it did not end well, its actions.
import QtQuick
import Qt.labs.qmlmodels
import Spoutnik.App

Item {
    id: answer
    required property MessageItem message

    height: column.height + actions.height // kept free while the answer grows: nothing jumps at its end

    Column {
        id: column
        width: parent.width

        Repeater {
            model: answer.message.blocks
            delegate: DelegateChooser {
                role: "type"
                DelegateChoice { roleValue: "reasoning"; ReasoningBlock { marks: answer.message.marks } } // qmllint disable unqualified
                DelegateChoice { roleValue: "text"; TextBlock { marks: answer.message.marks } } // qmllint disable unqualified
                DelegateChoice { roleValue: "heading"; TextBlock { marks: answer.message.marks } } // qmllint disable unqualified
                DelegateChoice { roleValue: "code"; CodeBlock { marks: answer.message.marks } } // qmllint disable unqualified
                DelegateChoice { roleValue: "table"; TableBlock { page: answer.message.page; marks: answer.message.marks } } // qmllint disable unqualified
                DelegateChoice { roleValue: "math"; MathBlock {} }
                DelegateChoice { roleValue: "rule"; RuleBlock {} }
            }
        }
        WorkingLine {
            visible: answer.message.isStreaming && words.length > 0
        }
        EndNote {
            visible: answer.message.status === "interrupted" || answer.message.status === "error"
            message: answer.message
        }
    }
    MessageActions {
        id: actions
        visible: !answer.message.isStreaming
        y: column.height
        width: parent.width
        message: answer.message
        shown: answer.message.hovered || answer.message.isLast
    }
}
