// SPDX-License-Identifier: GPL-2.0-or-later
// Room flow: the language in which a call flow is written: parse, link, check, graph, step, walk. Knows what a caller
// hears next and why. Refuses to know the bus, the clock and the disk: it parses a given text, and step() is a function
// of a state, an event and a given world. Pure.
//
// A flow is a TOML file of nodes; a caller is at one of them. ccflow(5) is the page for people; the grammar:
//
//     flow      = [ start = NODE ]                      # else the first node of the file
//                 [ profile = "menu" | "direct" ]       # direct: a person first, a menu only on overflow and at night
//                 [ takes = [TAG…] ]                    # tags that the call has from elsewhere
//                 { "[node.NAME]" kind keys }
//     every     = kind = KIND
//                 [ prompts = [ITEM…] ]                 # what is heard on arrival, in order; words.h has the items
//                 [ tags = { KEY = TEXT… } ]            # set on the call on arrival; lang = "en" changes the language
//     TEXT      = may have "{tag}" in it, the tag's value
//     play      = next = NODE   [ barge = BOOL ]        # barge: a key ends it (false)
//                 [ notice = BOOL ]                     # the recording notice: cannot be ended, proof is kept
//     say       = text = STRING | { LANG = STRING… }    fallback = PROMPT   next = NODE   [ barge ]
//     set       = next = NODE
//     menu      = keys = { "0"… "9" "*" "#" = NODE }    timeout = SPAN (5s)    retries = N (2)
//                 on_no_input = NODE   [ on_invalid = NODE ]         # when the retries are used up
//                 [ no_input = [ITEM…] ]   [ invalid = [ITEM…] ]     # heard before the menu is said again
//     survey    = survey = NAME   question = NAME   answers = { KEY = ANSWER… }   next = NODE   on_no_input = NODE
//                 timeout   retries   no_input   invalid
//     collect   = tag = KEY   next = NODE   on_failed = NODE   min = N (1)   max = N (32)   end = "#"
//                 first_timeout = SPAN (5s)   digit_timeout = SPAN (3s)   retries   no_input   invalid
//                 [ pattern = REGEX ]  [ secret = BOOL ]  [ confirm = [ITEM…]  yes = KEY ("1")  no = KEY ("2") ]
//     branch    = cases = [ { when = CONDITION, to = NODE, [ night = BOOL ] }… ]   otherwise = NODE
//                 [ timeout = SPAN   on_failed = NODE ]  # both when a condition asks a queue; condition.h has the
//                 grammar
//     lookup    = lookup = NAME   timeout = SPAN   with = { PARAMETER = TEXT… }   on = { found, none, failed, locked }
//     record    = tag = KEY   max = SPAN (3m)   silence = SPAN (5s)   end = KEYS ("#")   beep = BOOL (true)
//                 on = { recorded, silent, failed }
//     voicemail = mailbox = NAME   [ recording = TAG ]   with = { FIELD = TEXT… }   [ what record has but tag ]
//                 on = { recorded, silent, failed }
//     callback  = queue = NAME   number = TEXT   [ priority = N ]   timeout = SPAN   on = { taken, failed }
//     transfer  = to = TEXT   timeout = SPAN   on = { ended, busy, no-answer, failed }
//     fax       = send = TEXT | receive = true   timeout = SPAN   on = { done, failed }
//     queue     = queue = NAME   [ priority = N ]  [ needs = TEXT ]   on = { RESULT = NODE…, otherwise = NODE }
//     flow      = flow = NAME   with = { KEY = TEXT… }   on = { RESULT = NODE… }      # RESULT: of its return nodes
//     return    = result = NAME                         # of a sub-flow; or gives a call back to who lent it
//     hangup    = [ cause = N ]                         # Q.850 (16)
//     on        : a result may be left out when there is `otherwise`
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "flow/condition.h"
#include "flow/words.h"

namespace hotline::flow {

enum class Kind {
  play,
  say,
  set,
  menu,
  survey,
  collect,
  branch,
  lookup,
  record,
  voicemail,
  callback,
  transfer,
  fax,
  queue,
  flow,
  back,
  hangup
};
/// As it is written; of `back`, "return".
const char* kind_name(Kind kind);
/// Whether a node of that kind has something done for it by others, and goes on by a result: lookup to queue above.
bool is_work(Kind kind);
/// Results that such a kind may have, apart from `otherwise`; none for `flow`, whose results are its own.
const std::vector<std::string>& results_of(Kind kind);
/// Those of queues: `queue.exit` of ccwire(7), and "no-agents".
inline const std::vector<std::string>& queue_results() { return results_of(Kind::queue); }

struct Case {
  Condition when;
  std::string to;
  bool night = false;  ///< leads past the people on purpose: profile `direct` does not look behind it
};

/// One node as written. Fields that its kind does not have keep their defaults.
struct Node {
  std::string name, place;  ///< place: "flows/main.toml:12", for complaints
  std::string origin;  ///< "main/welcome": the file's name and the node's there; of a sub-flow, the same at each use
  Kind kind = Kind::hangup;
  Prompts prompts;
  Tags tags;

  std::string next;                               ///< play, say, set, survey, collect; branch's `otherwise`
  bool barge = false, notice = false;             ///< play, say
  std::map<std::string, std::string> text;        ///< say: by language; "" for all others
  std::string fallback;                           ///< say
  std::map<char, std::string> keys;               ///< menu, survey
  std::map<char, std::string> answers;            ///< survey
  microseconds first_timeout{}, digit_timeout{};  ///< menu, survey ("timeout") and collect
  int64_t retries = 0;
  Prompts no_input, invalid;
  std::string on_no_input, on_invalid;  ///< menu, survey; collect has its on_failed in both
  std::string tag;                      ///< collect, record: what is kept under it; voicemail: its `recording`
  size_t digits_min = 1, digits_max = 32;
  char end = 0;         ///< collect: the key that ends the digits, 0 for none
  std::string pattern;  ///< collect: ECMAScript expression that all the digits must match; "" for none
  bool secret = false;  ///< collect: the digits are no tag, no event and in no log
  Prompts confirm;      ///< collect: heard before `yes` or `no`
  char yes = '1', no = '2';
  std::vector<Case> cases;  ///< branch
  std::string subject;      ///< lookup, mailbox, queue, survey, flow: the name of it; transfer: to; fax: send
  std::string detail;       ///< survey: question; callback: number; queue: needs; return: result
  Tags with;                ///< lookup, voicemail, flow
  std::map<std::string, std::string> on;  ///< result to node; "otherwise" for the rest
  microseconds timeout{};                 ///< branch that asks, lookup, callback, transfer, fax
  microseconds max{}, silence{};          ///< record, voicemail
  std::string end_keys;
  bool beep = false;
  int64_t priority = -1;       ///< queue, callback; -1: as the call has it
  std::set<std::string> uses;  ///< of a linked sub-flow's entry: what that one `takes`
  int64_t cause = 16;          ///< hangup
};

/// The name under which a caller who heard no tone goes on: `otherwise` where the result has no branch of its own.
const std::string& target_of(const Node& node, const std::string& result);

/// One way out of a node: "1", "no-input", "timed-out", … or "" for the only one, and where it leads.
struct Edge {
  std::string label, to;
};
std::vector<Edge> edges(const Node& node);
/// Where a caller may come who keys nothing, without a person or a machine having been waited for in between.
std::vector<std::string> silent_ways(const Node& node);

/// A parsed flow. Never changed once made: calls under way hold on to theirs while a newer one is loaded.
struct Flow {
  std::string name, file, start;
  std::string version;          ///< of the octets of all its files, 16 hexadecimal digits
  bool direct = false;          ///< its profile
  std::set<std::string> takes;  ///< tags that it expects
  std::vector<Node> nodes;  ///< in file order; those of a sub-flow behind, as "pin/ask" for node `ask` at node `pin`
  std::set<std::string> files;  ///< its own and those of its sub-flows
  const Node* find(std::string_view node) const;
};

/// Parses `text`. Every complaint is "<file>:<line>: …", one a line; `config` when there is any. What check() finds is
/// not looked for here, so that graph() can draw a flow that is not finished.
Result<Flow> parse(const std::string& text, const std::string& file, const std::string& name);

/// Puts the sub-flows in, so that a linked flow has neither `flow` nodes nor, within those, `return` nodes: a flow node
/// becomes a `set` that leads to "NODE/START", and each of its returns a `set` that leads on by its result. A sub-flow
/// that uses itself, or is more than eight deep, or makes more than 2,000 nodes, is refused; so is a result that `on`
/// does not have. `load` brings a sub-flow by its name, parsed.
Result<Flow> link(const Flow& flow, const std::function<Result<Flow>(const std::string& name)>& load);

/// FNV-1a, 64 bits, as 16 hexadecimal digits: tells versions of a file apart; no protection against forgery.
std::string content_version(std::string_view octets);

/// Prompts that exist, by language.
using KnownPrompts = std::map<std::string, std::set<std::string>>;

/// What a look-up takes and gives.
struct Signature {
  std::set<std::string> parameters, results;
};

/// What there is in an instance; what is empty is not looked at.
struct Known {
  KnownPrompts prompts;
  std::set<std::string> queues, mailboxes, calendars;
  std::map<std::string, Signature> lookups;
};

/// All that is wrong with a linked flow, each "<file>:<line>: …", in file order; empty when it may be run:
///   - a target that is no node (with the nearest name); a node that nothing leads to
///   - a dead end: a node without its `next`, a menu without keys or `on_no_input`, a result without a branch
///   - a look-up, transfer, fax, call-back or question to a queue without time-out or without a way for its failure
///   - a place from which no hangup, queue or return can be reached
///   - a circle that a caller who keys nothing would go round for ever
///   - cases of a branch that say the same; one behind which nothing can be reached
///   - a tag that is used and that nothing sets
///   - profile `direct`: a menu, collect, survey or voicemail that is met before a queue
///   - a prompt, queue, mailbox, calendar, look-up or parameter that is not known
std::vector<std::string> check(const Flow& flow, const Known& known);

/// The flow as a graph in the DOT language of Graphviz, a cluster for each sub-flow.
std::string graph(const Flow& flow);

}  // namespace hotline::flow
