// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/parse_nodes.h"

#include <algorithm>
#include <array>
#include <regex>

#include "base/text.h"

namespace hotline::flow {

namespace {

constexpr microseconds kTimeoutMin = seconds(1), kTimeoutMax = seconds(60);
constexpr microseconds kAskMin = milliseconds(100);         // a machine may be quicker than a caller
constexpr microseconds kFaxMax = std::chrono::minutes(60);  // as long as the switch's own bound
constexpr int64_t kRetriesMax = 9;
constexpr size_t kTextMax = 1000;
constexpr size_t kPatternMax = 100;

bool is_key(std::string_view text) {
  return text.size() == 1 && std::string_view("0123456789*#").find(text[0]) != std::string_view::npos;
}

const char* const kNameRule = "lower-case letters, digits and '-'";

Prompts read_prompts(conf::Table& table, const std::string& key) {
  Prompts items;
  for (const auto& text : table.strings(key)) {
    if (auto item = parse_item(text))
      items.push_back(*item);
    else
      table.complain(key, item.error().text);
  }
  return items;
}

/// A text with tags in it.
std::string read_text(conf::Table& table, const std::string& key, const std::string& text) {
  if (auto tags = tags_in(text); !tags) table.complain(key, tags.error().text);
  if (!is_one_field(text) || text.size() > kTextMax)
    table.complain(key, "one line of at most " + std::to_string(kTextMax) + " octets is expected");
  return text;
}

std::string needed_text(conf::Table& table, const std::string& key) { return read_text(table, key, table.needed(key)); }

std::string needed_name(conf::Table& table, const std::string& key, const char* what) {
  auto name = table.needed(key);
  if (!name.empty() && !is_name(name)) table.complain(key, "'" + name + "' is no name of " + what + ": " + kNameRule);
  return name;
}

/// A node that is led to; which ones there are is not known yet.
std::string checked_target(conf::Table& table, const std::string& key, const std::string& node) {
  if (node.empty() || is_name(node)) return node;
  table.complain(key, "'" + node + "' is no name of a node: " + kNameRule);
  return "";
}

std::string read_target(conf::Table& table, const std::string& key, const std::string& otherwise = "") {
  return checked_target(table, key, table.string(key, otherwise));
}

Tags read_texts(conf::Table& parent, const std::string& key, bool names_only) {
  auto table = parent.table(key);
  Tags texts;
  for (const auto& [name, text] : table.named_strings()) {
    if (names_only && !is_name(name)) table.complain(name, "'" + name + "' is no name: " + kNameRule);
    texts[name] = read_text(table, name, text);
  }
  table.close();
  return texts;
}

void read_retries(conf::Table& table, Node& node) {
  node.retries = table.integer("retries", 2, 0, kRetriesMax);
  node.no_input = read_prompts(table, "no_input");
  node.invalid = read_prompts(table, "invalid");
}

void read_on(conf::Table& parent, Node& node) {
  auto on = parent.table("on");
  auto known = results_of(node.kind);
  known.push_back("otherwise");
  for (const auto& [result, to] : on.named_strings()) {
    if (node.kind == Kind::flow ? !is_name(result) : std::find(known.begin(), known.end(), result) == known.end())
      on.complain(result, std::string("no result of a ") + kind_name(node.kind) + ": " +
                              (node.kind == Kind::flow ? std::string(kNameRule) : join(known, ", ")) +
                              (node.kind == Kind::flow ? std::string() : did_you_mean(result, known)));
    node.on[result] = checked_target(on, result, to);
  }
  on.close();
}

void read_play(conf::Table& table, Node& node) {
  node.next = read_target(table, "next");
  node.barge = table.boolean("barge", false);
  node.notice = table.boolean("notice", false);
  if (node.barge && node.notice) table.complain("barge", "a notice is heard to its end; leave 'barge' away");
  if (node.prompts.empty()) table.complain("prompts", "a play needs at least one prompt");
}

void read_say(conf::Table& table, Node& node) {
  node.next = read_target(table, "next");
  node.barge = table.boolean("barge", false);
  if (auto text = table.string("text"); !text.empty()) node.text[""] = read_text(table, "text", text);
  for (auto& [language, text] : read_texts(table, "texts", false)) node.text[language] = text;
  if (node.text.empty()) table.complain("", "a say needs 'text', or 'texts' by language");
  node.fallback = needed_name(table, "fallback", "a prompt");
}

void read_keys(conf::Table& parent, const std::string& key, std::map<char, std::string>& keys, bool is_target) {
  auto table = parent.table(key);
  for (const auto& [name, value] : table.named_strings()) {
    if (is_key(name))
      keys[name[0]] = is_target ? checked_target(table, name, value) : value;
    else
      table.complain(name, "a key is one of 0-9, \"*\" and \"#\"");
  }
  table.close();
}

void read_menu(conf::Table& table, Node& node) {
  node.first_timeout = table.duration("timeout", seconds(5), kTimeoutMin, kTimeoutMax);
  read_retries(table, node);
  read_keys(table, "keys", node.keys, true);
  node.on_no_input = read_target(table, "on_no_input");
  node.on_invalid = read_target(table, "on_invalid", node.on_no_input);
}

void read_survey(conf::Table& table, Node& node) {
  node.first_timeout = table.duration("timeout", seconds(5), kTimeoutMin, kTimeoutMax);
  read_retries(table, node);
  node.subject = needed_name(table, "survey", "a survey");
  node.detail = needed_name(table, "question", "a question");
  node.next = read_target(table, "next");
  node.on_no_input = node.on_invalid = read_target(table, "on_no_input", node.next);
  read_keys(table, "answers", node.answers, false);
  for (const auto& [key, answer] : node.answers) {
    if (!is_name(answer)) table.complain("answers", "'" + answer + "' is no name of an answer: " + kNameRule);
    node.keys[key] = node.next;
  }
  if (node.answers.empty()) table.complain("", "a survey needs 'answers'");
}

char read_key(conf::Table& table, const std::string& key, const char* otherwise, bool or_none) {
  auto text = table.string(key, otherwise);
  if (text.empty() && or_none) return '\0';
  if (!is_key(text)) {
    table.complain(key, or_none ? "one key is expected, or \"\" for none" : "one key is expected");
    return '\0';
  }
  return text[0];
}

void read_pattern(conf::Table& table, Node& node) {
  node.pattern = table.string("pattern");
  if (node.pattern.size() > kPatternMax) table.complain("pattern", "at most 100 characters");
  // A group that is repeated and nested can take for ever even on 32 digits; digits need none.
  if (node.pattern.find_first_of("()\\") != std::string::npos)
    table.complain("pattern", "no groups and no '\\': [0-9], {n,m}, ?, *, + and | do for digits");
  try {
    std::regex probe(node.pattern);
  } catch (const std::regex_error&) {
    table.complain("pattern", "'" + node.pattern + "' is no regular expression");
    node.pattern.clear();
  }
}

void read_collect(conf::Table& table, Node& node) {
  node.tag = needed_name(table, "tag", "a tag");
  node.next = read_target(table, "next");
  node.on_no_input = node.on_invalid = read_target(table, "on_failed");
  node.digits_max = static_cast<size_t>(table.integer("max", 32, 1, 32));
  node.digits_min = static_cast<size_t>(table.integer("min", 1, 1, 32));
  if (node.digits_min > node.digits_max)
    table.complain("min", "more digits than 'max' (" + std::to_string(node.digits_max) + ")");
  node.end = read_key(table, "end", "#", true);
  node.first_timeout = table.duration("first_timeout", seconds(5), kTimeoutMin, kTimeoutMax);
  node.digit_timeout = table.duration("digit_timeout", seconds(3), kTimeoutMin, kTimeoutMax);
  read_retries(table, node);
  read_pattern(table, node);
  node.secret = table.boolean("secret", false);
  node.confirm = read_prompts(table, "confirm");
  node.yes = read_key(table, "yes", "1", false);
  node.no = read_key(table, "no", "2", false);
  if (node.yes == node.no) table.complain("yes", "'yes' and 'no' are the same key");
  if (node.secret && !node.confirm.empty())
    table.complain("confirm", "what is secret is not said back; leave 'confirm' away");
}

void read_branch(conf::Table& table, Node& node) {
  for (auto& one : table.tables("cases")) {
    auto when = Condition::parse(one.needed("when"));
    Case read;
    if (when)
      read.when = *when;
    else
      one.complain("when", when.error().text);
    read.to = checked_target(one, "to", one.needed("to"));
    read.night = one.boolean("night", false);
    one.close();
    node.cases.push_back(std::move(read));
  }
  if (node.cases.empty()) table.complain("cases", "a branch needs at least one of 'cases'");
  if (node.cases.size() > 99) table.complain("cases", "at most 99 cases; split the branch");
  node.next = read_target(table, "otherwise");
  if (table.has("timeout")) node.timeout = table.duration("timeout", seconds(1), kAskMin, kTimeoutMax);
  if (auto failed = read_target(table, "on_failed"); !failed.empty()) node.on["failed"] = failed;
}

void read_lookup(conf::Table& table, Node& node) {
  node.subject = needed_name(table, "lookup", "a look-up");
  if (table.has("timeout")) node.timeout = table.duration("timeout", seconds(2), kAskMin, kTimeoutMax);
  node.with = read_texts(table, "with", true);
  read_on(table, node);
}

void read_recording(conf::Table& table, Node& node) {
  node.max = table.duration("max", std::chrono::minutes(3), seconds(1), std::chrono::minutes(60));
  node.silence = table.duration("silence", seconds(5), milliseconds(500), seconds(60));
  node.end_keys = table.string("end", "#");
  for (char key : node.end_keys)
    if (!is_key(std::string(1, key))) table.complain("end", "keys are expected, or \"\" for none");
  node.beep = table.boolean("beep", true);
}

void read_record(conf::Table& table, Node& node) {
  node.tag = needed_name(table, "tag", "a tag");
  read_recording(table, node);
  read_on(table, node);
}

void read_voicemail(conf::Table& table, Node& node) {
  node.subject = needed_name(table, "mailbox", "a mailbox");
  node.tag = table.string("recording");
  node.with = read_texts(table, "with", true);
  read_recording(table, node);
  read_on(table, node);
}

void read_callback(conf::Table& table, Node& node) {
  node.subject = needed_name(table, "queue", "a queue");
  node.detail = needed_text(table, "number");
  node.priority = table.integer("priority", -1, 0, 9);
  if (table.has("timeout")) node.timeout = table.duration("timeout", seconds(2), kAskMin, kTimeoutMax);
  read_on(table, node);
}

void read_transfer(conf::Table& table, Node& node) {
  node.subject = needed_text(table, "to");
  if (table.has("timeout")) node.timeout = table.duration("timeout", seconds(30), seconds(1), std::chrono::minutes(10));
  read_on(table, node);
}

void read_fax(conf::Table& table, Node& node) {
  bool receive = table.boolean("receive", false);
  if (!receive) node.subject = needed_text(table, "send");
  if (receive && table.has("send")) table.complain("send", "either 'send' or 'receive'");
  if (table.has("timeout")) node.timeout = table.duration("timeout", seconds(600), seconds(1), kFaxMax);
  read_on(table, node);
}

void read_queue(conf::Table& table, Node& node) {
  node.subject = needed_name(table, "queue", "a queue");
  node.priority = table.integer("priority", -1, 0, 9);
  if (table.has("needs")) node.detail = needed_text(table, "needs");
  read_on(table, node);
}

void read_flow(conf::Table& table, Node& node) {
  node.subject = needed_name(table, "flow", "a flow");
  node.with = read_texts(table, "with", true);
  read_on(table, node);
}

using Reader = void (*)(conf::Table&, Node&);

/// In the order of Kind.
constexpr std::array<Reader, 17> kReaders = {
    read_play,
    read_say,
    [](conf::Table& table, Node& node) { node.next = read_target(table, "next"); },
    read_menu,
    read_survey,
    read_collect,
    read_branch,
    read_lookup,
    read_record,
    read_voicemail,
    read_callback,
    read_transfer,
    read_fax,
    read_queue,
    read_flow,
    [](conf::Table& table, Node& node) { node.detail = needed_name(table, "result", "a result"); },
    [](conf::Table& table, Node& node) { node.cause = table.integer("cause", 16, 1, 127); },
};

const std::vector<std::string> kKinds = {"play",   "say",    "set",    "menu",      "survey",   "collect",
                                         "branch", "lookup", "record", "voicemail", "callback", "transfer",
                                         "fax",    "queue",  "flow",   "return",    "hangup"};

}  // namespace

const char* kind_name(Kind kind) { return kKinds[static_cast<size_t>(kind)].c_str(); }

Node read_node(const std::string& flow, const std::string& name, conf::Table& table) {
  Node node;
  node.name = name;
  node.place = table.place();
  node.origin = flow + "/" + name;
  if (!is_name(name)) table.complain("", "node '" + name + "': a name is " + kNameRule);
  if (!table.has("kind")) table.complain("", "node '" + name + "': 'kind' is missing: " + join(kKinds, ", "));
  auto kind = table.choice("kind", "hangup", kKinds);
  auto found = std::find(kKinds.begin(), kKinds.end(), kind);
  node.kind = found == kKinds.end() ? Kind::hangup : static_cast<Kind>(found - kKinds.begin());
  node.prompts = read_prompts(table, "prompts");
  node.tags = read_texts(table, "tags", true);
  kReaders[static_cast<size_t>(node.kind)](table, node);
  table.close();
  return node;
}

}  // namespace hotline::flow
