-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who may do what, and what was changed by whom. Owner: lib/desk, by all its programs, in the transaction of the change.
-- Times are microseconds since 1970 in UTC; NULL is "has not happened" or "is not known".

CREATE TABLE users (
  id         {{pk}},
  name       TEXT NOT NULL UNIQUE,      -- what one logs in with
  full_name  TEXT NOT NULL,
  unix_name  TEXT UNIQUE,               -- whose processes act as this user
  station    {{i64}},                   -- where one works; NULL: the centre
  password   TEXT,                      -- argon2id, as libsodium writes it; NULL: no login by password
  password_us {{i64}},                  -- when it was set
  failures   {{i64}} NOT NULL,          -- wrong passwords since the last right one
  locked_us  {{i64}},                   -- no password is tried before then
  disabled_us {{i64}},
  version    {{i64}} NOT NULL
) {{strict}};

CREATE TABLE roles (
  id      {{pk}},
  name    TEXT NOT NULL UNIQUE,
  note    TEXT NOT NULL,
  version {{i64}} NOT NULL
) {{strict}};

-- Bits: 1 add, 2 modify, 4 delete, 8 query, 16 print, 32 audit, 64 un-audit. No row, or none of them: the block is hidden.
CREATE TABLE role_rights (
  role  {{i64}} NOT NULL REFERENCES roles (id),
  block TEXT NOT NULL,
  bits  {{i64}} NOT NULL CHECK (bits BETWEEN 1 AND 127),
  PRIMARY KEY (role, block)
) {{keyed}};

CREATE TABLE user_roles (
  person {{i64}} NOT NULL REFERENCES users (id),
  role   {{i64}} NOT NULL REFERENCES roles (id),
  PRIMARY KEY (person, role)
) {{keyed}};
CREATE INDEX user_roles_role ON user_roles (role);

-- One row a field that changed; what was added has no old value, what was deleted no new one. Secrets are told as '***'.
CREATE TABLE changes (
  id      {{pk}},
  at_us   {{i64}} NOT NULL,
  actor   TEXT NOT NULL,                -- users.name
  entity  TEXT NOT NULL,                -- the table
  row_id  {{i64}} NOT NULL,
  field   TEXT NOT NULL,
  old     TEXT,
  new     TEXT
) {{strict}};
CREATE INDEX changes_row ON changes (entity, row_id, id);

-- What was asked for and refused: N11, and what an auditor looks for first.
CREATE TABLE refusals (
  id      {{pk}},
  at_us   {{i64}} NOT NULL,
  actor   TEXT NOT NULL,                -- users.name, or the Unix user where there is none
  block   TEXT NOT NULL,
  bit     TEXT NOT NULL,
  subject TEXT NOT NULL
) {{strict}};
CREATE INDEX refusals_at ON refusals (at_us);

-- Numbers without a gap: the next of each kind; taken in the transaction that uses it.
CREATE TABLE sequences (
  name TEXT NOT NULL PRIMARY KEY,
  next {{i64}} NOT NULL
) {{keyed}};
