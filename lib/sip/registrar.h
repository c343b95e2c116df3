// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "sip/nonce.h"
#include "sip/sip.h"
#include "sip/target.h"

namespace hotline::sip {

/// Contacts that one phone may have; the oldest makes room for one more, so that a phone that changes its address with
/// every start does not lock itself out.
inline constexpr size_t kContactsMax = 8;

/// Which phones there are and where each one is: its contacts, the newest first. Pure: time comes from outside.
class Registrar {
 public:
  struct Binding {
    Target target;
    Instant expires;
    std::string call_id;  ///< of the REGISTER that made it, and its CSeq: an older one changes nothing (RFC 3261 §10.3)
    uint32_t cseq = 0;
    int q_thousandths = 1000;
    Pulse pulse;  ///< what OPTIONS has found
  };

  /// Replaces the phones; returns those that were registered and are gone now.
  std::vector<std::string> set_phones(std::vector<Phone> phones);

  const Phone* phone(const std::string& id) const;
  NonceLedger* ledger(const std::string& id);
  /// Newest first; empty when it is not registered or does not exist.
  const std::vector<Binding>& bindings(const std::string& id) const;
  bool registered(const std::string& id) const { return !bindings(id).empty(); }

  enum class Bound { fresh, refreshed, outdated };
  /// Notes a contact: `fresh` where there was none like it, `outdated` (and nothing done) when a later request of the
  /// same Call-ID said something else before. A contact that leads to the same place replaces the one before it: a
  /// phone that was started anew.
  Bound bind(const std::string& id, Binding binding);
  /// What bind() would return.
  Bound would_bind(const std::string& id, const Binding& binding) const;
  /// Forgets the contact with that URI, "" all. True when there was one.
  bool unbind(const std::string& id, const std::string& uri);
  /// Forgets the bindings that have run out by `now`; returns the phones that had one, each once.
  std::vector<std::string> expire(Instant now);

  /// Every binding with its phone's id.
  template <typename Visit>
  void each(Visit visit) {
    for (auto& [id, entry] : entries_)
      for (auto& binding : entry.bindings) visit(id, binding);
  }
  /// Its silent contacts are asked again now.
  void wake(const std::string& id, Instant now);
  /// The binding with that pulse; null when it is gone.
  Binding* find_pulse(const std::string& id, uint64_t pulse);
  /// None of its contacts answers OPTIONS.
  bool silent(const std::string& id) const;

 private:
  struct Entry {
    Phone phone;
    NonceLedger ledger;
    std::vector<Binding> bindings;
  };
  Binding* find(const std::string& id, const Target& target);
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hotline::sip
