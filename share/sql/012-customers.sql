-- SPDX-License-Identifier: GPL-2.0-or-later
-- Customers, their numbers, addresses and tags. Owner: lib/desk.

CREATE TABLE customers (
  id         {{pk}},
  code       TEXT NOT NULL UNIQUE,      -- the number of the customer's card
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,             -- person, company, prospect
  id_number  TEXT NOT NULL,             -- of a paper; '' when not known
  note       TEXT NOT NULL,
  made_us    {{i64}} NOT NULL,
  changed_us {{i64}} NOT NULL,
  changed_by TEXT NOT NULL,
  closed_us  {{i64}},                   -- taken off; the row and its history stay
  merged_into {{i64}} REFERENCES customers (id),
  audited_us {{i64}},                   -- frozen until it is un-audited
  version    {{i64}} NOT NULL
) {{strict}};
CREATE INDEX customers_id_number ON customers (id_number) WHERE id_number <> '';
CREATE INDEX customers_changed ON customers (changed_us);

-- A number may be that of several customers.
CREATE TABLE customer_numbers (
  number   TEXT NOT NULL,               -- as desk::canonical_number() makes it
  customer {{i64}} NOT NULL REFERENCES customers (id),
  kind     TEXT NOT NULL,               -- mobile, home, office, fax
  note     TEXT NOT NULL,
  PRIMARY KEY (number, customer)
) {{keyed}};
CREATE INDEX customer_numbers_customer ON customer_numbers (customer);

CREATE TABLE customer_addresses (
  customer {{i64}} NOT NULL REFERENCES customers (id),
  place    {{i64}} NOT NULL,            -- 1, 2, …: the first is where things are sent
  area     TEXT NOT NULL,               -- areas.code; '' when not known
  address  TEXT NOT NULL,
  PRIMARY KEY (customer, place)
) {{keyed}};
CREATE INDEX customer_addresses_area ON customer_addresses (area);

CREATE TABLE customer_tags (
  customer {{i64}} NOT NULL REFERENCES customers (id),
  tag      TEXT NOT NULL,
  PRIMARY KEY (customer, tag)
) {{keyed}};
CREATE INDEX customer_tags_tag ON customer_tags (tag);

-- a: name and codes; b: addresses; c: notes and tags.
{{fts customer_words}};
