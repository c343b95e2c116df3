// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of each kind but http, whose URL is taken apart by its library.
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "lookup/definition.h"
#include "lookup/template.h"
#include "store/site.h"

namespace hotline::lookup {

namespace {

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> symbols(const std::vector<std::string>& names) {
  std::vector<std::string> list;
  list.reserve(names.size());
  for (const auto& name : names) list.push_back(to_symbol(name));
  return list;
}

/// The statement's parameters and columns against the declared ones. A database that is not there yet, or busy, is no
/// fault of the configuration: `cclookup check --try` tells.
void check_statement(conf::Table& table, const Definition& one, const std::vector<std::string>& parameters,
                     const std::vector<std::string>& columns) {
  auto database = store::SiteDatabase::open(one.sql.database, one.sql.write);
  if (!database) return;
  auto shape = (*database)->shape(one.sql.query);
  if (!shape) {
    if (shape.error().code == Errc::config) table.complain("query", shape.error().text);
    return;
  }
  for (const auto& name : shape->parameters)
    if (!among(parameters, name))
      table.complain("query", "':" + name + "' is none of its parameters" + did_you_mean(name, parameters));
  for (const auto& name : columns)
    if (!among(shape->columns, name))
      table.complain("results", "the query has no column '" + name + "'" + did_you_mean(name, shape->columns) +
                                    "; name it with AS");
  if (one.kind == Kind::pin &&
      (shape->columns.empty() || (shape->columns[0] != "pin_argon2id" && shape->columns[0] != "pin_plain")))
    table.complain("query",
                   "its first column must be named pin_argon2id or pin_plain, by what is stored there (SELECT … AS)");
}

std::string database_of(conf::Table& table, const conf::Instance& instance) {
  static constexpr std::string_view kScheme = "sqlite:";
  std::string store = table.string("store");
  if (store.empty()) return instance.store_file();
  if (!store.starts_with(kScheme) || store.size() == kScheme.size()) {
    table.complain("store",
                   "\"sqlite:FILE\" is expected, as \"sqlite:var/billing.db\"; other databases are asked by a program");
    return instance.store_file();
  }
  std::string path = store.substr(kScheme.size());
  if (!path.starts_with('/') && !path.starts_with("var/") && !path.starts_with("etc/"))
    table.complain("store", "the file's path begins with '/', 'var/' or 'etc/'");
  return resolve_path(path, instance);
}

void read_host(conf::Table& table, LinePart& line) {
  std::string address = table.needed("address");
  if (address.empty()) return;
  size_t colon = address.rfind(':');
  auto port = parse_int(colon == std::string::npos ? "" : address.substr(colon + 1));
  line.host = address.substr(0, colon);
  if (line.host.starts_with('[') && line.host.ends_with(']')) line.host = line.host.substr(1, line.host.size() - 2);
  if (!port || *port < 1 || *port > 65535 || line.host.empty())
    table.complain("address", "\"HOST:PORT\" is expected, an IPv6 address in brackets");
  else
    line.port = std::to_string(*port);
}

}  // namespace

void read_sql(conf::Table& table, const conf::Instance& instance, Definition& into) {
  into.sql.database = database_of(table, instance);
  into.sql.query = table.needed("query");
  into.sql.write = table.boolean("write", false);
  std::error_code none;
  if (into.sql.write && (into.sql.database == instance.store_file() ||
                         std::filesystem::equivalent(into.sql.database, instance.store_file(), none)))
    table.complain("write", "the instance's own store has writers of its own; give a store of the site's");
  if (!into.sql.query.empty()) check_statement(table, into, symbols(into.parameters), symbols(into.results));
}

void read_pin(conf::Table& table, const conf::Instance& instance, Definition& into) {
  into.sql.database = database_of(table, instance);
  into.sql.query = table.needed("query");
  into.pin.store = instance.store_file();
  into.pin.sql_dir = instance.share() + "/sql";
  into.pin.realm = table.string("realm", "pin");
  if (!is_name(into.pin.realm)) table.complain("realm", "small letters, digits and '-' are expected, a letter first");
  into.pin.tries = table.integer("tries", 3, 1, 100);
  into.pin.caller_tries = table.integer("caller_tries", into.pin.tries, 1, 10000);
  into.pin.lock = table.duration("lock", std::chrono::minutes(15), seconds(1), std::chrono::hours(24));
  for (const char* needed : {kNumberParameter, kPinParameter})
    if (!among(into.parameters, needed))
      table.complain("parameters", "'" + std::string(needed) + "' is needed here and missing");
  for (const auto& name : kPinResults)
    if (among(into.results, name)) table.complain("results", "'" + name + "' is given anyway");
  // The PIN is never bound to a statement: the query may only find whose it is.
  auto parameters = into.parameters;
  std::erase(parameters, kPinParameter);
  if (!into.sql.query.empty()) check_statement(table, into, symbols(parameters), symbols(into.results));
  into.results.insert(into.results.end(), kPinResults.begin(), kPinResults.end());
}

void read_program(conf::Table& table, const conf::Instance& instance, Definition& into) {
  auto& program = into.program;
  program.directory = instance.etc();
  program.command = table.strings("command");
  if (program.command.empty() || program.command[0].empty())
    return table.complain("command", "a program and its arguments are needed: [\"programs/balance\"]");
  for (const auto& word : program.command)
    if (word.find('\0') != std::string::npos) table.complain("command", "it has a NUL");
  auto& file = program.command[0];
  if (file.find('/') == std::string::npos) return;  // PATH finds it, or `check --try` says that it does not
  file = resolve_path(file, instance);
  if (::access(file.c_str(), X_OK) != 0 || std::filesystem::is_directory(file))
    table.complain("command", "'" + file + "' is no program that may be run; is its mode 755?");
}

void read_line(conf::Table& table, Definition& into) {
  auto& line = into.line;
  read_host(table, line);
  line.send = table.needed("send");
  line.encoding = table.choice("encoding", "plain", {"plain", "percent"});
  into.answer.pattern = table.string("pattern");
  into.answer.none_pattern = table.string("none");
  if (into.kind == Kind::tcp) {
    std::string ends =
        table.choice("ends", into.answer.pattern.empty() ? "empty-line" : "line", {"line", "empty-line", "close"});
    line.ends = ends == "line"         ? LinePart::Ends::line
                : ends == "empty-line" ? LinePart::Ends::empty_line
                                       : LinePart::Ends::close;
  }
  if (into.kind == Kind::udp)
    line.ends = into.answer.pattern.empty() ? LinePart::Ends::empty_line : LinePart::Ends::line;
  if (line.send.size() > kAnswerBytesMax) table.complain("send", "it is longer than 64 KiB");
  if (auto parsed = Template::parse(line.send, into.parameters); !parsed) table.complain("send", parsed.error().text);
}

}  // namespace hotline::lookup
