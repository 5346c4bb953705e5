// SPDX-License-Identifier: MIT
import QtQuick

Rectangle {
    implicitWidth: Theme.line
    implicitHeight: Theme.line
    color: Theme.hairline
}
