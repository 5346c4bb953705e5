// SPDX-License-Identifier: MIT
// What happened to files of conversations, in sentences; the C++ side names everything by a key.
pragma Singleton
import QtQuick
import Spoutnik.App

QtObject {
    function conversations(count: real): string {
        return qsTr("%n conversation(s)", "", count);
    }
    function messages(count: real): string {
        return qsTr("%n message(s)", "", count);
    }
    function dateTime(when: date): string {
        return when.toLocaleString(Words.locale, qsTr("d MMMM yyyy, hh:mm", "date and time of a backup"));
    }

    // --- formats
    function formatName(format: string): string {
        switch (format) {
        case "json":
        case "spoutnik": return qsTr("Spoutnik");
        case "markdown": return "Markdown";
        case "html": return qsTr("Web page");
        case "pdf": return "PDF";
        case "openwebui": return "Open WebUI";
        case "sharegpt": return "ShareGPT";
        case "chatgpt": return "ChatGPT";
        case "deepseek": return "DeepSeek";
        case "lmstudio": return "LM Studio";
        }
        return format;
    }
    function formatDetail(format: string): string {
        switch (format) {
        case "json": return qsTr("Everything that is known of them, to be imported again without loss");
        case "markdown": return qsTr("Plain text with its marks, to read or to paste elsewhere");
        case "html": return qsTr("One file that opens offline in any browser");
        case "pdf": return qsTr("Pages to print or to keep, with their fonts inside");
        case "openwebui": return qsTr("For Open WebUI's own import");
        case "sharegpt": return qsTr("A line for each conversation, as training data has them");
        }
        return "";
    }
    /// What exports for reading put between the messages.
    function exportWords(): var {
        return {
            language: Words.locale.name.slice(0, 2),
            user: qsTr("You", "who wrote a message"),
            assistant: qsTr("Assistant", "who wrote a message"),
            system: qsTr("System", "who wrote a message"),
            tool: qsTr("Tool", "who wrote a message"),
            reasoning: qsTr("Reasoning"),
            untitled: qsTr("Untitled conversation"),
            contents: qsTr("Conversations"),
            version: qsTr("version", "of a message, as in: version 2/3"),
            inReplyTo: qsTr("in reply to", "followed by a message's number"),
            wasInterrupted: qsTr("(stopped here)"),
            hasFailed: qsTr("(the answer failed)"),
            seconds: qsTr("s", "seconds")
        };
    }

    // --- what an import left out
    function omission(kind: string, count: real): string {
        switch (kind) {
        case "image": return qsTr("%n image(s)", "", count);
        case "audio": return qsTr("%n recording(s)", "", count);
        case "file": return qsTr("%n attached file(s)", "", count);
        case "folder": return qsTr("%n folder(s) without a name", "", count);
        case "search_result": return qsTr("%n search result(s)", "", count);
        case "citation_mark": return qsTr("%n citation mark(s)", "", count);
        case "tool_part": return qsTr("%n part(s) of tool calls", "", count);
        case "unknown_part": return qsTr("%n part(s) of an unknown kind", "", count);
        case "hidden_message": return qsTr("%n hidden message(s)", "", count);
        case "empty_message": return qsTr("%n empty message(s)", "", count);
        case "broken_link": return qsTr("%n broken link(s) between messages", "", count);
        case "empty_conversation": return qsTr("%n conversation(s) without a message", "", count);
        case "unreadable_message": return qsTr("%n unreadable message(s)", "", count);
        case "unreadable_conversation": return qsTr("%n unreadable conversation(s)", "", count);
        }
        return qsTr("%n entry(ies) that are no conversation", "", count);
    }

    // --- what is going on
    function doing(task: string): string {
        switch (task) {
        case "import": return qsTr("Importing…");
        case "export": return qsTr("Exporting…");
        case "backup": return qsTr("Making the backup…");
        case "restore": return qsTr("Restoring…");
        }
        return qsTr("One moment…");
    }

    // --- what came of it
    function title(outcome: var): string {
        const went = !outcome.problem;
        switch (outcome.task) {
        case "import": return importTitle(outcome);
        case "export":
            if (outcome.cancelled)
                return qsTr("The export was stopped.");
            return went ? qsTr("“%1” is written: %2.").arg(outcome.file).arg(conversations(outcome.conversations))
                        : qsTr("“%1” could not be written.").arg(outcome.file);
        case "backup": return went ? qsTr("The backup is made.") : qsTr("The backup could not be made.");
        case "restore": return went ? qsTr("The backup is restored: %1.").arg(conversations(outcome.conversations))
                                    : qsTr("The backup could not be restored.");
        case "remove": return qsTr("The backup could not be deleted.");
        case "look": return qsTr("“%1” can't be restored.").arg(outcome.file);
        }
        return "";
    }
    function importTitle(outcome: var): string {
        if (outcome.cancelled)
            return outcome.conversations > 0 ? qsTr("The import was stopped; imported up to then: %1.").arg(conversations(outcome.conversations))
                                             : qsTr("The import was stopped.");
        if (outcome.conversations > 0)
            return qsTr("Imported: %1 with %2.").arg(conversations(outcome.conversations)).arg(messages(outcome.messages));
        if (outcome.failures && outcome.failures.length > 0)
            return outcome.files > 1 ? qsTr("Nothing could be imported.") : qsTr("“%1” could not be imported.").arg(outcome.file);
        if (outcome.problem)
            return qsTr("“%1” could not be imported.").arg(outcome.file);
        return outcome.alreadyHere > 0 ? qsTr("Nothing new: all of it is already here.") : qsTr("There was nothing in it to import.");
    }
    function detail(outcome: var): string {
        switch (outcome.task) {
        case "import": return importDetail(outcome);
        case "export":
            if (outcome.cancelled)
                return qsTr("No file was written.");
            return outcome.problem ? reason(outcome.problem, outcome.detail, "export") : outcome.path;
        case "backup": return outcome.problem ? reason(outcome.problem, outcome.detail, "export") : outcome.path;
        case "restore":
            return outcome.problem ? reason(outcome.problem, outcome.detail, "restore") + " " + qsTr("The conversations are as they were.")
                                   : qsTr("What was here before is kept in the list of backups.");
        }
        return outcome.problem ? reason(outcome.problem, outcome.detail, "restore") : "";
    }
    function importDetail(outcome: var): string {
        const lines = [];
        const failures = outcome.failures ?? [];
        for (let i = 0; i < failures.length; ++i) {
            const why = reason(failures[i].problem, failures[i].detail, "import");
            lines.push(outcome.files > 1 ? qsTr("“%1”: %2", "file, what is wrong with it").arg(failures[i].file).arg(why) : why);
        }
        if (outcome.conversations > 0 && outcome.formats.length > 0)
            lines.push(qsTr("Written by: %1.").arg(outcome.formats.map(formatName).join(", ")));
        if (outcome.alreadyHere > 0 && outcome.conversations > 0)
            lines.push(qsTr("Already here and left as they are: %1.").arg(conversations(outcome.alreadyHere)));
        const omissions = outcome.omissions ?? [];
        if (omissions.length > 0)
            lines.push(qsTr("Left out: %1.").arg(omissions.map(each => omission(each.kind, each.count).replace(" ", "\u00a0")).join(", ")));
        if (outcome.cancelled && outcome.conversations > 0)
            lines.push(qsTr("Import the file again to take in the rest."));
        return lines.join("\n");
    }
    /// Why, and what to do. `task`: "import", "export" or "restore".
    function reason(problem: string, sentence: string, task: string): string {
        switch (problem) {
        case "unreadable": return qsTr("It can't be read. Is it still there, and may you read it?");
        case "too_large": return qsTr("It is too large for the memory of this machine; two gigabytes are the most.");
        case "zip": return qsTr("It is a ZIP archive. Unpack it, then choose the conversations.json in it.");
        case "backup": return qsTr("It is a backup of Spoutnik. Restore it below, under Backups.");
        case "own_folder": return qsTr("That is Spoutnik's own folder. Choose another one.");
        case "disk_full": return qsTr("The disk is full. Nothing was left half done; make room, then try again.");
        case "read_only": return task === "import" ? qsTr("The conversations can't be written. Check the permissions of %1.").arg(App.dataFolder)
                                                   : qsTr("Nothing may be written there. Choose another folder.");
        case "locked": return qsTr("Another program is writing the conversations. Try again in a moment.");
        case "newer_schema": return qsTr("A newer Spoutnik wrote it. Install that version to read it.");
        case "corrupt": return qsTr("The file is damaged.");
        case "foreign_file": return qsTr("It is no backup of Spoutnik.");
        case "not_found": return qsTr("It is no longer there.");
        case "input_output": return qsTr("The disk reported an error: %1").arg(sentence);
        case "invalid":
            if (task === "import")
                return qsTr("No conversation of a known kind is in it. ChatGPT, Open WebUI, DeepSeek, LM Studio and Spoutnik are known.");
            return task === "export" ? qsTr("That is no file that could be written. Choose another name.") : qsTr("It can't take the place of the conversations: it is their own file.");
        }
        return sentence;
    }
    function backupReason(reason: string): string {
        switch (reason) {
        case "update": return qsTr("Before an update");
        case "restore": return qsTr("Before a restore");
        case "asked": return qsTr("By you");
        }
        return qsTr("From elsewhere");
    }
}
