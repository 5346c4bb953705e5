// SPDX-License-Identifier: MIT
// The theme's promises: text can be read on every ground it stands on, in both themes.
import QtQuick
import QtTest
import Spoutnik
import Spoutnik.App

TestCase {
    name: "Theme"

    function luminance(colour) {
        const linear = part => part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
        return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
    }
    function contrast(ink, ground) {
        const a = luminance(ink), b = luminance(ground);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    function test_contrast_data() {
        const rows = [];
        const pairs = [
            ["text", "window"], ["text", "surface"], ["text", "sidebar"], ["text", "userBubble"], ["text", "raised"],
            ["textSoft", "window"], ["textSoft", "surface"], ["textSoft", "sidebar"],
            ["accent", "window"], ["accent", "surface"], ["accent", "sidebar"], ["accentInk", "accent"],
            ["danger", "surface"], ["danger", "window"], ["warning", "surface"], ["warning", "window"],
            ["success", "surface"], ["success", "window"], ["text", "found"], ["textSoft", "found"]
        ];
        for (const theme of ["light", "dark"])
            for (const [ink, ground] of pairs)
                rows.push({ tag: theme + ": " + ink + " on " + ground, theme: theme, ink: ink, ground: ground });
        return rows;
    }
    function test_contrast(data) {
        App.settings.theme = data.theme;
        const value = contrast(Theme[data.ink], Theme[data.ground]);
        verify(value >= 4.5, data.tag + " is " + value.toFixed(2));
    }
    /// Words on the grounds that are made of two colours.
    function test_contrast_of_layers_data() {
        const rows = [];
        for (const theme of ["light", "dark"])
            for (const [ink, layer, ground] of [["text", "selected", "sidebar"], ["textSoft", "selected", "sidebar"], ["textSoft", "hover", "sidebar"],
                                                ["accent", "selected", "surface"], ["text", "codeGround", "window"], ["text", "selection", "window"]])
                rows.push({ tag: theme + ": " + ink + " on " + layer + " over " + ground, theme: theme, ink: ink, layer: layer, ground: ground });
        return rows;
    }
    function test_contrast_of_layers(data) {
        App.settings.theme = data.theme;
        const value = contrast(Theme[data.ink], Theme.over(Theme[data.layer], Theme[data.ground]));
        verify(value >= 4.5, data.tag + " is " + value.toFixed(2));
    }
    function test_contrast_of_code_data() {
        const rows = [];
        for (const theme of ["light", "dark"])
            for (let kind = 0; kind < 10; ++kind)
                for (const ground of ["surface", "window", "found"])
                    rows.push({ tag: theme + ": code kind " + kind + " on " + ground, theme: theme, kind: kind, ground: ground });
        return rows;
    }
    function test_contrast_of_code(data) {
        App.settings.theme = data.theme;
        compare(Theme.codeColors.length, 10);
        const value = contrast(Theme.codeColors[data.kind], Theme[data.ground]);
        verify(value >= 4.5, data.tag + " is " + value.toFixed(2));
    }
    function test_no_motion_where_it_is_not_wanted() {
        compare(Theme.fast, App.settings.reducedMotion ? 0 : 120);
        compare(Theme.slow, App.settings.reducedMotion ? 0 : 180);
    }
    function test_typed_text_is_never_markup() {
        const html = Theme.plain("<b>&amp;\n\"x\"</b>", 20);
        verify(html.indexOf("&lt;b&gt;&amp;amp;<br>") >= 0, html);
        compare(Theme.hex(Qt.rgba(0x2F / 255, 0x5F / 255, 0xD0 / 255, 1)), "2f5fd0");
    }
    function cleanupTestCase() {
        App.settings.theme = "system";
    }
}
