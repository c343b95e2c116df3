// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf/conf.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/fd.h"
#include "base/text.h"

namespace hotline::conf {

const std::vector<std::string>& hotline_tables() {
  static const std::vector<std::string> kTables = {
      "site",     "switch",    "span",    "sip",    "phone",   "trunk",  "route",   "ivr",      "flow",
      "acd",      "queue",     "agent",   "record", "journal", "report", "monitor", "outbound", "night",
      "calendar", "blacklist", "mailbox", "fax",    "tts",     "lookup", "store",   "desk"};
  return kTables;
}

namespace {

struct Complaint {
  std::string file;
  int64_t line;
  std::string text;
};

/// A complaint is a line: what the file has of control characters is shown, not printed.
std::string one_line(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

std::string where(const std::string& file, int64_t line) { return file + ":" + std::to_string(line); }

}  // namespace

struct Document::State {
  toml::table root;
  std::vector<std::pair<std::string, toml::table>> parts;  // the includes, kept for their source names
  std::vector<std::string> complaints;
};

struct Table::View {
  std::shared_ptr<Document::State> document;
  const toml::table* table = nullptr;  // null: an empty table
  std::string file, name;              // name: "[sip]" or "[[queue]] 'repair'", for messages
  int64_t line = 0;
  std::set<std::string> asked;

  const toml::node* find(const std::string& key) {
    asked.insert(key);
    return table ? table->get(key) : nullptr;
  }
};

static std::string file_of(const toml::node& node, const std::string& otherwise) {
  return node.source().path ? *node.source().path : otherwise;
}

static Result<toml::table> parse_text(const std::string& text, const std::string& name) {
  try {
    return toml::parse(std::string_view(text), std::string_view(name));
  } catch (const toml::parse_error& error) {
    return Error{Errc::config,
                 where(name, error.source().begin.line) + ": " + one_line(std::string(error.description()))};
  }
}

/// Moves the included table's entries into `whole`. Arrays of tables join; anything else must be new.
static Result<void> merge(toml::table& whole, toml::table&& part, const std::string& name) {
  for (auto&& [key, node] : part) {
    auto* present = whole.get(key.str());
    if (!present) {
      whole.insert(key.str(), std::move(node));
      continue;
    }
    auto *mine = present->as_array(), *theirs = node.as_array();
    if (!mine || !theirs || !theirs->is_array_of_tables())
      return Error{Errc::config, where(name, node.source().begin.line) + ": '" + std::string(key.str()) +
                                     "' is already defined at " +
                                     where(file_of(*present, "?"), present->source().begin.line)};
    for (auto& one : *theirs) mine->push_back(std::move(*one.as_table()));
  }
  return {};
}

static Result<toml::table> load_file(const std::string& path, int depth) {
  if (depth > 8) return Error{Errc::config, "'" + path + "': includes are nested more than eight deep"};
  auto text = read_file(path, 4u << 20);
  if (!text) return Error{Errc::config, text.error().text};
  auto whole = parse_text(*text, path);
  if (!whole) return whole;
  auto* list = whole->get_as<toml::array>("include");
  if (!list && whole->contains("include"))
    return Error{Errc::config,
                 where(path, whole->get("include")->source().begin.line) + ": 'include' is a list of file names"};
  std::vector<std::string> names;
  if (list)
    for (auto& one : *list)
      if (auto name = one.value<std::string>()) names.push_back(*name);
  whole->erase("include");
  for (const auto& name : names) {
    auto full = std::filesystem::path(path).parent_path() / name;
    auto part = load_file(full.string(), depth + 1);
    if (!part) return part;
    if (auto merged = merge(*whole, std::move(*part), full.string()); !merged) return merged.error();
  }
  return whole;
}

Result<Document> Document::load(const std::string& path) {
  auto root = load_file(path, 0);
  if (!root) return root.error();
  Document document;
  document.state_ = std::make_shared<State>();
  document.state_->root = std::move(*root);
  return document;
}

Result<Document> Document::parse(const std::string& text, const std::string& name) {
  auto root = parse_text(text, name);
  if (!root) return root.error();
  Document document;
  document.state_ = std::make_shared<State>();
  document.state_->root = std::move(*root);
  return document;
}

Table Document::root() const {
  auto view = std::make_shared<Table::View>();
  view->document = state_;
  view->table = &state_->root;
  view->file = file_of(state_->root, "config");
  view->line = 1;
  return Table(view);
}

const std::vector<std::string>& Document::complaints() const { return state_->complaints; }

Result<void> Document::verdict() const {
  if (state_->complaints.empty()) return {};
  return Error{Errc::config, join(state_->complaints, "\n")};
}

std::string Table::place(const std::string& key) const {
  if (!key.empty() && view_->table)
    if (const auto* node = view_->table->get(key)) return where(file_of(*node, view_->file), node->source().begin.line);
  return where(view_->file, view_->line);
}

void Table::complain(const std::string& key, const std::string& what) {
  std::string subject = key.empty() ? "" : "'" + key + "'" + (view_->name.empty() ? "" : " in " + view_->name) + ": ";
  view_->document->complaints.push_back(place(key) + ": " + one_line(subject + what));
}

bool Table::has(const std::string& key) const { return view_->table && view_->table->contains(key); }

std::string Table::string(const std::string& key, const std::string& otherwise) {
  const auto* node = view_->find(key);
  if (!node) return otherwise;
  if (auto value = node->value_exact<std::string>()) return *value;
  complain(key, "text in quotes is expected");
  return otherwise;
}

std::string Table::needed(const std::string& key) {
  auto value = string(key);
  if (value.empty()) complain(key, "is needed here and missing");
  return value;
}

int64_t Table::integer(const std::string& key, int64_t otherwise, int64_t min, int64_t max) {
  const auto* node = view_->find(key);
  if (!node) return otherwise;
  auto value = node->value_exact<int64_t>();
  if (value && *value >= min && *value <= max) return *value;
  complain(key, "a whole number from " + std::to_string(min) + " to " + std::to_string(max) + " is expected");
  return otherwise;
}

double Table::number(const std::string& key, double otherwise, double min, double max) {
  const auto* node = view_->find(key);
  if (!node) return otherwise;
  auto value = node->value<double>();
  if (value && *value >= min && *value <= max) return *value;
  complain(key, "a number from " + std::to_string(min) + " to " + std::to_string(max) + " is expected");
  return otherwise;
}

bool Table::boolean(const std::string& key, bool otherwise) {
  const auto* node = view_->find(key);
  if (!node) return otherwise;
  if (auto value = node->value_exact<bool>()) return *value;
  complain(key, "true or false is expected");
  return otherwise;
}

microseconds Table::duration(const std::string& key, microseconds otherwise, microseconds min, microseconds max) {
  const auto* node = view_->find(key);
  if (!node) return otherwise;
  std::string range =
      "a duration from " + format_duration(min) + " to " + format_duration(max) + " is expected, in quotes (\"20s\")";
  auto text = node->value_exact<std::string>();
  if (!text) {
    complain(key, range);
    return otherwise;
  }
  auto value = parse_duration(*text);
  if (value && *value >= min && *value <= max) return *value;
  complain(key, value ? range : value.error().text);
  return otherwise;
}

std::vector<std::string> Table::strings(const std::string& key) {
  const auto* node = view_->find(key);
  if (!node) return {};
  std::vector<std::string> values;
  if (const auto* list = node->as_array()) {
    for (const auto& one : *list) {
      auto value = one.value_exact<std::string>();
      if (!value) break;
      values.push_back(*value);
    }
    if (values.size() == list->size()) return values;
  }
  complain(key, "a list of texts is expected: [\"a\", \"b\"]");
  return {};
}

std::vector<int64_t> Table::integers(const std::string& key, int64_t min, int64_t max) {
  const auto* node = view_->find(key);
  if (!node) return {};
  std::vector<int64_t> values;
  if (const auto* list = node->as_array()) {
    for (const auto& one : *list) {
      auto value = one.value_exact<int64_t>();
      if (!value || *value < min || *value > max) break;
      values.push_back(*value);
    }
    if (values.size() == list->size()) return values;
  }
  complain(key, "a list of whole numbers from " + std::to_string(min) + " to " + std::to_string(max) + " is expected");
  return {};
}

std::string Table::choice(const std::string& key, const std::string& otherwise,
                          const std::vector<std::string>& allowed) {
  auto value = string(key, otherwise);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  complain(key, "'" + value + "' is not one of " + join(allowed, ", ") + did_you_mean(value, allowed));
  return otherwise;
}

Table Table::table(const std::string& key) {
  auto view = std::make_shared<View>();
  view->document = view_->document;
  view->file = view_->file;
  view->line = view_->line;
  view->name = "[" + key + "]";
  if (const auto* node = view_->find(key)) {
    view->table = node->as_table();
    view->line = node->source().begin.line;
    view->file = file_of(*node, view_->file);
    if (!view->table) complain(key, "a table is expected: [" + key + "]");
  }
  return Table(view);
}

std::vector<Table> Table::tables(const std::string& key) {
  const auto* node = view_->find(key);
  if (!node) return {};
  std::vector<Table> list;
  const auto* array = node->as_array();
  if (!array || (!array->empty() && !array->is_array_of_tables())) {
    complain(key, "tables are expected, each begun by [[" + key + "]]");
    return {};
  }
  for (const auto& one : *array) {
    auto view = std::make_shared<View>();
    view->document = view_->document;
    view->table = one.as_table();
    view->file = file_of(one, view_->file);
    view->line = one.source().begin.line;
    view->name = "[[" + key + "]]";
    list.push_back(Table(view));
  }
  return list;
}

/// toml++ keeps keys sorted by name; people expect the order in which they wrote them.
static std::vector<std::pair<std::string, const toml::node*>> in_file_order(const toml::table* table) {
  std::vector<std::pair<std::string, const toml::node*>> list;
  if (table)
    for (auto&& [key, node] : *table) list.emplace_back(std::string(key.str()), &node);
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second->source().begin < b.second->source().begin; });
  return list;
}

std::vector<std::pair<std::string, Table>> Table::named_tables() {
  std::vector<std::pair<std::string, Table>> list;
  for (const auto& [key, node] : in_file_order(view_->table))
    if (node->is_table()) list.emplace_back(key, table(key));
  return list;
}

std::vector<std::pair<std::string, std::string>> Table::named_strings() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& [key, node] : in_file_order(view_->table))
    if (node->is_string()) list.emplace_back(key, string(key));
  return list;
}

void Table::ignore(const std::vector<std::string>& keys) { view_->asked.insert(keys.begin(), keys.end()); }

void Table::close() {
  std::vector<std::string> known(view_->asked.begin(), view_->asked.end());
  for (const auto& [key, node] : in_file_order(view_->table))
    if (!view_->asked.count(key)) {
      std::string in = view_->name.empty() ? "" : " in " + view_->name;
      view_->document->complaints.push_back(place(key) + ": " +
                                            one_line("unknown key '" + key + "'" + in + did_you_mean(key, known)));
    }
}

}  // namespace hotline::conf
