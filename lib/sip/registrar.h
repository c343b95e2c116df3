// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sip/nonce.h"
#include "sip/sip.h"
#include "sip/target.h"

namespace hotline::sip {

/// Which phones there are and where each one is: one contact a phone, the newest wins. Pure: time comes from outside.
class Registrar {
 public:
  struct Binding {
    Target target;
    Instant expires;
  };

  /// Replaces the phones; returns those that were registered and are gone now.
  std::vector<std::string> set_phones(std::vector<Phone> phones);

  const Phone* phone(const std::string& id) const;
  NonceLedger* ledger(const std::string& id);
  const Binding* binding(const std::string& id) const;

  /// Notes where the phone is; true when it was not registered or was elsewhere: news, where a refresh is none.
  bool bind(const std::string& id, Target target, Instant expires);
  /// True when it was registered.
  bool unbind(const std::string& id);
  /// Forgets the bindings that have run out by `now`; returns their phones.
  std::vector<std::string> expire(Instant now);

 private:
  struct Entry {
    Phone phone;
    NonceLedger ledger;
    std::optional<Binding> binding;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hotline::sip
