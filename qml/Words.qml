// SPDX-License-Identifier: MIT
// Sentences that more than one place needs, or that depend on a state the C++ side names by a key.
pragma Singleton
import QtQuick
import Spoutnik.App

QtObject {
    readonly property var locale: Qt.locale(App.localeName)

    function heading(group: string): string {
        switch (group) {
        case "pinned": return qsTr("Pinned");
        case "today": return qsTr("Today");
        case "yesterday": return qsTr("Yesterday");
        case "week": return qsTr("This week");
        }
        const [year, month] = group.split("-").map(Number);
        const name = locale.standaloneMonthName(month - 1);
        const first = name.charAt(0).toUpperCase() + name.slice(1);
        return year === new Date().getFullYear() ? first : first + " " + year;
    }

    function titleOf(title: string): string {
        return title.length > 0 ? title : qsTr("New conversation");
    }

    function bytes(count: real): string {
        return locale.formattedDataSize(count, 1, Locale.DataSizeSIFormat);
    }

    function number(value: real): string {
        return Math.round(value).toLocaleString(locale, "f", 0);
    }

    function decimal(value: real, digits: int): string {
        return value.toLocaleString(locale, "f", digits);
    }

    /// "6 s", "1 min 20 s"
    function seconds(milliseconds: real): string {
        const whole = Math.max(1, Math.round(milliseconds / 1000));
        return whole < 60 ? qsTr("%1 s").arg(whole) : qsTr("%1 min %2 s").arg(Math.floor(whole / 60)).arg(whole % 60);
    }

    function tokens(count: real): string {
        return qsTr("%n token(s)", "", Math.round(count));
    }

    /// The time of a message: the hour today, the day before.
    function time(when: date): string {
        const today = new Date().toDateString() === when.toDateString();
        return today ? when.toLocaleTimeString(locale, Locale.ShortFormat)
                     : when.toLocaleDateString(locale, qsTr("d MMMM", "day and month of a message"));
    }

    function parameters(count: real): string {
        if (count >= 1e9)
            return qsTr("%1 billion").arg(decimal(count / 1e9, 1));
        return qsTr("%1 million").arg(decimal(count / 1e6, 1));
    }

    function modelState(state: int): string {
        switch (state) {
        case ModelController.Loading: return qsTr("loading");
        case ModelController.Ready: return qsTr("ready");
        case ModelController.Failed: return qsTr("not loaded");
        }
        return qsTr("none");
    }

    /// Why the CPU computes although the program was installed for a GPU.
    function gpuProblem(kind: string): string {
        switch (kind) {
        case "no_driver": return qsTr("on the processor: no NVIDIA driver is installed");
        case "old_driver": return qsTr("on the processor: the NVIDIA driver is too old");
        case "no_gpu": return qsTr("on the processor: no NVIDIA GPU was found");
        case "old_gpu": return qsTr("on the processor: the NVIDIA GPU is too old");
        case "other_version": return qsTr("on the processor: the GPU module belongs to another version");
        }
        return qsTr("on the processor: the NVIDIA GPU cannot be used");
    }

    /// Why an answer stopped. The engine speaks English: its kind of problem is said in the window's language, and
    /// where its own words say more they follow.
    function reason(sentence: string): string {
        switch (App.model.answeringProblem(sentence)) {
        case "no_model": return qsTr("no model is ready");
        case "memory": return qsTr("there is not enough memory to go on");
        case "too_long": return qsTr("the message is too long for the context; shorten it, or set a larger context (%1)").arg(sentence);
        case "numbers": return qsTr("the model computed no usable numbers; its file may be damaged");
        case "template": return qsTr("the model's chat template could not be used (%1)").arg(sentence);
        }
        return qsTr("the engine reports: %1").arg(sentence);
    }
    /// Those of the parts that say anything, as one text.
    function joined(parts: var, between: string): string {
        return parts.filter(words => words.length > 0).join(between);
    }
    /// With a full stop, where it has no end of its own.
    function sentence(text: string): string {
        return /[.!?…]$/.test(text) ? text : text + ".";
    }
    /// Why a model could not be opened.
    function modelProblem(kind: string): string {
        switch (kind) {
        case "memory": return qsTr("There is not enough memory for it.");
        case "missing": return qsTr("Its file is no longer there.");
        case "unreadable": return qsTr("Its file may not be read; check its permissions.");
        case "not_gguf": return qsTr("This is not a GGUF model file.");
        case "unsupported": return qsTr("This kind of model is not supported.");
        case "damaged": return qsTr("Its file is damaged or incomplete.");
        case "no_file": return qsTr("No model file was found beside the program.");
        }
        return qsTr("The engine could not open it.");
    }

    /// What happened to a file the person chose.
    function fileTitle(problem: string, file: string): string {
        switch (problem) {
        case "save": return qsTr("“%1” could not be saved.").arg(file);
        case "too_large": return qsTr("“%1” is too large to be read into a message.").arg(file);
        case "not_text": return qsTr("“%1” is not a text file.").arg(file);
        }
        return qsTr("“%1” could not be read.").arg(file);
    }
    function fileDetail(problem: string): string {
        switch (problem) {
        case "too_large": return qsTr("Half a megabyte is the most that makes sense.");
        case "not_text": return qsTr("Text in UTF-8 can be read, pictures and documents can't.");
        }
        return qsTr("Is it still there, and may you read it?");
    }

    /// What happened to the storage, and what is safe, by the key of the error.
    function storageTitle(problem: string): string {
        switch (problem) {
        case "disk_full": return qsTr("The disk is full.");
        case "read_only": return qsTr("The conversations can't be written.");
        case "locked": return qsTr("Another Spoutnik has the conversations open.");
        case "corrupt": return qsTr("The file of conversations is damaged.");
        case "newer_schema": return qsTr("A newer Spoutnik wrote these conversations.");
        case "foreign_file": return qsTr("The file of conversations belongs to another program.");
        case "not_found": return qsTr("This conversation is no longer there.");
        case "input_output": return qsTr("The disk reported an error.");
        }
        return qsTr("The conversations could not be kept.");
    }
    function storageDetail(problem: string): string {
        switch (problem) {
        case "disk_full": return qsTr("Everything up to now is safe. What comes next is shown but not kept until there is room.");
        case "read_only": return qsTr("What is there can be read. Check the permissions of %1.").arg(App.dataFolder);
        case "locked": return qsTr("Nothing is lost. Close the other window, then try again.");
        case "corrupt": return qsTr("What can be read is saved at the next start; the damaged file is set aside, not deleted.");
        case "newer_schema": return qsTr("They can be read here, not changed. Install the newer version to go on with them.");
        case "foreign_file": return qsTr("It was left untouched. Move it out of %1, then try again.").arg(App.dataFolder);
        case "not_found": return qsTr("It was removed meanwhile. The others are safe.");
        case "input_output": return qsTr("What was stored before is still there. Check the disk, then try again.");
        }
        return qsTr("What was stored before is safe.");
    }
}
