<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>ArrangeDialog</name>
    <message>
        <source>Folder and tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <comment>no folder</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New folder, then Return</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New tag, then Return</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BackupGroup</name>
    <message>
        <source>Backups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A copy of everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations, folders, prompts and settings, as they are now. What you delete for good goes from these copies too; one saved elsewhere keeps it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save elsewhere…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back up now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From another file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A copy that you saved elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A copy that you saved elsewhere. None is here yet; one is made by itself before each change of form and each restore.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a copy of everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Backups of Spoutnik (*.db)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore a backup</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BackupRow</name>
    <message>
        <source>%1 · %2</source>
        <comment>why a backup was made, its size</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore the backup of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the backup of %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BranchSwitcher</name>
    <message>
        <source>Version %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next version</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatPage</name>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file of conversations was damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n conversation(s) were saved from it. The damaged file is kept beside the new one.</source>
        <translation>
            <numerusform>%n conversation was saved from it. The damaged file is kept beside the new one.</numerusform>
            <numerusform>%n conversations were saved from it. The damaged file is kept beside the new one.</numerusform>
        </translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 · %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening the file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading was cancelled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model can&apos;t be used.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your conversations are safe.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n of the oldest message(s) no longer fit and were not read.</source>
        <translation>
            <numerusform>The oldest message no longer fits and was not read.</numerusform>
            <numerusform>The %n oldest messages no longer fit and were not read.</numerusform>
        </translation>
    </message>
    <message>
        <source>They are kept here. A larger context can be set.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The context is nearly full: about %1 left.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the next turn on, the oldest messages will not be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let go to put the text into your message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The message and what followed it were deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine reports: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CodeBlock</name>
    <message>
        <source>Code in %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>text</source>
        <comment>code without a language</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the code…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Your message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Think</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Think before the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Return sends, Shift+Return makes a new line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>new</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>search</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>again</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>continue</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with the interrupted answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>copy</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the last answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>think</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer without thinking first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>file</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put a text file into the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>branches</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All branches of this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prompts</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your own prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>settings</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>keys</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put text files into the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>private</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>export</source>
        <comment>command</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ContextRing</name>
    <message>
        <source>Context: %1 of %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConversationList</name>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your conversations will be listed here. They stay on this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is here yet.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConversationRow</name>
    <message>
        <source>Answering…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More about “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder and tags…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Out of the archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <comment>verb</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deselect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <comment>key</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message>
        <source>Messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jump to the end</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>What is 17 + 25?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is 6 × 7?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explain how a mixture-of-experts model works</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a Python function that finds duplicate files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help me word a short, kind refusal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plan four simple dinners for this week</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What would you like to talk about?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model runs on this machine. Nothing you write leaves it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What can you do?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where are my conversations stored?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A private conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing of this conversation is written to the disk. It is gone once you leave it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndNote</name>
    <message>
        <source>The answer stopped: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This answer was stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your question and what was written are kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was written is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportGroup</name>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All that are kept, those in the archive too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This one</source>
        <comment>conversation</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Selected</source>
        <comment>conversations</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <comment>conversations</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Versions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every version of every message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The messages as they are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As shown</source>
        <comment>versions of messages</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <comment>versions of messages</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An existing file is replaced only when the new one is whole</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export to a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FileWords</name>
    <message numerus="yes">
        <source>%n conversation(s)</source>
        <translation>
            <numerusform>%n conversation</numerusform>
            <numerusform>%n conversations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n message(s)</source>
        <translation>
            <numerusform>%n message</numerusform>
            <numerusform>%n messages</numerusform>
        </translation>
    </message>
    <message>
        <source>d MMMM yyyy, hh:mm</source>
        <comment>date and time of a backup</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spoutnik</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Web page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything that is known of them, to be imported again without loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plain text with its marks, to read or to paste elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One file that opens offline in any browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages to print or to keep, with their fonts inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For Open WebUI&apos;s own import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A line for each conversation, as training data has them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <comment>who wrote a message</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Assistant</source>
        <comment>who wrote a message</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System</source>
        <comment>who wrote a message</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool</source>
        <comment>who wrote a message</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reasoning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Untitled conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>version</source>
        <comment>of a message, as in: version 2/3</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in reply to</source>
        <comment>followed by a message&apos;s number</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(stopped here)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(the answer failed)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>s</source>
        <comment>seconds</comment>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s)</source>
        <translation>
            <numerusform>%n recording</numerusform>
            <numerusform>%n recordings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n attached file(s)</source>
        <translation>
            <numerusform>%n attached file</numerusform>
            <numerusform>%n attached files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n search result(s)</source>
        <translation>
            <numerusform>%n search result</numerusform>
            <numerusform>%n search results</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n citation mark(s)</source>
        <translation>
            <numerusform>%n citation mark</numerusform>
            <numerusform>%n citation marks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of tool calls</source>
        <translation>
            <numerusform>%n part of a tool call</numerusform>
            <numerusform>%n parts of tool calls</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of an unknown kind</source>
        <translation>
            <numerusform>%n part of an unknown kind</numerusform>
            <numerusform>%n parts of unknown kinds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n hidden message(s)</source>
        <translation>
            <numerusform>%n hidden message</numerusform>
            <numerusform>%n hidden messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n empty message(s)</source>
        <translation>
            <numerusform>%n empty message</numerusform>
            <numerusform>%n empty messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n broken link(s) between messages</source>
        <translation>
            <numerusform>%n broken link between messages</numerusform>
            <numerusform>%n broken links between messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conversation(s) without a message</source>
        <translation>
            <numerusform>%n conversation without a message</numerusform>
            <numerusform>%n conversations without a message</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unreadable message(s)</source>
        <translation>
            <numerusform>%n unreadable message</numerusform>
            <numerusform>%n unreadable messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unreadable conversation(s)</source>
        <translation>
            <numerusform>%n unreadable conversation</numerusform>
            <numerusform>%n unreadable conversations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n entry(ies) that are no conversation</source>
        <translation>
            <numerusform>%n entry that is no conversation</numerusform>
            <numerusform>%n entries that are no conversations</numerusform>
        </translation>
    </message>
    <message>
        <source>Importing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making the backup…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restoring…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The export was stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is written: %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” could not be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backup is made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backup could not be made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backup is restored: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backup could not be restored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backup could not be deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” can&apos;t be restored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The import was stopped; imported up to then: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The import was stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported: %1 with %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing could be imported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” could not be imported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing new: all of it is already here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was nothing in it to import.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No file was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversations are as they were.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was here before is kept in the list of backups.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1”: %2</source>
        <comment>file, what is wrong with it</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written by: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Already here and left as they are: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import the file again to take in the rest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can&apos;t be read. Is it still there, and may you read it?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is too large for the memory of this machine; two gigabytes are the most.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a ZIP archive. Unpack it, then choose the conversations.json in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a backup of Spoutnik. Restore it below, under Backups.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is Spoutnik&apos;s own folder. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk is full. Nothing was left half done; make room, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversations can&apos;t be written. Check the permissions of %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing may be written there. Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another program is writing the conversations. Try again in a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A newer Spoutnik wrote it. Install that version to read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is no backup of Spoutnik.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is no longer there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk reported an error: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No conversation of a known kind is in it. ChatGPT, Open WebUI, DeepSeek, LM Studio and Spoutnik are known.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is no file that could be written. Choose another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can&apos;t take the place of the conversations: it is their own file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before an update</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before a restore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n folder(s) without a name</source>
        <translation>
            <numerusform>%n folder without a name</numerusform>
            <numerusform>%n folders without a name</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FilesPage</name>
    <message>
        <source>Import, export, backups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations from a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this backup?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <comment>why a backup was made, its size</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations (*.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From ChatGPT, DeepSeek, Open WebUI, LM Studio or Spoutnik; the kind is recognised. What is already here stays as it is. Files can also be dropped onto this page or the sidebar.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FolderDialog</name>
    <message>
        <source>Rename the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Show the sidebar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the title</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private, not kept</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImportDrop</name>
    <message>
        <source>Let go to import these conversations</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LinkDialog</name>
    <message>
        <source>Open this address in the browser?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MathBlock</name>
    <message>
        <source>Formula: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessageActions</name>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit and ask again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2 tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as plain text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the reasoning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all branches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete from here on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open %1…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessageDelegate</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelChip</name>
    <message>
        <source>loading, %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model: %1 %2, %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelPopup</name>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 parameters, %2 active for a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 on the GPU, %2 in memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>context of %1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a GGUF file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OutcomeNote</name>
    <message>
        <source>%1 %2 %</source>
        <comment>what is done, how much of it</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <comment>the import or export</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PageFrame</name>
    <message>
        <source>Back to the conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlaceButton</name>
    <message>
        <source>Archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose which conversations are listed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>name of a folder or tag, number of conversations</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename this folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the folder “%1”?</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Its %n conversation(s) stay, in no folder.</source>
        <translation>
            <numerusform>Its conversation stays, in no folder.</numerusform>
            <numerusform>Its %n conversations stay, in no folder.</numerusform>
        </translation>
    </message>
    <message>
        <source>Delete the folder</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PromptsDialog</name>
    <message>
        <source>Prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you often ask can be kept here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name, as in /name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text of the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{{language}} is asked for when the prompt is used; any word can stand between the braces.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New prompt…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReasoningBlock</name>
    <message>
        <source>Thinking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thinking… %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thought for %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold the reasoning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the reasoning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thinking… %1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RestoreDialog</name>
    <message>
        <source>Restore this backup?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In it: %1, changed last on %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no conversation in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It takes the place of all that is here now: %1, with folders, prompts and settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is here now is copied first and listed under the backups. The private conversation ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is here now is copied first and listed under the backups.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchList</name>
    <message>
        <source>Search results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n result(s)</source>
        <translation>
            <numerusform>%n result</numerusform>
            <numerusform>%n results</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SelectionBar</name>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
    <message>
        <source>Select all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder and tags…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Out of the archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <comment>verb</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the selection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System</source>
        <comment>theme</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System</source>
        <comment>language</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · lower is more predictable, 0 always says the most likely word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The starter that comes with Spoutnik</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Context</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens the model can look back on; more takes more memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor cores that compute; automatic takes all of them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model has to be loaded again for this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spoutnik %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A private assistant that runs models on this machine. Free software under the MIT licence.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the folder&apos;s path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Titles</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model names a conversation after its first answer; the starter doesn&apos;t</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutsPage</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the message field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Return</source>
        <comment>key</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift+Return</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the answer, or close what is open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Esc</source>
        <comment>key</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the last answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+C</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the last message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous version of the last message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next version of the last message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide the sidebar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+M</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the list of conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <comment>key</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with the interrupted answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+R</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All branches of this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your own prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands, in an empty message field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Earlier prompts, in an empty message field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select or deselect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder and tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+N</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+E</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu of the conversation: pin, archive and the rest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu</source>
        <comment>key</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the deletion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the list of prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide the sidebar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+E</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+N</source>
        <comment>keys</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SlashMenu</name>
    <message>
        <source>Commands</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StepField</name>
    <message>
        <source>Less</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TableBlock</name>
    <message>
        <source>Table of %1 rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TitleField</name>
    <message>
        <source>Title</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TreePage</name>
    <message>
        <source>Branches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Branches of “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation has no messages yet.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TreeRow</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On the branch you read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On another branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(empty)</source>
        <comment>a message without text</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UndoBar</name>
    <message>
        <source>Deleted “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Deleted %n conversation(s)</source>
        <translation>
            <numerusform>Deleted %n conversation</numerusform>
            <numerusform>Deleted %n conversations</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UserMessage</name>
    <message>
        <source>Edit the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>VariablesDialog</name>
    <message>
        <source>Fill in the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>Pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This week</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
    <message>
        <source>d MMMM</source>
        <comment>day and month of a message</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 billion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 million</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not loaded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversations can&apos;t be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another Spoutnik has the conversations open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file of conversations is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A newer Spoutnik wrote these conversations.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file of conversations belongs to another program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation is no longer there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk reported an error.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversations could not be kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything up to now is safe. What comes next is shown but not kept until there is room.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is there can be read. Check the permissions of %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is lost. Close the other window, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What can be read is saved at the next start; the damaged file is set aside, not deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They can be read here, not changed. Install the newer version to go on with them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was left untouched. Move it out of %1, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was removed meanwhile. The others are safe.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was stored before is still there. Check the disk, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was stored before is safe.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no model is ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is not enough memory to go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the model computed no usable numbers; its file may be damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” could not be saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is too large to be read into a message.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is not a text file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” could not be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half a megabyte is the most that makes sense.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text in UTF-8 can be read, pictures and documents can&apos;t.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Is it still there, and may you read it?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the message is too long for the context; shorten it, or set a larger context (%1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the model&apos;s chat template could not be used (%1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the engine reports: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is not enough memory for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its file is no longer there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its file may not be read; check its permissions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not a GGUF model file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This kind of model is not supported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its file is damaged or incomplete.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model file was found beside the program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine could not open it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: no NVIDIA driver is installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA driver is too old</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: no NVIDIA GPU was found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA GPU is too old</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: the GPU module belongs to another version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA GPU cannot be used</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WorkingLine</name>
    <message>
        <source>Waiting for the model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading… %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
