// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include "base/text.h"

namespace hotline::ccmon {

using wire::Json;

std::string age_text(const std::string& since, Utc now) {
  auto time = parse_utc(since);
  if (!time) return "-";
  return clock_text(std::chrono::duration_cast<seconds>(std::max(now - *time, microseconds(0))));
}

std::string cut(const std::string& text, size_t columns) {
  if (display_width(text) <= columns) return text;
  std::string kept;
  for (size_t i = 0; i < text.size();) {
    size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    std::string longer = kept + text.substr(i, next - i);
    if (display_width(longer) > columns) break;
    kept = std::move(longer);
    i = next;
  }
  return kept;
}

namespace {

int64_t age_ms(const Source& source, Utc now) {
  return std::chrono::duration_cast<milliseconds>(std::max(now - source.taken, microseconds(0))).count();
}

/// "ccswitchd  0:01 ago, 12 calls": how far what follows can be trusted.
std::string source_line(const Source& source, Utc now, const std::string& what) {
  std::string line = pad_right(source.name, 11);
  if (!source.snapshot) return line + "does not answer; is " + source.name + " running?";
  std::string age = clock_text(std::chrono::duration_cast<seconds>(milliseconds(age_ms(source, now)))) + " old";
  return line + (source.answers ? age : "STALE, does not answer, " + age) + ": " + what;
}

std::string counted(int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

int64_t size_of(const Json& snapshot, const char* key) {
  return static_cast<int64_t>(wire::member(snapshot, key).size());
}

std::string line_summary(const Json& snapshot) {
  std::string text = counted(size_of(snapshot, "calls"), "call");
  for (const auto& each : wire::member(snapshot, "controllers"))
    if (!wire::boolean(each, "alive")) text += ", " + wire::text(each, "controller") + " is lost";
  return text;
}

std::string queue_summary(const Json& snapshot) {
  int64_t waiting = 0;
  for (const auto& each : wire::member(snapshot, "queues")) waiting += wire::integer(each, "waiting");
  std::string text = std::to_string(waiting) + " waiting";
  return wire::boolean(snapshot, "live", true) ? text : text + ", it does not hear ccswitchd";
}

void append(Lines& page, const Lines& part) {
  if (part.empty()) return;
  page.push_back("");
  page.insert(page.end(), part.begin(), part.end());
}

}  // namespace

std::vector<std::string> page(const Model& model, Utc now, Size size) {
  Lines lines = {"Hotline    " + format_local(now)};
  lines.push_back(source_line(model.line, now, model.line.snapshot ? line_summary(*model.line.snapshot) : ""));
  lines.push_back(source_line(model.queue, now, model.queue.snapshot ? queue_summary(*model.queue.snapshot) : ""));
  if (model.queue.snapshot) append(lines, queue_lines(*model.queue.snapshot));
  if (model.queue.snapshot) append(lines, agent_lines(*model.queue.snapshot, now, size.columns));
  if (model.line.snapshot) append(lines, span_lines(*model.line.snapshot));
  if (model.line.snapshot) append(lines, phone_lines(*model.line.snapshot));
  if (model.line.snapshot) append(lines, call_lines(*model.line.snapshot, now));
  if (size.rows > 1 && lines.size() > size.rows) {
    size_t left = lines.size() - (size.rows - 1);
    lines.resize(size.rows - 1);
    lines.push_back("and " + std::to_string(left) + " lines more: a taller window, or --once into a pager");
  }
  for (auto& line : lines) line = cut(line, size.columns);
  return lines;
}

std::string json(const Model& model, Utc now) {
  Json object = {{"format", 1}, {"time", format_utc(now)}};
  for (const auto* source : {&model.line, &model.queue}) {
    Json& face = object[source->name];
    face = Json();
    if (!source->snapshot) continue;
    face = *source->snapshot;
    face["age_ms"] = age_ms(*source, now);
    face["answers"] = source->answers;
  }
  return wire::dump(object);
}

}  // namespace hotline::ccmon
