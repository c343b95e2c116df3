-- A few rows for the look-ups of etc/lookups.toml. Nobody in it is real. PINs: accounts 88001234 and 88005678 have 246810
-- and 135790, the tickets 112233; what is stored of them comes from `cclookup hash`.
CREATE TABLE accounts (number TEXT PRIMARY KEY, pin_argon2id TEXT NOT NULL, district TEXT NOT NULL);
INSERT INTO accounts VALUES
  ('88001234', '$argon2id$v=19$m=65536,t=2,p=1$QEjBfsfkUv+WYWMSpKZHCQ$aJICY221fPPz/gajQOm33f24cVcnRs4auyWXWZx8phQ', 'east'),
  ('88005678', '$argon2id$v=19$m=65536,t=2,p=1$C9RTb4dOlT8+yQxilpLYmA$CA0zYAq+B8ihw5pLjwWLpYDdrLkHxbAWFBOvkniTw+8', 'west');

-- Which telephone rings where: of the customers' file, mobiles as well.
CREATE TABLE phones (phone TEXT PRIMARY KEY, district TEXT NOT NULL);
INSERT INTO phones VALUES ('01062345671', 'east'), ('01062345672', 'north'), ('01062345678', 'west');

-- Moments are UTC. cause: burst, planned or something else.
CREATE TABLE outages (district TEXT NOT NULL, cause TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL);
INSERT INTO outages VALUES
  ('east', 'burst', strftime('%Y-%m-%dT%H:%MZ', 'now', '-1 hour'), strftime('%Y-%m-%dT%H:%MZ', 'now', '+7 days')),
  ('north', 'planned', strftime('%Y-%m-%dT%H:%MZ', 'now', '-1 hour'), strftime('%Y-%m-%dT%H:%MZ', 'now', '+7 days')),
  ('west', 'planned', '2026-01-10T00:00Z', '2026-01-10T09:00Z');

-- balance: what is paid ahead, or with a minus what is owed. as_of: when it was imported, UTC.
CREATE TABLE bills (number TEXT NOT NULL, month TEXT NOT NULL, cubic_metres INTEGER NOT NULL, amount TEXT NOT NULL,
                    due TEXT NOT NULL, balance TEXT NOT NULL, as_of TEXT NOT NULL, PRIMARY KEY (number, month));
INSERT INTO bills VALUES
  ('88001234', '2026-08', 23, '115.00', '2026-09-20', '0.00', datetime('now')),
  ('88001234', '2026-10', 21, '105.20', '2026-11-20', '-105.20', datetime('now')),
  ('88005678', '2026-10', 9, '45.00', '2026-11-20', '36.50', '2026-11-01 02:00:00');

CREATE TABLE tariffs (since TEXT PRIMARY KEY, tier_1 TEXT, tier_2 TEXT, tier_3 TEXT, others TEXT);
INSERT INTO tariffs VALUES ('2014-05-01', '5.00', '7.00', '9.00', '9.50');

CREATE TABLE offices (code TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT NOT NULL, phone TEXT NOT NULL);
INSERT INTO offices VALUES
  ('101', '东城营业厅', 'East office', '010-62345101'),
  ('102', '西城营业厅', 'West office', '010-62345102'),
  ('201', '水质监测中心', 'Water quality laboratory', '010-62345201'),
  ('202', '抢修中心', 'Repair depot', '010-62345202');

-- state: new or answered.
CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, reply TEXT NOT NULL,
                       callback TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new', answered TEXT NOT NULL DEFAULT '',
                       at TEXT NOT NULL DEFAULT (datetime('now')));
INSERT INTO messages (number, topic, reply, callback, state, answered) VALUES
  (60001, 'quality', 'yes', '01062345671', 'answered', '2026-11-20'),
  (60002, 'bill', 'yes', '01062345672', 'new', '');

-- state: received, working or closed.
CREATE TABLE tickets (number TEXT PRIMARY KEY, pin_argon2id TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL,
                      closed TEXT NOT NULL DEFAULT '');
INSERT INTO tickets VALUES
  ('20261126000123', '$argon2id$v=19$m=65536,t=2,p=1$zjXF5YFrFRfe/5UKF1iS1w$wCypv/EA097Kfk7ABqvLm+ZBg6hcUDKiQrNv5lv3PQc', 'working', '2026-12-03', ''),
  ('20261126000124', '$argon2id$v=19$m=65536,t=2,p=1$AOvhSNPxnmMS1NcHBLyNOw$FdTu8Q8CcTyYEPjiM6hJgt4g4BlY2Tty9dprK2agWLY', 'received', '', ''),
  ('20261120000077', '$argon2id$v=19$m=65536,t=2,p=1$PDUZXtoRw38rewF4/6FiwQ$9gfAEZTvybmZ7JnPmkwsuVZQbJdR2ZMwVgqNCpOYAl4', 'closed', '2026-11-27', '2026-11-24');
