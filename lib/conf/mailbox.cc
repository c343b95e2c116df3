// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf/mailbox.h"

#include <algorithm>

#include "base/text.h"
#include "base/user.h"

namespace hotline::conf {

namespace {

constexpr size_t kNameMax = 32;
constexpr microseconds kKeepMin = seconds(1), kKeepMax = std::chrono::days(3650);

bool is_mailbox_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax && name != "new" && name[0] != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Mailbox read_mailbox(Table& table, const std::vector<std::string>& phones) {
  Mailbox box;
  box.name = table.needed("name");
  if (!box.name.empty() && !is_mailbox_name(box.name))
    table.complain("name", "'" + box.name + "' is no mailbox: lower-case letters, digits and '-', and not 'new'");
  box.title = table.string("title", box.name);
  box.phones = table.strings("phones");
  for (const auto& phone : box.phones)
    if (std::find(phones.begin(), phones.end(), phone) == phones.end())
      table.complain("phones", "there is no [[phone]] '" + phone + "'" + did_you_mean(phone, phones));
  box.group = table.string("group");
  box.keep = table.duration("keep", box.keep, kKeepMin, kKeepMax);
  table.close();
  return box;
}

}  // namespace

Mailboxes read_mailboxes(Table& root) {
  std::vector<std::string> phones;
  for (auto& phone : root.tables("phone")) phones.push_back(phone.string("id"));
  Mailboxes all;
  for (auto& table : root.tables("mailbox")) {
    Mailbox box = read_mailbox(table, phones);
    std::string name = box.name;
    if (!all.emplace(name, std::move(box)).second) table.complain("name", "there is a mailbox '" + name + "' already");
  }
  return all;
}

bool may_open(const Mailbox& mailbox, int uid) {
  return mailbox.group.empty() ? uid >= 0 : is_member(uid, mailbox.group);
}

std::vector<std::string> open_to(const Mailboxes& mailboxes, int uid) {
  std::vector<std::string> names;
  for (const auto& [name, mailbox] : mailboxes)
    if (may_open(mailbox, uid)) names.push_back(name);
  return names;
}

}  // namespace hotline::conf
