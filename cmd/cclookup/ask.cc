// SPDX-License-Identifier: GPL-2.0-or-later
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>

#include "base/text.h"
#include "cli/app.h"
#include "lookup/lookups.h"
#include "verbs.h"

namespace hotline::cclookup {

using lookup::Outcome;
using lookup::Reason;

namespace {

/// NAME=VALUE; a value "-" is the next line of standard input, for what the process list must not show.
Result<lookup::Fields> read_parameters(const std::vector<std::string>& words) {
  lookup::Fields fields;
  for (size_t i = 1; i < words.size(); ++i) {
    size_t equals = words[i].find('=');
    std::string name = words[i].substr(0, equals);
    if (equals == std::string::npos || !lookup::is_name(name))
      return Error{Errc::usage, "NAME=VALUE is expected, not '" + words[i] + "'"};
    std::string value = words[i].substr(equals + 1);
    if (value == "-" && !std::getline(std::cin, value))
      return Error{Errc::no_input, "'" + name + "' is to be read from standard input, which has ended"};
    if (!fields.emplace(name, value).second) return Error{Errc::usage, "'" + name + "' is there twice"};
  }
  return fields;
}

std::string wrong_question(const lookup::Definitions& definitions, const std::string& name,
                           const lookup::Fields& fields) {
  std::vector<std::string> names;
  for (const auto& [given, value] : fields) names.push_back(given);
  return lookup::wrong_use(definitions, name, names, {});
}

void print_json(const std::string& name, const Outcome& outcome) {
  std::string fields;
  for (const auto& [key, value] : outcome.fields)
    fields += (fields.empty() ? "" : ",") + cli::json_quote(key) + ":" + cli::json_quote(value);
  std::string line = "{\"format\":1,\"name\":" + cli::json_quote(name) + ",\"outcome\":\"" + outcome.name() +
                     "\",\"fields\":{" + fields + "}";
  if (outcome.kind == Outcome::Kind::failed)
    line += std::string(",\"reason\":\"") + lookup::reason_name(outcome.reason) +
            "\",\"text\":" + cli::json_quote(outcome.text);
  std::printf("%s}\n", line.c_str());
}

int status_of(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::found) return 0;
  if (outcome.kind == Outcome::Kind::none) return static_cast<int>(Errc::no);
  return static_cast<int>(outcome.reason == Reason::bad_parameter ? Errc::usage : Errc::again);
}

}  // namespace

int ask(const std::string& config, const std::vector<std::string>& words, bool json) {
  if (words.empty()) return cli::fail(Errc::usage, "which look-up? 'cclookup list' prints them");
  const auto& name = words.front();
  auto definitions = lookup::load(config, conf::Instance::from_environment());
  if (!definitions) return cli::fail(definitions.error());
  auto parameters = read_parameters(words);
  if (!parameters) return cli::fail(parameters.error());
  if (auto why = wrong_question(*definitions, name, *parameters); !why.empty()) return cli::fail(Errc::usage, why);

  Loop loop;
  std::optional<Outcome> outcome;
  int caught = 0;
  auto stop_by = [&](int signal) {
    return loop.on_signal(signal, [&, signal] {
      caught = signal;
      loop.stop();
    });
  };
  auto interrupted = stop_by(SIGINT), terminated = stop_by(SIGTERM);
  {
    lookup::Lookups lookups(loop, {{name, definitions->at(name)}}, {.show_stderr = true});
    auto handle = lookups.ask(name, *parameters, [&](const Outcome& answered) {
      outcome = answered;
      loop.stop();
    });
    loop.run();
  }  // a program that was started does not outlive us
  if (!outcome) return 128 + caught;
  if (json)
    print_json(name, *outcome);
  else
    for (const auto& [key, value] : outcome->fields) std::printf("%s=%s\n", key.c_str(), value.c_str());
  std::fflush(stdout);
  if (outcome->kind == Outcome::Kind::failed)
    std::fprintf(stderr, "%s: '%s' failed: %s: %s\n", cli::program_name().c_str(), name.c_str(),
                 lookup::reason_name(outcome->reason), outcome->text.c_str());
  return status_of(*outcome);
}

}  // namespace hotline::cclookup
