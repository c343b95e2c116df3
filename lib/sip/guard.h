// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <unordered_set>

#include "sip/bucket.h"
#include "sip/digest.h"
#include "sip/nonce.h"
#include "sip/registrar.h"

namespace hotline::sip {

/// Decides who comes in. Known and unknown users get the same answer at the same cost; nothing is kept for a request
/// that is refused but tokens.
///
/// Wrong passwords are counted three times: of an address; of an address for one name, which locks that pair out after a
/// few; and for one name from anywhere, which after many leaves only the addresses where the phone is now. So a guesser
/// runs dry long before a word list does, and the real phone, at its own address, never hears of it.
class Guard {
 public:
  enum class Verdict { pass, challenge, stale, silence };

  struct Limits {
    Buckets::Limits challenges{.tokens = 500, .tokens_per_second = 5};
    Buckets::Limits failures{.tokens = 30, .tokens_per_second = 0.2};
    Buckets::Limits pairs{.tokens = 10, .tokens_per_second = 1.0 / 60};
    Buckets::Limits names{.tokens = 200, .tokens_per_second = 0.5};
    seconds nonce_lifetime{300};
  };
  Guard(Registrar& registrar, std::string realm) : Guard(registrar, std::move(realm), Limits()) {}
  Guard(Registrar& registrar, std::string realm, Limits limits);

  /// Where a request comes from, as far as it matters here.
  struct From {
    std::string address;
    bool at_home = false;  ///< the named phone is registered at this address
    bool itself = false;   ///< and at this very port: it has proved who it is before
    From(std::string text, bool home = false, bool self = false)  // NOLINT: an address alone is a stranger's
        : address(std::move(text)), at_home(home), itself(self) {}
    From(const char* text) : address(text) {}  // NOLINT
  };

  /// A request that asks for no password: false when its address has had its share of answers.
  bool heed(const std::string& address, Instant now);

  /// Judges a request from `address`. On `pass`, credentials->username is a phone's id. `stale`: right password, but a
  /// nonce that is not ours, too old or was used before; the phone tries again by itself.
  Verdict judge(const From& from, const std::optional<Credentials>& credentials, std::string_view method, Instant now);

  /// The request that was just judged `challenge` or `stale` is refused for our own reasons: it costs its address nothing
  /// when somebody has been let in from there before.
  void forgive(const std::string& address, Instant now);

  /// A WWW-Authenticate value with a new nonce for that address.
  std::string challenge_for(const std::string& address, Algorithm algorithm, bool stale, Instant now) const;

 private:
  Verdict check(const std::string& address, const Credentials& credentials, std::string_view method, Instant now);
  Registrar& registrar_;
  std::string realm_;
  Buckets challenges_, failures_, pairs_, names_;
  NonceMint mint_;
  std::unordered_set<std::string> known_;  ///< addresses with a pass, kAddressesMax at most, then anew
  std::string nobody_;  ///< the secret of everybody who does not exist
};

}  // namespace hotline::sip
