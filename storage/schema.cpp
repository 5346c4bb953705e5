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

constexpr Migration all[] = {{1, version_1}};

} // namespace

std::span<const Migration> schema_migrations() {
    return all;
}

} // namespace spoutnik::storage
