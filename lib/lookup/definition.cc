// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/definition.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "wire/wire.h"

namespace hotline::lookup {

namespace {

const std::map<std::string, Kind> kKinds = {{"sql", Kind::sql}, {"program", Kind::program}, {"http", Kind::http},
                                            {"tcp", Kind::tcp}, {"udp", Kind::udp},         {"pin", Kind::pin}};

/// Names that are declared: good ones, each once.
std::vector<std::string> read_names(conf::Table& table, const std::string& key) {
  auto names = table.strings(key);
  for (const auto& name : names)
    if (!is_name(name))
      table.complain(key, "'" + name + "' is no name: small letters, digits and '-', a letter first, at most 32" +
                              (is_name(from_symbol(name)) ? "; write '" + from_symbol(name) + "'" : ""));
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
    table.complain(key, "a name is there twice");
  if (names.size() > kFieldsMax) table.complain(key, "more than " + std::to_string(kFieldsMax) + " names");
  return names;
}

void read_kind(conf::Table& table, const conf::Instance& instance, Definition& into) {
  switch (into.kind) {
    case Kind::sql:
      return read_sql(table, instance, into);
    case Kind::pin:
      return read_pin(table, instance, into);
    case Kind::program:
      return read_program(table, instance, into);
    case Kind::http:
      return read_http(table, instance, into);
    case Kind::tcp:
    case Kind::udp:
      return read_line(table, into);
  }
}

void read_one(conf::Table& table, const conf::Instance& instance, Definition& into) {
  std::vector<std::string> kinds;
  for (const auto& [name, kind] : kKinds) kinds.push_back(name);
  std::string kind = table.needed("kind");
  if (!kind.empty() && !kKinds.count(kind))
    table.complain("kind", "'" + kind + "' is not one of " + join(kinds, ", ") + did_you_mean(kind, kinds));
  into.parameters = read_names(table, "parameters");
  into.results = read_names(table, "results");
  into.timeout = table.duration("timeout", into.timeout, milliseconds(50), seconds(30));
  bool threads = kind == "sql" || kind == "pin";  // one each
  into.concurrency = table.integer("concurrency", threads ? 4 : 8, 1, threads ? 32 : 256);
  if (!kKinds.count(kind)) return;  // whose other keys nobody can know
  into.kind = kKinds.at(kind);
  into.answer.results = into.results;
  read_kind(table, instance, into);
  if (into.kind != Kind::sql && into.kind != Kind::pin)
    if (auto reader = AnswerReader::make(into.answer); !reader) table.complain("results", reader.error().text);
  table.close();
}

std::string not_among(const std::string& what, const std::vector<std::string>& used,
                      const std::vector<std::string>& declared, const std::string& lookup) {
  for (const auto& name : used)
    if (std::find(declared.begin(), declared.end(), name) == declared.end())
      return "look-up '" + lookup + "' has no " + what + " '" + name + "'" + did_you_mean(name, declared);
  return "";
}

}  // namespace

const char* kind_name(Kind kind) {
  for (const auto& [name, one] : kKinds)
    if (one == kind) return name.c_str();
  return "";
}

std::string resolve_path(const std::string& path, const conf::Instance& instance) {
  if (path.starts_with('/')) return path;
  if (path.starts_with("var/")) return instance.var() + path.substr(3);
  if (path.starts_with("etc/")) return instance.etc() + path.substr(3);
  return instance.etc() + "/" + path;
}

Definitions read(conf::Table& root, const conf::Instance& instance) {
  Definitions all;
  auto tables = root.table("lookup");
  for (auto& [name, table] : tables.named_tables()) {
    if (!wire::is_verb(name))
      table.complain("", "'" + name + "' is no name of a look-up: small letters, digits, '-' and '.'");
    Definition one;
    one.name = name;
    one.place = table.place();
    read_one(table, instance, one);
    all[name] = std::move(one);
  }
  tables.close();
  return all;
}

Result<Definitions> load(const std::string& path, const conf::Instance& instance) {
  auto document = conf::Document::load(path.empty() ? instance.config_file() : path);
  if (!document) return document.error();
  auto root = document->root();
  auto all = read(root, instance);
  root.ignore(conf::hotline_tables());
  root.close();
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return all;
}

std::string wrong_use(const Definitions& definitions, const std::string& name,
                      const std::vector<std::string>& parameters, const std::vector<std::string>& results) {
  auto found = definitions.find(name);
  if (found == definitions.end()) {
    std::vector<std::string> names;
    for (const auto& [known, one] : definitions) names.push_back(known);
    return "there is no look-up '" + name + "'" + did_you_mean(name, names);
  }
  const auto& one = found->second;
  if (auto why = not_among("parameter", parameters, one.parameters, name); !why.empty()) return why;
  for (const auto& needed : one.parameters)
    if (std::find(parameters.begin(), parameters.end(), needed) == parameters.end())
      return "look-up '" + name + "' needs the parameter '" + needed + "'";
  return not_among("result", results, one.results, name);
}

}  // namespace hotline::lookup
