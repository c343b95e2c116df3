// SPDX-License-Identifier: GPL-2.0-or-later
#include <tuple>

#include "config.h"
#include "fax/lines.h"

namespace hotline::ccswitchd {

FaxConfig read_fax(conf::Table& root) {
  FaxConfig fax;
  fax.on = root.has("fax");
  conf::Table table = root.table("fax");
  auto ms = [&](const char* key, milliseconds otherwise, milliseconds min, milliseconds max) {
    return std::chrono::duration_cast<milliseconds>(table.duration(key, otherwise, min, max));
  };
  using std::chrono::hours;
  fax.channels = static_cast<int>(table.integer("channels", fax.channels, 1, 64));
  fax.waiting_max = static_cast<int>(table.integer("waiting_max", fax.waiting_max, 0, 100));
  fax.wait_max = ms("wait_max", fax.wait_max, milliseconds(1000), hours(2));
  fax.station = table.string("station");
  if (auto wrong = fax::wrong_station(fax.station); !wrong.empty()) table.complain("station", wrong);
  fax.header = table.string("header");
  if (auto wrong = fax::wrong_header(fax.header); !wrong.empty()) table.complain("header", wrong);
  fax.ecm = table.boolean("ecm", fax.ecm);
  fax.speed_max = static_cast<int>(table.integer("speed_max", fax.speed_max, 2400, 14400));
  fax.folder = table.string("folder", fax.folder);
  if (fax.folder.empty()) table.complain("folder", "where are faxes to be kept? Give a folder below var/, or an absolute one");
  fax.bounds.pages_max = static_cast<int>(table.integer("pages_max", fax.bounds.pages_max, 1, 10000));
  fax.bounds.bytes_max = table.integer("bytes_max", fax.bounds.bytes_max, 1024, int64_t{1} << 30);
  fax.bounds.total_max = ms("time_max", fax.bounds.total_max, milliseconds(60000), hours(12));
  fax.bounds.begin_max = ms("begin_max", fax.bounds.begin_max, milliseconds(5000), milliseconds(300000));
  fax.bounds.page_max = ms("page_max", fax.bounds.page_max, milliseconds(5000), hours(1));
  fax.bounds.end_max = ms("end_max", fax.bounds.end_max, milliseconds(5000), milliseconds(300000));
  std::string t38 = table.choice("t38", "offer", {"off", "accept", "offer"});
  fax.t38 = t38 == "off" ? FaxConfig::T38::off : t38 == "accept" ? FaxConfig::T38::accept : FaxConfig::T38::offer;
  auto ports = read_ports(table.string("t38_ports", "31000-31099"));
  if (!ports) table.complain("t38_ports", "expected two ports from 1024 to 65535, as in \"31000-31099\"");
  if (ports && fax.on && fax.t38 != FaxConfig::T38::off) std::tie(fax.udptl_first, fax.udptl_last) = *ports;
  table.close();
  return fax;
}

}  // namespace hotline::ccswitchd
