// SPDX-License-Identifier: MIT
#include "storage/schema.h"

namespace spoutnik::storage {

namespace {

// The long columns stand last: reading the short ones then never walks overflow pages.
// References to messages are checked at commit and never cascade: a chain of a thousand messages would run
// past SQLite's depth of recursive triggers. message.folded is content, U+001F, reasoning, each folded
// (text_folding.h); NULL until the message is finished, so that a partial save never touches the search
// tables. They hold no text of their own: they read message.folded.
constexpr const char* version_1 = R"sql(
CREATE TABLE conversation(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  title_is_manual INTEGER NOT NULL DEFAULT 0,
  is_pinned INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER,
  updated_ms INTEGER,
  deleted_ms INTEGER,
  active_leaf INTEGER REFERENCES message(id) DEFERRABLE INITIALLY DEFERRED,
  model TEXT,
  title TEXT,
  title_folded TEXT
);
CREATE INDEX conversation_by_leaf ON conversation(active_leaf);

CREATE TABLE message(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation(id) DEFERRABLE INITIALLY DEFERRED,
  parent INTEGER REFERENCES message(id) DEFERRABLE INITIALLY DEFERRED,
  role TEXT,
  status TEXT,
  created_ms INTEGER,
  finished_ms INTEGER,
  reasoning_ms INTEGER,
  reasoning_tokens INTEGER,
  prompt_tokens INTEGER,
  generated_tokens INTEGER,
  tokens_per_second REAL,
  model TEXT,
  error TEXT,
  content TEXT,
  reasoning TEXT,
  folded TEXT
);
CREATE INDEX message_in_tree ON message(conversation, parent);
CREATE INDEX message_by_parent ON message(parent);
CREATE INDEX message_streaming ON message(status) WHERE status = 'streaming';

CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE VIRTUAL TABLE message_words USING fts5(
  folded, content='message', content_rowid='id', tokenize='unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE message_trigrams USING fts5(
  folded, content='message', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none);

CREATE TRIGGER message_indexed AFTER INSERT ON message WHEN new.folded IS NOT NULL BEGIN
  INSERT INTO message_words(rowid, folded) VALUES(new.id, new.folded);
  INSERT INTO message_trigrams(rowid, folded) VALUES(new.id, new.folded);
END;
CREATE TRIGGER message_unindexed AFTER DELETE ON message WHEN old.folded IS NOT NULL BEGIN
  INSERT INTO message_words(message_words, rowid, folded) VALUES('delete', old.id, old.folded);
  INSERT INTO message_trigrams(message_trigrams, rowid, folded) VALUES('delete', old.id, old.folded);
END;
CREATE TRIGGER message_reindexed_old AFTER UPDATE OF folded ON message WHEN old.folded IS NOT NULL BEGIN
  INSERT INTO message_words(message_words, rowid, folded) VALUES('delete', old.id, old.folded);
  INSERT INTO message_trigrams(message_trigrams, rowid, folded) VALUES('delete', old.id, old.folded);
END;
CREATE TRIGGER message_reindexed_new AFTER UPDATE OF folded ON message WHEN new.folded IS NOT NULL BEGIN
  INSERT INTO message_words(rowid, folded) VALUES(new.id, new.folded);
  INSERT INTO message_trigrams(rowid, folded) VALUES(new.id, new.folded);
END;
)sql";

// Columns are only ever added at the end: what reads rows out of damaged pages (salvage.cpp) counts on it.
// message_in_tree is made again to hold removed_ms: counting siblings then never opens their rows.
// Version 1 took a changed text out of the search tables and put it in by two triggers, whose order SQLite
// leaves open: words in both texts could go. One trigger keeps the order; the tables are built again.
// A tag's name_folded is its identity ("Été" and "ete" are one tag), its name is how it was first written.
constexpr const char* version_2 = R"sql(
CREATE TABLE folder(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  position INTEGER,
  created_ms INTEGER,
  name TEXT
);

ALTER TABLE conversation ADD COLUMN is_archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN folder INTEGER REFERENCES folder(id);
ALTER TABLE conversation ADD COLUMN source_format TEXT;
ALTER TABLE conversation ADD COLUMN source_id TEXT;
ALTER TABLE conversation ADD COLUMN draft TEXT;
CREATE INDEX conversation_in_folder ON conversation(folder);
CREATE INDEX conversation_by_source ON conversation(source_id, source_format) WHERE source_id IS NOT NULL;

CREATE TABLE tag(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, name_folded TEXT NOT NULL UNIQUE);
CREATE TABLE conversation_tag(
  conversation INTEGER NOT NULL REFERENCES conversation(id) DEFERRABLE INITIALLY DEFERRED,
  tag INTEGER NOT NULL REFERENCES tag(id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY(conversation, tag)
) WITHOUT ROWID;
CREATE INDEX conversation_by_tag ON conversation_tag(tag);

CREATE TABLE prompt(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  position INTEGER,
  created_ms INTEGER,
  updated_ms INTEGER,
  title TEXT,
  content TEXT
);

ALTER TABLE message ADD COLUMN removed_ms INTEGER;
ALTER TABLE message ADD COLUMN model_hash TEXT;
ALTER TABLE message ADD COLUMN sampling TEXT;
ALTER TABLE message ADD COLUMN token_ids BLOB;
DROP INDEX message_in_tree;
CREATE INDEX message_in_tree ON message(conversation, parent, removed_ms);
CREATE INDEX message_removed ON message(removed_ms) WHERE removed_ms IS NOT NULL;

DROP TRIGGER message_reindexed_old;
DROP TRIGGER message_reindexed_new;
CREATE TRIGGER message_reindexed AFTER UPDATE OF folded ON message BEGIN
  INSERT INTO message_words(message_words, rowid, folded)
    SELECT 'delete', old.id, old.folded WHERE old.folded IS NOT NULL;
  INSERT INTO message_trigrams(message_trigrams, rowid, folded)
    SELECT 'delete', old.id, old.folded WHERE old.folded IS NOT NULL;
  INSERT INTO message_words(rowid, folded) SELECT new.id, new.folded WHERE new.folded IS NOT NULL;
  INSERT INTO message_trigrams(rowid, folded) SELECT new.id, new.folded WHERE new.folded IS NOT NULL;
END;
INSERT INTO message_words(message_words) VALUES('rebuild');
INSERT INTO message_trigrams(message_trigrams) VALUES('rebuild');
)sql";

constexpr Migration all[] = {{1, version_1}, {2, version_2}};

} // namespace

std::span<const Migration> schema_migrations() {
    return all;
}

} // namespace spoutnik::storage
