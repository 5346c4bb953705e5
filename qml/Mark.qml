// SPDX-License-Identifier: MIT
// The mark: a small sphere with four trailing antennas.
import QtQuick

Icon {
    name: "mark"
    color: Theme.accent
    size: Theme.markSize
}
