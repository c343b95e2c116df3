// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/requests.h"

#include <utility>

#include "base/require.h"

namespace hotline::sip {

struct Requests::Open {
  Requests* owner = nullptr;
  uint64_t number = 0;
  nta_leg_t* own_leg = nullptr;
  nta_outgoing_t* out = nullptr;
  Then then;
  Instant sent{};
  Loop::Handle deadline;

  ~Open() {
    if (out) nta_outgoing_destroy(out);
    if (own_leg) nta_leg_destroy(own_leg);
  }
};

Requests::Requests(Loop& loop, nta_agent_t* nta) : loop_(loop), nta_(nta) {}

Requests::~Requests() { open_.clear(); }

uint64_t Requests::send(const Request& request, Then then) {
  uint64_t number = ++last_;
  auto& open = *(open_[number] = std::make_unique<Open>());
  open.owner = this;
  open.number = number;
  open.then = std::move(then);
  open.sent = monotonic_now();
  nta_leg_t* leg = request.leg;
  if (!leg && open_.size() <= kRequestsMax) {
    leg = open.own_leg = nta_leg_tcreate(nta_, nullptr, nullptr, SIPTAG_FROM_STR(request.from.c_str()),
                                         SIPTAG_TO_STR(request.to.c_str()), TAG_END());
    if (leg && !nta_leg_tag(leg, nullptr)) leg = nullptr;
  }
  // Sofia hands the context back as it got it; that it is no dialog does not matter to it.
  if (leg)
    open.out = nta_outgoing_tcreate(leg, &Requests::on_answer, reinterpret_cast<Dialog*>(&open),
                                    URL_STRING_MAKE(request.hop.c_str()), request.method, request.name.c_str(),
                                    request.uri.empty() ? nullptr : URL_STRING_MAKE(request.uri.c_str()),
                                    TAG_IF(!request.headers.empty(), SIPTAG_HEADER_STR(request.headers.c_str())),
                                    TAG_IF(!request.body.empty(), SIPTAG_PAYLOAD_STR(request.body.c_str())), TAG_END());
  milliseconds patience = open.out ? request.timeout : milliseconds(0);
  open.deadline = loop_.after(patience, [this, number] { finish(number, {}); });
  return number;
}

void Requests::forget(uint64_t number) { open_.erase(number); }

int Requests::on_answer(Dialog* context, nta_outgoing_t* out, const sip_t* sip) {
  auto& open = *reinterpret_cast<Open*>(context);
  Answer answer;
  // Sofia makes up a 408 or 503 of its own where nobody answers or the network says no.
  if (sip && sip->sip_status && !nta_sip_is_internal(sip)) {
    if (sip->sip_status->st_status < 200) return 0;
    answer.status = sip->sip_status->st_status;
    answer.sip = sip;
    answer.out = out;
    answer.took = std::chrono::duration_cast<milliseconds>(monotonic_now() - open.sent);
  }
  open.owner->finish(open.number, answer);
  return 0;
}

void Requests::finish(uint64_t number, const Answer& answer) {
  auto done = open_.extract(number);
  if (done.empty()) return;
  // The request must not be gone while its own callback runs, and `then` may send another.
  done.mapped()->deadline.cancel();
  done.mapped()->then(answer);
}

}  // namespace hotline::sip
