-- SPDX-License-Identifier: GPL-2.0-or-later
-- Accounts, what they owe, and what was paid. Owner: lib/desk. Money is in fen.

CREATE TABLE accounts (
  id        {{pk}},
  code      TEXT NOT NULL UNIQUE,       -- what is printed on the bill and keyed on a telephone
  customer  {{i64}} NOT NULL REFERENCES customers (id),
  service   TEXT NOT NULL,              -- water, gas-piped, gas-bottled, cable, …
  area      TEXT NOT NULL,
  address   TEXT NOT NULL,
  opened_us {{i64}} NOT NULL,
  closed_us {{i64}},
  version   {{i64}} NOT NULL
) {{strict}};
CREATE INDEX accounts_customer ON accounts (customer);

CREATE TABLE bills (
  id       {{pk}},
  account  {{i64}} NOT NULL REFERENCES accounts (id),
  period   TEXT NOT NULL,               -- 2026-10
  amount_fen {{i64}} NOT NULL,
  due_us   {{i64}} NOT NULL,
  paid_us  {{i64}},
  UNIQUE (account, period)
) {{strict}};
