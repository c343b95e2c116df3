-- SPDX-License-Identifier: GPL-2.0-or-later
-- Messages that callers left in mailboxes. Owner: ccjournal, which folds them from ccivr's voicemail.left, message.heard,
-- message.answered and message.deleted. A row stays when its message is gone.
CREATE TABLE messages (
  file       TEXT NOT NULL PRIMARY KEY, -- below var/: messages/MAILBOX/SEGMENT.wav
  number     TEXT,                      -- what the caller was told, to ask after it
  mailbox    TEXT NOT NULL,
  call       TEXT NOT NULL,
  caller     TEXT,                      -- NULL when withheld
  called     TEXT,
  left_us    {{i64}} NOT NULL,
  ms         {{i64}},                   -- NULL when the flow had recorded it before
  topic      TEXT,                      -- of the form that came with it, as is what follows
  reply_to   TEXT,                      -- its field "number"
  reply      TEXT,                      -- whether one is wanted
  state      TEXT NOT NULL,             -- new, heard, answered, deleted
  changed_by TEXT,                      -- who brought it into this state; "keep" when its time was over
  changed_us {{i64}}
) {{keyed}};
CREATE INDEX messages_number ON messages (number);
CREATE INDEX messages_mailbox ON messages (mailbox, left_us);
CREATE INDEX messages_left ON messages (left_us);
