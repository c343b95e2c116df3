// SPDX-License-Identifier: GPL-2.0-or-later
#include "mailboxes.h"

#include "base/fd.h"
#include "base/text.h"
#include "sip/bindings.h"

namespace hotline::ccswitchd {

void Mailboxes::load() {
  auto text = read_file(path_, 4 << 20);
  if (!text) return;
  for (const auto& line : split(*text, '\n')) {
    auto fields = split(line, '\t');
    auto fresh = fields.size() == 3 ? parse_int(fields[1]) : std::nullopt;
    auto old = fields.size() == 3 ? parse_int(fields[2]) : std::nullopt;
    if (!fresh || !old || *fresh < 0 || *old < 0 || *fresh > kMessagesMax || *old > kMessagesMax) continue;
    set(fields[0], {static_cast<int>(*fresh), static_cast<int>(*old)});
  }
}

bool Mailboxes::set(const std::string& phone, sip::Mailbox mailbox) {
  if (of(phone) == mailbox) return false;
  if (mailbox == sip::Mailbox())
    all_.erase(phone);
  else
    all_[phone] = mailbox;
  return true;
}

sip::Mailbox Mailboxes::of(const std::string& phone) const {
  auto found = all_.find(phone);
  return found == all_.end() ? sip::Mailbox() : found->second;
}

/// Not synced: whoever counts messages will say their number again, and the call path never waits on a disk.
Result<void> Mailboxes::save() const {
  std::string text;
  for (const auto& [phone, box] : all_)
    text += phone + "\t" + std::to_string(box.fresh) + "\t" + std::to_string(box.old) + "\n";
  return sip::replace_unsynced(path_, text);
}

}  // namespace hotline::ccswitchd
