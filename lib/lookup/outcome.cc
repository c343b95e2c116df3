// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/outcome.h"

namespace hotline::lookup {

const char* reason_name(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "";
    case Reason::unknown:
      return "unknown";
    case Reason::bad_parameter:
      return "bad-parameter";
    case Reason::busy:
      return "busy";
    case Reason::resting:
      return "resting";
    case Reason::timeout:
      return "timeout";
    case Reason::refused:
      return "refused";
    case Reason::unavailable:
      return "unavailable";
    case Reason::bad_answer:
      return "bad-answer";
    case Reason::failed:
      return "failed";
  }
  return "";
}

const char* Outcome::name() const { return kind == Kind::found ? "found" : kind == Kind::none ? "none" : "failed"; }

}  // namespace hotline::lookup
