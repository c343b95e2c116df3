-- A few rows for the look-ups of etc/lookups.toml. Nobody in it is real. The cases' PIN is 112233; what is stored of it comes
-- from `cclookup hash`.
-- state: received, working or closed. due and closed are days.
CREATE TABLE cases (number TEXT PRIMARY KEY, class TEXT NOT NULL, pin_argon2id TEXT NOT NULL, reply TEXT NOT NULL,
                    callback TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL DEFAULT '',
                    closed TEXT NOT NULL DEFAULT '', at TEXT NOT NULL DEFAULT (datetime('now')));
INSERT INTO cases (number, class, pin_argon2id, reply, callback, state, due, closed) VALUES
  ('20261120000001', 'complaint', '$argon2id$v=19$m=65536,t=2,p=1$pOkjTiLjPNvb4UIkkNPDGg$EAeWRMxDCpFk69RRp6/n7uIOQ9gJOj8zHMpeaiVnr2A', 'yes', '01062345671', 'closed', '2026-12-01', '2026-11-24'),
  ('20261125000002', 'complaint', '$argon2id$v=19$m=65536,t=2,p=1$RVGklf37VuVws0NbfSCvcA$YzIEe4ThvrTeA7ODv5MOwO5SCwSqau7/DIHMi/eojbM', 'yes', '01062345672', 'working', '2026-12-04', ''),
  ('20261126000003', 'report', '$argon2id$v=19$m=65536,t=2,p=1$0zQsbHBwFy+0fgfNVeaRJw$hcNuJTx4yPKv51e7XcnqDNjktPMLUOCc4QEvXJ4Vk/E', 'no', '', 'received', '', '');

-- state: new or answered.
CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, reply TEXT NOT NULL,
                       callback TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new', answered TEXT NOT NULL DEFAULT '',
                       at TEXT NOT NULL DEFAULT (datetime('now')));
INSERT INTO messages (number, topic, reply, callback, state, answered) VALUES
  (60001, 'message', 'yes', '01062345671', 'answered', '2026-11-20'),
  (60002, 'director', 'yes', '01062345672', 'new', '');

CREATE TABLE offices (code TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT NOT NULL, phone TEXT NOT NULL,
                      address TEXT NOT NULL, address_en TEXT NOT NULL);
INSERT INTO offices VALUES
  ('101', '东城市场监督管理所', 'East district office', '010-62345101', '东城区和平路十八号', 'Number eighteen, Heping Road'),
  ('102', '西城市场监督管理所', 'West district office', '010-62345102', '西城区建设路六号', 'Number six, Jianshe Road'),
  ('201', '消费者权益保护科', 'Consumer protection section', '010-62345201', '市政大厦三层', 'City hall, third floor'),
  ('202', '食品安全监督科', 'Food safety section', '010-62345202', '市政大厦五层', 'City hall, fifth floor');

CREATE TABLE notices (day TEXT PRIMARY KEY, text TEXT NOT NULL, text_en TEXT NOT NULL);
INSERT INTO notices VALUES
  ('2026-11-20', '近期预付卡消费投诉较多,请您办卡时签订书面合同,并保留付款凭证。',
   'There have been many complaints about prepaid cards. Please ask for a written contract, and keep your receipts.');
