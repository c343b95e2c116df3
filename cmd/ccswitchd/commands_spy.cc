// SPDX-License-Identifier: GPL-2.0-or-later
// Who listens to whom: spy, unspy, listen, and how that ends.
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "faxes.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

constexpr int kSamplesPerMs = 8;

/// A socket's name below run/: no way out of that folder, and no hidden file.
bool is_socket_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string::npos;
}

/// Connected without waiting: a listener whose backlog is full is refused like one who is not there.
Result<Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{Errc::bad_data, "'" + path + "' is too long for a socket"};
  std::memcpy(address.sun_path, path.c_str(), path.size());
  Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("cannot open a socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error("cannot connect to '" + path + "'", errno);
  return fd;
}

media::SpyMode mode_named(const std::string& mode) {
  if (mode == "barge") return media::SpyMode::barge;
  return mode == "whisper" ? media::SpyMode::whisper : media::SpyMode::listen;
}

}  // namespace

/// The leg is up, in a bridge, no spy itself, and there is room for one more ear.
bool Switch::may_hear(Fields& fields, const Leg& target) {
  if (!must_be_up(fields, target)) return false;
  const Bridge* bridge = calls_.find_bridge(target.bridge);
  if (target.spy)
    fields.refuse(wire::code::kWrongState, "leg '" + target.id + "' is a spy itself");
  else if (!bridge)
    fields.refuse(wire::code::kWrongState, "leg '" + target.id + "' is in no bridge");
  else if (calls_.ears_at(*bridge) >= media::kSpiesMax)
    fields.refuse(wire::code::kBusy, "bridge '" + bridge->id + "' is heard by " + std::to_string(media::kSpiesMax) +
                                         " already");
  return static_cast<bool>(fields);
}

Reply Switch::spy(Fields& fields) {
  Leg* leg = needed_leg(fields);
  std::string target_id = fields.needed("target");
  Leg* target = leg_in(fields, target_id);
  std::string mode = fields.choice("mode", "listen", {"listen", "whisper", "barge"});
  std::string by = fields.text("by");
  bool beep = fields.boolean("beep", false);
  if (!leg || !target || !fields) return *fields.refused();
  if (leg->spy && leg->spy->target == target->id) {
    engine_->spy(leg->port, target->port, mode_named(mode), beep);
    if (leg->spy->mode != mode) calls_.spy_changed(*leg, mode);
    return Reply::yes();
  }
  if (leg == target) fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' cannot spy on itself");
  if (fields) must_be_up(fields, *leg);
  if (fields && !leg->bridge.empty())
    fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' is in bridge '" + leg->bridge + "' itself");
  if (fields && !calls_.spies_of(leg->id).empty())
    fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' is spied on itself");
  if (fields) may_hear(fields, *target);
  if (!fields) return *fields.refused();
  end_spy(*leg, "replaced");
  engine_->spy(leg->port, target->port, mode_named(mode), beep);
  calls_.spy_started(*leg, *target, mode, by);
  return Reply::yes();
}

Reply Switch::unspy(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  end_spy(*leg, "unspy");
  return Reply::yes();
}

Reply Switch::listen(Fields& fields) {
  Leg* target = needed_leg(fields);
  std::string name = fields.needed("socket"), by = fields.needed("by");
  if (fields && !is_socket_name(name))
    fields.refuse(wire::code::kBadRequest, "field 'socket' is no name of a socket below run/");
  if (fields) may_hear(fields, *target);
  if (!fields) return *fields.refused();
  auto socket = connect_to(service_.instance().run() + "/" + name);
  if (!socket) return Reply::no(wire::code::kUnavailable, socket.error().text);
  uint32_t tap = engine_->listen(target->port, std::move(*socket));
  if (tap == 0) return Reply::no(wire::code::kBusy, "too many listen already");
  calls_.listener_started(tap, *target, by);
  return Reply::yes(
      {{"call", target->call}, {"leg", target->id}, {"legs", calls_.find_bridge(target->bridge)->legs()}});
}

void Switch::end_spy(Leg& leg, const std::string& reason) {
  if (!leg.spy) return;
  engine_->unspy(leg.port);
  calls_.spy_stopped(leg, reason);
}

void Switch::end_ears(Leg& leg) {
  end_spy(leg, "released");
  for (const auto& id : calls_.spies_of(leg.id))
    if (Leg* spy = calls_.find_leg(id)) end_spy(*spy, "target");
  for (auto& [tap, listener] : calls_.listeners()) {
    if (listener.spy.target != leg.id || !listener.reason.empty()) continue;
    listener.reason = "target";  // its last word, with what was lost, comes from the media plane
    engine_->stop_listening(tap);
  }
}

Switch::Ears Switch::lift_ears(Leg& leg) {
  Ears ears;
  faxes_->leg_gone(leg);
  end_spy(leg, "replaced");
  for (const auto& id : calls_.spies_of(leg.id)) {
    Leg* spy = calls_.find_leg(id);
    ears.spies.emplace_back(id, *spy->spy);
    calls_.spy_stopped(*spy, "transfer");
  }
  for (const auto& [tap, listener] : calls_.listeners())
    if (listener.spy.target == leg.id && listener.reason.empty()) ears.listeners.emplace_back(tap, listener.spy);
  for (const auto& [tap, spy] : ears.listeners) calls_.listener_stopped(tap, 0, "transfer");
  return ears;
}

void Switch::put_ears(const Ears& ears, const Leg& leg) {
  for (const auto& [id, spy] : ears.spies)
    if (Leg* still = calls_.find_leg(id)) calls_.spy_started(*still, leg, spy.mode, spy.by);
  for (const auto& [tap, spy] : ears.listeners) calls_.listener_started(tap, leg, spy.by);
}

void Switch::told(const media::TapDone& done) {
  auto found = calls_.listeners().find(done.tap);
  if (found == calls_.listeners().end()) return;
  std::string reason = found->second.reason;
  if (reason.empty()) reason = done.reason == "closed" ? "closed" : "target";
  calls_.listener_stopped(done.tap, done.gap_samples / kSamplesPerMs, reason);
}

}  // namespace hotline::ccswitchd
