// SPDX-License-Identifier: GPL-2.0-or-later
// Within the room: one [node.NAME] table read. Complaints go into the table's document.
#pragma once

#include "conf/conf.h"
#include "flow/flow.h"

namespace hotline::flow {

/// `flow` is the name of its file, for Node::origin.
Node read_node(const std::string& flow, const std::string& name, conf::Table& table);

}  // namespace hotline::flow
