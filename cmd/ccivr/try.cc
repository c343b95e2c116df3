// SPDX-License-Identifier: GPL-2.0-or-later
// A flow walked by hand: what a caller hears is printed, what is typed are the caller's keys.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/app.h"
#include "flow/walk.h"
#include "settings.h"
#include "verbs.h"

namespace hotline::ccivr {

namespace {

const char* const kHelp =
    "keys 0-9 * #: press them   empty line: say nothing until the time-out, or nobody answers who was asked\n"
    "RESULT [KEY=VALUE...] of a queue, a look-up, a recording ...: that comes of it   q: hang up   ?: this help";

class Trial {
 public:
  Trial(const flow::Flow& flow, const Settings& settings, std::string share, std::string audio)
      : walk_(flow, settings.world(utc_now()), settings.language),
        settings_(settings),
        share_(std::move(share)),
        audio_(std::move(audio)) {}

  /// False when the call is over or the caller hung up.
  bool take(const std::string& line) {
    if (line == "q") return false;
    if (line == "?") {
      std::puts(kHelp);
      return true;
    }
    const auto* node = walk_.working();
    if (node || !walk_.queue().empty()) return answer(node ? node->kind : flow::Kind::queue, line);
    if (!line.empty()) return press(line);
    walk_.wait();
    return show();
  }

  bool call() {
    walk_.call();
    return show();
  }

 private:
  bool press(const std::string& keys) {
    if (keys.find_first_not_of("0123456789*#") != std::string::npos) {
      std::puts(kHelp);
      return true;
    }
    for (char key : keys) {
      walk_.key(key);
      if (!show()) return false;
    }
    return true;
  }

  /// What comes of what was asked of others: "found balance=105.20".
  bool answer(flow::Kind kind, const std::string& line) {
    const auto& results = flow::results_of(kind);
    auto words = split(line, ' ');
    bool known = std::find(results.begin(), results.end(), words[0]) != results.end();
    if (!line.empty() && !known) {
      std::printf("  it can come to %s\n",
                  kind == flow::Kind::branch ? "figures, which are not there" : join(results, ", ").c_str());
      return true;
    }
    if (line.empty() && kind != flow::Kind::queue) {
      walk_.wait();
      return show();
    }
    flow::Tags tags;
    for (const auto& word : words)
      if (size_t equal = word.find('='); equal != std::string::npos)
        tags[word.substr(0, equal)] = word.substr(equal + 1);
    walk_.result(line.empty() ? "timed-out" : words[0], tags);
    return show();
  }

  bool show() {
    auto texts = prompt_texts(share_, walk_.language());
    std::vector<std::string> files;
    for (const auto& line : walk_.transcript()) {
      if (line.node) {
        std::printf("[%s]\n", line.name.c_str());
      } else if (line.item.what == flow::Item::What::prompt) {
        std::printf("  %s\n", text_of(texts, line.name).c_str());
        if (auto file = prompt_file(settings_.prompt_dirs, walk_.language(), line.name); !file.empty())
          files.push_back(file);
      } else {
        std::printf("  %s\n", line.name.c_str());
      }
    }
    if (!audio_.empty() && !files.empty()) hear(files);
    if (!walk_.queue().empty()) std::printf("  (waits in queue '%s')\n", walk_.queue().c_str());
    if (const auto* node = walk_.working()) asked(*node);
    if (auto cause = walk_.hung_up()) std::printf("  (hung up, cause %lld)\n", static_cast<long long>(*cause));
    if (auto result = walk_.returned()) std::printf("  (given back: %s)\n", result->c_str());
    return !walk_.over();
  }

  void asked(const flow::Node& node) {
    std::string with;
    for (const auto& [key, value] : walk_.work().tags) with.append(" ").append(key).append("=").append(value);
    std::printf("  (%s %s%s)\n", flow::kind_name(node.kind), walk_.work().text.c_str(), with.c_str());
  }

  /// The command's own words and the files as its arguments, past any shell.
  void hear(const std::vector<std::string>& files) {
    std::fflush(stdout);
    auto words = split(audio_ == "true" ? "play -q" : audio_, ' ');
    words.insert(words.end(), files.begin(), files.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (int cause = ::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ)) {
      cli::fail(errno_error("cannot run '" + words[0] + "'", cause));
      audio_.clear();
      return;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }

  flow::Walk walk_;
  const Settings& settings_;
  std::string share_, audio_;
};

}  // namespace

int try_flow(const std::string& file, const std::string& language, const std::string& audio) {
  auto flow = load_flow(file);
  if (!flow) return cli::fail(flow.error());
  auto instance = conf::Instance::from_environment();
  auto settings = settings_for(file, instance);
  if (!language.empty()) settings.language = language;
  settings.known = {};  // what the instance lacks is no hindrance to a walk
  auto faults = flow::check(*flow, {});
  for (const auto& fault : faults) cli::fail(Errc::config, fault);
  if (!faults.empty()) return static_cast<int>(Errc::config);
  bool terminal = ::isatty(STDIN_FILENO);
  if (terminal) std::puts(kHelp);
  Trial trial(*flow, settings, instance.share(), audio);
  bool on = trial.call();
  for (std::string line; on;) {
    if (terminal) std::fputs("> ", stdout);
    std::fflush(stdout);
    if (!std::getline(std::cin, line)) break;
    on = trial.take(std::string(trim(line)));
  }
  return 0;
}

}  // namespace hotline::ccivr
