// SPDX-License-Identifier: GPL-2.0-or-later
// [[mailbox]] of hotline.toml(5): where callers leave messages, whose lamps they light, and who may have them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "conf/conf.h"

namespace hotline::conf {

struct Mailbox {
  std::string name, title;          ///< title: the name, unless it has one
  std::vector<std::string> phones;  ///< whose lamps tell of new messages
  std::string group;                ///< Unix group of those who may have its messages; "": all who may read the store
  microseconds keep = std::chrono::days(400);
};

using Mailboxes = std::map<std::string, Mailbox>;

/// Complains of names that are no folder's ("new" is where messages are before they are in a mailbox), of two of one
/// name, and of phones that there are not. A group need not exist where a configuration is checked: until it does,
/// nobody is of it.
Mailboxes read_mailboxes(Table& root);

/// Whether user `uid` may list, hear, answer and delete its messages. -1 is a stranger.
bool may_open(const Mailbox& mailbox, int uid);
/// Those that `uid` may open, by name. What is in others does not exist for him.
std::vector<std::string> open_to(const Mailboxes& mailboxes, int uid);

}  // namespace hotline::conf
