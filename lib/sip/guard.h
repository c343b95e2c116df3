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

  Guard(Registrar& registrar, std::string realm, Buckets::Limits limits = {}, seconds nonce_lifetime = seconds(300));

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
  Buckets buckets_;
  NonceMint mint_;
  std::string nobody_;  ///< the secret of everybody who does not exist
};

}  // namespace hotline::sip
