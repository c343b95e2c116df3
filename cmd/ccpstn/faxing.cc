// SPDX-License-Identifier: GPL-2.0-or-later
// The subscriber's fax machine: a fax in a process of its own, as the switch has it, from the answer on. When it has
// ended he hangs up.
#include "base/log.h"
#include "exchange.h"

namespace hotline::pstn {

namespace {

constexpr int kNormalClearing = 16;

}  // namespace

void Exchange::start_fax(Talk& talk) {
  fax::Job job = *talk.act.fax;
  if (size_t at = job.file.rfind('%'); job.direction == fax::Direction::receive && at != std::string::npos)
    job.file.replace(at, 1, std::to_string(talk.line));
  auto sockets = fax::audio_sockets();
  if (!sockets) return fax_over(talk, fax::ended_without_words("failed", sockets.error().text));
  talk.fax_audio = std::move(sockets->first);
  fax::Process::Ends ends;
  ends.audio = std::move(sockets->second);
  auto process = fax::Process::start(service_.loop(), fax::program_beside_us("ccfax"), job, std::move(ends),
                                     [this, line = talk.line](const wire::Json& what) { fax_told(line, what); });
  if (!process) return fax_over(talk, fax::ended_without_words("failed", process.error().text));
  talk.fax = std::move(*process);
}

void Exchange::fax_told(trunk::LineId line, const wire::Json& what) {
  Talk* talk = find(line);
  if (!talk) return;
  std::string event = wire::text(what, "event");
  if (event == "refused" || event == "finished") {
    talk->fax.reset();
    return fax_over(*talk, what);
  }
  if (event == "page") tell("pstn.fax", *talk, {{"pages", wire::integer(what, "pages")}});
  if (event != "ready" || talk->over) return;
  talk->fax_port = engine_->open_socket(std::move(talk->fax_audio));
  if (talk->fax_port == 0) return talk->fax->stop();
  engine_->detect_in_bridge(talk->port, false);
  engine_->bridge(talk->port, talk->fax_port, {});
  talk->fax->begin();
}

void Exchange::fax_over(Talk& talk, wire::Json last) {
  last.erase("event");
  talk.faxed = std::move(last);
  if (talk.fax_port) engine_->close(std::exchange(talk.fax_port, 0));
  if (!talk.over) {
    trunk_->hangup(talk.line, kNormalClearing);
  } else if (talk.recording.empty()) {
    end(talk);
  }
}

}  // namespace hotline::pstn
