// SPDX-License-Identifier: GPL-2.0-or-later
// How many messages wait for whom, kept over restarts: var/ccswitchd.mailboxes, "phone<TAB>new<TAB>old" a line.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "sip/sip.h"

namespace hotline::ccswitchd {

class Mailboxes {
 public:
  static constexpr int kMessagesMax = 9999;
  explicit Mailboxes(std::string path) : path_(std::move(path)) {}
  void load();  ///< what is no such line is passed over
  /// False when it is as it was.
  bool set(const std::string& phone, sip::Mailbox mailbox);
  Result<void> save() const;
  sip::Mailbox of(const std::string& phone) const;
  const std::map<std::string, sip::Mailbox>& all() const { return all_; }

 private:
  std::string path_;
  std::map<std::string, sip::Mailbox> all_;
};

}  // namespace hotline::ccswitchd
