// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/loop.h"
#include "sip/sofia.h"

namespace hotline::sip {

inline constexpr size_t kRequestsMax = 2000;  ///< at one time; one more fails at once

/// Requests of ours outside calls: OPTIONS, REGISTER, NOTIFY. Each has one outcome: a final answer, or none in time.
class Requests {
 public:
  struct Answer {
    int status = 0;              ///< 0: nobody answered in time, or the packet could not be sent
    const sip_t* sip = nullptr;  ///< null when status is 0
    milliseconds took{0};
    nta_outgoing_t* out = nullptr;  ///< the transaction; null when status is 0
  };
  using Then = std::function<void(const Answer&)>;

  struct Request {
    sip_method_t method = sip_method_options;
    std::string name = "OPTIONS";
    std::string hop, uri;
    std::string from, to;     ///< without a leg
    nta_leg_t* leg = nullptr; ///< or within this dialog, or for its Call-ID and CSeq; stays the caller's
    std::string headers;      ///< whole lines
    std::string body;         ///< with its Content-Type among the headers
    milliseconds timeout{4000};
  };

  Requests(Loop& loop, nta_agent_t* nta);
  ~Requests();

  /// Sends it and calls `then` exactly once, never before it has returned; not at all when this object goes first.
  /// Returns its number, for forget().
  uint64_t send(const Request& request, Then then);
  /// Its answer is of no interest any more.
  void forget(uint64_t number);
  size_t size() const { return open_.size(); }

 private:
  struct Open;
  static int on_answer(Dialog* open, nta_outgoing_t* out, const sip_t* sip);
  void finish(uint64_t number, const Answer& answer);
  Loop& loop_;
  nta_agent_t* nta_;
  uint64_t last_ = 0;
  std::map<uint64_t, std::unique_ptr<Open>> open_;
};

}  // namespace hotline::sip
