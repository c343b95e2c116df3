// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/causes.h"

#include <algorithm>
#include <iterator>

namespace hotline {

namespace {

// Names in this house's words. Statuses of RFC 3398 §7.2.4.1; rows marked * the RFC leaves to its "500": they have the
// status of their nearest kin, because 500 tells a caller that we are broken.
constexpr Cause kCauses[] = {
    {1, "unallocated number", 404},
    {2, "no route to transit network", 404},
    {3, "no route to destination", 404},
    {4, "send special information tone", 404},  // *
    {5, "misdialled trunk prefix", 404},        // *
    {6, "channel unacceptable", 503},           // *
    {7, "call awarded in an established channel", 500},
    {8, "pre-emption", 503},                    // *
    {9, "pre-emption, circuit reserved", 503},  // *
    {14, "number ported", 404},                 // *
    {16, "normal clearing", 480},  // the RFC has BYE or CANCEL here: before an answer we can only say "not now"
    {17, "user busy", 486},
    {18, "no user responding", 408},
    {19, "no answer", 480},
    {20, "subscriber absent", 480},
    {21, "call rejected", 403},
    {22, "number changed", 410},
    {23, "redirection to new destination", 410},
    {24, "anonymous call rejected", 403},  // *
    {25, "exchange routing error", 483},   // *: too many hops is what it is
    {26, "non-selected user clearing", 404},
    {27, "destination out of order", 502},
    {28, "invalid number format", 484},
    {29, "facility rejected", 501},
    {30, "response to status enquiry", 500},
    {31, "normal, unspecified", 480},
    {34, "no circuit available", 503},
    {38, "network out of order", 503},
    {39, "permanent connection out of service", 503},  // *
    {40, "permanent connection operational", 503},     // *
    {41, "temporary failure", 503},
    {42, "switching equipment congestion", 503},
    {43, "access information discarded", 503},     // *
    {44, "requested circuit not available", 503},  // *
    {46, "precedence call blocked", 503},          // *
    {47, "resource unavailable", 503},
    {49, "quality of service not available", 503},           // *
    {50, "facility not subscribed", 403},                    // *
    {53, "outgoing calls barred within closed group", 403},  // *
    {55, "incoming calls barred within closed group", 403},
    {57, "bearer capability not authorised", 403},
    {58, "bearer capability not available", 503},
    {62, "access information inconsistent with class", 403},  // *
    {63, "service not available", 503},                       // *
    {65, "bearer capability not implemented", 488},
    {66, "channel type not implemented", 488},  // *
    {69, "facility not implemented", 501},      // *
    {70, "only restricted digital information", 488},
    {79, "service not implemented", 501},
    {81, "invalid call reference", 500},
    {82, "identified channel does not exist", 500},
    {83, "another call is suspended", 500},
    {84, "call identity in use", 500},
    {85, "no call suspended", 500},
    {86, "suspended call has been cleared", 500},
    {87, "user not in closed group", 403},
    {88, "incompatible destination", 503},
    {90, "closed group does not exist", 403},  // *
    {91, "invalid transit network", 404},      // *
    {95, "invalid message", 500},
    {96, "mandatory information element missing", 500},
    {97, "message type not implemented", 500},
    {98, "message type not compatible with call state", 500},
    {99, "information element not implemented", 500},
    {100, "invalid information element contents", 500},
    {101, "message not compatible with call state", 500},
    {102, "recovery on timer expiry", 504},
    {103, "parameter not implemented, passed on", 500},
    {110, "message with unknown parameter discarded", 500},
    {111, "protocol error", 500},
    {127, "interworking", 500},
};

// RFC 3398 §8.2.6.1, and the statuses that came after it, with their RFC.
constexpr Status kStatuses[] = {
    {301, 22},   // moved permanently
    {400, 41},   // bad request
    {401, 21},   // unauthorized
    {402, 21},   // payment required
    {403, 21},   // forbidden
    {404, 1},    // not found
    {405, 63},   // method not allowed
    {406, 79},   // not acceptable
    {407, 21},   // proxy authentication required
    {408, 102},  // request timeout
    {410, 22},   // gone
    {413, 127},  // request entity too long
    {414, 127},  // request-URI too long
    {415, 79},   // unsupported media type
    {416, 127},  // unsupported URI scheme
    {417, 127},  // unknown resource priority, RFC 4412
    {420, 127},  // bad extension
    {421, 127},  // extension required
    {422, 127},  // session interval too small, RFC 4028
    {423, 127},  // interval too brief
    {428, 21},   // use identity header, RFC 8224
    {433, 24},   // anonymity disallowed, RFC 5079
    {436, 21},   // bad identity info, RFC 8224
    {437, 21},   // unsupported credential, RFC 8224
    {438, 21},   // invalid identity header, RFC 8224
    {440, 25},   // max-breadth exceeded, RFC 5393
    {470, 21},   // consent needed, RFC 5360
    {480, 18},   // temporarily unavailable
    {481, 41},   // call or transaction does not exist
    {482, 25},   // loop detected
    {483, 25},   // too many hops
    {484, 28},   // address incomplete
    {485, 1},    // ambiguous
    {486, 17},   // busy here
    {487, 16},   // request terminated: it was us who cancelled, so normal clearing
    {488, 65},   // not acceptable here: by its usual meaning, no common codec
    {489, 127},  // bad event, RFC 6665
    {493, 127},  // undecipherable
    {494, 21},   // security agreement required, RFC 3329
    {500, 41},   // server internal error
    {501, 79},   // not implemented
    {502, 38},   // bad gateway
    {503, 41},   // service unavailable
    {504, 102},  // server time-out
    {505, 127},  // version not supported
    {513, 127},  // message too large
    {555, 79},   // push notification service not supported, RFC 8599
    {580, 47},   // precondition failure, RFC 3312
    {600, 17},   // busy everywhere
    {603, 21},   // decline
    {604, 1},    // does not exist anywhere
    {606, 65},   // not acceptable, as 488
    {607, 21},   // unwanted, RFC 8197
    {608, 21},   // rejected, RFC 8688
};

template <typename Row, size_t n>
const Row* find(const Row (&rows)[n], int number) {
  auto found =
      std::find_if(std::begin(rows), std::end(rows), [number](const Row& row) { return row.number == number; });
  return found == std::end(rows) ? nullptr : found;
}

}  // namespace

std::span<const Cause> causes() { return kCauses; }
std::span<const Status> statuses() { return kStatuses; }

std::string cause_name(int cause) {
  const Cause* row = find(kCauses, cause);
  return row ? row->name : "cause " + std::to_string(cause);
}

int status_of_cause(int cause) {
  const Cause* row = find(kCauses, cause);
  return row ? row->status : 500;
}

int cause_of_status(int status) {
  if (const Status* row = find(kStatuses, status)) return row->cause;
  if (status >= 400 && status < 600) return 41;
  if (status >= 600 && status < 700) return 17;
  return 127;
}

}  // namespace hotline
