// SPDX-License-Identifier: GPL-2.0-or-later
// What is looked after as time goes by: restarts, alarms, channels against calls.
#include "trunk/audit.h"

#include <algorithm>

#include "base/log.h"
#include "trunk/lines.h"

namespace hotline::trunk {

namespace {

constexpr int kTemporaryFailure = 41;  // ITU-T Q.850
constexpr seconds kFresh{5};

}  // namespace

std::vector<Finding> compare(const std::vector<Taken>& taken, const std::vector<isdn::DChannel::Held>& held) {
  std::vector<Finding> findings;
  for (const auto& one : taken) {
    if (one.fresh) continue;
    const bool has_call =
        std::any_of(held.begin(), held.end(), [&](const auto& call) { return call.call == one.call; });
    if (!one.known) {
      findings.push_back({Finding::What::taken_by_nobody, one.channel, one.line});
    } else if (!has_call) {
      findings.push_back({Finding::What::line_without_call, one.channel, one.line});
    }
  }
  for (const auto& call : held) {
    if (call.clearing) continue;
    const bool has_line =
        std::any_of(taken.begin(), taken.end(), [&](const auto& one) { return one.known && one.call == call.call; });
    if (!has_line) findings.push_back({Finding::What::call_without_line, call.channel, call.call});
  }
  return findings;
}

void E1::tick(Instant now) {
  watch_alarms(now);
  if (now - audited_ >= rules().audit) audit(now);
  next_restart();
}

void E1::watch_alarms(Instant now) {
  const auto stats = lines_.engine().span_stats(id_);
  const std::pair<Alarm, bool> defects[] = {{Alarm::loss, !stats.receiving},
                                            {Alarm::ais, stats.ais},
                                            {Alarm::remote, stats.receiving && stats.remote_alarm},
                                            {Alarm::d_channel, !layer2_}};
  for (const auto& [alarm, defect] : defects) {
    const auto change = alarms_.see(alarm, defect, now);
    if (!change) continue;
    log_line(*change ? Level::warning : Level::info,
             "span '" + config_.name + "': alarm " + name_of(alarm) + (*change ? "" : " is over"));
    lines_.events().on_alarm(config_.name, name_of(alarm), *change);
  }
}

void E1::audit(Instant now) {
  audited_ = now;
  std::vector<Taken> taken;
  for (int slot = 1; slot < Channels::kSlots; slot++) {
    const uint32_t owner = channels_.owner(slot);
    if (owner == 0) continue;
    const Line* line = lines_.find(owner);
    const bool known = line && line->span == this && line->slot == slot;
    taken.push_back({slot, owner, known, known ? line->call : 0, now - channels_.since(slot) < kFresh});
  }
  auto held = d_->held();
  std::erase_if(held, [&](const auto& call) {  // glare has taken its channel; the far end will name another
    const Line* line = lines_.find(*this, call.call);
    return line && line->port == 0;
  });
  for (const auto& finding : compare(taken, held)) {
    switch (finding.what) {
      case Finding::What::line_without_call:
        if (Line* line = lines_.find(finding.id)) lines_.released(*line, kTemporaryFailure, false);
        break;
      case Finding::What::taken_by_nobody:
        channels_.give_back(finding.channel, finding.id, now);
        break;
      case Finding::What::call_without_line:
        d_->hangup(finding.id, kTemporaryFailure);
        break;
    }
    suspect(finding.channel, "audit");
  }
  // A call that libpri has and we do not can be neither named nor ended; it is said once, when it is there a second
  // time.
  const size_t libpri = d_->layer3_calls(), ours = d_->calls();
  const size_t leaked = libpri > ours ? libpri - ours : 0;
  if (leaked > leak_told_ && leaked == leaked_) {
    leak_told_ = leaked;
    log_warning("span '" + config_.name + "': libpri holds " + std::to_string(leaked) + " calls that nobody knows");
  }
  leaked_ = leaked;
}

// Restarts
// --------------------------------------------------------------------------------------------------------------------

Result<void> E1::restart(int channel) {
  if (!up()) return Error{Errc::unavailable, "span '" + config_.name + "' is down"};
  channels_.command(channel, monotonic_now());
  next_restart();
  return {};
}

void E1::suspect(int channel, const std::string& reason) {
  if (!channels_.suspect(channel, monotonic_now())) return;
  log_warning("span '" + config_.name + "': channel " + std::to_string(channel) + " is stuck (" + reason +
              "), to be restarted");
  lines_.events().on_stuck(config_.name, channel, reason);
  next_restart();
}

void E1::next_restart() {
  const Instant now = monotonic_now();
  if (!up()) return;
  const int slot = channels_.next_restart(rules().select, now);
  if (slot != 0 && d_->restart(slot)) channels_.begin(slot, now);
}

void E1::on_restarted(int channel, bool acknowledged) {
  const Why why = channels_.restarted(channel, acknowledged, monotonic_now());
  const std::string which = "span '" + config_.name + "': channel " + std::to_string(channel);
  if (why == Why::start) {
    if (!d_->up()) started_ = false;  // once more when it is back
    if (!acknowledged && d_->up()) log_warning(which + ": the far end acknowledges no restart, left as it is");
  } else if (why != Why::none) {
    log_line(acknowledged ? Level::info : Level::warning,
             which + (acknowledged ? " is restarted (" : " was not restarted (") + name_of(why) + ")");
    lines_.events().on_restarted(config_.name, channel, acknowledged, name_of(why));
  }
  next_restart();
}

void E1::on_restart(int channel) { channels_.far_restarted(channel, monotonic_now()); }

void E1::on_stuck(int channel) { suspect(channel, "not-cleared"); }

}  // namespace hotline::trunk
