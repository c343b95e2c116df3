// SPDX-License-Identifier: GPL-2.0-or-later
// What callers record, as files below var/messages:
//
//     keep()         new/F                   a second name of the file in the spool: it stays whatever the recorder
//     does deposit()      new/F and MAILBOX/F     until the event that tells of it is safe; killed by now, it counts as
//     not left confirm()      MAILBOX/F               the event is safe: it is left, whatever happens drop()         -
//     the caller left it nowhere sweep()        -                       what none of those came to: of callers who hung
//     up while we were dead
//
// What is in new/ has been confirmed by nobody: this is how a start tells.
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
  /// Of what deposit() gave.
  void confirm(const std::string& left);
  /// Of what keep() gave; anything else is left alone.
  void drop(const std::string& file);
  /// Ends a message in its mailbox; anything else is left alone.
  void remove(const std::string& left);

  /// Whether a message has that recording, by its events.
  using Left = std::function<bool(const std::string& segment)>;
  /// Confirms what was left; what was not, and is older than `age`, goes with the name it may have in a mailbox.
  void sweep(seconds age, const Left& left);

 private:
  void discard(const std::string& name);
  void give_to(const std::string& group, const std::string& folder, const std::string& path);
  std::string var_;
};

}  // namespace hotline::ccivr
