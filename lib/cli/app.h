// SPDX-License-Identifier: GPL-2.0-or-later
// Room cli: how every program reads its options, prints its results and ends. Knows CLI11 (in app.cc alone), exit
// codes, TSV, JSON lines and tables. Refuses to know what any program does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::cli {

/// The options and arguments of a program or of one of its verbs. References given must outlive App::run.
/// `names` is as CLI11 has it: "--queue" or "-q,--queue".
class Verb {
 public:
  explicit Verb(void* command) : command_(command) {}
  Verb& flag(const std::string& names, bool& value, const std::string& help);
  /// `--name` sets "true", `--name=text` sets the text.
  Verb& flag_value(const std::string& names, std::string& value, const std::string& help);
  Verb& option(const std::string& names, std::string& value, const std::string& help);
  Verb& option(const std::string& names, int64_t& value, const std::string& help);
  Verb& option(const std::string& names, double& value, const std::string& help);
  Verb& option(const std::string& names, std::optional<std::string>& value, const std::string& help);
  /// May be given several times.
  Verb& option(const std::string& names, std::vector<std::string>& value, const std::string& help);
  Verb& argument(const std::string& name, std::string& value, const std::string& help);
  Verb& optional_argument(const std::string& name, std::string& value, const std::string& help);
  Verb& arguments(const std::string& name, std::vector<std::string>& value, const std::string& help);

 private:
  void* command_;  // CLI::App*
};

/// A program: `--help` on stdout with 0, `--version`, usage errors on stderr with 64 and a "did you mean".
///
///     cli::App app("ccbus", "shell's door to the bus");
///     std::string topic;
///     app.verb("follow", "print events as they happen", [&] { return follow(topic); }).argument("TOPIC", topic, "…");
///     return app.run(argc, argv);
class App {
 public:
  App(std::string name, std::string summary);
  ~App();
  /// Options that stand before the verb, or those of a program without verbs.
  Verb& root();
  Verb& verb(const std::string& name, const std::string& summary, std::function<int()> action);
  /// The action of a program without verbs (or when no verb is given).
  void action(std::function<int()> action);
  /// Parses, runs the action, returns the exit status. SIGPIPE ends the process quietly.
  int run(int argc, char** argv);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "ccbus: cannot …" on stderr; the exit status that goes with the error.
int fail(const Error& error);
int fail(Errc code, const std::string& text);

/// The name App was made with, for messages.
const std::string& program_name();

/// What `--version` prints: "ccbus 0.1.0 (cc-wire 1, store 15)". Versions are stated once, here.
inline constexpr int kWireVersion = 1;
inline constexpr int kStoreVersion = 15;

}  // namespace hotline::cli
