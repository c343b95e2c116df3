-- Sample data of site gas: invented people and places. `hotline init` loads it into var/site.db; times are those of the
-- site's clock (UTC+8). PINs are stored as `cclookup hash` prints them; those of the samples are 2468 (66001234),
-- 1357 (66005678) and 8642 (the tickets).
CREATE TABLE customers (account TEXT PRIMARY KEY, phone TEXT, area TEXT, pin TEXT);
CREATE INDEX customers_phone ON customers (phone);
CREATE TABLE bills (account TEXT PRIMARY KEY, due TEXT, pay_by TEXT, as_of TEXT);
CREATE TABLE tariff (product TEXT PRIMARY KEY, price TEXT);
CREATE TABLE bottle_customers (number TEXT PRIMARY KEY, phone TEXT);
CREATE TABLE orders (number INTEGER PRIMARY KEY, customer TEXT, quantity INTEGER, taken TEXT, delivery TEXT);
CREATE INDEX orders_customer ON orders (customer);
CREATE TABLE readings (account TEXT, day TEXT, reading INTEGER, PRIMARY KEY (account, day));
CREATE TABLE outages (area TEXT, area_en TEXT, cause TEXT, cause_en TEXT, began TEXT, until TEXT, ended TEXT);
CREATE TABLE tickets (number TEXT PRIMARY KEY, pin TEXT, state TEXT, closed TEXT, remark TEXT, remark_en TEXT);
CREATE TABLE messages (number INTEGER PRIMARY KEY, topic TEXT, callback TEXT, reply TEXT, state TEXT, day TEXT);
CREATE TABLE departments (code TEXT PRIMARY KEY, name TEXT, name_en TEXT, phone TEXT);
CREATE INDEX outages_area ON outages (area);
INSERT INTO customers VALUES
  ('66001234', '13800138000', '滨河小区', '$argon2id$v=19$m=65536,t=2,p=1$6zt6R2IN0AOKR8eAKZetRw$F4h0RdSo5k5Ett2QGn6tp8rEM+6dbIe163e9xZFlMDs'),
  ('66005678', '13900139000', '东湖花园', '$argon2id$v=19$m=65536,t=2,p=1$Diwl2oyBaIpEpfHLOSOFxA$ItY9aVSBX3tH95ks/LBZKe9xFdQOZa+YqNH4Qt7jTZg');
INSERT INTO bills VALUES
  ('66001234', '86.40', date('now', '+8 hours', '+15 days'), date('now', '+8 hours', '-1 day')),
  ('66005678', '0.00', '', date('now', '+8 hours', '-1 day'));
INSERT INTO tariff VALUES ('bottle', '118.00'), ('piped', '2.85');
INSERT INTO bottle_customers VALUES ('5001', '13700137000'), ('5002', '13600136000');
INSERT INTO readings VALUES ('66001234', date('now', '+8 hours', '-30 days'), 1520);
INSERT INTO outages VALUES
  ('滨河小区', 'Binhe estate', '燃气管道检修,暂时停气', 'the supply of gas is interrupted for work on the pipes',
   datetime('now', '+8 hours', '-1 hour'), strftime('%Y-%m-%d %H:00', 'now', '+8 hours', '+4 hours'), NULL);
INSERT INTO tickets VALUES
  ('20260001', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'done', date('now', '+8 hours', '-2 days'), '阀门已更换,经检查没有泄漏。', 'The valve was replaced. No leak was found.'),
  ('20260002', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'working', '', '', '');
INSERT INTO messages VALUES
  (400001, 'bill', '13800138000', 'yes', 'answered', date('now', '+8 hours', '-1 day')),
  (400002, 'other', '13900139000', 'no', 'heard', date('now', '+8 hours'));
INSERT INTO departments VALUES
  ('01', '客服中心', 'The service centre', '88000001'),
  ('02', '抢险调度', 'The emergency desk', '88000119'),
  ('03', '瓶装气配送站', 'The depot for bottled gas', '88000003');
