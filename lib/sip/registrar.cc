// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/registrar.h"

#include <algorithm>

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
    if (!entry.bindings.empty() && !next.contains(id)) gone.push_back(id);
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

const std::vector<Registrar::Binding>& Registrar::bindings(const std::string& id) const {
  static const std::vector<Binding> kNone;
  auto found = entries_.find(id);
  return found == entries_.end() ? kNone : found->second.bindings;
}

Registrar::Binding* Registrar::find(const std::string& id, const Target& target) {
  auto entry = entries_.find(id);
  if (entry == entries_.end()) return nullptr;
  auto& bindings = entry->second.bindings;
  auto found = std::find_if(bindings.begin(), bindings.end(), [&](const Binding& one) {
    return one.target.uri == target.uri || one.target.hop == target.hop;
  });
  return found == bindings.end() ? nullptr : &*found;
}

Registrar::Bound Registrar::would_bind(const std::string& id, const Binding& binding) const {
  const Binding* old = const_cast<Registrar*>(this)->find(id, binding.target);
  if (!old) return Bound::fresh;
  if (!binding.call_id.empty() && old->call_id == binding.call_id && binding.cseq <= old->cseq) return Bound::outdated;
  return old->target.uri == binding.target.uri && old->target.hop == binding.target.hop ? Bound::refreshed
                                                                                        : Bound::fresh;
}

Registrar::Bound Registrar::bind(const std::string& id, Binding binding) {
  Bound bound = would_bind(id, binding);
  if (bound == Bound::outdated) return bound;
  auto& bindings = entries_.at(id).bindings;
  if (bound == Bound::refreshed) {
    Binding* old = find(id, binding.target);
    binding.pulse = old->pulse;
    *old = std::move(binding);
    return bound;
  }
  std::erase_if(bindings, [&](const Binding& one) {
    return one.target.uri == binding.target.uri || one.target.hop == binding.target.hop;
  });
  if (bindings.size() == kContactsMax) bindings.pop_back();
  bindings.insert(bindings.begin(), std::move(binding));
  return bound;
}

bool Registrar::unbind(const std::string& id, const std::string& uri) {
  auto entry = entries_.find(id);
  if (entry == entries_.end()) return false;
  return std::erase_if(entry->second.bindings,
                       [&](const Binding& one) { return uri.empty() || one.target.uri == uri; }) > 0;
}

std::vector<std::string> Registrar::expire(Instant now) {
  std::vector<std::string> touched;
  for (auto& [id, entry] : entries_)
    if (std::erase_if(entry.bindings, [&](const Binding& one) { return one.expires <= now; })) touched.push_back(id);
  return touched;
}

void Registrar::wake(const std::string& id, Instant now) {
  auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  for (auto& binding : entry->second.bindings)
    if (binding.pulse.silent) binding.pulse.next = now;
}

Registrar::Binding* Registrar::find_pulse(const std::string& id, uint64_t pulse) {
  auto entry = entries_.find(id);
  if (entry == entries_.end()) return nullptr;
  for (auto& binding : entry->second.bindings)
    if (binding.pulse.id == pulse) return &binding;
  return nullptr;
}

bool Registrar::silent(const std::string& id) const {
  const auto& all = bindings(id);
  return !all.empty() && std::all_of(all.begin(), all.end(), [](const Binding& one) { return one.pulse.silent; });
}

}  // namespace hotline::sip
