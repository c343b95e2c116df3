-- SPDX-License-Identifier: GPL-2.0-or-later
-- Call tables: a view of the journals, owned by ccjournal alone; `ccjournal rebuild` makes them again from nothing.
--
-- Every column is set by events of one publisher, so that publishers may be folded in any order. Columns after the mark
-- "settled" are computed from other columns of the same call, again each time one of its events has been folded.
-- Times are microseconds since 1970 in UTC; NULL is "has not happened" or "is not known".

-- How far each journal has been folded. Moves in the transaction that carries the rows.
CREATE TABLE journal_position (
  publisher TEXT NOT NULL PRIMARY KEY,
  number    {{i64}} NOT NULL,
  time_us   {{i64}} NOT NULL            -- of that event
) {{keyed}};

CREATE TABLE calls (
  call        TEXT NOT NULL PRIMARY KEY,
  direction   TEXT NOT NULL,            -- in, out
  started_us  {{i64}} NOT NULL,
  caller      TEXT NOT NULL,            -- '' when withheld
  called      TEXT NOT NULL,
  line        TEXT NOT NULL,            -- where it came in: span:e1/17
  flow        TEXT NOT NULL,
  answered_us {{i64}},                  -- leg 1 was connected
  bridged_us  {{i64}},                  -- first joined with another person
  ended_us    {{i64}},
  cause       {{i64}},                  -- ITU-T Q.850
  ended_by    TEXT,                     -- caller, controller, blacklist, restart, …
  -- settled
  outcome     TEXT NOT NULL,            -- exactly one; ccreport(1) lists them
  queue       TEXT,                     -- the last it waited in
  agent       TEXT                      -- the last who answered it
) {{keyed}};
CREATE INDEX calls_started ON calls (started_us);

CREATE TABLE legs (
  leg         TEXT NOT NULL PRIMARY KEY,
  call        TEXT NOT NULL,
  role        TEXT NOT NULL,            -- caller, agent, party
  endpoint    TEXT NOT NULL,            -- span:e1/17, phone:1001, pstn:13800138000
  agent       TEXT,
  offer       TEXT,
  started_us  {{i64}} NOT NULL,         -- offered or dialed
  ringing_us  {{i64}},
  answered_us {{i64}},
  released_us {{i64}},
  cause       {{i64}},
  released_by TEXT,
  up_ms       {{i64}}
) {{keyed}};
CREATE INDEX legs_call ON legs (call);

CREATE TABLE bridges (
  bridge    TEXT NOT NULL PRIMARY KEY,
  call      TEXT NOT NULL,
  left_leg  TEXT NOT NULL,
  right_leg TEXT NOT NULL,
  up_us     {{i64}} NOT NULL,
  down_us   {{i64}},
  ms        {{i64}},                    -- NULL too when the switch died meanwhile
  reason    TEXT
) {{keyed}};
CREATE INDEX bridges_call ON bridges (call);
CREATE INDEX bridges_up ON bridges (up_us);

CREATE TABLE recordings (
  segment    TEXT NOT NULL PRIMARY KEY,
  call       TEXT NOT NULL,
  -- said by ccswitchd
  bridge     TEXT,
  spool      TEXT,                      -- below var/spool/
  left_leg   TEXT,
  right_leg  TEXT,
  started_us {{i64}},
  stopped_us {{i64}},
  ms         {{i64}},
  gap_ms     {{i64}},
  reason     TEXT,
  -- said by ccrec
  kept_us         {{i64}},
  kept_started_us {{i64}},
  kept_ms         {{i64}},
  kept_gap_ms     {{i64}},
  file       TEXT,                      -- below var/recordings/
  bytes      {{i64}},
  sha256     TEXT,
  failure    TEXT,
  -- settled: what searches ask for
  at_us      {{i64}},                   -- the first sample
  caller     TEXT,
  called     TEXT,
  queue      TEXT,
  agent      TEXT,
  phone      TEXT
) {{keyed}};
CREATE INDEX recordings_call ON recordings (call);
CREATE INDEX recordings_at ON recordings (at_us);
CREATE INDEX recordings_caller ON recordings (caller, at_us);
CREATE INDEX recordings_called ON recordings (called, at_us);
CREATE INDEX recordings_queue ON recordings (queue, at_us);
CREATE INDEX recordings_agent ON recordings (agent, at_us);
CREATE INDEX recordings_phone ON recordings (phone, at_us);

-- One row for each queue.entered; `number` is that event's in ccqueue's journal.
CREATE TABLE queue_visits (
  call         TEXT NOT NULL,
  number       {{i64}} NOT NULL,
  queue        TEXT NOT NULL,
  entered_us   {{i64}} NOT NULL,        -- t0, the wait's beginning
  priority     {{i64}} NOT NULL,
  exit_us      {{i64}},
  exit_reason  TEXT,                    -- answered, abandoned, … (ccwire(7)); NULL: still waiting
  wait_ms      {{i64}},                 -- t0 to t2 when answered
  ring_ms      {{i64}},
  agent        TEXT,
  offer        TEXT,
  announced_us {{i64}},                 -- t3: the agent's number has been heard
  talk_ms      {{i64}},
  PRIMARY KEY (call, number)
) {{keyed}};
CREATE INDEX queue_visits_entered ON queue_visits (entered_us);

-- One row for each queue.offered: a call offered to an agent ends in exactly one result.
CREATE TABLE offers (
  number     {{i64}} NOT NULL PRIMARY KEY,
  offer      TEXT NOT NULL,
  call       TEXT NOT NULL,
  queue      TEXT NOT NULL,
  agent      TEXT NOT NULL,
  leg        TEXT NOT NULL,
  offered_us {{i64}} NOT NULL,
  ended_us   {{i64}},
  result     TEXT,                      -- answered, or the reason of queue.missed
  ring_ms    {{i64}}
) {{keyed}};
CREATE INDEX offers_call ON offers (call);
CREATE INDEX offers_offered ON offers (offered_us);

-- An agent's time without a hole from the first agent.state on; `number` is the event's that began the span.
CREATE TABLE agent_spans (
  agent   TEXT NOT NULL,
  number  {{i64}} NOT NULL,
  state   TEXT NOT NULL,                -- logged-out, ready, offered, talking, wrap-up, paused
  from_us {{i64}} NOT NULL,
  to_us   {{i64}},                      -- NULL: the state it is in now
  reason  TEXT NOT NULL,
  call    TEXT,
  PRIMARY KEY (agent, number)
) {{keyed}};
CREATE INDEX agent_spans_from ON agent_spans (from_us);

CREATE TABLE ivr_visits (
  call        TEXT NOT NULL,
  number      {{i64}} NOT NULL,
  flow        TEXT NOT NULL,
  version     TEXT NOT NULL,
  entered_us  {{i64}} NOT NULL,
  nodes       {{i64}} NOT NULL,         -- how many it walked through
  last_node   TEXT,
  exit_us     {{i64}},
  exit_reason TEXT,                     -- queue, hangup, caller-gone, error
  PRIMARY KEY (call, number)
) {{keyed}};
CREATE INDEX ivr_visits_entered ON ivr_visits (entered_us);
