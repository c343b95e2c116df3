// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <list>

#include "base/text.h"

namespace hotline::cli {

namespace {

std::string g_name = "hotline";

CLI::App* command_of(void* command) { return static_cast<CLI::App*>(command); }

/// Long options and verbs a user may have meant.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* verb : app.get_subcommands({})) words.push_back(verb->get_name());
  for (const auto* option : app.get_options({}))
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  return words;
}

}  // namespace

const std::string& program_name() { return g_name; }

int fail(const Error& error) {
  std::fprintf(stderr, "%s: %s\n", g_name.c_str(), error.text.c_str());
  return static_cast<int>(error.code);
}

int fail(Errc code, const std::string& text) { return fail(Error{code, text}); }

Verb& Verb::flag(const std::string& names, bool& value, const std::string& help) {
  command_of(command_)->add_flag(names, value, help);
  return *this;
}
Verb& Verb::flag_value(const std::string& names, std::string& value, const std::string& help) {
  command_of(command_)->add_flag(names, value, help);
  return *this;
}
Verb& Verb::option(const std::string& names, std::string& value, const std::string& help) {
  command_of(command_)->add_option(names, value, help);
  return *this;
}
Verb& Verb::option(const std::string& names, int64_t& value, const std::string& help) {
  command_of(command_)->add_option(names, value, help);
  return *this;
}
Verb& Verb::option(const std::string& names, double& value, const std::string& help) {
  command_of(command_)->add_option(names, value, help);
  return *this;
}
Verb& Verb::option(const std::string& names, std::optional<std::string>& value, const std::string& help) {
  command_of(command_)->add_option_function<std::string>(names, [&value](const std::string& v) { value = v; }, help);
  return *this;
}
Verb& Verb::option(const std::string& names, std::vector<std::string>& value, const std::string& help) {
  command_of(command_)->add_option(names, value, help)->take_all()->allow_extra_args(false);
  return *this;
}
Verb& Verb::argument(const std::string& name, std::string& value, const std::string& help) {
  command_of(command_)->add_option(name, value, help)->required();
  return *this;
}
Verb& Verb::optional_argument(const std::string& name, std::string& value, const std::string& help) {
  command_of(command_)->add_option(name, value, help);
  return *this;
}
Verb& Verb::arguments(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  command_of(command_)->add_option(name, value, help);
  return *this;
}

struct App::State {
  CLI::App app;
  Verb root;
  std::function<int()> action;
  struct Entry {
    CLI::App* command;
    Verb verb;
    std::function<int()> action;
  };
  std::list<Entry> verbs;  // a list: callers keep references to Verb
  State(const std::string& name, const std::string& summary) : app(summary, name), root(&app) {}
};

App::App(std::string name, std::string summary) : state_(std::make_unique<State>(name, summary)) {
  g_name = name;
  state_->app.set_version_flag("--version", name + " " HOTLINE_VERSION " (cc-wire " + std::to_string(kWireVersion) +
                                                ", store " + std::to_string(kStoreVersion) + ")");
  state_->app.set_help_flag("--help", "print this help and exit");
  state_->app.get_formatter()->column_width(34);
}

App::~App() = default;

Verb& App::root() { return state_->root; }

Verb& App::verb(const std::string& name, const std::string& summary, std::function<int()> action) {
  auto* command = state_->app.add_subcommand(name, summary);
  command->set_help_flag("--help", "print this help and exit");
  state_->verbs.push_back({command, Verb(command), std::move(action)});
  return state_->verbs.back().verb;
}

void App::action(std::function<int()> action) { state_->action = std::move(action); }

int App::run(int argc, char** argv) {
  auto& app = state_->app;
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::CallForVersion& version) {
    std::puts(version.what());
    return 0;
  } catch (const CLI::ParseError& error) {
    std::string hint;
    for (int i = 1; i < argc && hint.empty(); ++i) {
      std::string word = split(argv[i], '=').front();
      auto words = known_words(app);
      for (const auto* verb : app.get_subcommands())
        for (const auto& more : known_words(*verb)) words.push_back(more);
      if (std::find(words.begin(), words.end(), word) != words.end()) continue;
      if (word.rfind("--", 0) == 0 || (i == 1 && !state_->verbs.empty())) hint = did_you_mean(word, words);
    }
    std::string what = error.what();
    std::fprintf(stderr, "%s: %s%s\nTry '%s --help'.\n", g_name.c_str(), what.c_str(), hint.c_str(), g_name.c_str());
    return static_cast<int>(Errc::usage);
  }
  for (auto& entry : state_->verbs)
    if (entry.command->parsed()) return entry.action();
  if (state_->action) return state_->action();
  std::fputs(app.help().c_str(), stdout);
  return static_cast<int>(Errc::usage);
}

}  // namespace hotline::cli
