// SPDX-License-Identifier: GPL-2.0-or-later
// What a subscriber of this exchange does in a call: says, keys, listens, stays. Pure, but for the reading of a sound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "fax/fax.h"
#include "isdn/isdn.h"
#include "media/media.h"
#include "wire/wire.h"

namespace hotline::pstn {

/// One step of a key script: a wait, or keys (0-9 * # A-D) that are sent in band.
struct Step {
  milliseconds wait{0};
  std::string keys;
};

/// Reads "w2s,1,w500ms,23#": steps with commas between; `w` and a duration waits. At most 64 steps, an hour each.
Result<std::vector<Step>> parse_keys(const std::string& text);

/// Reads "3" (units), "0.35CNY" or "free".
Result<isdn::Charge> parse_charge(const std::string& text);

/// As a tool gives it: what the daemon understands is checked in both places by the same functions.
struct ActSpec {
  std::string say, keys, hear, stay = "30s";
  std::string patience;  ///< empty: as `stay`
  bool once = false;
  bool early = false;
  std::string connected, charge;
  std::string fax_send, fax_receive, fax_station;  ///< a file; a folder
  bool fax_ecm = true;
};

struct Act {
  media::SoundPtr say;           ///< begins with the answer, or after the first keys when there are some; null: silence
  bool once = false;             ///< said once, not again and again
  std::vector<Step> steps;       ///< begin with the answer
  std::string hear;              ///< WAV of what came from the far end; "" none. '%' stands for the line's number
  milliseconds stay{30000};      ///< from the answer; then it hangs up
  milliseconds patience{30000};  ///< from the beginning, while nobody answers
  bool early = false;            ///< says and hears before the answer too
  std::string connected;         ///< the number that answers, told to the caller
  std::optional<fax::Job> fax;   ///< instead of all that is said and keyed; then it hangs up
  std::optional<isdn::Charge> charge;  ///< told to the caller with the answer and at the end
};

/// Checks and loads; `no_input` and `bad_data` name the option that is wrong.
Result<Act> make_act(const ActSpec& spec);

/// Checks a spec as make_act does, and makes its paths absolute: for a tool, before it asks.
Result<ActSpec> check_act(ActSpec spec);

wire::Json to_json(const ActSpec& spec);
ActSpec act_of(const wire::Json& body);

}  // namespace hotline::pstn
