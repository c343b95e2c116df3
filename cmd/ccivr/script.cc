// SPDX-License-Identifier: GPL-2.0-or-later
#include "script.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::ccivr {

namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  Words words;
  for (const auto& part : split(line.substr(0, line.find(" #")), ' '))
    if (auto word = trim(part); !word.empty()) words.emplace_back(word);
  if (!words.empty() && words[0][0] == '#') words.clear();
  return words;
}

class Runner {
 public:
  explicit Runner(flow::Walk& walk) : walk_(walk) {}

  enum class Outcome { done, failed, unknown };
  Outcome line(const Words& words, std::string& why) {
    const std::string& verb = words[0];
    size_t arguments = words.size() - 1;
    if (verb == "call" && arguments == 0) return call();
    if (!called_) call();
    if (verb == "wait" && arguments == 0) return act([&] { walk_.wait(); });
    if (verb == "key" && arguments == 1 && is_keys(words[1])) return keys(words[1], why);
    if (verb == "result" && arguments == 1 && is_result(words[1])) return result(words[1], why);
    if (verb == "hear" && arguments > 0) return hear({words.begin() + 1, words.end()}, why);
    if (verb == "expect" && arguments > 0) return expect(words, why);
    return Outcome::unknown;
  }

 private:
  template <typename Act>
  Outcome act(Act&& act) {
    act();
    return Outcome::done;
  }

  Outcome call() {
    called_ = true;
    return act([&] { walk_.call(); });
  }

  static bool is_keys(const std::string& text) { return text.find_first_not_of("0123456789*#") == std::string::npos; }
  static bool is_result(const std::string& text) {
    const auto& results = flow::queue_results();
    return std::find(results.begin(), results.end(), text) != results.end();
  }

  Outcome keys(const std::string& keys, std::string& why) {
    for (char key : keys) {
      if (walk_.hung_up()) return fail(why, "key " + std::string(1, key) + ": the flow has hung up");
      walk_.key(key);
    }
    return Outcome::done;
  }

  Outcome result(const std::string& result, std::string& why) {
    if (walk_.queue().empty()) return fail(why, "no queue has the caller, " + where());
    return act([&] { walk_.queue_result(result); });
  }

  Outcome hear(const Words& wanted, std::string& why) {
    auto at = walk_.heard().begin();
    for (const auto& prompt : wanted) {
      at = std::find(at, walk_.heard().end(), prompt);
      if (at == walk_.heard().end()) {
        std::string heard = join(walk_.heard(), " ");
        return fail(why, "'" + prompt + "' was not heard; heard: " + (heard.empty() ? "nothing" : heard));
      }
      ++at;
    }
    return Outcome::done;
  }

  Outcome expect(const Words& words, std::string& why) {
    const std::string& what = words[1];
    size_t count = words.size();
    if (what == "node" && count == 3)
      return walk_.state().node == words[2] && !walk_.hung_up()
                 ? Outcome::done
                 : fail(why, "not at node '" + words[2] + "', " + where());
    if (what == "queue" && count == 3)
      return walk_.queue() == words[2] ? Outcome::done : fail(why, "not in queue '" + words[2] + "', " + where());
    if (what == "hangup" && count <= 3) {
      auto cause = walk_.hung_up();
      bool right = cause && (count == 2 || std::to_string(*cause) == words[2]);
      return right ? Outcome::done
                   : fail(why, "not hung up" + (count == 3 ? " with cause " + words[2] : "") + ", " + where());
    }
    if (what == "tag" && count == 4) {
      auto found = walk_.tags().find(words[2]);
      if (found != walk_.tags().end() && found->second == words[3]) return Outcome::done;
      return fail(why,
                  "tag '" + words[2] + "' is " + (found == walk_.tags().end() ? "not set" : "'" + found->second + "'"));
    }
    return Outcome::unknown;
  }

  Outcome fail(std::string& why, const std::string& text) {
    why = text;
    return Outcome::failed;
  }

  std::string where() const {
    if (auto cause = walk_.hung_up()) return "but hung up on with cause " + std::to_string(*cause);
    if (!walk_.queue().empty()) return "but in queue '" + walk_.queue() + "'";
    return "but at node '" + walk_.state().node + "'";
  }

  flow::Walk& walk_;
  bool called_ = false;
};

}  // namespace

Verdict run_script(const std::string& text, const std::string& name, flow::Walk& walk) {
  Verdict verdict;
  Runner runner(walk);
  bool skipping = false;
  int64_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    Words words = words_of(line);
    if (words.empty() || (skipping && words[0] != "call")) continue;
    skipping = false;
    if (words[0] == "expect" || words[0] == "hear") ++verdict.expectations;
    std::string why;
    auto outcome = runner.line(words, why);
    if (outcome == Runner::Outcome::done) continue;
    std::string place = name + ":" + std::to_string(number) + ": ";
    if (outcome == Runner::Outcome::unknown) {
      verdict.failures.push_back(place + "'" + join(words, " ") + "' is no line of a script; see ccflow(5)");
      verdict.bad_script = true;
      return verdict;
    }
    verdict.failures.push_back(place + why);
    skipping = true;
  }
  return verdict;
}

}  // namespace hotline::ccivr
