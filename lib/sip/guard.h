// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "sip/bucket.h"
#include "sip/digest.h"
#include "sip/nonce.h"
#include "sip/registrar.h"

namespace hotline::sip {

/// Decides who comes in. Known and unknown users get the same answer at the same cost; nothing is kept for a request
/// that is refused but one token of its address.
class Guard {
 public:
  enum class Verdict { pass, challenge, stale, silence };

  struct Limits {
    Buckets::Limits challenges{.tokens = 500, .tokens_per_second = 5};
    Buckets::Limits failures{.tokens = 30, .tokens_per_second = 0.2};
    seconds nonce_lifetime{300};
  };
  Guard(Registrar& registrar, std::string realm) : Guard(registrar, std::move(realm), Limits()) {}
  Guard(Registrar& registrar, std::string realm, Limits limits);

  /// Judges a request from `address`. On `pass`, credentials->username is a phone's id. `stale`: right password, but a
  /// nonce that is not ours, too old or was used before; the phone tries again by itself.
  Verdict judge(const std::string& address, const std::optional<Credentials>& credentials, std::string_view method,
                Instant now);

  /// A WWW-Authenticate value with a new nonce for that address.
  std::string challenge_for(const std::string& address, Algorithm algorithm, bool stale, Instant now) const;

 private:
  Verdict check(const std::string& address, const Credentials& credentials, std::string_view method, Instant now);
  Registrar& registrar_;
  std::string realm_;
  Buckets challenges_, failures_;
  NonceMint mint_;
  std::string nobody_;  ///< the secret of everybody who does not exist
};

}  // namespace hotline::sip
