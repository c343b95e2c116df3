// SPDX-License-Identifier: GPL-2.0-or-later
// Customers as vCards.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "desk/exchange.h"

namespace hotline::desk {

namespace {

struct Property {
  std::string name;                     ///< upper case, without a group
  std::vector<std::string> parameters;  ///< upper case: "TYPE=CELL", "WORK"
  std::string value;
};

std::string upper(std::string text) {
  for (char& c : text) c = char(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// Lines joined where the next begins with a blank (RFC 2426 2.6) or a quoted-printable one ends with '='.
std::vector<std::pair<int64_t, std::string>> unfolded(std::string_view text) {
  std::vector<std::pair<int64_t, std::string>> lines;
  int64_t number = 0;
  bool soft = false;
  for (auto& raw : split(text, '\n')) {
    ++number;
    if (!raw.empty() && raw.back() == '\r') raw.pop_back();
    bool folded = !raw.empty() && (raw[0] == ' ' || raw[0] == '\t');
    if (!lines.empty() && (soft || folded)) {
      if (soft) lines.back().second.pop_back();
      lines.back().second += soft ? raw : raw.substr(1);
    } else {
      lines.emplace_back(number, raw);
    }
    const auto& line = lines.back().second;
    soft = line.ends_with("=") && upper(line.substr(0, line.find(':'))).find("QUOTED-PRINTABLE") != std::string::npos;
  }
  return lines;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = char(std::toupper(static_cast<unsigned char>(c)));
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string quoted_printable(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    int high = i + 2 < text.size() && text[i] == '=' ? hex_digit(text[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      plain += text[i];
      continue;
    }
    plain += char(high * 16 + low);
    i += 2;
  }
  return plain;
}

std::optional<Property> property_of(const std::string& line) {
  auto colon = line.find(':');
  if (colon == std::string::npos) return std::nullopt;
  auto words = split(upper(line.substr(0, colon)), ';');
  Property property;
  property.name = words[0].substr(words[0].find('.') + 1);  // npos + 1 is 0
  property.parameters.assign(words.begin() + 1, words.end());
  property.value = line.substr(colon + 1);
  for (const auto& parameter : property.parameters)
    if (parameter.ends_with("QUOTED-PRINTABLE")) property.value = quoted_printable(property.value);
  return property;
}

/// The parts between ';' (or ','), each with its backslashes taken away.
std::vector<std::string> parts(const std::string& value, char separator) {
  std::vector<std::string> all(1);
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      char next = value[++i];
      all.back() += next == 'n' || next == 'N' ? '\n' : next;
    } else if (value[i] == separator) {
      all.emplace_back();
    } else {
      all.back() += value[i];
    }
  }
  return all;
}

std::string whole(const std::string& value) { return join(parts(value, '\0'), ""); }

/// A value of several parts as a line: what is empty is left out.
std::string line_of(const std::string& value, std::string_view between) {
  auto all = parts(value, ';');
  std::erase_if(all, [](const auto& part) { return trim(part).empty(); });
  return join(all, between);
}

std::string kind_of(const Property& property) {
  for (const auto& parameter : property.parameters) {
    if (parameter.find("CELL") != std::string::npos) return "mobile";
    if (parameter.find("WORK") != std::string::npos) return "office";
    if (parameter.find("HOME") != std::string::npos) return "home";
    if (parameter.find("FAX") != std::string::npos) return "fax";
  }
  return "";
}

void take(const Property& property, Customer& customer) {
  if (property.name == "FN") customer.name = whole(property.value);
  if (property.name == "N" && customer.name.empty()) customer.name = line_of(property.value, "");
  if (property.name == "ORG" && customer.name.empty()) customer.name = line_of(property.value, " ");
  if (property.name == "UID") customer.code = whole(property.value);
  if (property.name == "NOTE") customer.note = whole(property.value);
  if (property.name == "ADR") customer.addresses.push_back({"", line_of(property.value, " ")});
  if (property.name == "CATEGORIES")
    for (const auto& tag : parts(property.value, ',')) customer.tags.push_back(tag);
  if (property.name == "TEL") {
    std::string number = whole(property.value);
    customer.numbers.push_back({number.starts_with("tel:") ? number.substr(4) : number, kind_of(property), ""});
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == ',' || c == ';') out += '\\';
    if (c != '\r') out += c;
  }
  return out;
}

/// At most 75 octets a line, no character cut.
std::string folded(const std::string& line) {
  std::string out;
  size_t width = 0;
  for (size_t i = 0; i < line.size();) {
    size_t size = 1;
    while (i + size < line.size() && (line[i + size] & 0xc0) == 0x80) ++size;
    if (width + size > 75) {
      out += "\r\n ";
      width = 1;
    }
    out += line.substr(i, size);
    width += size;
    i += size;
  }
  return out + "\r\n";
}

std::string type_of(const std::string& kind) {
  if (kind == "mobile") return ";TYPE=CELL";
  if (kind == "office") return ";TYPE=WORK";
  if (kind == "home") return ";TYPE=HOME";
  return kind == "fax" ? ";TYPE=FAX" : "";
}

}  // namespace

Result<std::vector<Record>> read_vcards(std::string_view text) {
  std::vector<Record> records;
  bool open = false;
  for (const auto& [number, line] : unfolded(text)) {
    if (trim(line).empty()) continue;
    auto property = property_of(line);
    bool begins = property && property->name == "BEGIN" && upper(property->value) == "VCARD";
    if (begins && !open) records.push_back({number, {}, ""});
    if (begins == open)
      return Error{Errc::bad_data, "line " + std::to_string(number) + ": no vCard begins or ends there"};
    if (begins) {
      open = true;
    } else if (!property) {
      records.back().fault = "line " + std::to_string(number) + " has no colon";
    } else if (property->name == "END") {
      open = false;
    } else {
      take(*property, records.back().customer);
    }
  }
  if (open) return Error{Errc::bad_data, "line " + std::to_string(records.back().line) + ": this vCard does not end"};
  if (records.empty()) return Error{Errc::bad_data, "the file has no vCard"};
  return records;
}

std::string vcard_of(const Customer& customer) {
  std::string card = "BEGIN:VCARD\r\nVERSION:3.0\r\n";
  card += folded("UID:" + escaped(customer.code));
  card += folded("FN:" + escaped(customer.name));
  card += folded("N:" + escaped(customer.name) + ";;;;");
  for (const auto& one : customer.numbers) card += folded("TEL" + type_of(one.kind) + ":" + one.number);
  for (const auto& one : customer.addresses) card += folded("ADR:;;" + escaped(one.address) + ";;;;");
  std::vector<std::string> tags;
  for (const auto& tag : customer.tags) tags.push_back(escaped(tag));
  if (!tags.empty()) card += folded("CATEGORIES:" + join(tags, ","));
  if (!customer.note.empty()) card += folded("NOTE:" + escaped(customer.note));
  return card + "END:VCARD\r\n";
}

}  // namespace hotline::desk
