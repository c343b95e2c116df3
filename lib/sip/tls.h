// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "sip/sip.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace hotline::sip {

/// Certificate, key and authorities can be read and belong together; `config` with file and remedy when not.
Result<void> check_tls(const Config::Tls& tls);

/// Looks at certificate and key before Sofia does, which says nothing of what is wrong with them, and lays them out in
/// `tls.folder` (mode 0700) as it wants them: agent.pem and cafile.pem. Sees to it that no connection of this process is
/// older than TLS 1.2. `config` with file and remedy; a certificate that ends soon is said in the log.
Result<void> prepare_tls(const Config::Tls& tls);

/// The context that OpenSSL made last in this process, since prepare_tls() was called first; null: none is left.
ssl_ctx_st* newest_tls_context();

/// As prepare_tls(), and `context` shows the new certificate from now on; connections that are open keep theirs.
Result<void> renew_tls(const Config::Tls& tls, ssl_ctx_st* context);

/// The files are others than those that were laid out.
bool tls_changed(const Config::Tls& tls);

}  // namespace hotline::sip
