// SPDX-License-Identifier: GPL-2.0-or-later
// Q.850 causes and SIP statuses: the two maps of RFC 3398 side by side, and nothing else.
#include <algorithm>

#include "sip/sip.h"

namespace hotline::sip {
namespace {

struct Row {
  int from, to;
};

// RFC 3398 §7.2.4.1: the cause of an ISUP release to the final status of a SIP call that was not answered.
constexpr Row kStatusOfCause[] = {
    {1, 404},    // unallocated number
    {2, 404},    // no route to network
    {3, 404},    // no route to destination
    {16, 480},   // normal clearing; the RFC has BYE or CANCEL here: before an answer we can only say "not now"
    {17, 486},   // user busy
    {18, 408},   // no user responding
    {19, 480},   // no answer from the user
    {20, 480},   // subscriber absent
    {21, 403},   // call rejected
    {22, 410},   // number changed
    {23, 410},   // redirection to new destination
    {26, 404},   // non-selected user clearing
    {27, 502},   // destination out of order
    {28, 484},   // address incomplete
    {29, 501},   // facility rejected
    {31, 480},   // normal, unspecified
    {34, 503},   // no circuit available
    {38, 503},   // network out of order
    {41, 503},   // temporary failure
    {42, 503},   // switching equipment congestion
    {47, 503},   // resource unavailable
    {55, 403},   // incoming class barred within closed user group
    {57, 403},   // bearer capability not authorized
    {58, 503},   // bearer capability not presently available
    {65, 488},   // bearer capability not implemented
    {70, 488},   // only restricted digital information
    {79, 501},   // service or option not implemented
    {87, 403},   // user not member of closed user group
    {88, 503},   // incompatible destination
    {102, 504},  // recovery on timer expiry
    {111, 500},  // protocol error
    {127, 500},  // interworking
};

// RFC 3398 §8.2.6.1: the final status of an INVITE to the cause of the release. Rows the RFC leaves open say why.
constexpr Row kCauseOfStatus[] = {
    {301, 22},   // moved permanently: number changed
    {400, 41},   // bad request: temporary failure
    {401, 21},   // unauthorized: call rejected
    {402, 21},   // payment required
    {403, 21},   // forbidden
    {404, 1},    // not found: unallocated number
    {405, 63},   // method not allowed: service or option unavailable
    {406, 79},   // not acceptable: service or option not implemented
    {407, 21},   // proxy authentication required
    {408, 102},  // request timeout: recovery on timer expiry
    {410, 22},   // gone: number changed
    {413, 127},  // request entity too long
    {414, 127},  // request-URI too long
    {415, 79},   // unsupported media type
    {416, 127},  // unsupported URI scheme
    {420, 127},  // bad extension
    {421, 127},  // extension required
    {423, 127},  // interval too brief
    {480, 18},   // temporarily unavailable: no user responding
    {481, 41},   // call or transaction does not exist
    {482, 25},   // loop detected: exchange routing error
    {483, 25},   // too many hops
    {484, 28},   // address incomplete
    {485, 1},    // ambiguous
    {486, 17},   // busy here
    {487, 16},   // request terminated: it was us who cancelled, so normal clearing
    {488, 65},   // not acceptable here: by its usual meaning, no common codec
    {500, 41},   // server internal error
    {501, 79},   // not implemented
    {502, 38},   // bad gateway: network out of order
    {503, 41},   // service unavailable
    {504, 102},  // server time-out
    {505, 127},  // version not supported
    {513, 127},  // message too large
    {600, 17},   // busy everywhere
    {603, 21},   // decline
    {604, 1},    // does not exist anywhere
    {606, 65},   // not acceptable, as 488
};

template <size_t n>
int look_up(const Row (&rows)[n], int from, int otherwise) {
  auto found = std::find_if(std::begin(rows), std::end(rows), [from](const Row& row) { return row.from == from; });
  return found == std::end(rows) ? otherwise : found->to;
}

}  // namespace

int status_of_cause(int cause) { return look_up(kStatusOfCause, cause, 500); }

int cause_of_status(int status) {
  if (int cause = look_up(kCauseOfStatus, status, 0)) return cause;
  // RFC 3261 §8.1.3.2: an unknown status means what the x00 of its class means.
  if (status >= 400 && status < 600) return 41;
  if (status >= 600 && status < 700) return 17;
  return 127;
}

}  // namespace hotline::sip
