-- SPDX-License-Identifier: MIT
-- A database of schema version 2, as version 2 wrote it. Never edited: later versions must open it.
PRAGMA application_id = 0x53505554;
PRAGMA user_version = 2;
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
, is_archived INTEGER NOT NULL DEFAULT 0, folder INTEGER REFERENCES folder(id), source_format TEXT, source_id TEXT, draft TEXT);
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
, removed_ms INTEGER, model_hash TEXT, sampling TEXT, token_ids BLOB);
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
CREATE TABLE folder(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  position INTEGER,
  created_ms INTEGER,
  name TEXT
);
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
CREATE INDEX message_in_tree ON message(conversation, parent, removed_ms);
CREATE INDEX message_removed ON message(removed_ms) WHERE removed_ms IS NOT NULL;
CREATE TRIGGER message_reindexed AFTER UPDATE OF folded ON message BEGIN
  INSERT INTO message_words(message_words, rowid, folded)
    SELECT 'delete', old.id, old.folded WHERE old.folded IS NOT NULL;
  INSERT INTO message_trigrams(message_trigrams, rowid, folded)
    SELECT 'delete', old.id, old.folded WHERE old.folded IS NOT NULL;
  INSERT INTO message_words(rowid, folded) SELECT new.id, new.folded WHERE new.folded IS NOT NULL;
  INSERT INTO message_trigrams(rowid, folded) SELECT new.id, new.folded WHERE new.folded IS NOT NULL;
END;
INSERT INTO folder(id, position, created_ms, name) VALUES(1, 1, 1735000000000, 'Travail');
INSERT INTO conversation(id, uuid, title_is_manual, is_pinned, created_ms, updated_ms, deleted_ms, active_leaf, model, title, title_folded, is_archived, folder, source_format, source_id, draft) VALUES(1, '21c5b320-2ec7-4267-a81c-e4b1ecca08a9', 1, 0, 1735000000123, 1735000020000, NULL, 5, 'llama3:8b', 'Deux modèles', 'deux modeles', 1, 1, 'openwebui', '5b1f7c1e-0000-4000-8000-000000000009', 'à finir');
INSERT INTO conversation(id, uuid, title_is_manual, is_pinned, created_ms, updated_ms, deleted_ms, active_leaf, model, title, title_folded, is_archived, folder, source_format, source_id, draft) VALUES(2, '4a8ed560-31ea-4488-bab7-5d0340af464c', 1, 0, 1730000000123, 1730000060000, NULL, 11, 'qwen/qwen3-8b', 'Capital cities', 'capital cities', 0, NULL, 'lmstudio', '1730000000123', NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(1, 1, NULL, 'system', 'done', 1735000000123, 1735000000123, 0, 0, 0, 0, 0.0, '', '', 'Sois juste.', '', 'sois juste.', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(2, 1, NULL, 'user', 'done', 1735000000000, 1735000000000, 0, 0, 0, 0, 0.0, '', '', 'Qui a raison ?', '', 'qui a raison ?', NULL, '0123456789abcdef', '{"seed":7}', x'0500000000000000ffffff7f');
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(3, 1, 2, 'assistant', 'done', 1735000001000, 1735000001000, 0, 0, 0, 0, 0.0, 'llama3:8b', '', 'Moi.', '', 'moi.', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(4, 1, 3, 'user', 'done', 1735000010000, 1735000010000, 0, 0, 0, 0, 0.0, '', '', 'Et lui ?', '', 'et lui ?', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(5, 1, 4, 'assistant', 'interrupted', 1735000011000, 1735000011000, 0, 0, 0, 0, 0.0, 'llama3:8b', '', 'Lui', '', 'lui', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(6, 1, 2, 'assistant', 'done', 1735000000000, 1735000000000, 2000, 0, 0, 0, 0.0, 'deepseek-r1:14b', '', 'C''est `#include <map>`.', 'Lui & moi', 'c''est `#include <map>`.lui & moi', 1735000099000, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(7, 2, NULL, 'system', 'done', 1730000000123, 1730000000123, 0, 0, 0, 0, 0.0, '', '', 'Answer in one word.', '', 'answer in one word.', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(8, 2, 7, 'user', 'done', 1730000000123, 1730000000123, 0, 0, 0, 0, 0.0, '', '', 'Capital of Peru?', '', 'capital of peru?', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(9, 2, 8, 'assistant', 'interrupted', 1730000000123, 1730000000123, 0, 0, 20, 6, 31.5, 'qwen/qwen3-8b', '', 'Lima, perhaps?', '', 'lima, perhaps?', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(10, 2, 8, 'assistant', 'done', 1730000000123, 1730000000123, 0, 0, 20, 9, 30.25, 'qwen/qwen3-8b', '', 'Lima.', 'Peru: Lima.', 'lima.peru: lima.', NULL, NULL, NULL, NULL);
INSERT INTO message(id, conversation, parent, role, status, created_ms, finished_ms, reasoning_ms, reasoning_tokens, prompt_tokens, generated_tokens, tokens_per_second, model, error, content, reasoning, folded, removed_ms, model_hash, sampling, token_ids) VALUES(11, 2, 10, 'user', 'done', 1730000000123, 1730000000123, 0, 0, 0, 0, 0.0, '', '', 'And of Chad?', '', 'and of chad?', NULL, NULL, NULL, NULL);
INSERT INTO tag(id, name, name_folded) VALUES(1, 'comparaison', 'comparaison');
INSERT INTO tag(id, name, name_folded) VALUES(2, 'modèles', 'modeles');
INSERT INTO conversation_tag(conversation, tag) VALUES(1, 1);
INSERT INTO conversation_tag(conversation, tag) VALUES(1, 2);
INSERT INTO prompt(id, position, created_ms, updated_ms, title, content) VALUES(1, 1, 1735000000000, 1735000000000, 'traduire', 'Traduis en {{langue}} : {{texte}}');
INSERT INTO setting(key, value) VALUES('appearance/theme', 'dark');
COMMIT;
