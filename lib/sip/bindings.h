// SPDX-License-Identifier: GPL-2.0-or-later
// Contacts on disk, for the next start: one a line, the oldest of a phone first, fields between tabs:
//
//     phone  expires (RFC 3339)  uri  hop  call-id  cseq  q in thousandths
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sip/registrar.h"

namespace hotline::sip {

inline constexpr size_t kBindingsMax = 20000;  ///< further ones are not kept

struct KeptBinding {
  std::string phone;
  Registrar::Binding binding;
  seconds left{0};
};

/// Replaces a file by renaming, without waiting for the disk: for what may be lost with the power, but is never torn.
Result<void> replace_unsynced(const std::string& path, const std::string& text);

/// Those that have not run out; a line that is none is passed over, a file that is not there is empty.
std::vector<KeptBinding> read_bindings(const std::string& path, Utc now);
/// Replaces the file by renaming; a failure is said in the log, once until it works again.
void write_bindings(const std::string& path, const std::vector<KeptBinding>& bindings, Utc now);

}  // namespace hotline::sip
