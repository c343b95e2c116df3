-- Sample data of site bottled-water: invented people and places. `hotline init` loads it into var/site.db; times are
-- those of the site's clock (UTC+8). PINs are stored as `cclookup hash` prints them; those of the samples are 2468
-- (800123), 1357 (800456) and 8642 (the tickets).
CREATE TABLE customers (account TEXT PRIMARY KEY, phone TEXT, area TEXT, pin TEXT, barrels INTEGER, deposit TEXT, vouchers INTEGER);
CREATE INDEX customers_phone ON customers (phone);
CREATE TABLE products (product TEXT PRIMARY KEY, name TEXT, name_en TEXT, price TEXT);
CREATE TABLE orders (number INTEGER PRIMARY KEY, customer TEXT, product TEXT, quantity INTEGER, taken TEXT, day TEXT, state TEXT, courier TEXT);
CREATE INDEX orders_customer ON orders (customer);
CREATE TABLE collections (customer TEXT, day TEXT, PRIMARY KEY (customer, day));
CREATE TABLE outages (area TEXT, area_en TEXT, cause TEXT, cause_en TEXT, began TEXT, until TEXT, ended TEXT);
CREATE TABLE tickets (number TEXT PRIMARY KEY, pin TEXT, state TEXT, closed TEXT, remark TEXT, remark_en TEXT);
CREATE TABLE messages (number INTEGER PRIMARY KEY, topic TEXT, callback TEXT, reply TEXT, state TEXT, day TEXT);
CREATE TABLE departments (code TEXT PRIMARY KEY, name TEXT, name_en TEXT, phone TEXT);
CREATE INDEX outages_area ON outages (area);
INSERT INTO customers VALUES
  ('800123', '13700137000', '城东', '$argon2id$v=19$m=65536,t=2,p=1$6zt6R2IN0AOKR8eAKZetRw$F4h0RdSo5k5Ett2QGn6tp8rEM+6dbIe163e9xZFlMDs', 3, '90.00', 12),
  ('800456', '13900139000', '城西', '$argon2id$v=19$m=65536,t=2,p=1$Diwl2oyBaIpEpfHLOSOFxA$ItY9aVSBX3tH95ks/LBZKe9xFdQOZa+YqNH4Qt7jTZg', 0, '0.00', 0),
  ('800789', '13600136000', '城西', '$argon2id$v=19$m=65536,t=2,p=1$Diwl2oyBaIpEpfHLOSOFxA$ItY9aVSBX3tH95ks/LBZKe9xFdQOZa+YqNH4Qt7jTZg', 2, '60.00', 4);
INSERT INTO products VALUES ('spring', '天然泉水', 'spring water', '18.00'), ('pure', '纯净水', 'purified water', '12.00');
INSERT INTO orders VALUES
  (310001, '800123', 'spring', 2, datetime('now', '+8 hours', '-20 days'), date('now', '+8 hours', '-20 days'), 'delivered', '13500135000'),
  (310002, '800789', 'pure', 1, datetime('now', '+8 hours', '-3 hours'), date('now', '+8 hours'), 'under-way', '13500135000');
INSERT INTO outages VALUES
  ('城东', 'The eastern district', '道路施工,今天配送延迟', 'deliveries are late today because of road works',
   datetime('now', '+8 hours', '-1 hour'), strftime('%Y-%m-%d %H:00', 'now', '+8 hours', '+5 hours'), NULL);
INSERT INTO tickets VALUES
  ('20260001', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'done', date('now', '+8 hours', '-2 days'), '已为您更换整桶,并退还水票一张。', 'The barrel was replaced, and a voucher given back.'),
  ('20260002', '$argon2id$v=19$m=65536,t=2,p=1$TZkY/rYA+AjbNbHx0EkslQ$TGSxhrxkkrT65W3K62GcjcRk/f+lJDxZdDl/hkaqgU4', 'working', '', '', '');
INSERT INTO messages VALUES
  (400001, 'bill', '13800138000', 'yes', 'answered', date('now', '+8 hours', '-1 day')),
  (400002, 'other', '13900139000', 'no', 'heard', date('now', '+8 hours'));
INSERT INTO departments VALUES
  ('01', '订水中心', 'The order desk', '88200001'),
  ('02', '配送站', 'The depot', '88200002'),
  ('03', '投诉专席', 'The complaints desk', '88200003');
