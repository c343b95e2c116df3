-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who was in which bridge, how long: of three and more each has a time of its own. Folded from bridge.up, bridge.joined,
-- bridge.left and bridge.down; the bridges that are there already had two legs from their beginning to their end.
CREATE TABLE bridge_legs (
  bridge    TEXT NOT NULL,
  leg       TEXT NOT NULL,
  joined_us {{i64}} NOT NULL,
  call      TEXT NOT NULL,
  left_us   {{i64}},
  ms        {{i64}},                    -- NULL as in bridges
  PRIMARY KEY (bridge, leg, joined_us)
) {{keyed}};
CREATE INDEX bridge_legs_call ON bridge_legs (call);
CREATE INDEX bridge_legs_leg ON bridge_legs (leg);

INSERT INTO bridge_legs (bridge, leg, joined_us, call, left_us, ms)
  SELECT bridge, left_leg, up_us, call, down_us, ms FROM bridges WHERE left_leg <> '';
INSERT INTO bridge_legs (bridge, leg, joined_us, call, left_us, ms)
  SELECT bridge, right_leg, up_us, call, down_us, ms FROM bridges WHERE right_leg <> '' AND right_leg <> left_leg;
