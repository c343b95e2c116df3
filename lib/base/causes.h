// SPDX-License-Identifier: GPL-2.0-or-later
// Why a call ended, in the two tongues of this house: causes of ITU-T Q.850 (05/98) on the lines, statuses of RFC 3261
// on the telephones, and how one becomes the other (RFC 3398). One table for both rooms; cccauses(7) is its page.
#pragma once

#include <span>
#include <string>

namespace hotline {

struct Cause {
  int number;        ///< 1 to 127
  const char* name;  ///< "user busy"
  int status;        ///< the final SIP status of a call that was not answered
};

struct Status {
  int number;  ///< 300 to 699
  int cause;
};

/// Every cause that Q.850 names, in order.
std::span<const Cause> causes();
/// Every final status that has a cause of its own, in order.
std::span<const Status> statuses();

/// The name of a cause; "cause 99" for a number that has none.
std::string cause_name(int cause);

/// RFC 3398 §7.2.4.1; 500 for a cause without a row.
int status_of_cause(int cause);

/// RFC 3398 §8.2.6.1; an unknown status means what the x00 of its class means (RFC 3261 §8.1.3.2).
int cause_of_status(int status);

}  // namespace hotline
