// SPDX-License-Identifier: MIT
// Every colour, size and duration of the interface. Nothing else in QML names one.
pragma Singleton
import QtQuick
import Spoutnik.App

QtObject {
    id: theme

    readonly property bool dark: App.settings.dark

    // Colours
    readonly property color window: dark ? "#131417" : "#F7F7F5"
    readonly property color surface: dark ? "#1B1D21" : "#FFFFFF"
    readonly property color sidebar: dark ? "#0F1012" : "#EFEFEC"
    readonly property color text: dark ? "#E8E9EB" : "#1B1C1E"
    readonly property color textSoft: dark ? "#A0A5AD" : "#5C6066"
    readonly property color hairline: dark ? "#2A2D33" : "#E2E2DE"
    readonly property color accent: dark ? "#8FB1FF" : "#2F5FD0"
    readonly property color accentInk: dark ? "#10203F" : "#FFFFFF"
    readonly property color userBubble: dark ? "#22304D" : "#E6ECF9"
    readonly property color danger: dark ? "#F2877F" : "#B3261E"
    readonly property color warning: dark ? "#E5B567" : "#8A5A00"
    readonly property color success: dark ? "#7FCF9A" : "#1E6B3A"
    // Made of the above
    readonly property color hover: tint(text, dark ? 0.07 : 0.05)
    readonly property color pressed: tint(text, dark ? 0.12 : 0.10)
    readonly property color selected: tint(accent, dark ? 0.16 : 0.11)
    readonly property color selection: tint(accent, dark ? 0.38 : 0.26)
    readonly property color found: dark ? "#3A2F14" : "#FFEDB8" // behind words that a search looked for
    readonly property color codeGround: tint(text, dark ? 0.08 : 0.06)
    readonly property color raised: dark ? over(tint(text, 0.2), surface) : surface // the chosen one of several, above its ground
    readonly property color scrim: Qt.rgba(0, 0, 0, dark ? 0.5 : 0.28)
    readonly property color handle: tint(text, 0.28)
    // Of code, one a CodeKind: comment, string, number, keyword, type, function, name, meta, added, removed
    readonly property list<color> codeColors: dark
        ? ["#949BA5", "#8FD19E", "#F0A978", "#C9A2F5", "#7CCFE0", "#8FB1FF", "#F29BC0", "#E0C07A", "#7FCF9A", "#F2877F"]
        : ["#646B73", "#0B6B3A", "#9A4600", "#7A2FB8", "#0B6274", "#2450B5", "#9B2560", "#775700", "#1E6B3A", "#B3261E"]
    readonly property color shadow: Qt.rgba(0, 0, 0, dark ? 0.12 : 0.022)

    // Space
    readonly property int space4: 4
    readonly property int space8: 8
    readonly property int space12: 12
    readonly property int space16: 16
    readonly property int space24: 24
    readonly property int space32: 32
    readonly property int space48: 48

    // Shape
    readonly property int line: 1
    readonly property int radiusSmall: 5
    readonly property int radiusControl: 8
    readonly property int radiusCard: 12
    readonly property int radiusComposer: 18
    readonly property int focusWidth: 2
    readonly property int focusOffset: 2

    // Sizes
    readonly property int hit: 36 // of everything that can be clicked, at least
    readonly property real iconScale: Math.max(1, Math.min(scale, 1.3)) // with the letters, as far as they fit their buttons
    readonly property int icon: Math.round(20 * iconScale)
    readonly property int iconSmall: Math.round(18 * iconScale)
    readonly property int dot: 8
    readonly property int ring: 18
    readonly property int headerHeight: 48
    readonly property int rowHeight: Math.round(54 * Math.max(1, scale))
    readonly property int column: Math.round(720 * Math.max(1, Math.min(scale, 1.3)))
    readonly property int wideColumn: Math.round(960 * Math.max(1, Math.min(scale, 1.3)))
    readonly property int pageColumn: 640
    readonly property int markSize: 64
    readonly property int sidebarLeast: 220
    readonly property int sidebarMost: 420
    readonly property int collapseBelow: 280 + Math.round(480 * Math.max(1, scale)) // the sidebar beside a column that can be read
    readonly property int windowLeastWidth: 360
    readonly property int windowLeastHeight: 420
    readonly property int listIndent: Math.round(24 * scale)
    readonly property int menuWidth: 200
    readonly property int popupWidth: 340
    readonly property int dialogWidth: 480
    readonly property int tableCell: 320
    readonly property real slashRows: 7.5 // the half says that there are more
    readonly property int treeDepth: 12 // levels that are set further in
    readonly property int scrollBar: 10
    readonly property real bubbleShare: 0.8   // of the column, for what the person wrote
    readonly property real composerShare: 0.4 // of the window's height
    readonly property int reasoningLines: 7   // visible while it streams

    // Type
    readonly property real scale: App.settings.textScale
    readonly property int bodySize: Math.round(15 * scale)
    readonly property int smallSize: Math.round(13 * scale)
    readonly property int tinySize: Math.round(12 * scale)
    readonly property real formulaShare: 1.15 // of the body's letters, on a line of its own
    readonly property int codeSize: Math.round(13 * scale)
    readonly property int titleSize: Math.round(24 * scale)
    readonly property string mono: App.monoFamily
    readonly property real lineHeight: 1.55
    readonly property int bodyLine: Math.round(15 * scale * lineHeight)
    readonly property int smallLine: Math.round(13 * scale * lineHeight)
    readonly property int codeLine: Math.round(13 * scale * 1.5)
    function headingSize(level: int): int {
        // 1.2 steps up from the body; levels 4 to 6 stay at its size.
        return Math.round(15 * scale * Math.pow(1.2, Math.max(0, 4 - level)));
    }

    // Direction: of the interface, and of what somebody wrote
    readonly property bool mirrored: Qt.application.layoutDirection === Qt.RightToLeft // qmllint disable
    /// Whether the first letter that has a direction is Hebrew or Arabic (or their kin).
    function readsFromRight(text: string): bool {
        return /^[^A-Za-z\u00AA-\u02B8\u0370-\u0589\u0900-\u1FFF\u2C00-\uD7FF\uF900-\uFAFF]*[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/.test(text);
    }

    // Motion
    readonly property int fast: App.settings.reducedMotion ? 0 : 120
    readonly property int slow: App.settings.reducedMotion ? 0 : 180
    readonly property int tipDelay: 600
    readonly property int undoTime: 8000
    readonly property int copiedTime: 1600
    readonly property int loadingDelay: 350

    function tint(colour: color, opacity: real): color {
        return Qt.rgba(colour.r, colour.g, colour.b, opacity);
    }
    /// The colour as "RRGGBB", for image addresses and style sheets.
    function hex(colour: color): string {
        const part = value => ("0" + Math.round(value * 255).toString(16)).slice(-2);
        return part(colour.r) + part(colour.g) + part(colour.b);
    }
    /// Two layers of colour as one that is opaque.
    function over(top: color, ground: color): color {
        return Qt.rgba(top.r * top.a + ground.r * (1 - top.a), top.g * top.a + ground.g * (1 - top.a),
                       top.b * top.a + ground.b * (1 - top.a), 1);
    }
    /// Rich text in the theme's type: `size` and `lead` in pixels, formulas drawn in `ink`.
    function rich(html: string, size: int, lead: int, ink: color): string {
        return "<style>"
            + "p,li,h1,h2,h3,h4,h5,h6{margin:0;line-height:" + lead + "px}"
            + "a{color:#" + hex(accent) + ";text-decoration:none}"
            + "code{font-family:'" + mono + "';font-size:" + Math.max(Math.round(size * 13 / 15), tinySize) + "px;white-space:pre-wrap;background-color:#"
            + hex(over(codeGround, window)) + "}"
            + ".math{font-family:'" + mono + "';font-size:" + Math.max(Math.round(size * 13 / 15), tinySize) + "px}"
            + "</style>" + App.withFormulas(html, size, hex(ink));
    }
    /// What a person typed, as rich text that looks exactly as typed.
    function plain(text: string, lead: int): string {
        const safe = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
        return "<p style=\"margin:0;white-space:pre-wrap;line-height:" + lead + "px\">"
            + App.keptSpaces(safe.replace(/\n/g, "<br>")) + "</p>";
    }
}
