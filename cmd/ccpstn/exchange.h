// SPDX-License-Identifier: GPL-2.0-or-later
// The exchange: lines of its spans, and what the subscriber on each does. The daemon's heart; commands come from
// verbs.cc.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "act.h"
#include "answering.h"
#include "base/loop.h"
#include "fax/process.h"
#include "media/media.h"
#include "service/service.h"
#include "trunk/trunk.h"

namespace hotline::pstn {

/// A call, from its first sign until its end has been told.
///
///     dialed ──ringing──► answered ──► ended        (we call the switch)
///     offered ──(rule)──► answered ──► ended        (the switch calls us)
struct Talk {
  trunk::LineId line = 0;
  bool incoming = false;
  std::string from, to, endpoint;
  int64_t rule = 0;
  media::PortId port = 0;
  Act act;
  Instant began{}, answered{};
  size_t step = 0;
  bool speaking = false;
  std::string recording;  // of the media plane, on its way to act.hear
  int takes = 0;          // of that, when the call moved
  std::string digits;     // still to be dialled
  milliseconds pause{0};  // before each
  int64_t setup_us = 0, up_ms = 0, heard_ms = 0;
  int cause = 0;
  bool by_remote = false, over = false;
  std::unique_ptr<fax::Process> fax;
  Fd fax_audio;  // ours, until it begins
  media::PortId fax_port = 0;
  wire::Json faxed;  // how it ended
  Loop::Handle timer, stay;
};

class Exchange : private trunk::Events {
 public:
  static Result<std::unique_ptr<Exchange>> start(service::Service& service,
                                                 const std::vector<trunk::SpanConfig>& spans);

  /// A call to be placed; `where`: a span, a group, or any.
  struct Wish {
    std::string where, from, to, name;
    isdn::Redirecting redirecting;
    int first = -1;         ///< digits in the SETUP, the others follow one by one; -1: all of them
    milliseconds pause{0};  ///< before each of those
  };
  /// Places a call; the line's number, or why not.
  Result<trunk::LineId> place(const Wish& wish, const ActSpec& act);
  bool hangup(trunk::LineId line, int cause);
  Rules& rules() { return rules_; }
  /// Makes the spans those of a new configuration, without touching calls on others.
  std::vector<std::string> adopt(const std::vector<trunk::SpanConfig>& spans) { return trunk_->adopt(spans); }
  std::vector<trunk::SpanReport> spans() const { return trunk_->spans(); }
  media::Engine& engine() { return *engine_; }

  /// Events after number `after`, at most 500, with the number of the last one told; `missed` when some are forgotten.
  wire::Json progress(int64_t after) const;

  /// Hangs up everything, then calls `done`, after 5 s at the latest.
  void drain(std::function<void()> done);

 private:
  explicit Exchange(service::Service& service) : service_(service) {}
  void on_span(const std::string& span, bool up, const std::string& reason) override;
  void on_incoming(trunk::LineId line, const std::string& from, const std::string& to, const std::string& endpoint,
                   media::PortId port) override;
  void on_ringing(trunk::LineId line) override;
  void on_moved(trunk::LineId line) override;
  void on_early(trunk::LineId line) override;
  bool on_tone(trunk::LineId line, int cause) override;
  void on_charged(trunk::LineId line, const isdn::Charge& charge) override;
  void on_answered(trunk::LineId line) override;
  void on_released(trunk::LineId line, int cause, bool by_remote) override;
  void on_report(const media::Report& report);

  Talk* find(trunk::LineId line);
  Talk& begin(trunk::LineId line, bool incoming, const std::string& from, const std::string& to);
  void follow(Talk& talk, const Rule& rule);
  void next_step(trunk::LineId line);
  void next_digit(trunk::LineId line);
  void speak(Talk& talk);
  void listen(Talk& talk);
  void start_fax(Talk& talk);
  void fax_told(trunk::LineId line, const wire::Json& what);
  void fax_over(Talk& talk, wire::Json last);
  void keep(Talk& talk, const media::RecordDone& done);
  void end(Talk& talk);
  void tell(const std::string& name, const Talk& talk, wire::Json fields = wire::Json::object());
  void remember(int64_t number, const std::string& name, const wire::Json& fields);

  service::Service& service_;
  std::unique_ptr<media::Engine> engine_;
  std::unique_ptr<trunk::Trunk> trunk_;
  Rules rules_;
  std::map<trunk::LineId, Talk> talks_;
  std::deque<wire::Json> history_;  // each with "n" and "event"
  std::function<void()> drained_;
  Loop::Handle drain_timer_;
};

}  // namespace hotline::pstn
