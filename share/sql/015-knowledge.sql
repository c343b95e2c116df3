-- SPDX-License-Identifier: GPL-2.0-or-later
-- What agents look up: knowledge, bulletins, the phone book. Owner: lib/desk.

CREATE TABLE knowledge (
  id         {{pk}},
  category   TEXT NOT NULL,
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,
  expires_us {{i64}},
  audited_us {{i64}},
  deleted_us {{i64}},
  version    {{i64}} NOT NULL
) {{strict}};
CREATE INDEX knowledge_category ON knowledge (category);

-- a: title; b: category; c: body.
{{fts knowledge_words}};

CREATE TABLE bulletins (
  id      {{pk}},
  title   TEXT NOT NULL,
  body    TEXT NOT NULL,
  made_us {{i64}} NOT NULL,
  made_by TEXT NOT NULL,
  until_us {{i64}} NOT NULL,            -- prompts until then, or until it is read
  version {{i64}} NOT NULL
) {{strict}};

CREATE TABLE bulletin_readers (
  bulletin {{i64}} NOT NULL REFERENCES bulletins (id),
  person   {{i64}} NOT NULL REFERENCES users (id),
  read_us  {{i64}} NOT NULL,
  PRIMARY KEY (bulletin, person)
) {{keyed}};

CREATE TABLE phone_book (
  id      {{pk}},
  name    TEXT NOT NULL,
  unit    TEXT NOT NULL,
  number  TEXT NOT NULL,
  note    TEXT NOT NULL,
  version {{i64}} NOT NULL
) {{strict}};
CREATE INDEX phone_book_number ON phone_book (number);

-- a: name; b: unit; c: note.
{{fts phone_book_words}};
