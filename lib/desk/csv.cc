// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/csv.h"

namespace hotline::desk {

namespace {

/// Reads a text once, from its beginning to its end.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return at_ >= text_.size(); }
  int64_t line() const { return line_; }

  Result<CsvRow> row() {
    CsvRow row{line_, {}};
    for (;;) {
      auto field = quoted() ? quoted_field() : Result<std::string>(plain_field());
      if (!field) return field.error();
      row.fields.push_back(std::move(*field));
      if (!done() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_line();
      return row;
    }
  }

 private:
  bool quoted() const { return !done() && text_[at_] == '"'; }
  bool at_end() const { return done() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }
  void end_line() {
    if (done()) return;
    at_ += text_[at_] == '\r' ? 2 : 1;
    ++line_;
  }
  std::string plain_field() {
    size_t begin = at_;
    while (!at_end() && text_[at_] != ',') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  Result<std::string> quoted_field() {
    const int64_t began = line_;
    std::string field;
    for (++at_; !done(); ++at_) {
      char c = text_[at_];
      if (c == '\n') ++line_;
      if (c != '"') {
        field += c;
      } else if (text_.substr(at_, 2) == "\"\"") {
        field += c;
        ++at_;
      } else {
        ++at_;
        if (at_end() || text_[at_] == ',') return field;
        return Error{Errc::bad_data, "line " + std::to_string(line_) + ": a quote ends before its field"};
      }
    }
    return Error{Errc::bad_data, "line " + std::to_string(began) + ": a quote is not closed"};
  }

  std::string_view text_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  std::vector<CsvRow> rows;
  for (Reader reader(text); !reader.done();) {
    auto row = reader.row();
    if (!row) return row.error();
    if (row->fields.size() > 1 || !row->fields[0].empty()) rows.push_back(std::move(*row));
  }
  return rows;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i) line += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (char c : fields[i]) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace hotline::desk
