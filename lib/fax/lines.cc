// SPDX-License-Identifier: GPL-2.0-or-later
#include "fax/lines.h"

namespace hotline::fax {

using wire::Json;

std::vector<std::string> arguments_of(const Job& job) {
  auto ms = [](milliseconds time) { return std::to_string(time.count()) + "ms"; };
  std::vector<std::string> list = {job.direction == Direction::send ? "send" : "receive"};
  if (!job.station.empty()) list.insert(list.end(), {"--station", job.station});
  if (!job.header.empty()) list.insert(list.end(), {"--header", job.header});
  if (!job.ecm) list.push_back("--no-ecm");
  list.insert(list.end(), {"--speed", std::to_string(job.speed_max), "--pages", std::to_string(job.bounds.pages_max),
                           "--bytes", std::to_string(job.bounds.bytes_max), "--begin-time", ms(job.bounds.begin_max),
                           "--page-time", ms(job.bounds.page_max), "--end-time", ms(job.bounds.end_max), "--time",
                           ms(job.bounds.total_max), "--", job.file});
  return list;
}

std::string wrong_station(const std::string& station) {
  // ITU-T T.30 (09/2005) §5.3.6.2.4: twenty of these.
  if (station.size() <= 20 && station.find_first_not_of("0123456789+ ") == std::string::npos) return "";
  return "'" + station + "' is no fax station's number: digits, '+' and blanks, at most 20";
}

std::string wrong_header(const std::string& header) {
  bool printable = true;
  for (char c : header) printable = printable && c >= 0x20 && c < 0x7F;
  if (printable && header.size() <= 50) return "";
  return "a header is at most 50 letters of ASCII: the font of fax headers has no others";
}

Json to_json(const Document& document) {
  return {{"pages", document.pages}, {"width", document.width}, {"length", document.length},
          {"x_dpi", document.x_dpi}, {"y_dpi", document.y_dpi}, {"bytes", document.bytes}};
}

Json to_json(const Facts& facts) {
  Json json = {{"pages", facts.pages}};
  if (!facts.station.empty()) json["station"] = facts.station;
  if (!facts.rate) return json;
  json.update({{"rate", facts.rate},
               {"ecm", facts.ecm},
               {"compression", facts.compression},
               {"x_dpi", facts.x_dpi},
               {"y_dpi", facts.y_dpi},
               {"width", facts.width},
               {"length", facts.length},
               {"bad_rows", facts.bad_rows},
               {"repeats", facts.repeats}});
  return json;
}

Json to_json(const Outcome& outcome) {
  Json json = to_json(outcome.facts);
  json["result"] = outcome.ok() ? "ok" : "failed";
  json["code"] = outcome.code;
  json["text"] = outcome.text;
  if (!outcome.timer.empty()) json["timer"] = outcome.timer;
  return json;
}

Json to_json(const T38Terms& terms) {
  return {{"version", terms.version},
          {"max_bit_rate", terms.max_bit_rate},
          {"max_datagram", terms.max_datagram},
          {"fill_bit_removal", terms.fill_bit_removal},
          {"local_tcf", terms.local_tcf}};
}

T38Terms t38_terms_of(const Json& json) {
  T38Terms terms;
  terms.version = static_cast<int>(wire::integer(json, "version"));
  terms.max_bit_rate = static_cast<int>(wire::integer(json, "max_bit_rate", 14400));
  terms.max_datagram = static_cast<int>(wire::integer(json, "max_datagram"));
  terms.fill_bit_removal = wire::boolean(json, "fill_bit_removal");
  terms.local_tcf = wire::boolean(json, "local_tcf");
  return terms;
}

Json ended_without_words(const std::string& result, const std::string& text) {
  return {{"event", "finished"}, {"result", result}, {"text", text}, {"pages", 0}};
}

}  // namespace hotline::fax
