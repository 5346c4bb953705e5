// SPDX-License-Identifier: MIT
// Controls by themselves: size of what can be hit, keyboard, what they say.
import QtQuick
import QtTest
import Spoutnik
import Spoutnik.App

Item {
    id: stage
    width: 800
    height: 600

    SignalSpy { id: clicks; signalName: "clicked" }
    SignalSpy { id: choices; signalName: "chosen" }
    SignalSpy { id: dones; signalName: "done" }
    Component { id: iconButton; IconButton { iconName: "copy"; text: "Copy" } }
    Component { id: textButton; TextButton { text: "Do" } }
    Component { id: chip; Chip { iconName: "think"; text: "Think" } }
    Component { id: segments; Segments { name: "Theme"; value: "b"; options: [{ value: "a", label: "A" }, { value: "b", label: "B" }] } }
    Component { id: titleField; TitleField { title: "Before" } }
    Component { id: slide; Slide { name: "Size"; from: 0; to: 1; stepSize: 0.1 } }
    Component { id: reasoning; ReasoningBlock { index: 0; plain: "a\nb"; duration: 6200; tokens: 214; open: false; width: 400 } }
    Component { id: note; Note { width: 620; title: "What happened."; detail: "What is safe."; action: "Do it" } }

    TestCase {
        name: "Controls"
        when: windowShown

        function test_hit_areas_data() {
            return [{ tag: "icon", part: iconButton }, { tag: "text", part: textButton }, { tag: "chip", part: chip }, { tag: "slide", part: slide }];
        }
        function test_hit_areas(data) {
            const control = createTemporaryObject(data.part, stage);
            verify(control.height >= 36 && control.width >= 36);
        }
        function test_space_presses_a_button() {
            const button = createTemporaryObject(textButton, stage);
            clicks.target = button;
            clicks.clear();
            button.forceActiveFocus(Qt.TabFocusReason);
            verify(button.visualFocus);
            keyClick(Qt.Key_Space);
            compare(clicks.count, 1);
        }
        function test_chip_toggles() {
            const control = createTemporaryObject(chip, stage, { checked: false });
            mouseClick(control);
            verify(control.checked);
        }
        function test_segments_choose() {
            const control = createTemporaryObject(segments, stage);
            choices.target = control;
            choices.clear();
            mouseClick(control, 10, control.height / 2);
            compare(choices.count, 1);
            compare(choices.signalArguments[0][0], "a");
        }
        function test_title_return_keeps_escape_does_not() {
            for (const [key, expected] of [[Qt.Key_Return, "After"], [Qt.Key_Escape, "Before"]]) {
                const field = createTemporaryObject(titleField, stage, { width: 200 });
                dones.target = field;
                dones.clear();
                verify(field.activeFocus);
                field.text = "After";
                keyClick(key);
                compare(dones.count, 1);
                compare(dones.signalArguments[0][0], expected);
            }
        }
        function test_reasoning_folds() {
            const block = createTemporaryObject(reasoning, stage);
            const head = findChild(block, "reasoningHead");
            compare(head.text, "Thought for 6 s · 214 tokens");
            const folded = block.height;
            mouseClick(head);
            tryVerify(() => block.height > folded + 20);
            mouseClick(head);
            tryVerify(() => block.height === folded);
        }
        function test_note_says_all_of_it() {
            const control = createTemporaryObject(note, stage);
            verify(control.height >= 48);
            const button = findChild(control, "noteButton");
            compare(button.text, "Do it");
            const narrow = createTemporaryObject(note, stage, { width: 300 });
            verify(narrow.height > control.height);
        }
        function test_words() {
            compare(Words.seconds(300), "1 s");
            compare(Words.seconds(80000), "1 min 20 s");
            compare(Words.heading("yesterday"), "Yesterday");
            compare(Words.heading("2001-02"), "February 2001");
            compare(Words.parameters(671e9), "671.0 billion");
            compare(Words.tokens(1), "1 token");
            compare(Words.tokens(214), "214 tokens");
        }
    }
}
