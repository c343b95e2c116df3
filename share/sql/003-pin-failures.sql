-- SPDX-License-Identifier: GPL-2.0-or-later
-- Attempts to guess PINs, by account and by caller. Owner: whoever asks a look-up of kind "pin" (ccivr, cclookup); not folded
-- from a journal. An attempt is counted before it is examined and taken back when it was right, so that a kill or a hundred
-- attempts at once cannot hide one.
CREATE TABLE pin_failures (
  realm           TEXT NOT NULL,        -- look-ups of one realm count together
  scope           TEXT NOT NULL,        -- number, caller
  subject         TEXT NOT NULL,        -- the account's number, or the caller's
  failures        {{i64}} NOT NULL,     -- in a row
  last_us         {{i64}} NOT NULL,     -- the last of them
  locked_until_us {{i64}},              -- NULL: not locked
  PRIMARY KEY (realm, scope, subject)
) {{keyed}};
CREATE INDEX pin_failures_last ON pin_failures (last_us);
