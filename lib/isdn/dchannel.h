// SPDX-License-Identifier: GPL-2.0-or-later
// The D channel over libpri; private to this room.
//
//     dchannel.cc         calls: their table, what is done to them, how they end
//     dchannel_events.cc  what libpri tells
//     dchannel_link.cc    layer 2, its settling, restarts
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "isdn/isdn.h"
#include "isdn/libpri_door.h"

namespace hotline::isdn {

inline constexpr int kNormalClearing = 16, kNoAnswer = 19, kIncomplete = 28, kNoCircuit = 34, kTemporaryFailure = 41,
                     kChannelTaken = 44, kBearerNotImplemented = 65, kTimerExpiry = 102;

enum class Stage {
  placed,      // SETUP sent
  dialling,    // and answered with SETUP ACKNOWLEDGE: the far end wants digits
  proceeding,  // it has enough
  ringing,     // it rings
  collecting,  // SETUP came, its number is not whole
  offered,     // it is
  alerting,    // ALERTING sent
  connecting,  // CONNECT sent
  up,          // connected
  tone,        // the far end has disconnected and is still heard
  clearing,    // our release is under way
};

struct Call {
  CallId id = 0;
  q931_call* pri = nullptr;
  int channel = 0;
  Stage stage = Stage::placed;
  bool ours = false;  // we placed it
  int cause = 0;      // of the clearing, once it has begun
  bool by_remote = false;
  bool announced = false;              // the user of this room knows of it
  bool early = false;                  // on_early has been called, or progress()
  Setup setup;                         // while its number is collected
  std::optional<Charge> final_charge;  // told with the release
  std::string to_dial;                 // digits that the far end has not asked for yet
  Loop::Handle timer;                  // of the stage
};

class Pri : public DChannel, private Wire {
 public:
  Pri(Loop& loop, const Config& config, SendFrame send, Events& events);
  // libpri has no way to free a D channel: it stays allocated, out of use.
  ~Pri() override { close_libpri(pri_); }

  void adopt(const Timers& timers, const Dialling& dialling) override;
  void receive(std::span<const uint8_t> frame) override;
  bool up() const override { return up_; }
  size_t calls() const override { return calls_.size(); }
  std::vector<Held> held() const override;
  size_t layer3_calls() const override { return isdn::layer3_calls(pri_); }

  Result<CallId> place(const Outgoing& outgoing) override;
  void dial(CallId id, const std::string& digits) override;
  void alert(CallId id, bool tones) override;
  void progress(CallId id) override;
  void answer(CallId id, const std::string& number) override;
  void charge(CallId id, const Charge& charge) override;
  void hangup(CallId id, int cause, bool tones) override;
  Result<void> restart(int channel) override;

 private:
  // The door to libpri
  const std::string& wire_name() const override { return config_.name; }
  bool read_frame(std::vector<uint8_t>& frame) override;
  void write_frame(std::span<const uint8_t> frame) override;
  void pump();
  void arm();

  // Calls
  Call& add(q931_call* handle, int channel, Stage stage, bool ours);
  Call* find(CallId id);
  Call* find(q931_call* handle);
  void forget(CallId id);
  bool owns_handle(const Call& call) const;
  int reference_of(const Call& call) const;
  void released(CallId id);
  void clear(Call& call, int cause, bool by_remote);
  void destroy(CallId id);
  void connected(CallId id);
  void expire(CallId id, int cause);
  void wait(Call& call, milliseconds patience, int cause);
  void send_digits(Call& call);
  void collect(Call& call);
  void offer(Call& call);
  void collected(CallId id);

  // Layer 2 and restarts
  void on_sabme();
  void ask_again();
  void probe();
  void layer2(bool up);
  void end_restart(bool acknowledged);
  void end_calls_on(int channel);

  // Events of libpri
  void handle(const pri_event& event);
  void services(q931_call* handle, const pri_subcommands* list);
  bool keep_channel(Call& call, int encoded);
  void tones(Call& call, int progress_mask);
  void on_ring(const pri_event_ring& ring);
  void refuse(q931_call* handle, const Setup& setup, bool audio);
  void on_information(const pri_event_ring& ring);
  void on_setup_ack(const pri_event_setup_ack& event);
  void on_proceeding(const pri_event_proceeding& event);
  void on_progress(const pri_event_proceeding& event);
  void on_alerting(const pri_event_ringing& event);
  void on_answer(const pri_event_answer& event);
  void on_disconnect(const pri_event_hangup& hangup);
  void on_release(const pri_event_hangup& hangup);
  void on_restart(int encoded);

  Loop& loop_;
  Config config_;
  SendFrame send_;
  Events& events_;
  pri* pri_ = nullptr;
  std::deque<std::vector<uint8_t>> in_;
  std::map<CallId, Call> calls_;
  std::unordered_map<q931_call*, CallId> by_handle_;
  std::set<int> tones_in_, tones_out_;  // call references whose DISCONNECT says, or is to say, that there are tones
  CallId last_id_ = 0;
  bool linked_ = false;  // libpri's layer 2 is up
  bool up_ = false;      // and has settled
  bool pumping_ = false;
  int restarting_ = 0;  // the channel
  Loop::Handle timer_, settle_timer_, restart_timer_;
};

}  // namespace hotline::isdn
