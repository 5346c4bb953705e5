// SPDX-License-Identifier: MIT
// One of resources/icons in a colour of the theme.
import QtQuick

Image {
    id: icon
    required property string name
    property color color: Theme.text
    property int size: Theme.icon

    width: size
    height: size
    source: name.length > 0 ? "image://icons/" + name + "/" + Theme.hex(color) : ""
    sourceSize.width: Math.round(size * Screen.devicePixelRatio)
    sourceSize.height: Math.round(size * Screen.devicePixelRatio)
    opacity: color.a
    mirror: Theme.mirrored && /^(back|chevron-left|chevron-right|sidebar)$/.test(name) // they point somewhere
    Accessible.ignored: true
}
