// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <utility>

#include "isdn/isdn.h"

namespace hotline::isdn {

namespace {

// ITU-T Q.850 (05/98) §2.2.7, in this house's words.
constexpr std::array kCauses = {
    std::pair{1, "unallocated number"},
    std::pair{2, "no route to transit network"},
    std::pair{3, "no route to destination"},
    std::pair{6, "channel unacceptable"},
    std::pair{16, "normal clearing"},
    std::pair{17, "user busy"},
    std::pair{18, "no user responding"},
    std::pair{19, "no answer"},
    std::pair{20, "subscriber absent"},
    std::pair{21, "call rejected"},
    std::pair{22, "number changed"},
    std::pair{26, "non-selected user clearing"},
    std::pair{27, "destination out of order"},
    std::pair{28, "invalid number format"},
    std::pair{29, "facility rejected"},
    std::pair{30, "response to status enquiry"},
    std::pair{31, "normal, unspecified"},
    std::pair{34, "no circuit available"},
    std::pair{38, "network out of order"},
    std::pair{41, "temporary failure"},
    std::pair{42, "switching equipment congestion"},
    std::pair{43, "access information discarded"},
    std::pair{44, "requested circuit not available"},
    std::pair{47, "resource unavailable"},
    std::pair{50, "facility not subscribed"},
    std::pair{57, "bearer capability not authorised"},
    std::pair{58, "bearer capability not available"},
    std::pair{63, "service not available"},
    std::pair{65, "bearer capability not implemented"},
    std::pair{66, "channel type not implemented"},
    std::pair{69, "facility not implemented"},
    std::pair{79, "service not implemented"},
    std::pair{81, "invalid call reference"},
    std::pair{82, "identified channel does not exist"},
    std::pair{88, "incompatible destination"},
    std::pair{95, "invalid message"},
    std::pair{96, "mandatory information element missing"},
    std::pair{97, "message type not implemented"},
    std::pair{98, "message not compatible with call state"},
    std::pair{99, "information element not implemented"},
    std::pair{100, "invalid information element contents"},
    std::pair{101, "message not compatible with call state"},
    std::pair{102, "recovery on timer expiry"},
    std::pair{111, "protocol error"},
    std::pair{127, "interworking"},
};

}  // namespace

std::string cause_text(int cause) {
  const auto* found = std::find_if(kCauses.begin(), kCauses.end(), [&](const auto& c) { return c.first == cause; });
  return found == kCauses.end() ? "cause " + std::to_string(cause) : found->second;
}

bool is_number(const std::string& text) {
  constexpr size_t kLongest = 31;  // libpri keeps no more
  const size_t plus = text.starts_with('+') ? 1 : 0;
  return text.size() > plus && text.size() <= kLongest &&
         text.find_first_not_of("0123456789*#", plus) == std::string::npos;
}

}  // namespace hotline::isdn
