// SPDX-License-Identifier: GPL-2.0-or-later
// OPTIONS to every contact now and then: who does not answer is silent. It also keeps the way through an address
// translation open, and a connection from being idle.
#include <algorithm>

#include "sip/agent.h"

namespace hotline::sip {
namespace {

/// At one time; when there are more contacts than this allows in an interval, they are asked less often.
constexpr size_t kAskedMax = 200;

}  // namespace

void Agent::qualify(Instant now) {
  if (config_.qualify.count() == 0) return;
  registrar_.each([&](const std::string& phone, Registrar::Binding& binding) {
    Pulse& pulse = binding.pulse;
    if (pulse.id == 0) {
      // Its REGISTER has just said that it is there. Asked for the first time within the second half of an interval,
      // so that phones that came together are not asked together.
      pulse.id = ++last_pulse_;
      pulse.next = now + config_.qualify / 2 + (config_.qualify / 2) * (pulse.id * 7919 % 1000) / 1000;
    }
    if (pulse.next > now || asked_ >= kAskedMax) return;
    pulse.next = now + std::max(config_.qualify, config_.qualify_timeout + seconds(1));
    Requests::Request options;
    options.hop = binding.target.hop;
    options.uri = binding.target.uri;
    options.from = "<" + own_uri() + ">";
    options.to = "<" + binding.target.uri + ">";
    options.headers = std::string("User-Agent: ") + kProduct + "\r\nContact: " + contact_for(options.hop) +
                      "\r\nAccept: " + kSdpType + "\r\n";
    options.timeout = config_.qualify_timeout;
    ++asked_;
    requests_->send(options, [this, phone, id = pulse.id](const Requests::Answer& answer) {
      --asked_;
      on_pulse(phone, id, answer);
    });
  });
}

void Agent::on_pulse(const std::string& phone, uint64_t pulse, const Requests::Answer& answer) {
  Registrar::Binding* binding = registrar_.find_pulse(phone, pulse);
  if (!binding) return;
  // Whatever it answers, a 404 included, it is there.
  binding->pulse.silent = answer.status == 0;
  if (answer.status) binding->pulse.rtt_ms = static_cast<int>(answer.took.count());
  settle_pulse(phone);
}

void Agent::settle_pulse(const std::string& phone) {
  bool is = registrar_.silent(phone), was = silent_.count(phone) > 0;
  if (is && !was) {
    silent_.insert(phone);
    events_.on_silent(phone);
  }
  if (!was || is) return;
  silent_.erase(phone);
  for (const auto& binding : registrar_.bindings(phone))
    if (!binding.pulse.silent) return events_.on_reachable(phone, binding.pulse.rtt_ms);
}

}  // namespace hotline::sip
