<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr">
<context>
    <name>ArrangeDialog</name>
    <message>
        <source>Folder and tags</source>
        <translation>Dossier et étiquettes</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Dossier</translation>
    </message>
    <message>
        <source>None</source>
        <comment>no folder</comment>
        <translation>Aucun</translation>
    </message>
    <message>
        <source>New folder, then Return</source>
        <translation>Nouveau dossier, puis Entrée</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Étiquettes</translation>
    </message>
    <message>
        <source>New tag, then Return</source>
        <translation>Nouvelle étiquette, puis Entrée</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Terminé</translation>
    </message>
</context>
<context>
    <name>BackupGroup</name>
    <message>
        <source>Backups</source>
        <translation>Sauvegardes</translation>
    </message>
    <message>
        <source>A copy of everything</source>
        <translation>Une copie de tout</translation>
    </message>
    <message>
        <source>Conversations, folders, prompts and settings, as they are now. What you delete for good goes from these copies too; one saved elsewhere keeps it.</source>
        <translation>Conversations, dossiers, consignes et réglages, tels qu’ils sont maintenant. Ce que vous supprimez pour de bon quitte aussi ces copies&#xa0;; une copie enregistrée ailleurs le garde.</translation>
    </message>
    <message>
        <source>Save elsewhere…</source>
        <translation>Enregistrer ailleurs…</translation>
    </message>
    <message>
        <source>Back up now</source>
        <translation>Sauvegarder</translation>
    </message>
    <message>
        <source>From another file</source>
        <translation>Depuis un autre fichier</translation>
    </message>
    <message>
        <source>A copy that you saved elsewhere</source>
        <translation>Une copie que vous avez enregistrée ailleurs</translation>
    </message>
    <message>
        <source>A copy that you saved elsewhere. None is here yet; one is made by itself before each change of form and each restore.</source>
        <translation>Une copie que vous avez enregistrée ailleurs. Il n’y en a pas encore ici&#xa0;; une se fait d’elle-même avant chaque changement de format et chaque restauration.</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>Restaurer…</translation>
    </message>
    <message>
        <source>Save a copy of everything</source>
        <translation>Enregistrer une copie de tout</translation>
    </message>
    <message>
        <source>Backups of Spoutnik (*.db)</source>
        <translation>Sauvegardes de Spoutnik (*.db)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Restore a backup</source>
        <translation>Restaurer une sauvegarde</translation>
    </message>
</context>
<context>
    <name>BackupRow</name>
    <message>
        <source>%1 · %2</source>
        <comment>why a backup was made, its size</comment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>Restaurer…</translation>
    </message>
    <message>
        <source>Restore the backup of %1</source>
        <translation>Restaurer la sauvegarde du %1</translation>
    </message>
    <message>
        <source>Delete the backup of %1</source>
        <translation>Supprimer la sauvegarde du %1</translation>
    </message>
</context>
<context>
    <name>BranchSwitcher</name>
    <message>
        <source>Version %1 of %2</source>
        <translation>Version %1 sur %2</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>Version précédente</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>Version suivante</translation>
    </message>
</context>
<context>
    <name>ChatPage</name>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>The file of conversations was damaged.</source>
        <translation>Le fichier des conversations était abîmé.</translation>
    </message>
    <message numerus="yes">
        <source>%n conversation(s) were saved from it. The damaged file is kept beside the new one.</source>
        <translation>
            <numerusform>%n conversation en a été sauvée. Le fichier abîmé est gardé à côté du nouveau.</numerusform>
            <numerusform>%n conversations en ont été sauvées. Le fichier abîmé est gardé à côté du nouveau.</numerusform>
        </translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>Chargement de %1</translation>
    </message>
    <message>
        <source>%1 of %2 · %3</source>
        <translation>%1 sur %2 · %3</translation>
    </message>
    <message>
        <source>Opening the file…</source>
        <translation>Ouverture du fichier…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Loading was cancelled.</source>
        <translation>Le chargement a été annulé.</translation>
    </message>
    <message>
        <source>The model can&apos;t be used.</source>
        <translation>Le modèle ne peut pas servir.</translation>
    </message>
    <message>
        <source>Your conversations are safe.</source>
        <translation>Vos conversations sont en sûreté.</translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation>Prendre le modèle de départ</translation>
    </message>
    <message numerus="yes">
        <source>%n of the oldest message(s) no longer fit and were not read.</source>
        <translation>
            <numerusform>%n message, le plus ancien, ne tient plus et n’a pas été lu.</numerusform>
            <numerusform>%n messages, les plus anciens, ne tiennent plus et n’ont pas été lus.</numerusform>
        </translation>
    </message>
    <message>
        <source>They are kept here. A larger context can be set.</source>
        <translation>Ils restent ici. On peut agrandir le contexte dans les réglages.</translation>
    </message>
    <message>
        <source>The context is nearly full: about %1 left.</source>
        <translation>Le contexte est presque plein&#xa0;: il reste environ %1.</translation>
    </message>
    <message>
        <source>From the next turn on, the oldest messages will not be read.</source>
        <translation>Au prochain tour, les plus anciens messages ne seront plus lus.</translation>
    </message>
    <message>
        <source>Let go to put the text into your message</source>
        <translation>Relâchez pour mettre le texte dans votre message</translation>
    </message>
    <message>
        <source>The message and what followed it were deleted.</source>
        <translation>Le message et sa suite ont été supprimés.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>The engine reports: %1</source>
        <translation>Le moteur signale : %1</translation>
    </message>
</context>
<context>
    <name>CodeBlock</name>
    <message>
        <source>Code in %1</source>
        <translation>Code en %1</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
    <message>
        <source>text</source>
        <comment>code without a language</comment>
        <translation>texte</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>Copier le code</translation>
    </message>
    <message>
        <source>Save the code</source>
        <translation>Enregistrer le code</translation>
    </message>
    <message>
        <source>Save the code…</source>
        <translation>Enregistrer le code…</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Your message</source>
        <translation>Votre message</translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation>Écrivez un message</translation>
    </message>
    <message>
        <source>Write to %1</source>
        <translation>Écrivez à %1</translation>
    </message>
    <message>
        <source>Think</source>
        <translation>Réfléchir</translation>
    </message>
    <message>
        <source>Think before the answer</source>
        <translation>Réfléchir avant de répondre</translation>
    </message>
    <message>
        <source>Return sends, Shift+Return makes a new line</source>
        <translation>Entrée envoie, Maj+Entrée va à la ligne</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Envoyer</translation>
    </message>
    <message>
        <source>new</source>
        <comment>command</comment>
        <translation>nouveau</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>Nouvelle conversation</translation>
    </message>
    <message>
        <source>search</source>
        <comment>command</comment>
        <translation>chercher</translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation>Chercher partout</translation>
    </message>
    <message>
        <source>again</source>
        <comment>command</comment>
        <translation>encore</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>Répondre à nouveau</translation>
    </message>
    <message>
        <source>continue</source>
        <comment>command</comment>
        <translation>continuer</translation>
    </message>
    <message>
        <source>Go on with the interrupted answer</source>
        <translation>Continuer la réponse interrompue</translation>
    </message>
    <message>
        <source>copy</source>
        <comment>command</comment>
        <translation>copier</translation>
    </message>
    <message>
        <source>Copy the last answer</source>
        <translation>Copier la dernière réponse</translation>
    </message>
    <message>
        <source>think</source>
        <comment>command</comment>
        <translation>penser</translation>
    </message>
    <message>
        <source>Answer without thinking first</source>
        <translation>Répondre sans réfléchir d’abord</translation>
    </message>
    <message>
        <source>file</source>
        <comment>command</comment>
        <translation>fichier</translation>
    </message>
    <message>
        <source>Put a text file into the message</source>
        <translation>Mettre un fichier de texte dans le message</translation>
    </message>
    <message>
        <source>branches</source>
        <comment>command</comment>
        <translation>branches</translation>
    </message>
    <message>
        <source>All branches of this conversation</source>
        <translation>Toutes les branches de cette conversation</translation>
    </message>
    <message>
        <source>prompts</source>
        <comment>command</comment>
        <translation>consignes</translation>
    </message>
    <message>
        <source>Your own prompts</source>
        <translation>Vos propres consignes</translation>
    </message>
    <message>
        <source>settings</source>
        <comment>command</comment>
        <translation>réglages</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>keys</source>
        <comment>command</comment>
        <translation>touches</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Raccourcis clavier</translation>
    </message>
    <message>
        <source>Put text files into the message</source>
        <translation>Mettre des fichiers de texte dans le message</translation>
    </message>
    <message>
        <source>private</source>
        <comment>command</comment>
        <translation>privé</translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation>Nouvelle conversation privée, jamais écrite sur le disque</translation>
    </message>
    <message>
        <source>export</source>
        <comment>command</comment>
        <translation>exporter</translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation>Import, export, sauvegardes</translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>ContextRing</name>
    <message>
        <source>Context: %1 of %2 tokens</source>
        <translation>Contexte&#xa0;: %1 jetons sur %2</translation>
    </message>
</context>
<context>
    <name>ConversationList</name>
    <message>
        <source>Conversations</source>
        <translation>Conversations</translation>
    </message>
    <message>
        <source>Your conversations will be listed here. They stay on this machine.</source>
        <translation>Vos conversations seront rangées ici. Elles restent sur cette machine.</translation>
    </message>
    <message>
        <source>Nothing is here yet.</source>
        <translation>Il n’y a encore rien ici.</translation>
    </message>
</context>
<context>
    <name>ConversationRow</name>
    <message>
        <source>Answering…</source>
        <translation>Répond…</translation>
    </message>
    <message>
        <source>More about “%1”</source>
        <translation>Plus sur «&#xa0;%1&#xa0;»</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renommer</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Désépingler</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Épingler</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Folder and tags…</source>
        <translation>Dossier et étiquettes…</translation>
    </message>
    <message>
        <source>Out of the archive</source>
        <translation>Sortir des archives</translation>
    </message>
    <message>
        <source>Archive</source>
        <comment>verb</comment>
        <translation>Archiver</translation>
    </message>
    <message>
        <source>Deselect</source>
        <translation>Désélectionner</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>Sélectionner</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exporter…</translation>
    </message>
    <message>
        <source>Delete</source>
        <comment>key</comment>
        <translation>Suppr</translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message>
        <source>Messages</source>
        <translation>Messages</translation>
    </message>
    <message>
        <source>Jump to the end</source>
        <translation>Aller à la fin</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copied</source>
        <translation>Copié</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>What is 17 + 25?</source>
        <translation>Combien font 17 + 25 ?</translation>
    </message>
    <message>
        <source>What is 6 × 7?</source>
        <translation>Combien font 6 × 7 ?</translation>
    </message>
    <message>
        <source>Explain how a mixture-of-experts model works</source>
        <translation>Explique comment marche un modèle à mélange d’experts</translation>
    </message>
    <message>
        <source>Write a Python function that finds duplicate files</source>
        <translation>Écris une fonction Python qui trouve les fichiers en double</translation>
    </message>
    <message>
        <source>Help me word a short, kind refusal</source>
        <translation>Aide-moi à formuler un refus bref et aimable</translation>
    </message>
    <message>
        <source>Plan four simple dinners for this week</source>
        <translation>Prévois quatre dîners simples pour cette semaine</translation>
    </message>
    <message>
        <source>What would you like to talk about?</source>
        <translation>De quoi voulez-vous parler&#x202f;?</translation>
    </message>
    <message>
        <source>The model runs on this machine. Nothing you write leaves it.</source>
        <translation>Le modèle tourne sur cette machine. Rien de ce que vous écrivez n’en sort.</translation>
    </message>
    <message>
        <source>What can you do?</source>
        <translation>Que sais-tu faire ?</translation>
    </message>
    <message>
        <source>Where are my conversations stored?</source>
        <translation>Où sont stockées mes conversations ?</translation>
    </message>
    <message>
        <source>A private conversation</source>
        <translation>Une conversation privée</translation>
    </message>
    <message>
        <source>Nothing of this conversation is written to the disk. It is gone once you leave it.</source>
        <translation>Rien de cette conversation n’est écrit sur le disque. Elle disparaît dès que vous la quittez.</translation>
    </message>
</context>
<context>
    <name>EndNote</name>
    <message>
        <source>The answer stopped: %1</source>
        <translation>La réponse s’est arrêtée&#xa0;: %1</translation>
    </message>
    <message>
        <source>This answer was stopped.</source>
        <translation>Cette réponse a été arrêtée.</translation>
    </message>
    <message>
        <source>Your question and what was written are kept.</source>
        <translation>Votre question et ce qui était écrit sont gardés.</translation>
    </message>
    <message>
        <source>What was written is kept.</source>
        <translation>Ce qui était écrit est gardé.</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>Répondre à nouveau</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Continuer</translation>
    </message>
</context>
<context>
    <name>ExportGroup</name>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Conversations</translation>
    </message>
    <message>
        <source>All that are kept, those in the archive too</source>
        <translation>Toutes celles qui sont conservées, archives comprises</translation>
    </message>
    <message>
        <source>Which conversations</source>
        <translation>Quelles conversations</translation>
    </message>
    <message>
        <source>This one</source>
        <comment>conversation</comment>
        <translation>Celle-ci</translation>
    </message>
    <message>
        <source>Selected</source>
        <comment>conversations</comment>
        <translation>Sélection</translation>
    </message>
    <message>
        <source>All</source>
        <comment>conversations</comment>
        <translation>Toutes</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versions</translation>
    </message>
    <message>
        <source>Every version of every message</source>
        <translation>Toutes les versions de chaque message</translation>
    </message>
    <message>
        <source>The messages as they are shown</source>
        <translation>Les messages tels qu’ils sont affichés</translation>
    </message>
    <message>
        <source>As shown</source>
        <comment>versions of messages</comment>
        <translation>Affichées</translation>
    </message>
    <message>
        <source>All</source>
        <comment>versions of messages</comment>
        <translation>Toutes</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>An existing file is replaced only when the new one is whole</source>
        <translation>Un fichier existant n’est remplacé qu’une fois le nouveau complet</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exporter…</translation>
    </message>
    <message>
        <source>Export to a file</source>
        <translation>Exporter dans un fichier</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
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
        <translation>d MMMM yyyy, HH:mm</translation>
    </message>
    <message>
        <source>Spoutnik</source>
        <translation>Spoutnik</translation>
    </message>
    <message>
        <source>Web page</source>
        <translation>Page web</translation>
    </message>
    <message>
        <source>Everything that is known of them, to be imported again without loss</source>
        <translation>Tout ce qui en est connu, pour les réimporter sans perte</translation>
    </message>
    <message>
        <source>Plain text with its marks, to read or to paste elsewhere</source>
        <translation>Du texte avec ses marques, à lire ou à coller ailleurs</translation>
    </message>
    <message>
        <source>One file that opens offline in any browser</source>
        <translation>Un seul fichier, qui s’ouvre hors ligne dans tout navigateur</translation>
    </message>
    <message>
        <source>Pages to print or to keep, with their fonts inside</source>
        <translation>Des pages à imprimer ou à garder, polices comprises</translation>
    </message>
    <message>
        <source>For Open WebUI&apos;s own import</source>
        <translation>Pour l’import d’Open WebUI</translation>
    </message>
    <message>
        <source>A line for each conversation, as training data has them</source>
        <translation>Une ligne par conversation, comme les données d’entraînement</translation>
    </message>
    <message>
        <source>You</source>
        <comment>who wrote a message</comment>
        <translation>Vous</translation>
    </message>
    <message>
        <source>Assistant</source>
        <comment>who wrote a message</comment>
        <translation>Assistant</translation>
    </message>
    <message>
        <source>System</source>
        <comment>who wrote a message</comment>
        <translation>Système</translation>
    </message>
    <message>
        <source>Tool</source>
        <comment>who wrote a message</comment>
        <translation>Outil</translation>
    </message>
    <message>
        <source>Reasoning</source>
        <translation>Raisonnement</translation>
    </message>
    <message>
        <source>Untitled conversation</source>
        <translation>Conversation sans titre</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Conversations</translation>
    </message>
    <message>
        <source>version</source>
        <comment>of a message, as in: version 2/3</comment>
        <translation>version</translation>
    </message>
    <message>
        <source>in reply to</source>
        <comment>followed by a message&apos;s number</comment>
        <translation>en réponse à</translation>
    </message>
    <message>
        <source>(stopped here)</source>
        <translation>(arrêté ici)</translation>
    </message>
    <message>
        <source>(the answer failed)</source>
        <translation>(la réponse a échoué)</translation>
    </message>
    <message>
        <source>s</source>
        <comment>seconds</comment>
        <translation>s</translation>
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
            <numerusform>%n enregistrement</numerusform>
            <numerusform>%n enregistrements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n attached file(s)</source>
        <translation>
            <numerusform>%n fichier joint</numerusform>
            <numerusform>%n fichiers joints</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n search result(s)</source>
        <translation>
            <numerusform>%n résultat de recherche</numerusform>
            <numerusform>%n résultats de recherche</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n citation mark(s)</source>
        <translation>
            <numerusform>%n marque de citation</numerusform>
            <numerusform>%n marques de citation</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of tool calls</source>
        <translation>
            <numerusform>%n morceau d’appel d’outil</numerusform>
            <numerusform>%n morceaux d’appels d’outils</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of an unknown kind</source>
        <translation>
            <numerusform>%n morceau d’un genre inconnu</numerusform>
            <numerusform>%n morceaux d’un genre inconnu</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n hidden message(s)</source>
        <translation>
            <numerusform>%n message caché</numerusform>
            <numerusform>%n messages cachés</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n empty message(s)</source>
        <translation>
            <numerusform>%n message vide</numerusform>
            <numerusform>%n messages vides</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n broken link(s) between messages</source>
        <translation>
            <numerusform>%n lien rompu entre messages</numerusform>
            <numerusform>%n liens rompus entre messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conversation(s) without a message</source>
        <translation>
            <numerusform>%n conversation sans message</numerusform>
            <numerusform>%n conversations sans message</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unreadable message(s)</source>
        <translation>
            <numerusform>%n message illisible</numerusform>
            <numerusform>%n messages illisibles</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unreadable conversation(s)</source>
        <translation>
            <numerusform>%n conversation illisible</numerusform>
            <numerusform>%n conversations illisibles</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n entry(ies) that are no conversation</source>
        <translation>
            <numerusform>%n entrée qui n’est pas une conversation</numerusform>
            <numerusform>%n entrées qui ne sont pas des conversations</numerusform>
        </translation>
    </message>
    <message>
        <source>Importing…</source>
        <translation>Import en cours…</translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation>Export en cours…</translation>
    </message>
    <message>
        <source>Making the backup…</source>
        <translation>Sauvegarde en cours…</translation>
    </message>
    <message>
        <source>Restoring…</source>
        <translation>Restauration en cours…</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>Un instant…</translation>
    </message>
    <message>
        <source>The export was stopped.</source>
        <translation>L’export a été arrêté.</translation>
    </message>
    <message>
        <source>“%1” is written: %2.</source>
        <translation>«&#xa0;%1&#xa0;» est écrit&#xa0;: %2.</translation>
    </message>
    <message>
        <source>“%1” could not be written.</source>
        <translation>«&#xa0;%1&#xa0;» n’a pas pu être écrit.</translation>
    </message>
    <message>
        <source>The backup is made.</source>
        <translation>La sauvegarde est faite.</translation>
    </message>
    <message>
        <source>The backup could not be made.</source>
        <translation>La sauvegarde n’a pas pu être faite.</translation>
    </message>
    <message>
        <source>The backup is restored: %1.</source>
        <translation>La sauvegarde est restaurée&#xa0;: %1.</translation>
    </message>
    <message>
        <source>The backup could not be restored.</source>
        <translation>La sauvegarde n’a pas pu être restaurée.</translation>
    </message>
    <message>
        <source>The backup could not be deleted.</source>
        <translation>La sauvegarde n’a pas pu être supprimée.</translation>
    </message>
    <message>
        <source>“%1” can&apos;t be restored.</source>
        <translation>«&#xa0;%1&#xa0;» ne peut pas être restauré.</translation>
    </message>
    <message>
        <source>The import was stopped; imported up to then: %1.</source>
        <translation>L’import a été arrêté&#xa0;; importé jusque-là&#xa0;: %1.</translation>
    </message>
    <message>
        <source>The import was stopped.</source>
        <translation>L’import a été arrêté.</translation>
    </message>
    <message>
        <source>Imported: %1 with %2.</source>
        <translation>Importé&#xa0;: %1 avec %2.</translation>
    </message>
    <message>
        <source>Nothing could be imported.</source>
        <translation>Rien n’a pu être importé.</translation>
    </message>
    <message>
        <source>“%1” could not be imported.</source>
        <translation>«&#xa0;%1&#xa0;» n’a pas pu être importé.</translation>
    </message>
    <message>
        <source>Nothing new: all of it is already here.</source>
        <translation>Rien de nouveau&#xa0;: tout est déjà là.</translation>
    </message>
    <message>
        <source>There was nothing in it to import.</source>
        <translation>Il n’y avait rien à importer.</translation>
    </message>
    <message>
        <source>No file was written.</source>
        <translation>Aucun fichier n’a été écrit.</translation>
    </message>
    <message>
        <source>The conversations are as they were.</source>
        <translation>Les conversations sont comme avant.</translation>
    </message>
    <message>
        <source>What was here before is kept in the list of backups.</source>
        <translation>Ce qu’il y avait avant est gardé dans la liste des sauvegardes.</translation>
    </message>
    <message>
        <source>“%1”: %2</source>
        <comment>file, what is wrong with it</comment>
        <translation>«&#xa0;%1&#xa0;»&#xa0;: %2</translation>
    </message>
    <message>
        <source>Written by: %1.</source>
        <translation>Provenance&#xa0;: %1.</translation>
    </message>
    <message>
        <source>Already here and left as they are: %1.</source>
        <translation>Déjà là et laissé tel quel&#xa0;: %1.</translation>
    </message>
    <message>
        <source>Left out: %1.</source>
        <translation>Laissé de côté&#xa0;: %1.</translation>
    </message>
    <message>
        <source>Import the file again to take in the rest.</source>
        <translation>Importez de nouveau le fichier pour prendre le reste.</translation>
    </message>
    <message>
        <source>It can&apos;t be read. Is it still there, and may you read it?</source>
        <translation>Il ne peut pas être lu. Est-il encore là, et avez-vous le droit de le lire&#xa0;?</translation>
    </message>
    <message>
        <source>It is too large for the memory of this machine; two gigabytes are the most.</source>
        <translation>Il est trop grand pour la mémoire de cette machine&#xa0;; deux gigaoctets sont le maximum.</translation>
    </message>
    <message>
        <source>It is a ZIP archive. Unpack it, then choose the conversations.json in it.</source>
        <translation>C’est une archive ZIP. Décompressez-la, puis choisissez le fichier conversations.json qu’elle contient.</translation>
    </message>
    <message>
        <source>It is a backup of Spoutnik. Restore it below, under Backups.</source>
        <translation>C’est une sauvegarde de Spoutnik. Restaurez-la ci-dessous, sous Sauvegardes.</translation>
    </message>
    <message>
        <source>That is Spoutnik&apos;s own folder. Choose another one.</source>
        <translation>C’est le dossier de Spoutnik lui-même. Choisissez-en un autre.</translation>
    </message>
    <message>
        <source>The disk is full. Nothing was left half done; make room, then try again.</source>
        <translation>Le disque est plein. Rien n’est resté à moitié fait&#xa0;; libérez de la place, puis réessayez.</translation>
    </message>
    <message>
        <source>The conversations can&apos;t be written. Check the permissions of %1.</source>
        <translation>Les conversations ne peuvent pas être écrites. Vérifiez les droits de %1.</translation>
    </message>
    <message>
        <source>Nothing may be written there. Choose another folder.</source>
        <translation>Rien ne peut être écrit là. Choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>Another program is writing the conversations. Try again in a moment.</source>
        <translation>Un autre programme écrit les conversations. Réessayez dans un instant.</translation>
    </message>
    <message>
        <source>A newer Spoutnik wrote it. Install that version to read it.</source>
        <translation>Un Spoutnik plus récent l’a écrit. Installez cette version pour le lire.</translation>
    </message>
    <message>
        <source>The file is damaged.</source>
        <translation>Le fichier est abîmé.</translation>
    </message>
    <message>
        <source>It is no backup of Spoutnik.</source>
        <translation>Ce n’est pas une sauvegarde de Spoutnik.</translation>
    </message>
    <message>
        <source>It is no longer there.</source>
        <translation>Il n’est plus là.</translation>
    </message>
    <message>
        <source>The disk reported an error: %1</source>
        <translation>Le disque a signalé une erreur&#xa0;: %1</translation>
    </message>
    <message>
        <source>No conversation of a known kind is in it. ChatGPT, Open WebUI, DeepSeek, LM Studio and Spoutnik are known.</source>
        <translation>Il ne contient aucune conversation d’un genre connu. ChatGPT, Open WebUI, DeepSeek, LM Studio et Spoutnik sont connus.</translation>
    </message>
    <message>
        <source>That is no file that could be written. Choose another name.</source>
        <translation>Ce n’est pas un fichier qu’on puisse écrire. Choisissez un autre nom.</translation>
    </message>
    <message>
        <source>It can&apos;t take the place of the conversations: it is their own file.</source>
        <translation>Il ne peut pas remplacer les conversations&#xa0;: c’est leur propre fichier.</translation>
    </message>
    <message>
        <source>Before an update</source>
        <translation>Avant une mise à jour</translation>
    </message>
    <message>
        <source>Before a restore</source>
        <translation>Avant une restauration</translation>
    </message>
    <message>
        <source>By you</source>
        <translation>Par vous</translation>
    </message>
    <message>
        <source>From elsewhere</source>
        <translation>Venue d’ailleurs</translation>
    </message>
    <message numerus="yes">
        <source>%n folder(s) without a name</source>
        <translation>
            <numerusform>%n dossier sans nom</numerusform>
            <numerusform>%n dossiers sans nom</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FilesPage</name>
    <message>
        <source>Import, export, backups</source>
        <translation>Import, export, sauvegardes</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>Importer</translation>
    </message>
    <message>
        <source>Conversations from a file</source>
        <translation>Des conversations d’un fichier</translation>
    </message>
    <message>
        <source>Choose files…</source>
        <translation>Choisir des fichiers…</translation>
    </message>
    <message>
        <source>Delete this backup?</source>
        <translation>Supprimer cette sauvegarde&#xa0;?</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <comment>why a backup was made, its size</comment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>Importer des conversations</translation>
    </message>
    <message>
        <source>Conversations (*.json)</source>
        <translation>Conversations (*.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>From ChatGPT, DeepSeek, Open WebUI, LM Studio or Spoutnik; the kind is recognised. What is already here stays as it is. Files can also be dropped onto this page or the sidebar.</source>
        <translation>De ChatGPT, DeepSeek, Open WebUI, LM Studio ou Spoutnik&#xa0;: le format est reconnu. Ce qui est déjà là reste tel quel. On peut aussi déposer des fichiers sur cette page ou sur la barre latérale.</translation>
    </message>
</context>
<context>
    <name>FolderDialog</name>
    <message>
        <source>Rename the folder</source>
        <translation>Renommer le dossier</translation>
    </message>
    <message>
        <source>Name of the folder</source>
        <translation>Nom du dossier</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renommer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Show the sidebar</source>
        <translation>Montrer le volet</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>Nouvelle conversation</translation>
    </message>
    <message>
        <source>Change the title</source>
        <translation>Changer le titre</translation>
    </message>
    <message>
        <source>Private, not kept</source>
        <translation>Privée, non conservée</translation>
    </message>
</context>
<context>
    <name>ImportDrop</name>
    <message>
        <source>Let go to import these conversations</source>
        <translation>Relâchez pour importer ces conversations</translation>
    </message>
</context>
<context>
    <name>LinkDialog</name>
    <message>
        <source>Open this address in the browser?</source>
        <translation>Ouvrir cette adresse dans le navigateur ?</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Ouvrir</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>MathBlock</name>
    <message>
        <source>Formula: %1</source>
        <translation>Formule&#xa0;: %1</translation>
    </message>
</context>
<context>
    <name>MessageActions</name>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Edit and ask again</source>
        <translation>Modifier et redemander</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>Répondre à nouveau</translation>
    </message>
    <message>
        <source>%1 · %2 tokens/s</source>
        <translation>%1 · %2 jetons/s</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Plus</translation>
    </message>
    <message>
        <source>Copy as plain text</source>
        <translation>Copier en texte brut</translation>
    </message>
    <message>
        <source>Copy the reasoning</source>
        <translation>Copier la réflexion</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Copier en Markdown</translation>
    </message>
    <message>
        <source>Show all branches</source>
        <translation>Montrer toutes les branches</translation>
    </message>
    <message>
        <source>Delete from here on</source>
        <translation>Supprimer à partir d’ici</translation>
    </message>
    <message>
        <source>Open %1…</source>
        <translation>Ouvrir %1…</translation>
    </message>
</context>
<context>
    <name>MessageDelegate</name>
    <message>
        <source>You</source>
        <translation>Vous</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Réponse</translation>
    </message>
</context>
<context>
    <name>ModelChip</name>
    <message>
        <source>loading, %1 %</source>
        <translation>chargement, %1&#xa0;%</translation>
    </message>
    <message>
        <source>Model: %1 %2, %3</source>
        <translation>Modèle&#xa0;: %1 %2, %3</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
</context>
<context>
    <name>ModelPopup</name>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>%1 parameters, %2 active for a token</source>
        <translation>%1 de paramètres, dont %2 actifs par jeton</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 de paramètres</translation>
    </message>
    <message>
        <source>%1 on the GPU, %2 in memory</source>
        <translation>%1 sur la carte graphique, %2 en mémoire vive</translation>
    </message>
    <message>
        <source>context of %1 tokens</source>
        <translation>contexte de %1 jetons</translation>
    </message>
    <message>
        <source>Open a GGUF file…</source>
        <translation>Ouvrir un fichier GGUF…</translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation>Prendre le modèle de départ</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>Ouvrir un modèle</translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>Modèles GGUF (*.gguf)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>Dismiss</source>
        <translation>Fermer</translation>
    </message>
</context>
<context>
    <name>OutcomeNote</name>
    <message>
        <source>%1 %2 %</source>
        <comment>what is done, how much of it</comment>
        <translation>%1 %2 %</translation>
    </message>
    <message>
        <source>Stop</source>
        <comment>the import or export</comment>
        <translation>Arrêter</translation>
    </message>
</context>
<context>
    <name>PageFrame</name>
    <message>
        <source>Back to the conversation</source>
        <translation>Revenir à la conversation</translation>
    </message>
</context>
<context>
    <name>PlaceButton</name>
    <message>
        <source>Archive</source>
        <translation>Archives</translation>
    </message>
    <message>
        <source>All conversations</source>
        <translation>Toutes les conversations</translation>
    </message>
    <message>
        <source>Choose which conversations are listed</source>
        <translation>Choisir les conversations de la liste</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>name of a folder or tag, number of conversations</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Delete this folder…</source>
        <translation>Supprimer ce dossier…</translation>
    </message>
    <message>
        <source>Rename this folder…</source>
        <translation>Renommer ce dossier…</translation>
    </message>
    <message>
        <source>Delete the folder “%1”?</source>
        <translation>Supprimer le dossier «&#xa0;%1&#xa0;»&#xa0;?</translation>
    </message>
    <message numerus="yes">
        <source>Its %n conversation(s) stay, in no folder.</source>
        <translation>
            <numerusform>Sa conversation reste, hors de tout dossier.</numerusform>
            <numerusform>Ses %n conversations restent, hors de tout dossier.</numerusform>
        </translation>
    </message>
    <message>
        <source>Delete the folder</source>
        <translation>Supprimer le dossier</translation>
    </message>
</context>
<context>
    <name>PromptsDialog</name>
    <message>
        <source>Prompts</source>
        <translation>Consignes</translation>
    </message>
    <message>
        <source>New prompt</source>
        <translation>Nouvelle consigne</translation>
    </message>
    <message>
        <source>Change the prompt</source>
        <translation>Modifier la consigne</translation>
    </message>
    <message>
        <source>Change “%1”</source>
        <translation>Modifier « %1 »</translation>
    </message>
    <message>
        <source>Delete “%1”</source>
        <translation>Supprimer « %1 »</translation>
    </message>
    <message>
        <source>What you often ask can be kept here.</source>
        <translation>Ce que vous demandez souvent peut être gardé ici.</translation>
    </message>
    <message>
        <source>Name, as in /name</source>
        <translation>Nom, comme dans /nom</translation>
    </message>
    <message>
        <source>Text of the prompt</source>
        <translation>Texte de la consigne</translation>
    </message>
    <message>
        <source>{{language}} is asked for when the prompt is used; any word can stand between the braces.</source>
        <translation>{{langue}} sera demandé à l’usage de la consigne ; n’importe quel mot peut se trouver entre les accolades.</translation>
    </message>
    <message>
        <source>New prompt…</source>
        <translation>Nouvelle consigne…</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Garder</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>ReasoningBlock</name>
    <message>
        <source>Thinking…</source>
        <translation>Réfléchit…</translation>
    </message>
    <message>
        <source>Thinking… %1</source>
        <translation>Réfléchit… %1</translation>
    </message>
    <message>
        <source>Thought for %1</source>
        <translation>A réfléchi %1</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Fold the reasoning</source>
        <translation>Replier la réflexion</translation>
    </message>
    <message>
        <source>Show the reasoning</source>
        <translation>Montrer la réflexion</translation>
    </message>
    <message>
        <source>Thinking… %1 · %2</source>
        <translation>Réflexion… %1 · %2</translation>
    </message>
</context>
<context>
    <name>RestoreDialog</name>
    <message>
        <source>Restore this backup?</source>
        <translation>Restaurer cette sauvegarde&#xa0;?</translation>
    </message>
    <message>
        <source>In it: %1, changed last on %2.</source>
        <translation>Elle contient&#xa0;: %1, dernier changement le %2.</translation>
    </message>
    <message>
        <source>There is no conversation in it.</source>
        <translation>Elle ne contient aucune conversation.</translation>
    </message>
    <message>
        <source>It takes the place of all that is here now: %1, with folders, prompts and settings.</source>
        <translation>Elle remplace tout ce qui est là maintenant&#xa0;: %1, avec les dossiers, les consignes et les réglages.</translation>
    </message>
    <message>
        <source>What is here now is copied first and listed under the backups. The private conversation ends.</source>
        <translation>Ce qui est là maintenant est d’abord copié et ajouté à la liste des sauvegardes. La conversation privée prend fin.</translation>
    </message>
    <message>
        <source>What is here now is copied first and listed under the backups.</source>
        <translation>Ce qui est là maintenant est d’abord copié et ajouté à la liste des sauvegardes.</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Restaurer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>SearchList</name>
    <message>
        <source>Search results</source>
        <translation>Résultats de la recherche</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>Recherche…</translation>
    </message>
    <message>
        <source>Nothing found.</source>
        <translation>Rien trouvé.</translation>
    </message>
    <message numerus="yes">
        <source>%n result(s)</source>
        <translation>
            <numerusform>%n résultat</numerusform>
            <numerusform>%n résultats</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SelectionBar</name>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n sélectionnée</numerusform>
            <numerusform>%n sélectionnées</numerusform>
        </translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>Tout sélectionner</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Épingler</translation>
    </message>
    <message>
        <source>Folder and tags…</source>
        <translation>Dossier et étiquettes…</translation>
    </message>
    <message>
        <source>Out of the archive</source>
        <translation>Sortir des archives</translation>
    </message>
    <message>
        <source>Archive</source>
        <comment>verb</comment>
        <translation>Archiver</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>End the selection</source>
        <translation>Finir la sélection</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exporter…</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Apparence</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Thème</translation>
    </message>
    <message>
        <source>System</source>
        <comment>theme</comment>
        <translation>Système</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Clair</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Sombre</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Langue</translation>
    </message>
    <message>
        <source>System</source>
        <comment>language</comment>
        <translation>Système</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Taille du texte</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Réponses</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Température</translation>
    </message>
    <message>
        <source>%1 · lower is more predictable, 0 always says the most likely word</source>
        <translation>%1 · plus bas, plus prévisible&#x202f;; 0 dit toujours le mot le plus probable</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Aucun modèle</translation>
    </message>
    <message>
        <source>The starter that comes with Spoutnik</source>
        <translation>Le modèle de départ fourni avec Spoutnik</translation>
    </message>
    <message>
        <source>Use the starter</source>
        <translation>Prendre le modèle de départ</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>Ouvrir…</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>Contexte</translation>
    </message>
    <message>
        <source>Tokens the model can look back on; more takes more memory</source>
        <translation>Jetons que le modèle garde en vue&#x202f;; davantage demande plus de mémoire</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatique</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>Fils d’exécution</translation>
    </message>
    <message>
        <source>Processor cores that compute; automatic takes all of them</source>
        <translation>Cœurs du processeur qui calculent&#x202f;; automatique les prend tous</translation>
    </message>
    <message>
        <source>The model has to be loaded again for this.</source>
        <translation>Il faut recharger le modèle pour cela.</translation>
    </message>
    <message>
        <source>Load again</source>
        <translation>Recharger</translation>
    </message>
    <message>
        <source>About</source>
        <translation>À propos</translation>
    </message>
    <message>
        <source>Spoutnik %1</source>
        <translation>Spoutnik %1</translation>
    </message>
    <message>
        <source>A private assistant that runs models on this machine. Free software under the MIT licence.</source>
        <translation>Un assistant privé qui fait tourner les modèles sur cette machine. Logiciel libre sous licence MIT.</translation>
    </message>
    <message>
        <source>Your data</source>
        <translation>Vos données</translation>
    </message>
    <message>
        <source>Copy the folder&apos;s path</source>
        <translation>Copier le chemin du dossier</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>Ouvrir un modèle</translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>Modèles GGUF (*.gguf)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Conversations</translation>
    </message>
    <message>
        <source>Titles</source>
        <translation>Titres</translation>
    </message>
    <message>
        <source>The model names a conversation after its first answer; the starter doesn&apos;t</source>
        <translation>Le modèle nomme une conversation après sa première réponse ; le modèle de départ ne le fait pas</translation>
    </message>
    <message>
        <source>By the model</source>
        <translation>Par le modèle</translation>
    </message>
    <message>
        <source>First words</source>
        <translation>Premiers mots</translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation>Import, export, sauvegardes</translation>
    </message>
</context>
<context>
    <name>ShortcutsPage</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Raccourcis clavier</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>Conversation</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>Nouvelle conversation</translation>
    </message>
    <message>
        <source>Go to the message field</source>
        <translation>Aller au champ du message</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Envoyer</translation>
    </message>
    <message>
        <source>Return</source>
        <comment>key</comment>
        <translation>Entrée</translation>
    </message>
    <message>
        <source>New line</source>
        <translation>Nouvelle ligne</translation>
    </message>
    <message>
        <source>Shift+Return</source>
        <comment>keys</comment>
        <translation>Maj+Entrée</translation>
    </message>
    <message>
        <source>Stop the answer, or close what is open</source>
        <translation>Arrêter la réponse, ou fermer ce qui est ouvert</translation>
    </message>
    <message>
        <source>Esc</source>
        <comment>key</comment>
        <translation>Échap</translation>
    </message>
    <message>
        <source>Copy the last answer</source>
        <translation>Copier la dernière réponse</translation>
    </message>
    <message>
        <source>Ctrl+Shift+C</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+C</translation>
    </message>
    <message>
        <source>Edit the last message</source>
        <translation>Modifier le dernier message</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>Répondre à nouveau</translation>
    </message>
    <message>
        <source>Previous version of the last message</source>
        <translation>Version précédente du dernier message</translation>
    </message>
    <message>
        <source>Next version of the last message</source>
        <translation>Version suivante du dernier message</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenêtre</translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation>Tout rechercher</translation>
    </message>
    <message>
        <source>Show or hide the sidebar</source>
        <translation>Montrer ou cacher le volet</translation>
    </message>
    <message>
        <source>Choose the model</source>
        <translation>Choisir le modèle</translation>
    </message>
    <message>
        <source>Ctrl+Shift+M</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+M</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>This page</source>
        <translation>Cette page</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Quitter</translation>
    </message>
    <message>
        <source>In the list of conversations</source>
        <translation>Dans la liste des conversations</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Ouvrir</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renommer</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Delete</source>
        <comment>key</comment>
        <translation>Suppr</translation>
    </message>
    <message>
        <source>Search the shortcuts</source>
        <translation>Chercher dans les raccourcis</translation>
    </message>
    <message>
        <source>Go on with the interrupted answer</source>
        <translation>Continuer la réponse interrompue</translation>
    </message>
    <message>
        <source>Ctrl+Shift+R</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+R</translation>
    </message>
    <message>
        <source>All branches of this conversation</source>
        <translation>Toutes les branches de cette conversation</translation>
    </message>
    <message>
        <source>Your own prompts</source>
        <translation>Vos propres consignes</translation>
    </message>
    <message>
        <source>Commands, in an empty message field</source>
        <translation>Commandes, dans un champ de message vide</translation>
    </message>
    <message>
        <source>Earlier prompts, in an empty message field</source>
        <translation>Demandes précédentes, dans un champ de message vide</translation>
    </message>
    <message>
        <source>Select or deselect</source>
        <translation>Sélectionner ou désélectionner</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>Tout sélectionner</translation>
    </message>
    <message>
        <source>Folder and tags</source>
        <translation>Dossier et étiquettes</translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation>Nouvelle conversation privée, jamais écrite sur le disque</translation>
    </message>
    <message>
        <source>Ctrl+Shift+N</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+N</translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation>Import, export, sauvegardes</translation>
    </message>
    <message>
        <source>Ctrl+Shift+E</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+E</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>Importer des conversations</translation>
    </message>
    <message>
        <source>Menu of the conversation: pin, archive and the rest</source>
        <translation>Menu de la conversation : épingler, archiver et le reste</translation>
    </message>
    <message>
        <source>Menu</source>
        <comment>key</comment>
        <translation>Menu</translation>
    </message>
    <message>
        <source>Undo the deletion</source>
        <translation>Annuler la suppression</translation>
    </message>
    <message>
        <source>In the list of prompts</source>
        <translation>Dans la liste des consignes</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Utiliser</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Modifier</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>Conversations</source>
        <translation>Conversations</translation>
    </message>
    <message>
        <source>Hide the sidebar</source>
        <translation>Cacher le volet</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>Nouvelle conversation</translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation>Tout rechercher</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>Effacer la recherche</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>New private conversation, never written to the disk</source>
        <translation>Nouvelle conversation privée, jamais écrite sur le disque</translation>
    </message>
    <message>
        <source>Import, export, backups</source>
        <translation>Import, export, sauvegardes</translation>
    </message>
    <message>
        <source>Ctrl+Shift+E</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+E</translation>
    </message>
    <message>
        <source>Ctrl+Shift+N</source>
        <comment>keys</comment>
        <translation>Ctrl+Maj+N</translation>
    </message>
</context>
<context>
    <name>SlashMenu</name>
    <message>
        <source>Commands</source>
        <translation>Commandes</translation>
    </message>
</context>
<context>
    <name>StepField</name>
    <message>
        <source>Less</source>
        <translation>Moins</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Plus</translation>
    </message>
</context>
<context>
    <name>TableBlock</name>
    <message>
        <source>Table of %1 rows</source>
        <translation>Tableau de %1 lignes</translation>
    </message>
    <message>
        <source>Copy the table</source>
        <translation>Copier le tableau</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Copier en CSV</translation>
    </message>
</context>
<context>
    <name>TitleField</name>
    <message>
        <source>Title</source>
        <translation>Titre</translation>
    </message>
</context>
<context>
    <name>TreePage</name>
    <message>
        <source>Branches</source>
        <translation>Branches</translation>
    </message>
    <message>
        <source>Back to the conversation</source>
        <translation>Retour à la conversation</translation>
    </message>
    <message>
        <source>Branches of “%1”</source>
        <translation>Branches de « %1 »</translation>
    </message>
    <message>
        <source>This conversation has no messages yet.</source>
        <translation>Cette conversation n’a pas encore de messages.</translation>
    </message>
</context>
<context>
    <name>TreeRow</name>
    <message>
        <source>You</source>
        <translation>Vous</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Réponse</translation>
    </message>
    <message>
        <source>On the branch you read</source>
        <translation>Sur la branche que vous lisez</translation>
    </message>
    <message>
        <source>On another branch</source>
        <translation>Sur une autre branche</translation>
    </message>
    <message>
        <source>(empty)</source>
        <comment>a message without text</comment>
        <translation>(vide)</translation>
    </message>
</context>
<context>
    <name>UndoBar</name>
    <message>
        <source>Deleted “%1”</source>
        <translation>Supprimée&#xa0;: «&#xa0;%1&#xa0;»</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message numerus="yes">
        <source>Deleted %n conversation(s)</source>
        <translation>
            <numerusform>%n conversation supprimée</numerusform>
            <numerusform>%n conversations supprimées</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UserMessage</name>
    <message>
        <source>Edit the message</source>
        <translation>Modifier le message</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>Redemander</translation>
    </message>
</context>
<context>
    <name>VariablesDialog</name>
    <message>
        <source>Fill in the prompt</source>
        <translation>Compléter la consigne</translation>
    </message>
    <message>
        <source>Insert</source>
        <translation>Insérer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>Pinned</source>
        <translation>Épinglées</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Hier</translation>
    </message>
    <message>
        <source>This week</source>
        <translation>Cette semaine</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>Nouvelle conversation</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1&#xa0;s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1&#xa0;min %2&#xa0;s</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n jeton</numerusform>
            <numerusform>%n jetons</numerusform>
        </translation>
    </message>
    <message>
        <source>d MMMM</source>
        <comment>day and month of a message</comment>
        <translation>d MMMM</translation>
    </message>
    <message>
        <source>%1 billion</source>
        <translation>%1&#xa0;milliards</translation>
    </message>
    <message>
        <source>%1 million</source>
        <translation>%1&#xa0;millions</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>en chargement</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>prêt</translation>
    </message>
    <message>
        <source>not loaded</source>
        <translation>pas chargé</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Le disque est plein.</translation>
    </message>
    <message>
        <source>The conversations can&apos;t be written.</source>
        <translation>On ne peut pas écrire les conversations.</translation>
    </message>
    <message>
        <source>Another Spoutnik has the conversations open.</source>
        <translation>Un autre Spoutnik a ouvert les conversations.</translation>
    </message>
    <message>
        <source>The file of conversations is damaged.</source>
        <translation>Le fichier des conversations est abîmé.</translation>
    </message>
    <message>
        <source>A newer Spoutnik wrote these conversations.</source>
        <translation>Un Spoutnik plus récent a écrit ces conversations.</translation>
    </message>
    <message>
        <source>The file of conversations belongs to another program.</source>
        <translation>Le fichier des conversations appartient à un autre programme.</translation>
    </message>
    <message>
        <source>This conversation is no longer there.</source>
        <translation>Cette conversation n’est plus là.</translation>
    </message>
    <message>
        <source>The disk reported an error.</source>
        <translation>Le disque a signalé une erreur.</translation>
    </message>
    <message>
        <source>The conversations could not be kept.</source>
        <translation>Les conversations n’ont pas pu être gardées.</translation>
    </message>
    <message>
        <source>Everything up to now is safe. What comes next is shown but not kept until there is room.</source>
        <translation>Tout ce qui précède est en sûreté. La suite est montrée, mais pas gardée tant qu’il n’y a pas de place.</translation>
    </message>
    <message>
        <source>What is there can be read. Check the permissions of %1.</source>
        <translation>Ce qui est là peut être lu. Vérifiez les permissions de %1.</translation>
    </message>
    <message>
        <source>Nothing is lost. Close the other window, then try again.</source>
        <translation>Rien n’est perdu. Fermez l’autre fenêtre, puis réessayez.</translation>
    </message>
    <message>
        <source>What can be read is saved at the next start; the damaged file is set aside, not deleted.</source>
        <translation>Ce qui peut être lu sera sauvé au prochain démarrage&#x202f;; le fichier abîmé est mis de côté, pas supprimé.</translation>
    </message>
    <message>
        <source>They can be read here, not changed. Install the newer version to go on with them.</source>
        <translation>On peut les lire ici, pas les changer. Installez la version récente pour continuer.</translation>
    </message>
    <message>
        <source>It was left untouched. Move it out of %1, then try again.</source>
        <translation>Il n’a pas été touché. Déplacez-le hors de %1, puis réessayez.</translation>
    </message>
    <message>
        <source>It was removed meanwhile. The others are safe.</source>
        <translation>Elle a été retirée entre-temps. Les autres sont en sûreté.</translation>
    </message>
    <message>
        <source>What was stored before is still there. Check the disk, then try again.</source>
        <translation>Ce qui était gardé est toujours là. Vérifiez le disque, puis réessayez.</translation>
    </message>
    <message>
        <source>What was stored before is safe.</source>
        <translation>Ce qui était gardé est en sûreté.</translation>
    </message>
    <message>
        <source>no model is ready</source>
        <translation>aucun modèle n’est prêt</translation>
    </message>
    <message>
        <source>there is not enough memory to go on</source>
        <translation>il n’y a pas assez de mémoire pour continuer</translation>
    </message>
    <message>
        <source>the model computed no usable numbers; its file may be damaged</source>
        <translation>le modèle n’a calculé aucun nombre utilisable&#x202f;; son fichier est peut-être abîmé</translation>
    </message>
    <message>
        <source>“%1” could not be saved.</source>
        <translation>« %1 » n’a pas pu être enregistré.</translation>
    </message>
    <message>
        <source>“%1” is too large to be read into a message.</source>
        <translation>« %1 » est trop grand pour entrer dans un message.</translation>
    </message>
    <message>
        <source>“%1” is not a text file.</source>
        <translation>« %1 » n’est pas un fichier de texte.</translation>
    </message>
    <message>
        <source>“%1” could not be read.</source>
        <translation>« %1 » n’a pas pu être lu.</translation>
    </message>
    <message>
        <source>Half a megabyte is the most that makes sense.</source>
        <translation>Au-delà d’un demi-mégaoctet, cela n’aurait pas de sens.</translation>
    </message>
    <message>
        <source>Text in UTF-8 can be read, pictures and documents can&apos;t.</source>
        <translation>Le texte en UTF-8 peut être lu, pas les images ni les documents.</translation>
    </message>
    <message>
        <source>Is it still there, and may you read it?</source>
        <translation>Est-il encore là, et pouvez-vous le lire ?</translation>
    </message>
    <message>
        <source>the message is too long for the context; shorten it, or set a larger context (%1)</source>
        <translation>le message est trop long pour le contexte ; raccourcissez-le, ou choisissez un contexte plus grand (%1)</translation>
    </message>
    <message>
        <source>the model&apos;s chat template could not be used (%1)</source>
        <translation>le gabarit de conversation du modèle n’a pas pu être utilisé (%1)</translation>
    </message>
    <message>
        <source>the engine reports: %1</source>
        <translation>le moteur signale : %1</translation>
    </message>
    <message>
        <source>There is not enough memory for it.</source>
        <translation>La mémoire ne suffit pas.</translation>
    </message>
    <message>
        <source>Its file is no longer there.</source>
        <translation>Son fichier n’est plus là.</translation>
    </message>
    <message>
        <source>Its file may not be read; check its permissions.</source>
        <translation>Son fichier ne peut pas être lu ; vérifiez ses permissions.</translation>
    </message>
    <message>
        <source>This is not a GGUF model file.</source>
        <translation>Ce n’est pas un fichier de modèle GGUF.</translation>
    </message>
    <message>
        <source>This kind of model is not supported.</source>
        <translation>Ce genre de modèle n’est pas pris en charge.</translation>
    </message>
    <message>
        <source>Its file is damaged or incomplete.</source>
        <translation>Son fichier est endommagé ou incomplet.</translation>
    </message>
    <message>
        <source>No model file was found beside the program.</source>
        <translation>Aucun fichier de modèle n’a été trouvé à côté du programme.</translation>
    </message>
    <message>
        <source>The engine could not open it.</source>
        <translation>Le moteur n’a pas pu l’ouvrir.</translation>
    </message>
    <message>
        <source>on the processor: no NVIDIA driver is installed</source>
        <translation>sur le processeur&#xa0;: aucun pilote NVIDIA n’est installé</translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA driver is too old</source>
        <translation>sur le processeur&#xa0;: le pilote NVIDIA est trop ancien</translation>
    </message>
    <message>
        <source>on the processor: no NVIDIA GPU was found</source>
        <translation>sur le processeur&#xa0;: aucune carte graphique NVIDIA n’a été trouvée</translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA GPU is too old</source>
        <translation>sur le processeur&#xa0;: la carte graphique NVIDIA est trop ancienne</translation>
    </message>
    <message>
        <source>on the processor: the GPU module belongs to another version</source>
        <translation>sur le processeur&#xa0;: le module pour cartes graphiques vient d’une autre version</translation>
    </message>
    <message>
        <source>on the processor: the NVIDIA GPU cannot be used</source>
        <translation>sur le processeur&#xa0;: la carte graphique NVIDIA ne peut pas servir</translation>
    </message>
</context>
<context>
    <name>WorkingLine</name>
    <message>
        <source>Waiting for the model…</source>
        <translation>Attend le modèle…</translation>
    </message>
    <message>
        <source>Preparing…</source>
        <translation>Prépare…</translation>
    </message>
    <message>
        <source>Reading… %1 %</source>
        <translation>Lit… %1&#xa0;%</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Lit…</translation>
    </message>
</context>
</TS>
