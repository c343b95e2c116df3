-- SPDX-License-Identifier: GPL-2.0-or-later
-- Stations, the areas they serve, and the calendars of days. Owner: lib/desk.

CREATE TABLE stations (
  id        {{pk}},
  code      TEXT NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  parent    {{i64}} REFERENCES stations (id),
  kind      TEXT NOT NULL,              -- centre, station, unit, outlet
  phone     TEXT NOT NULL,
  latitude  {{i64}},                    -- millionths of a degree
  longitude {{i64}},
  closed_us {{i64}},
  version   {{i64}} NOT NULL
) {{strict}};

CREATE TABLE areas (
  id      {{pk}},
  code    TEXT NOT NULL UNIQUE,         -- an area's sub-areas begin with its code
  name    TEXT NOT NULL,
  station {{i64}} REFERENCES stations (id),
  hint    TEXT NOT NULL,                -- printed on the forms of this area alone
  version {{i64}} NOT NULL
) {{strict}};
