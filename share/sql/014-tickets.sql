-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tickets. Owner: lib/desk. Clocks are computed from the moves each time they are asked for; nothing counts them here.

CREATE TABLE tickets (
  id         {{pk}},
  number     TEXT NOT NULL UNIQUE,      -- digits with a check digit, so that it can be keyed on a telephone
  pin        TEXT NOT NULL,
  type       TEXT NOT NULL,             -- a file of the site says its fields and its lifecycle
  status     TEXT NOT NULL,
  source     TEXT NOT NULL,             -- phone, message, mail, web, letter, fax
  customer   {{i64}} REFERENCES customers (id),
  call       TEXT,                      -- calls.call
  area       TEXT NOT NULL,
  address    TEXT NOT NULL,
  station    {{i64}} REFERENCES stations (id),
  owner      {{i64}} REFERENCES users (id),
  parent     {{i64}} REFERENCES tickets (id),
  duplicate_of {{i64}} REFERENCES tickets (id),
  subject    TEXT NOT NULL,
  body       TEXT NOT NULL,
  fields     TEXT NOT NULL,             -- JSON: what the type's form asks for
  made_us    {{i64}} NOT NULL,
  audited_us {{i64}},
  version    {{i64}} NOT NULL
) {{strict}};
CREATE INDEX tickets_customer ON tickets (customer);
CREATE INDEX tickets_status ON tickets (status, station);
CREATE INDEX tickets_made ON tickets (made_us);
CREATE INDEX tickets_parent ON tickets (parent);

CREATE TABLE ticket_moves (
  ticket  {{i64}} NOT NULL REFERENCES tickets (id),
  number  {{i64}} NOT NULL,             -- 1, 2, …
  at_us   {{i64}} NOT NULL,
  actor   TEXT NOT NULL,
  verb    TEXT NOT NULL,                -- intake, dispatch, accept, return, urge, extend, …
  status  TEXT NOT NULL,                -- the one it came to
  station {{i64}},
  reason  TEXT NOT NULL,
  PRIMARY KEY (ticket, number)
) {{keyed}};

CREATE TABLE ticket_visits (
  ticket {{i64}} NOT NULL REFERENCES tickets (id),
  number {{i64}} NOT NULL,
  at_us  {{i64}} NOT NULL,
  actor  TEXT NOT NULL,
  result TEXT NOT NULL,                 -- solved, satisfied, unsolved, unreached
  note   TEXT NOT NULL,
  PRIMARY KEY (ticket, number)
) {{keyed}};

-- a: number and subject; b: address; c: body and fields.
{{fts ticket_words}};
