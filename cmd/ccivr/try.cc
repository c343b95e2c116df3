// SPDX-License-Identifier: GPL-2.0-or-later
// A flow walked by hand: what a caller hears is printed, what is typed are the caller's keys.
#include <unistd.h>

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
    "keys 0-9 * #: press them   empty line: say nothing until the time-out   RESULT of a queue: it gives the call "
    "back\n"
    "q: hang up   ?: this help";

class Trial {
 public:
  Trial(const flow::Flow& flow, std::string language, std::string share)
      : walk_(flow), language_(std::move(language)), share_(std::move(share)) {}

  /// False when the call is over or the caller hung up.
  bool take(const std::string& line) {
    if (line == "q") return false;
    if (line == "?") {
      std::puts(kHelp);
      return true;
    }
    const auto& results = flow::queue_results();
    bool result = std::find(results.begin(), results.end(), line) != results.end();
    if (!walk_.queue().empty()) {
      if (!result && !line.empty()) {
        std::printf("  the queue has the caller; it can say %s\n", join(results, ", ").c_str());
        return true;
      }
      walk_.queue_result(line.empty() ? "timed-out" : line);
    } else if (line.empty()) {
      walk_.wait();
    } else {
      return press(line);
    }
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

  bool show() {
    auto lang = walk_.tags().find("lang");
    const std::string& language = lang == walk_.tags().end() ? language_ : lang->second;
    auto texts = prompt_texts(share_, language);
    for (const auto& [node, name] : walk_.transcript())
      std::printf(node ? "[%s]\n" : "  %s\n", node ? name.c_str() : text_of(texts, name).c_str());
    if (!walk_.queue().empty()) std::printf("  (waits in queue '%s')\n", walk_.queue().c_str());
    if (auto cause = walk_.hung_up()) std::printf("  (hung up, cause %lld)\n", static_cast<long long>(*cause));
    return !walk_.hung_up();
  }

  flow::Walk walk_;
  std::string language_, share_;
};

}  // namespace

int try_flow(const std::string& file, const std::string& language) {
  auto flow = load_flow(file);
  if (!flow) return cli::fail(flow.error());
  auto faults = flow::check(*flow, {});
  for (const auto& fault : faults) cli::fail(Errc::config, fault);
  if (!faults.empty()) return static_cast<int>(Errc::config);
  auto instance = conf::Instance::from_environment();
  bool terminal = ::isatty(STDIN_FILENO);
  if (terminal) std::puts(kHelp);
  Trial trial(*flow, language.empty() ? "zh-CN" : language, instance.share());
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
