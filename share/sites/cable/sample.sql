-- Sample data of site cable: invented people and places. `hotline init` loads it into var/site.db; times are those of
-- the site's clock (UTC+8). PINs are stored as `cclookup hash` prints them; those of the samples are 2468 (70001234),
-- 1357 (70005678) and 8642 (the tickets).
CREATE TABLE customers (account TEXT PRIMARY KEY, phone TEXT, area TEXT, pin TEXT);
CREATE INDEX customers_phone ON customers (phone);
CREATE TABLE bills (account TEXT PRIMARY KEY, due TEXT, pay_by TEXT, as_of TEXT);
CREATE TABLE tariff (product TEXT PRIMARY KEY, price TEXT);
CREATE TABLE outages (area TEXT, area_en TEXT, cause TEXT, cause_en TEXT, began TEXT, until TEXT, ended TEXT);
CREATE TABLE tickets (number TEXT PRIMARY KEY, pin TEXT, state TEXT, closed TEXT, remark TEXT, remark_en TEXT);
CREATE TABLE messages (number INTEGER PRIMARY KEY, topic TEXT, callback TEXT, reply TEXT, state TEXT, day TEXT);
CREATE TABLE departments (code TEXT PRIMARY KEY, name TEXT, name_en TEXT, phone TEXT);
CREATE INDEX outages_area ON outages (area);
INSERT INTO customers VALUES
  ('70001234', '13800138000', '阳光花园', '$argon2id$v=19$m=65536,t=2,p=1$6zt6R2IN0AOKR8eAKZetRw$F4h0RdSo5k5Ett2QGn6tp8rEM+6dbIe163e9xZFlMDs'),
  ('70005678', '13900139000', '北苑小区', '$argon2id$v=19$m=65536,t=2,p=1$Diwl2oyBaIpEpfHLOSOFxA$ItY9aVSBX3tH95ks/LBZKe9xFdQOZa+YqNH4Qt7jTZg');
INSERT INTO bills VALUES
  ('70001234', '76.00', date('now', '+8 hours', '+10 days'), date('now', '+8 hours', '-1 day')),
  ('70005678', '0.00', '', date('now', '+8 hours', '-1 day'));
INSERT INTO tariff VALUES ('tv', '26.00'), ('broadband-100', '50.00'), ('broadband-300', '80.00'), ('broadband-1000', '120.00');
INSERT INTO outages VALUES
  ('阳光花园', 'Yangguang estate', '光缆被施工挖断,信号中断', 'a cable was cut by building work',
   datetime('now', '+8 hours', '-1 hour'), strftime('%Y-%m-%d %H:00', 'now', '+8 hours', '+3 hours'), NULL),
  ('北苑小区', 'Beiyuan estate', '机房停电,信号中断', 'a station had no power',
   datetime('now', '+8 hours', '-30 hours'), datetime('now', '+8 hours', '-25 hours'), datetime('now', '+8 hours', '-26 hours'));
INSERT INTO tickets VALUES
  ('20260001', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'done', date('now', '+8 hours', '-2 days'), '入户线路已更换,信号正常。', 'The cable into your home was replaced. The signal is good.'),
  ('20260002', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'working', '', '', '');
INSERT INTO messages VALUES
  (400001, 'bill', '13800138000', 'yes', 'answered', date('now', '+8 hours', '-1 day')),
  (400002, 'other', '13900139000', 'no', 'heard', date('now', '+8 hours'));
INSERT INTO departments VALUES
  ('01', '客服中心', 'The service centre', '88100001'),
  ('02', '营业厅', 'The shop', '88100002'),
  ('03', '工程部', 'The engineers', '88100003');
