-- SPDX-License-Identifier: MIT
-- A database of schema version 1, as the first version wrote it. Never edited: later versions must open it.
PRAGMA application_id = 0x53505554;
PRAGMA user_version = 1;
BEGIN;
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

INSERT INTO conversation(id, uuid, title_is_manual, is_pinned, created_ms, updated_ms, deleted_ms, active_leaf, model, title, title_folded) VALUES
  (1, '6f1c2a34-0b5d-4e6f-8a7b-1c2d3e4f5a6b', 1, 1, 1750000000000, 1750000009000, NULL, 5, 'starter', 'L''été à Köln', 'l''ete a koln'),
  (2, '7a2d3b45-1c6e-4f70-9b8c-2d3e4f5a6b7c', 0, 0, 1750000100000, 1750000100500, NULL, 7, 'starter', '', ''),
  (3, '8b3e4c56-2d7f-4081-8c9d-3e4f5a6b7c8d', 0, 0, 1750000200000, 1750000200000, 1750000300000, NULL, NULL, 'removed', 'removed'),
  (4, '9c4f5d67-3e80-4192-8dae-4f5a6b7c8d9e', 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded) VALUES
  (1, 1, NULL, 'user', 'done', 1750000000000, 1750000000000, NULL, NULL, NULL, NULL, NULL, '', NULL, 'Où est l''œuvre ?', '', 'ou est l''oeuvre ?'),
  (2, 1, 1, 'assistant', 'done', 1750000001000, 1750000003000, 1500, 21, 12, 40, 20.5, 'starter', '', 'À Köln.', 'Une ville…', 'a koln.' || char(31) || 'une ville...'),
  (3, 1, 1, 'assistant', 'interrupted', 1750000004000, 1750000005000, 0, 0, 12, 3, 18.25, 'starter', '', 'Peut-', '', 'peut-'),
  (4, 1, 2, 'user', 'done', 1750000006000, 1750000006000, NULL, NULL, NULL, NULL, NULL, '', NULL, '#include <iostream>', '', '#include <iostream>'),
  (5, 1, 4, 'assistant', 'error', 1750000007000, 1750000009000, 0, 0, 0, 0, 0, 'starter', 'Out of memory.', '', '', ''),
  (6, 2, NULL, 'user', 'done', 1750000100000, 1750000100000, NULL, NULL, NULL, NULL, NULL, '', NULL, '日本語', '', '日本語'),
  (7, 2, 6, 'assistant', 'streaming', 1750000100500, 0, 0, 0, 0, 0, 0, 'starter', NULL, 'こんに', '', NULL),
  (8, 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO setting(key, value) VALUES('appearance/theme', 'dark'), ('window/width', '1280');
COMMIT;
