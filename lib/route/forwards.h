// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::route {

/// Where the calls of a telephone go instead. Targets are "phone:1002" or "pstn:13800138000"; "": none.
struct Forward {
  std::string always, busy, no_answer;
  milliseconds no_answer_after{20000};
  bool dnd = false;  ///< do not disturb: it does not ring; who calls gets `busy`, or hears that it is
  bool operator==(const Forward&) const = default;
};

/// Why a call went on.
enum class ForwardReason { always, busy, no_answer, dnd, unreachable };
const char* name_of(ForwardReason reason);

/// One step of a call from a telephone to where it is forwarded.
struct Hop {
  std::string phone;  ///< the diverting one
  std::string to;
  ForwardReason reason = ForwardReason::always;
};

/// Where a call for a telephone really goes.
struct Reached {
  std::string to;  ///< "phone:…" or "pstn:…"
  std::vector<Hop> hops;
  int cause = 0;  ///< not 0: nowhere
};

/// A call is forwarded so often at most; once more and it is refused with cause 25, exchange routing error (RFC 3398
/// §7.2.4.1 gives SIP 483, too many hops, for it).
inline constexpr size_t kHopsMax = 5;

/// The forwarding of all telephones: what the configuration says, and over it what was commanded since. Pure.
class Forwards {
 public:
  static constexpr milliseconds kNoAnswerMin{5000}, kNoAnswerMax{120000};

  /// `as_configured` has every telephone. What was commanded for one that is gone is forgotten.
  void configure(std::map<std::string, Forward> as_configured);
  bool known(const std::string& phone) const { return configured_.count(phone) > 0; }
  const Forward& of(const std::string& phone) const;
  /// Requires: known(phone).
  void set(const std::string& phone, Forward forward);

  /// What was commanded, as a file: phone, always, busy, no_answer, no_answer_ms, dnd; tabs between, '-' for none.
  std::string format() const;
  /// `bad_data` with name:line. Replaces what was commanded; telephones that are not known are passed over.
  Result<void> parse(std::string_view text, const std::string& name);

  /// Follows `always`, `dnd`, and `no_answer` of telephones that are not registered, from `to` on. `hops` is how many
  /// there were already.
  Reached follow(const std::string& to, size_t hops, const std::function<bool(const std::string&)>& registered) const;
  /// Where a call goes on that a telephone did not take: busy (17), refused (21), not answered (18, 19), not there (20).
  std::optional<Hop> after(const std::string& phone, int cause) const;

 private:
  std::map<std::string, Forward> configured_, commanded_;
};

/// "1002", "phone:1002", "pstn:13800138000", "13800138000" as a target; "" for "" and "off". `bad_data` otherwise.
Result<std::string> read_target(const std::string& text, const std::function<bool(const std::string&)>& is_phone);

}  // namespace hotline::route
