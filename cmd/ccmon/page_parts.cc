// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <map>

#include "base/text.h"
#include "page.h"

namespace hotline::ccmon {

using wire::Json;

namespace {

struct Column {
  std::string heading;
  bool right = false;
};

/// Rows under headings, two blanks apart, each column as wide as its widest cell.
Lines table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    widths.push_back(display_width(columns[i].heading));
    for (const auto& row : rows) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  auto line_of = [&](auto cell) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) line += "  ";
      line += columns[i].right ? pad_left(cell(i), widths[i]) : pad_right(cell(i), widths[i]);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
  };
  Lines lines = {line_of([&](size_t i) { return columns[i].heading; })};
  for (const auto& row : rows) lines.push_back(line_of([&](size_t i) { return row[i]; }));
  return lines;
}

std::string number(const Json& object, const char* key) { return std::to_string(wire::integer(object, key)); }

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

/// What the caller's call is doing, from its legs and bridges.
std::string call_state(const Json& call) {
  if (!wire::member(call, "bridges").empty()) return "talking";
  std::string state = "up";
  for (const auto& leg : wire::member(call, "legs")) {
    std::string of = wire::text(leg, "state");
    if (wire::text(leg, "role") == "agent" && of != "up") return "ringing";
    if (wire::text(leg, "role") != "agent") state = of == "up" ? "hears " + wire::text(leg, "hears", "silence") : of;
  }
  return state;
}

std::string agent_of(const Json& call) {
  for (const auto& leg : wire::member(call, "legs"))
    if (wire::text(leg, "role") == "agent") return wire::text(wire::member(leg, "tags"), "agent");
  return "";
}

}  // namespace

Lines queue_lines(const Json& queue) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : wire::member(queue, "queues")) {
    auto longest = clock_text(std::chrono::duration_cast<seconds>(milliseconds(wire::integer(each, "longest_ms"))));
    rows.push_back({wire::text(each, "queue"), number(each, "waiting"), longest, number(each, "ready"),
                    number(each, "offered"), number(each, "talking"), number(each, "wrap_up"), number(each, "paused"),
                    number(each, "entered"), number(each, "answered"), number(each, "abandoned")});
  }
  return table({{"QUEUE"},
                {"WAIT", true},
                {"LONGEST", true},
                {"READY", true},
                {"RING", true},
                {"TALK", true},
                {"WRAP", true},
                {"PAUSE", true},
                {"IN", true},
                {"ANSW", true},
                {"ABAN", true}},
               rows);
}

/// Agents side by side, as many as fit: a dozen must not push the calls off the page.
Lines agent_lines(const Json& queue, Utc now, size_t columns) {
  std::vector<std::string> cells;
  std::map<std::string, int> states;
  size_t width = 0;
  for (const auto& each : wire::member(queue, "agents")) {
    std::string state = wire::text(each, "state");
    ++states[state];
    std::string shown =
        state == "paused" && !wire::text(each, "reason").empty() ? "paused " + wire::text(each, "reason") : state;
    cells.push_back(pad_right(wire::text(each, "agent"), 5) + " " + pad_right(cut(wire::text(each, "name"), 10), 10) +
                    " " + pad_right(cut(shown, 13), 13) + " " + pad_left(age_text(wire::text(each, "since"), now), 7));
    width = std::max(width, display_width(cells.back()));
  }
  if (cells.empty()) return {};
  std::string heading = "AGENTS";
  for (const auto& [state, agents] : states) heading += "  " + std::to_string(agents) + " " + state;
  Lines lines = {heading};
  size_t side_by_side = std::max<size_t>(1, (columns + 2) / (width + 2));
  size_t deep = (cells.size() + side_by_side - 1) / side_by_side;
  for (size_t row = 0; row < deep; ++row) {
    std::string line;
    for (size_t i = row; i < cells.size(); i += deep) line += (line.empty() ? "" : "  ") + pad_right(cells[i], width);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

Lines span_lines(const Json& line) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : wire::member(line, "spans")) {
    std::string state = wire::text(each, "state");
    if (wire::boolean(each, "remote_alarm")) state += ", remote alarm";
    rows.push_back({wire::text(each, "span"), state, number(each, "busy") + " of " + number(each, "channels"),
                    number(each, "lost"), number(each, "late"), number(each, "underrun")});
  }
  return table({{"SPAN"}, {"STATE"}, {"BUSY", true}, {"LOST", true}, {"LATE", true}, {"UNDERRUN", true}}, rows);
}

Lines phone_lines(const Json& line) {
  int64_t registered = 0, busy = 0, all = 0;
  std::string away;
  for (const auto& each : wire::member(line, "phones")) {
    ++all;
    busy += wire::integer(each, "busy") > 0;
    if (wire::boolean(each, "registered"))
      ++registered;
    else
      away += " " + wire::text(each, "phone");
  }
  if (all == 0) return {};
  std::string text = "PHONES  " + std::to_string(registered) + " of " + std::to_string(all) + " registered, " +
                     std::to_string(busy) + " busy";
  return {away.empty() ? text : text + "; not here:" + away};
}

Lines call_lines(const Json& line, Utc now) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : wire::member(line, "calls")) {
    const auto& tags = wire::member(each, "tags");
    rows.push_back({wire::text(each, "call"), or_dash(mask_number(wire::text(each, "from"))),
                    or_dash(wire::text(each, "to")), wire::text(each, "controller"), or_dash(wire::text(tags, "queue")),
                    call_state(each), or_dash(agent_of(each)), age_text(wire::text(each, "since"), now)});
  }
  return table({{"CALL"}, {"CALLER"}, {"CALLED"}, {"WITH"}, {"QUEUE"}, {"STATE"}, {"AGENT"}, {"FOR", true}}, rows);
}

}  // namespace hotline::ccmon
