// SPDX-License-Identifier: GPL-2.0-or-later
// What callers record, as files below var/messages:
//
//     keep()         new/F                   a second name of the file in the spool: it stays whatever the recorder
//     does deposit()      new/F and MAILBOX/F     left, once the event that tells of it is in the journal drop()
//     MAILBOX/F, or nothing   the call is over sweep()        the same                of callers who hung up while we
//     were dead
//
// While the call lasts a caller can hear it by its first name. A name in a mailbox without an event is no message; its
// first name is there still, by which sweep() finds it.
#pragma once

#include <functional>
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
  /// Into its mailbox, on the disk when this returns: "messages/<mailbox>/<file>". With the same effect when done
  /// again. `group`: the Unix group that may read it, "" for none of its own.
  Result<std::string> deposit(const std::string& file, const std::string& mailbox, const std::string& group);
  /// Of what keep() gave; anything else is left alone.
  void drop(const std::string& file);
  /// Ends a message in its mailbox; anything else is left alone.
  void remove(const std::string& left);

  /// Whether a message has that recording, by its events.
  using Left = std::function<bool(const std::string& segment)>;
  /// Of first names older than `age`: what was left keeps the one in its mailbox, what was not goes with both.
  void sweep(seconds age, const Left& left);

 private:
  void discard(const std::string& name);
  void give_to(const std::string& group, const std::string& folder, const std::string& path);
  std::string var_;
};

}  // namespace hotline::ccivr
