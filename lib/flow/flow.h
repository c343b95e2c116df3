// SPDX-License-Identifier: GPL-2.0-or-later
// Room flow: the language in which a call flow is written: parse, check, graph, step, walk. Knows what a caller hears
// next and why. Refuses to know the bus, the clock and the disk: it parses a given text, and step() is a function.
// Pure.
//
// A flow is a TOML file of nodes; a caller is at one of them. ccflow(5) is the page for people; the grammar:
//
//     flow     = [ start = NODE ]                      # else the first node of the file
//                { "[node.NAME]" kind keys }
//     every    = kind = "play" | "menu" | "collect" | "queue" | "hangup"
//                [ prompts = [PROMPT…] ]               # what is heard on arrival, in order
//                [ tags = { KEY = "value"… } ]         # set on the call on arrival; lang = "en" changes the language
//     play     = next = NODE   [ barge = BOOL ]        # barge: a key ends it (false)
//                [ notice = BOOL ]                     # the recording notice: cannot be ended, proof is kept
//     menu     = keys = { "0"… "9" "*" "#" = NODE }    timeout = SPAN (5s)    retries = N (2)
//                on_no_input = NODE   [ on_invalid = NODE ]         # when the retries are used up
//                [ no_input = [PROMPT…] ]   [ invalid = [PROMPT…] ] # heard before the menu is said again
//     collect  = tag = KEY   next = NODE   on_failed = NODE   min = N (1)   max = N (32)   end = "#"
//                first_timeout = SPAN (5s)   digit_timeout = SPAN (3s)   retries   no_input   invalid
//     queue    = queue = NAME   on = { RESULT = NODE…, otherwise = NODE }   # RESULT: why the queue gave the call back
//     hangup   = [ cause = N ]                         # Q.850 (16)
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::flow {

using Prompts = std::vector<std::string>;

enum class Kind { play, menu, collect, queue, hangup };
const char* kind_name(Kind kind);

/// One node as written. Fields that its kind does not have keep their defaults.
struct Node {
  std::string name, place;  ///< place: "flows/main.toml:12", for complaints
  Kind kind = Kind::hangup;
  Prompts prompts;
  std::map<std::string, std::string> tags;

  std::string next;                               ///< play, collect
  bool barge = false, notice = false;             ///< play
  std::map<char, std::string> keys;               ///< menu
  microseconds first_timeout{}, digit_timeout{};  ///< menu ("timeout") and collect
  int64_t retries = 0;
  Prompts no_input, invalid;
  std::string on_no_input, on_invalid;  ///< menu; collect has its on_failed in both
  std::string tag;                      ///< collect: what the digits are kept as
  size_t digits_min = 1, digits_max = 32;
  char end = 0;  ///< collect: the key that ends the digits, 0 for none
  std::string queue;
  std::map<std::string, std::string> on;  ///< queue: result to node; "otherwise" for the rest
  int64_t cause = 16;                     ///< hangup
};

/// One way out of a node: "1", "no-input", "timed-out", … or "" for the only one, and where it leads.
struct Edge {
  std::string label, to;
};
std::vector<Edge> edges(const Node& node);

/// A parsed flow. Never changed once made: calls under way hold on to theirs while a newer one is loaded.
struct Flow {
  std::string name, file, start;
  std::string version;      ///< of the file's octets, 16 hexadecimal digits
  std::vector<Node> nodes;  ///< in file order
  const Node* find(std::string_view node) const;
};

/// Results of a queue that a flow may branch on (`queue.exit` of ccwire(7), and "no-agents").
const std::vector<std::string>& queue_results();

/// Parses `text`. Every complaint is "<file>:<line>: …", one a line; `config` when there is any. What check() finds is
/// not looked for here, so that graph() can draw a flow that is not finished.
Result<Flow> parse(const std::string& text, const std::string& file, const std::string& name);

/// FNV-1a, 64 bits, as 16 hexadecimal digits: tells versions of a file apart; no protection against forgery.
std::string content_version(std::string_view octets);

/// Prompts that exist, by language.
using KnownPrompts = std::map<std::string, std::set<std::string>>;

/// All that is wrong with a flow that parses, each "<file>:<line>: …", in file order; empty when it may be run:
///   - a target that is no node (with the nearest name); a node that nothing leads to
///   - a dead end: a play or collect without `next`, a menu without keys, a menu without `on_no_input`, a queue without
///     `otherwise`
///   - a place from which no hangup and no queue can be reached
///   - a circle that a caller who keys nothing would go round for ever
///   - a prompt that is missing in a language of `known` (not looked at when `known` is empty)
std::vector<std::string> check(const Flow& flow, const KnownPrompts& known);

/// The flow as a graph in the DOT language of Graphviz.
std::string graph(const Flow& flow);

}  // namespace hotline::flow
