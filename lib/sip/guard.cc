// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/guard.h"

#include <algorithm>
#include <span>

#include "base/text.h"

namespace hotline::sip {

namespace {
constexpr size_t kAddressesMax = 4096;
}

Guard::Guard(Registrar& registrar, std::string realm, Limits limits)
    : registrar_(registrar),
      realm_(std::move(realm)),
      challenges_("unauthenticated requests", limits.challenges),
      failures_("failed authentications", limits.failures),
      pairs_("failed authentications for one name", limits.pairs),
      names_("failed authentications for one name from everywhere", limits.names),
      mint_(limits.nonce_lifetime) {
  nobody_ = mint_.make("nobody", monotonic_now());
}

bool Guard::heed(const std::string& address, Instant now) {
  if (challenges_.silent(address, now)) return false;
  challenges_.spend(address, now);
  return true;
}

Guard::Verdict Guard::judge(const From& from, const std::optional<Credentials>& credentials, std::string_view method,
                            Instant now) {
  const std::string& address = from.address;
  // A name is a stranger's text: bounded, and with nothing in it that could break a line of the log.
  static constexpr size_t kNameMax = 64;
  std::string name = credentials ? hex(std::span(reinterpret_cast<const uint8_t*>(credentials->username.data()),
                                                 std::min(kNameMax, credentials->username.size())))
                                 : "";
  std::string pair = address + " name=" + name;
  if (!from.itself) {
    if (failures_.silent(address, now)) return Verdict::silence;
    if (credentials && pairs_.silent(pair, now)) return Verdict::silence;
    if (credentials && !from.at_home && names_.silent(name, now)) return Verdict::silence;
  }
  if (!credentials && challenges_.silent(address, now)) return Verdict::silence;
  auto verdict = credentials ? check(address, *credentials, method, now) : Verdict::challenge;
  if (verdict == Verdict::pass) {
    challenges_.refund(address, now);
    if (known_.size() >= kAddressesMax && !known_.contains(address)) known_.clear();
    known_.insert(address);
  } else if (verdict == Verdict::stale || !credentials) {
    challenges_.spend(address, now);
  } else {
    failures_.spend(address, now);
    pairs_.spend(pair, now);
    names_.spend(name, now);
  }
  return verdict;
}

void Guard::forgive(const std::string& address, Instant now) {
  if (known_.contains(address)) challenges_.refund(address, now);
}

Guard::Verdict Guard::check(const std::string& address, const Credentials& credentials, std::string_view method,
                            Instant now) {
  auto nonce = mint_.check(credentials.nonce, address, now);
  const Phone* phone = registrar_.phone(credentials.username);
  std::string right = digest_response(credentials, phone ? phone->secret : nobody_, method);
  bool knows = same_secret_text(right, credentials.response);
  if (!phone || phone->secret.empty() || !knows || credentials.realm != realm_) return Verdict::challenge;
  // Too old, from before our restart, or from before the phone's address changed: the phone tries again by itself.
  if (nonce.verdict != NonceMint::Verdict::good) return Verdict::stale;
  // After the password only, so that nobody else can use up a phone's counts.
  if (!registrar_.ledger(phone->id)->use(credentials.nonce, nonce.issued_us, credentials.nonce_count()))
    return Verdict::stale;
  return Verdict::pass;
}

std::string Guard::challenge_for(const std::string& address, Algorithm algorithm, bool stale, Instant now) const {
  return challenge(realm_, mint_.make(address, now), algorithm, stale);
}

}  // namespace hotline::sip
