// SPDX-License-Identifier: GPL-2.0-or-later
// Within the room: the parts of check().
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/flow.h"

namespace hotline::flow {

/// "a -> b -> a" by the name of its first node in file order, for every circle of silent_ways().
std::map<std::string, std::string> silent_circles(const Flow& flow);

/// What a node uses and what it sets; for tags nobody sets, and secrets that are said or kept.
struct TagUse {
  std::set<std::string> uses, secret_uses, sets;  ///< secret_uses: where a secret may stand
};
TagUse tag_use(const Node& node, const Known& known);

/// "<place>: node 'x': <what>"
std::string fault_of(const Node& node, const std::string& what);

void check_ends(const Node& node, std::vector<std::string>& faults);
void check_cases(const Node& node, std::vector<std::string>& faults);
void check_known(const Node& node, const Known& known, std::vector<std::string>& faults);
void check_tags(const Flow& flow, const Known& known, std::vector<std::string>& faults);
void check_direct(const Flow& flow, std::vector<std::string>& faults);

}  // namespace hotline::flow
