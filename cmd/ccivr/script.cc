// SPDX-License-Identifier: GPL-2.0-or-later
#include "script.h"

#include <algorithm>

#include "base/text.h"
#include "speech/speech.h"

namespace hotline::ccivr {

namespace {

using Words = std::vector<std::string>;

/// By blanks; 'in quotes' and {in braces} they stay together. Empty for a comment.
Words words_of(const std::string& line) {
  Words words;
  size_t at = 0;
  while (at < line.size() && line[at] != '#') {
    if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
      ++at;
      continue;
    }
    // A value may be quoted in the middle: name='Li Si'.
    std::string word;
    while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '\r') {
      char close = line[at] == '\'' ? '\'' : line[at] == '{' ? '}' : '\0';
      size_t end = close ? line.find(close, at + 1) : std::string::npos;
      if (end == std::string::npos) {
        word += line[at++];
        continue;
      }
      bool braces = close == '}';
      word += line.substr(at + !braces, end - at - !braces + braces);
      at = end + 1;
    }
    words.push_back(word);
  }
  return words;
}

/// "key=value" words as tags; nullopt when one is none.
std::optional<flow::Tags> pairs_of(const Words& words, size_t from) {
  flow::Tags pairs;
  for (size_t i = from; i < words.size(); ++i) {
    size_t equal = words[i].find('=');
    if (equal == std::string::npos || equal == 0) return std::nullopt;
    pairs[words[i].substr(0, equal)] = words[i].substr(equal + 1);
  }
  return pairs;
}

std::string said(const flow::Tags& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs) text += " " + key + "=" + value;
  return text;
}

class Runner {
 public:
  explicit Runner(flow::Walk& walk) : walk_(walk) { walk_.reset(); }

  enum class Outcome { done, failed, unknown };
  Outcome line(const Words& words, std::string& why) {
    const std::string& verb = words[0];
    size_t arguments = words.size() - 1;
    if (verb == "call" && arguments == 0) return call();
    if ((verb == "caller" || verb == "called") && arguments == 1) return set_tag(verb, words[1]);
    if (verb == "tag" && arguments == 2) return set_tag(words[1], words[2]);
    if (verb == "at" && arguments == 1) return at(words[1]);
    if (verb == "queue" && arguments >= 2) return queue(words);
    if (!called_) call();
    if (verb == "wait" && arguments == 0) return act([&] { walk_.wait(); });
    if (verb == "key" && arguments == 1 && is_keys(words[1])) return keys(words[1], why);
    if (verb == "result" && arguments >= 1) return result(words, why);
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

  /// What was said of the next call holds for that one.
  Outcome call() {
    called_ = true;
    prepared_ = false;
    return act([&] { walk_.call(); });
  }
  void prepare() {
    if (!std::exchange(prepared_, true)) walk_.reset();
  }

  Outcome set_tag(const std::string& key, const std::string& value) {
    if (!flow::is_name(key)) return Outcome::unknown;
    prepare();
    walk_.set_tag(key, value);
    return Outcome::done;
  }

  Outcome at(const std::string& when) {
    auto day = conf::parse_date(std::string_view(when).substr(0, 10));
    auto clock = when.size() > 11 ? split(when.substr(11), ':') : Words{};
    if (!day || clock.size() < 2 || clock.size() > 3) return Outcome::unknown;
    seconds since_midnight{0};
    for (size_t i = 0; i < 3; ++i) {
      auto number = i < clock.size() ? parse_int(clock[i]) : 0;
      if (!number || *number < 0 || *number > (i == 0 ? 23 : 59)) return Outcome::unknown;
      since_midnight = since_midnight * 60 + seconds(*number);
    }
    prepare();
    walk_.world().now = walk_.world().zone.utc(conf::LocalTime(*day) + since_midnight);
    return Outcome::done;
  }

  Outcome queue(const Words& words) {
    auto pairs = pairs_of(words, 2);
    const auto& known = flow::queue_figures();
    if (!pairs || !flow::is_name(words[1])) return Outcome::unknown;
    flow::QueueFigures figures;
    for (const auto& [figure, text] : *pairs) {
      auto number = parse_int(text);
      if (auto span = parse_duration(text)) number = span->count();
      if (!number || std::find(known.begin(), known.end(), figure) == known.end()) return Outcome::unknown;
      figures[figure] = *number;
    }
    prepare();
    walk_.world().queues[words[1]] = figures;
    return Outcome::done;
  }

  static bool is_keys(const std::string& text) { return text.find_first_not_of("0123456789*#") == std::string::npos; }

  Outcome keys(const std::string& keys, std::string& why) {
    for (char key : keys) {
      if (walk_.over()) return fail(why, "key " + std::string(1, key) + ": the flow has ended");
      walk_.key(key);
    }
    return Outcome::done;
  }

  Outcome result(const Words& words, std::string& why) {
    const auto* node = walk_.working();
    auto kind = node ? node->kind : flow::Kind::queue;
    auto pairs = pairs_of(words, 2);
    const auto& results = flow::results_of(kind);
    if (!pairs) return Outcome::unknown;
    if (!node && walk_.queue().empty()) return fail(why, "nobody was asked for a result, " + where());
    if (std::find(results.begin(), results.end(), words[1]) == results.end())
      return fail(why, "'" + words[1] + "' is no result of a " + flow::kind_name(kind) + ": " + join(results, ", "));
    if (words[1] == "recorded") pairs->insert({"recording", "messages/new/message.wav"});
    return act([&] { walk_.result(words[1], *pairs); });
  }

  /// "{105.20 as money}" as the prompts that it is said with.
  std::optional<Words> spelled(const std::string& item) const {
    if (!item.starts_with('{')) return Words{item};
    auto words = split(item.substr(1, item.size() - 2), ' ');
    if (words.size() < 3 || words[words.size() - 2] != "as") return std::nullopt;
    auto kind = speech::kind_of(words.back());
    words.resize(words.size() - 2);
    auto language = speech::language_of(walk_.language());
    if (!kind || !language) return std::nullopt;
    auto prompts =
        speech::say(*language, *kind, join(words, " "), [&](Utc time) { return walk_.world().zone.local(time); });
    if (!prompts) return std::nullopt;
    return Words(prompts->begin(), prompts->end());
  }

  Outcome hear(const Words& wanted, std::string& why) {
    auto at = walk_.transcript().begin();
    for (const auto& item : wanted) {
      auto parts = spelled(item);
      if (!parts) return Outcome::unknown;
      for (const auto& part : *parts) {
        at = std::find_if(at, walk_.transcript().end(), [&](const auto& line) { return is_heard(line, part); });
        if (at == walk_.transcript().end()) {
          std::string heard = join(walk_.heard(), " ");
          return fail(why, "'" + part + "' was not heard; heard: " + (heard.empty() ? "nothing" : heard));
        }
        ++at;
      }
    }
    return Outcome::done;
  }
  static bool is_heard(const flow::Walk::Line& line, const std::string& part) {
    if (line.node) return false;
    if (line.item.what == flow::Item::What::text) return line.name.find(part) != std::string::npos;
    if (line.item.what == flow::Item::What::recording) return part == "recording";
    return line.name == part;
  }

  Outcome expect(const Words& words, std::string& why) {
    const std::string& what = words[1];
    size_t count = words.size();
    if (what == "node" && count == 3)
      return walk_.state().node == words[2] && !walk_.over() ? Outcome::done
                                                             : fail(why, "not at node '" + words[2] + "', " + where());
    if (what == "queue" && count == 3)
      return walk_.queue() == words[2] ? Outcome::done : fail(why, "not in queue '" + words[2] + "', " + where());
    if (what == "hangup" && count <= 3) {
      auto cause = walk_.hung_up();
      bool right = cause && (count == 2 || std::to_string(*cause) == words[2]);
      return right ? Outcome::done
                   : fail(why, "not hung up" + (count == 3 ? " with cause " + words[2] : "") + ", " + where());
    }
    if (what == "return" && count == 3)
      return walk_.returned() == words[2] ? Outcome::done
                                          : fail(why, "not given back with '" + words[2] + "', " + where());
    if (what == "tag" && count == 4) return tag(words[2], words[3], why);
    if (what == "vote" && count == 3) return among(walk_.votes(), words[2], "vote", why);
    if (what == "left" && count >= 3) return left(words, why);
    return work(words, why);
  }

  Outcome tag(const std::string& key, const std::string& value, std::string& why) {
    auto found = walk_.tags().find(key);
    if (found != walk_.tags().end() && found->second == value) return Outcome::done;
    return fail(why, "tag '" + key + "' is " + (found == walk_.tags().end() ? "not set" : "'" + found->second + "'"));
  }

  Outcome among(const std::vector<std::string>& list, const std::string& wanted, const char* what, std::string& why) {
    if (std::find(list.begin(), list.end(), wanted) != list.end()) return Outcome::done;
    return fail(why, std::string("no such ") + what + "; there is: " + (list.empty() ? "none" : join(list, ", ")));
  }

  Outcome left(const Words& words, std::string& why) {
    auto pairs = pairs_of(words, 3);
    if (!pairs) return Outcome::unknown;
    for (const auto& deposit : walk_.deposits()) {
      bool all = deposit.starts_with(words[2] + " ");
      for (const auto& [key, value] : *pairs)
        all = all && (deposit + " ").find(" " + key + "=" + value + " ") != std::string::npos;
      if (all) return Outcome::done;
    }
    return fail(why,
                "no such message; there is: " + (walk_.deposits().empty() ? "none" : join(walk_.deposits(), ", ")));
  }

  /// Of a node that asks others: its kind, whom or what, and with what.
  Outcome work(const Words& words, std::string& why) {
    static const std::set<std::string> kKinds = {"lookup", "record", "voicemail", "transfer", "fax", "callback"};
    auto pairs = pairs_of(words, 3);
    if (!kKinds.count(words[1]) || !pairs) return Outcome::unknown;
    const auto* node = walk_.working();
    if (!node || flow::kind_name(node->kind) != words[1])
      return fail(why, "no " + words[1] + " is asked for, " + where());
    if (words.size() > 2 && walk_.work().text != words[2])
      return fail(why, "it is '" + walk_.work().text + "' that is asked for");
    for (const auto& [key, value] : *pairs) {
      auto found = walk_.work().tags.find(key);
      if (found == walk_.work().tags.end() || found->second != value)
        return fail(why, "it is asked with" + said(walk_.work().tags));
    }
    return Outcome::done;
  }

  Outcome fail(std::string& why, const std::string& text) {
    why = text;
    return Outcome::failed;
  }

  std::string where() const {
    if (auto cause = walk_.hung_up()) return "but hung up on with cause " + std::to_string(*cause);
    if (auto result = walk_.returned()) return "but given back with '" + *result + "'";
    if (!walk_.queue().empty()) return "but in queue '" + walk_.queue() + "'";
    return "but at node '" + walk_.state().node + "'";
  }

  flow::Walk& walk_;
  bool called_ = false, prepared_ = true;
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
    static const std::set<std::string> kNextCall = {"call", "caller", "called", "tag", "at", "queue"};
    if (words.empty() || (skipping && !kNextCall.count(words[0]))) continue;
    skipping = false;
    if (words[0] == "expect" || words[0] == "hear") ++verdict.expectations;
    std::string why;
    auto outcome = runner.line(words, why);
    if (outcome == Runner::Outcome::done) continue;
    std::string place = name + ":" + std::to_string(number) + ": ";
    if (outcome == Runner::Outcome::unknown) {
      verdict.failures.push_back(place + "'" + std::string(trim(line)) + "' is no line of a script; see ccflow(5)");
      verdict.bad_script = true;
      return verdict;
    }
    verdict.failures.push_back(place + why);
    skipping = true;
  }
  return verdict;
}

}  // namespace hotline::ccivr
