// SPDX-License-Identifier: GPL-2.0-or-later
// Faxes on legs. Each runs in a process of its own (fax/process.h): what happens here is who may begin, what its leg
// hears, and what the journal is told. As many run at once as [fax] has channels; the others wait in the order in which
// they came.
//
//     state     ready     turn      finished  crashed   its leg goes, or fax-stop     wait_max
//     checking  waiting   -         -         refused   refused                       -         the command's reply waits
//     waiting   -         running   -         over      stopping                      stopping
//     running   -         -         over      over      stopping                      -
//     stopping  -         -         over      over      -                             -         its last word comes still
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/loop.h"
#include "calls.h"
#include "config.h"
#include "fax/process.h"
#include "fax/tones.h"
#include "relay.h"
#include "sip/sip.h"

namespace hotline::ccswitchd {

class Switch;

class Faxes {
 public:
  Faxes(Switch& owner, Loop& loop) : switch_(owner), loop_(loop) {}

  /// Makes the folder of what is received, and clears it of what a death left there.
  Result<void> open_folder();

  struct Wish {
    fax::Direction direction = fax::Direction::send;
    std::string file;  ///< to send: absolute, or below the folder; one that is received has its fax's name
    std::optional<std::string> station, header;
    bool t38 = true;
    int speed_max = 14400;
  };
  /// Answers by `later` when the file has been looked at. The leg is up and has no fax.
  void start(Leg& leg, const Wish& wish, Relay::Later later);
  /// Ends the fax of a leg; false when there is none.
  bool stop(const Leg& leg);
  /// The leg is about to go.
  void leg_gone(const Leg& leg);
  bool has(const Leg& leg) const { return by_leg_.count(leg.id) > 0; }
  /// It runs: nothing else may have the leg's audio.
  bool busy(const Leg& leg) const;
  /// Of the leg's fax, for snapshots; null without one.
  Json json(const Leg& leg) const;
  size_t running() const;
  size_t waiting() const { return queue_.size(); }
  /// After a change of the configuration, or of who runs.
  void pump();

  /// Looks for CNG and CED in what the leg says, for so long: fax.tone.
  Result<void> detect(const Leg& leg, milliseconds time);
  void deaf(const Leg& leg) { ears_.erase(leg.id); }

  std::optional<sip::T38> offered(const Leg& leg, const sip::T38& theirs);
  void answered(const Leg& leg, const std::optional<sip::T38>& theirs);

 private:
  enum class State { checking, waiting, running, stopping };
  struct Fax {
    std::string id, call, leg, file;
    fax::Direction direction = fax::Direction::send;
    State state = State::checking;
    Wish wish;
    std::unique_ptr<fax::Process> process;
    Fd audio;  ///< ours, until it begins
    media::PortId port = 0;
    std::string address;  ///< of its UDP socket
    uint16_t udptl_port = 0;
    bool accepted = false, agreed = false, t38 = false, t38_asked = false, began = false;
    std::string why;  ///< it was stopped: by fax-stop, because it waited in vain
    int pages = 0;
    Instant since{};  ///< in the queue, then running
    Relay::Later later;
    Loop::Handle timer;
  };
  /// An ear for tones at a leg.
  struct Ear {
    Fd socket;
    fax::ToneDetector detector;
    Loop::Handle watch, timer;
  };
  void hear(const std::string& leg);
  void tone(const Leg& leg, const char* tone);
  Fax* find(const std::string& id);
  Fax* of(const Leg& leg);
  fax::Job job_of(const Fax& fax) const;
  void told(const std::string& id, const Json& line);
  void ready(Fax& fax, const Json& line);
  void begin(Fax& fax);
  void end(Fax& fax, const Json& last);
  void stop(Fax& fax, const std::string& why);
  void refuse(Fax& fax, const Json& line);
  void offer_t38(const std::string& id);
  sip::T38 terms(const Fax& fax) const;
  void back_to_audio(Fax& fax);
  std::string folder() const;

  Switch& switch_;
  Loop& loop_;
  std::map<std::string, Fax> faxes_;
  std::map<std::string, std::string> by_leg_;
  std::deque<std::string> queue_;
  std::map<std::string, std::unique_ptr<Ear>> ears_;  // by leg
};

}  // namespace hotline::ccswitchd
