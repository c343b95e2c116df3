// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/output.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace hotline::cli {

namespace {

std::string decimal(double value) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  std::string whole(text);
  while (whole.back() == '0') whole.pop_back();
  if (whole.back() == '.') whole.pop_back();
  return whole == "-0" ? "0" : whole;
}

struct Plain {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const { return text.empty() ? "-" : text; }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return decimal(number); }
  std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
};

struct Json {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(const std::string& text) const { return json_quote(text); }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return std::isfinite(number) ? decimal(number) : "null"; }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
};

/// Separators may not come from inside a field: the encoder guards them, always.
std::string guarded(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r' || c == '\0') c = ' ';
  return text;
}

}  // namespace

std::string json_quote(const std::string& text) {
  std::string whole = "\"";
  for (char c : valid_utf8(text)) {
    if (c == '"' || c == '\\') {
      whole += '\\';
      whole += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      whole += escape;
    } else {
      whole += c;
    }
  }
  return whole + '"';
}

void Listing::add_options(Verb& verb) {
  verb.flag("--json", json_, "print one JSON object a line (ccformats(5))");
  verb.flag_value("--porcelain", porcelain_, "print tab-separated fields, stable for scripts; --porcelain=v1 asks for that version (ccformats(5))");
  verb.flag("-z,--null", zero_, "end each --porcelain line with NUL instead of newline");
}

void Listing::row(const std::vector<Field>& fields, const std::vector<Field>& people) {
  require(fields.size() == columns_.size());
  require(people.empty() || people.size() == columns_.size());
  if (!porcelain_.empty() && porcelain_ != "true" && porcelain_ != "v1")
    std::exit(fail(Errc::usage, "'--porcelain=" + porcelain_ + "' is not known; this program speaks v1"));
  ++rows_;
  if (json_) {
    std::string line = "{\"format\":1";
    for (size_t i = 0; i < fields.size(); ++i)
      line += "," + json_quote(columns_[i].name) + ":" + std::visit(Json(), fields[i]);
    std::printf("%s}\n", line.c_str());
  } else if (!porcelain_.empty()) {
    if (!header_done_) {
      std::string header = "#";
      for (size_t i = 0; i < columns_.size(); ++i) header += (i ? "\t" : " ") + columns_[i].name;
      std::printf("%s%c", header.c_str(), zero_ ? '\0' : '\n');
      header_done_ = true;
    }
    std::string line;
    for (size_t i = 0; i < fields.size(); ++i) line += (i ? "\t" : "") + guarded(std::visit(Plain(), fields[i]));
    line += zero_ ? '\0' : '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  } else {
    std::vector<std::string> cells;
    for (const auto& field : people.empty() ? fields : people) cells.push_back(guarded(std::visit(Plain(), field)));
    table_.push_back(std::move(cells));
  }
}

int Listing::finish() {
  if (!for_machines() && !table_.empty()) {
    std::vector<size_t> widths;
    for (size_t i = 0; i < columns_.size(); ++i) {
      widths.push_back(display_width(columns_[i].heading));
      for (const auto& cells : table_) widths[i] = std::max(widths[i], display_width(cells[i]));
    }
    auto print = [&](auto cell_of) {
      std::string line;
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].heading.empty()) continue;
        if (!line.empty()) line += "  ";
        line += columns_[i].right ? pad_left(cell_of(i), widths[i]) : pad_right(cell_of(i), widths[i]);
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      std::printf("%s\n", line.c_str());
    };
    print([&](size_t i) { return columns_[i].heading; });
    for (const auto& cells : table_) print([&](size_t i) { return cells[i]; });
  }
  std::fflush(stdout);
  return rows_ > 0 ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline::cli
