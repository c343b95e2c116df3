// SPDX-License-Identifier: GPL-2.0-or-later
// What etc/lookups.toml (cclookups(5)) says of a look-up, checked. Reads files, programs' modes and the shape of
// statements; asks no source.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "conf/conf.h"
#include "conf/instance.h"
#include "lookup/answer.h"
#include "lookup/values.h"

namespace hotline::lookup {

enum class Kind { sql, program, http, tcp, udp, pin };
const char* kind_name(Kind kind);

struct SqlPart {
  std::string database;  ///< path of the file
  std::string query;
  bool write = false;
  bool operator==(const SqlPart&) const = default;
};

/// Beside the query, which gives what is stored of the PIN: how often it may be guessed.
struct PinPart {
  std::string store, sql_dir;  ///< of pin_failures: the instance's
  std::string realm;
  int64_t tries = 3, caller_tries = 3;
  microseconds lock = std::chrono::minutes(15);
  bool operator==(const PinPart&) const = default;
};
inline constexpr const char* kPinParameter = "pin";
inline constexpr const char* kNumberParameter = "number";
inline constexpr const char* kCallerParameter = "caller";
/// What a pin look-up answers beside its own results, whether it found something or not.
inline const std::vector<std::string> kPinResults = {"locked", "locked-seconds", "tries-left"};

struct ProgramPart {
  std::vector<std::string> command;  ///< the first is a path, or a name that PATH finds
  std::string directory;
  bool operator==(const ProgramPart&) const = default;
};

struct HttpPart {
  std::string method, url, body, content_type, body_encoding;
  std::string host, port;  ///< of the URL
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::string>> secret_headers;
  std::vector<int64_t> none_statuses;
  bool verify = true;
  std::string ca_file;
  bool operator==(const HttpPart&) const = default;
};

struct LinePart {
  enum class Ends { line, empty_line, close };
  std::string host, port, send, encoding;
  Ends ends = Ends::line;  ///< of TCP; a datagram ends by itself
  bool operator==(const LinePart&) const = default;
};

struct Definition {
  std::string name, place;  ///< place: "lookups.toml:12"
  Kind kind = Kind::sql;
  std::vector<std::string> parameters, results;
  microseconds timeout = seconds(2);  ///< from ask to answer, waiting for others included
  int64_t concurrency = 8;
  AnswerForm answer;
  SqlPart sql;
  PinPart pin;
  ProgramPart program;
  HttpPart http;
  LinePart line;
  bool operator==(const Definition&) const = default;
};

using Definitions = std::map<std::string, Definition>;

/// Takes [lookup] of a configuration that is being read; every complaint goes into the table, with file, line and
/// remedy.
Definitions read(conf::Table& root, const conf::Instance& instance);

/// The same of a whole file, the instance's hotline.toml when `path` is empty; other programs' tables are left alone.
Result<Definitions> load(const std::string& path, const conf::Instance& instance);

/// What is wrong when a flow asks `name` with these parameters and uses these results; "" when nothing is.
std::string wrong_use(const Definitions& definitions, const std::string& name,
                      const std::vector<std::string>& parameters, const std::vector<std::string>& results);

/// The kinds' own keys, in definition_kinds.cc and http_source.cc.
void read_sql(conf::Table& table, const conf::Instance& instance, Definition& into);
void read_pin(conf::Table& table, const conf::Instance& instance, Definition& into);
void read_program(conf::Table& table, const conf::Instance& instance, Definition& into);
void read_line(conf::Table& table, Definition& into);
void read_http(conf::Table& table, const conf::Instance& instance, Definition& into);

/// A path of the configuration: "var/…" and "etc/…" are the instance's folders, a slash begins an absolute one;
/// anything else is below etc/.
std::string resolve_path(const std::string& path, const conf::Instance& instance);

}  // namespace hotline::lookup
