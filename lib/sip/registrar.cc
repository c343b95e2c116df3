// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/registrar.h"

namespace hotline::sip {

std::vector<std::string> Registrar::set_phones(std::vector<Phone> phones) {
  std::map<std::string, Entry, std::less<>> next;
  for (auto& phone : phones) {
    auto old = entries_.extract(phone.id);
    Entry entry = old ? std::move(old.mapped()) : Entry{};
    entry.phone = std::move(phone);
    next.insert_or_assign(entry.phone.id, std::move(entry));
  }
  std::vector<std::string> gone;
  for (auto& [id, entry] : entries_)
    if (entry.binding && !next.contains(id)) gone.push_back(id);
  entries_ = std::move(next);
  return gone;
}

const Phone* Registrar::phone(const std::string& id) const {
  auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.phone;
}

NonceLedger* Registrar::ledger(const std::string& id) {
  auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.ledger;
}

const Registrar::Binding* Registrar::binding(const std::string& id) const {
  auto found = entries_.find(id);
  return found == entries_.end() || !found->second.binding ? nullptr : &*found->second.binding;
}

bool Registrar::bind(const std::string& id, Target target, Instant expires) {
  auto& binding = entries_.at(id).binding;
  bool news = !binding || binding->target.uri != target.uri || binding->target.hop != target.hop;
  binding = Binding{std::move(target), expires};
  return news;
}

bool Registrar::unbind(const std::string& id) {
  auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.binding) return false;
  found->second.binding.reset();
  return true;
}

std::vector<std::string> Registrar::expire(Instant now) {
  std::vector<std::string> gone;
  for (auto& [id, entry] : entries_) {
    if (!entry.binding || entry.binding->expires > now) continue;
    entry.binding.reset();
    gone.push_back(id);
  }
  return gone;
}

}  // namespace hotline::sip
