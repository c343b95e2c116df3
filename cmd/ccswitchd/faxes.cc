// SPDX-License-Identifier: GPL-2.0-or-later
#include "faxes.h"

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"
#include "fax/document.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

/// A sender waits so long for the far end, which is the one that shall offer T.38 (ITU-T T.38 Annex D.2.2.4).
constexpr milliseconds kSenderOffers{3000};
/// And so long for it to go back to audio, when it was the one that had offered.
constexpr milliseconds kBackPatience{2000};
constexpr int kDatagramMax = 1400, kBufferMax = 2000;  // octets, as we tell them

const char* name_of(fax::Direction direction) { return direction == fax::Direction::send ? "send" : "receive"; }

const char* code_of(int64_t status) {
  if (status == static_cast<int>(Errc::no_input)) return wire::code::kNotFound;
  if (status == static_cast<int>(Errc::bad_data)) return wire::code::kBadRequest;
  if (status == static_cast<int>(Errc::denied)) return wire::code::kDenied;
  return wire::code::kUnavailable;
}

}  // namespace

std::string Faxes::folder() const {
  const std::string& folder = switch_.config_.fax.folder;
  return folder.starts_with('/') ? folder : switch_.config_.var_dir + "/" + folder;
}

Result<void> Faxes::open_folder() {
  if (!switch_.config_.fax.on) return {};
  if (auto made = make_directories(folder()); !made) return made.error().within("[fax] folder");
  // A part is a fax in the middle of which everything ended; those of a ccswitchd that has yielded go on.
  if (switch_.relay_) return {};
  DIR* dir = ::opendir(folder().c_str());
  if (!dir) return errno_error("cannot read '" + folder() + "'", errno);
  while (const dirent* entry = ::readdir(dir)) {
    std::string name = entry->d_name;
    if (name.starts_with('.') && name.ends_with(".tif.part")) ::unlink((folder() + "/" + name).c_str());
  }
  ::closedir(dir);
  return {};
}

Faxes::Fax* Faxes::find(const std::string& id) {
  auto found = faxes_.find(id);
  return found == faxes_.end() ? nullptr : &found->second;
}

Faxes::Fax* Faxes::of(const Leg& leg) {
  auto found = by_leg_.find(leg.id);
  return found == by_leg_.end() ? nullptr : find(found->second);
}

size_t Faxes::running() const {
  return static_cast<size_t>(std::count_if(faxes_.begin(), faxes_.end(), [](const auto& one) { return one.second.began; }));
}

fax::Job Faxes::job_of(const Fax& fax) const {
  const FaxConfig& config = switch_.config_.fax;
  fax::Job job;
  job.direction = fax.direction;
  bool below = fax.direction == fax::Direction::receive || !fax.file.starts_with('/');
  job.file = below ? folder() + "/" + fax.file : fax.file;
  job.station = fax.wish.station.value_or(config.station);
  job.header = fax.wish.header.value_or(config.header);
  job.ecm = config.ecm;
  job.speed_max = std::min(config.speed_max, fax.wish.speed_max);
  job.bounds = config.bounds;
  return job;
}

bool Faxes::busy(const Leg& leg) const {
  auto found = by_leg_.find(leg.id);
  auto fax = found == by_leg_.end() ? faxes_.end() : faxes_.find(found->second);
  return fax != faxes_.end() && fax->second.state == State::running;
}

void Faxes::start(Leg& leg, const Wish& wish, Relay::Later later) {
  const FaxConfig& config = switch_.config_.fax;
  Fax fax;
  fax.id = switch_.calls_.next_fax(switch_.calls_.call_of(leg));
  fax.call = leg.call;
  fax.leg = leg.id;
  fax.direction = wish.direction;
  fax.file = wish.direction == fax::Direction::receive ? fax.id + ".tif" : wish.file;
  fax.wish = wish;
  auto sockets = fax::audio_sockets();
  if (!sockets) return later(Reply::no(wire::code::kUnavailable, sockets.error().text));
  fax.audio = std::move(sockets->first);
  fax::Process::Ends ends;
  ends.audio = std::move(sockets->second);
  if (leg.far.kind != Far::Kind::span && wish.t38 && config.udptl_first) {
    auto socket = fax::open_udptl(switch_.config_.rtp_address, config.udptl_first, config.udptl_last, fax.udptl_port);
    if (socket) {
      fax.address = switch_.config_.rtp_address;
      ends.udptl = std::move(*socket);
    } else {
      log_warning("fax.no-t38 fax=" + fax.id + " text='" + socket.error().text + "'");
      fax.udptl_port = 0;
    }
  }
  auto process = fax::Process::start(loop_, fax::program_beside_us("ccfax"), job_of(fax), std::move(ends),
                                     [this, id = fax.id](const Json& line) { told(id, line); });
  if (!process) return later(Reply::no(wire::code::kUnavailable, process.error().text));
  fax.process = std::move(*process);
  fax.later = std::move(later);
  by_leg_[leg.id] = fax.id;
  faxes_[fax.id] = std::move(fax);
}

void Faxes::told(const std::string& id, const Json& line) {
  Fax* fax = find(id);
  if (!fax) return;
  std::string event = wire::text(line, "event");
  if (event == "finished" || event == "refused") return end(*fax, line);
  if (event == "ready") return ready(*fax, line);
  if (fax->state != State::running) return;
  Json fields = line;
  fields.erase("event");
  fields["fax"] = id;
  if (event == "page") fax->pages = static_cast<int>(wire::integer(line, "pages"));
  if (event == "agreed") fax->agreed = true;
  if (event == "t38") {
    fax->t38 = wire::boolean(line, "on");
    if (!fax->t38) back_to_audio(*fax);
  }
  if (event == "page" || event == "agreed" || event == "t38")
    switch_.calls_.fax_says("fax." + event, fax->call, fax->leg, std::move(fields));
}

void Faxes::ready(Fax& fax, const Json& line) {
  Leg* leg = switch_.calls_.find_leg(fax.leg);
  if (fax.state != State::checking || !leg) return;
  fax.state = State::waiting;
  fax.accepted = true;
  fax.since = monotonic_now();
  queue_.push_back(fax.id);
  size_t free = static_cast<size_t>(switch_.config_.fax.channels);
  size_t place = running() + queue_.size() > free ? running() + queue_.size() - free : 0;
  Json body = {{"fax", fax.id}, {"file", fax.file}, {"path", job_of(fax).file}, {"waits", place}};
  if (line.contains("pages")) body["pages"] = line["pages"];
  switch_.calls_.fax_begins(*leg);
  std::exchange(fax.later, nullptr)(Reply::yes(body));
  if (place > 0) {
    switch_.calls_.fax_says("fax.waiting", fax.call, fax.leg,
                            {{"fax", fax.id}, {"direction", name_of(fax.direction)}, {"file", fax.file}, {"place", place}});
    fax.timer = loop_.after(switch_.config_.fax.wait_max, [this, id = fax.id] {
      if (Fax* still = find(id)) stop(*still, "waited");
    });
  }
  pump();
}

void Faxes::pump() {
  while (!queue_.empty() && running() < static_cast<size_t>(switch_.config_.fax.channels)) {
    std::string next = queue_.front();
    queue_.pop_front();
    if (Fax* fax = find(next)) begin(*fax);
  }
}

void Faxes::begin(Fax& fax) {
  Leg* leg = switch_.calls_.find_leg(fax.leg);
  if (!leg || leg->state != LegState::up) return stop(fax, "released");
  fax.timer.cancel();
  switch_.leave_bridge(*leg, "replaced");
  switch_.end_spy(*leg, "replaced");
  switch_.engine_->stop(leg->port);
  fax.port = switch_.engine_->open_socket(std::move(fax.audio));
  if (fax.port == 0) return stop(fax, "too many ports are open");
  switch_.engine_->detect_in_bridge(leg->port, false);
  switch_.engine_->bridge(leg->port, fax.port, {});
  fax.state = State::running;
  fax.began = true;
  auto waited = std::chrono::duration_cast<milliseconds>(monotonic_now() - fax.since);
  fax.since = monotonic_now();
  switch_.calls_.fax_says("fax.started", fax.call, fax.leg,
                          {{"fax", fax.id},
                           {"direction", name_of(fax.direction)},
                           {"file", fax.file},
                           {"waited_ms", waited.count()}});
  fax.process->begin();
  if (!fax.udptl_port || switch_.config_.fax.t38 != FaxConfig::T38::offer) return;
  if (fax.direction == fax::Direction::receive) return offer_t38(fax.id);
  fax.timer = loop_.after(kSenderOffers, [this, id = fax.id] { offer_t38(id); });
}

sip::T38 Faxes::terms(const Fax& fax) const {
  sip::T38 terms;
  terms.address = fax.address;
  terms.port = fax.udptl_port;
  terms.max_bit_rate = job_of(fax).speed_max;
  terms.max_buffer = kBufferMax;
  terms.max_datagram = kDatagramMax;
  terms.error_correction = sip::T38::Correction::redundancy;
  return terms;
}

void Faxes::offer_t38(const std::string& id) {
  Fax* fax = find(id);
  Leg* leg = fax ? switch_.calls_.find_leg(fax->leg) : nullptr;
  if (!leg || fax->state != State::running || fax->t38 || fax->agreed) return;
  fax->t38_asked = switch_.side(*leg).change_to_t38(leg->far.id, terms(*fax));
}

static fax::T38Terms terms_with(const sip::T38& ours, const sip::T38& theirs) {
  fax::T38Terms terms;
  terms.version = std::min(ours.version, theirs.version);
  terms.max_bit_rate = std::min(ours.max_bit_rate, theirs.max_bit_rate);
  terms.max_datagram = theirs.max_datagram;
  terms.local_tcf = theirs.local_tcf;
  return terms;
}

std::optional<sip::T38> Faxes::offered(const Leg& leg, const sip::T38& theirs) {
  Fax* fax = of(leg);
  if (!fax && ears_.count(leg.id)) tone(leg, "t38");
  if (!fax || fax->state != State::running || !fax->udptl_port || fax->agreed) return std::nullopt;
  auto ours = terms(*fax);
  fax->timer.cancel();
  fax->process->change_to_t38(theirs.address, theirs.port, terms_with(ours, theirs));
  return ours;
}

void Faxes::answered(const Leg& leg, const std::optional<sip::T38>& theirs) {
  Fax* fax = of(leg);
  if (!theirs) return;  // the audio has gone on all the time
  if (!fax || fax->state != State::running) {
    switch_.side(leg).end_t38(leg.far.id, milliseconds(0));
    return;
  }
  fax->process->change_to_t38(theirs->address, theirs->port, terms_with(terms(*fax), *theirs));
}

void Faxes::back_to_audio(Fax& fax) {
  if (Leg* leg = switch_.calls_.find_leg(fax.leg); leg && leg->state == LegState::up)
    switch_.side(*leg).end_t38(leg->far.id, fax.t38_asked ? milliseconds(0) : kBackPatience);
}

bool Faxes::stop(const Leg& leg) {
  Fax* fax = of(leg);
  if (fax) stop(*fax, "stopped");
  return fax != nullptr;
}

void Faxes::leg_gone(const Leg& leg) {
  deaf(leg);
  Fax* fax = of(leg);
  if (!fax) return;
  by_leg_.erase(leg.id);
  if (fax->port) switch_.engine_->close(std::exchange(fax->port, 0));
  stop(*fax, "released");
}

void Faxes::stop(Fax& fax, const std::string& why) {
  if (fax.state == State::stopping) return;
  if (auto later = std::exchange(fax.later, nullptr)) later(Reply::no(wire::code::kWrongState, "leg '" + fax.leg + "' is gone"));
  std::erase(queue_, fax.id);
  State was = std::exchange(fax.state, State::stopping);
  fax.why = why;
  fax.timer.cancel();
  if (was == State::running && why == "released") return fax.process->hang_up();
  fax.process->stop();
}

void Faxes::refuse(Fax& fax, const Json& line) {
  std::string text = wire::text(line, "text");
  if (fax.later) fax.later(Reply::no(code_of(wire::integer(line, "code", static_cast<int>(Errc::unavailable))), text));
}

void Faxes::end(Fax& fax, const Json& last) {
  Fax over = std::move(fax);
  faxes_.erase(over.id);
  if (auto at = by_leg_.find(over.leg); at != by_leg_.end() && at->second == over.id) by_leg_.erase(at);
  std::erase(queue_, over.id);
  if (over.port) switch_.engine_->close(over.port);
  if (over.t38) back_to_audio(over);
  std::string result = wire::text(last, "result");
  if (over.direction == fax::Direction::receive && result == "crashed") fax::discard(job_of(over).file);
  if (!over.accepted) return refuse(over, last);
  Json fields = last;
  fields.erase("event");
  fields["fax"] = over.id;
  fields["direction"] = name_of(over.direction);
  if (over.direction == fax::Direction::send || last.contains("file")) fields["file"] = over.file;
  if (result == "crashed") fields["pages"] = over.direction == fax::Direction::send ? over.pages : 0;
  // What a release interrupts has failed, unless T.30 had come to its end before.
  if (over.why == "released" && result == "stopped") fields["result"] = wire::integer(last, "code", -1) == 0 ? "ok" : "failed";
  if (over.why == "waited") {
    fields["result"] = "failed";
    fields["text"] = "no fax channel became free in time";
  }
  if (!over.why.empty()) fields["reason"] = over.why;
  fields["t38"] = over.t38;
  fields["ms"] = over.began ? std::chrono::duration_cast<milliseconds>(monotonic_now() - over.since).count() : 0;
  switch_.calls_.fax_done(over.call, over.leg, std::move(fields));
  pump();
}

/// The media plane streams what the leg says (Engine::listen); 50 packets a second for a bounded time are the loop's to
/// hear, so that the tick has nothing to do with it.
Result<void> Faxes::detect(const Leg& leg, milliseconds time) {
  auto sockets = fax::audio_sockets();
  if (!sockets) return sockets.error();
  auto ear = std::make_unique<Ear>();
  ear->socket = std::move(sockets->first);
  if (switch_.engine_->listen(leg.port, std::move(sockets->second)) == 0)
    return Error{Errc::again, "too many listen already"};
  ear->watch = loop_.watch(ear->socket.get(), EPOLLIN, [this, id = leg.id](uint32_t) { hear(id); });
  ear->timer = loop_.after(time, [this, id = leg.id] { ears_.erase(id); });
  ears_[leg.id] = std::move(ear);
  return {};
}

void Faxes::hear(const std::string& id) {
  static constexpr int kPacketsMax = 16;  // a turn
  const Leg* leg = switch_.calls_.find_leg(id);
  auto ear = ears_.find(id);
  if (ear == ears_.end()) return;
  for (int i = 0; leg && i < kPacketsMax; ++i) {
    std::array<uint8_t, 1024> frames;
    ssize_t got = ::recv(ear->second->socket.get(), frames.data(), frames.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) break;
    // Left what the leg says, when it was the first of its bridge; it is not asked for in a talk.
    std::array<uint8_t, 512> said;
    size_t samples = static_cast<size_t>(got) / 2;
    for (size_t n = 0; n < samples; ++n) said[n] = frames[2 * n];
    if (const char* heard = ear->second->detector.hear(std::span(said).first(samples))) return tone(*leg, heard);
  }
  if (!leg) ears_.erase(ear);
}

/// Once: whoever asked knows then.
void Faxes::tone(const Leg& leg, const char* tone) {
  deaf(leg);
  switch_.calls_.fax_says("fax.tone", leg.call, leg.id, {{"tone", tone}});
}

Json Faxes::json(const Leg& leg) const {
  auto found = by_leg_.find(leg.id);
  auto fax = found == by_leg_.end() ? faxes_.end() : faxes_.find(found->second);
  if (fax == faxes_.end() || !fax->second.accepted) return nullptr;
  static constexpr const char* kStates[] = {"checking", "waiting", "running", "stopping"};
  const Fax& one = fax->second;
  return {{"fax", one.id},     {"direction", name_of(one.direction)}, {"state", kStates[static_cast<int>(one.state)]},
          {"file", one.file},  {"pages", one.pages},                  {"t38", one.t38},
          {"pid", one.process->pid()}};
}

}  // namespace hotline::ccswitchd
