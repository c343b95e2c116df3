// SPDX-License-Identifier: GPL-2.0-or-later
// What callers record: files below var/messages, as new/… until they are left in a mailbox, then as MAILBOX/…. A file
// is a second name of the one in the spool, so it is there whatever the recorder does with that.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"

namespace hotline::ccivr {

class Messages {
 public:
  /// `var` of the instance.
  explicit Messages(std::string var) : var_(std::move(var)) {}

  /// "messages/new/<file>", which the switch can play; `spool_file` is a name below var/spool.
  Result<std::string> keep(const std::string& spool_file);
  /// Into its mailbox, on the disk when this returns: "messages/<mailbox>/<file>".
  Result<std::string> deposit(const std::string& file, const std::string& mailbox);
  /// Of what keep() gave; anything else is left alone.
  void drop(const std::string& file);
  /// What nobody left anywhere and is older than `age`: of callers who hung up while we were dead.
  void sweep(seconds age);

 private:
  std::string var_;
};

}  // namespace hotline::ccivr
