// SPDX-License-Identifier: MIT
// Plain words in the theme's type.
import QtQuick

Text {
    color: Theme.text
    font.pixelSize: Theme.bodySize
    textFormat: Text.PlainText
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
