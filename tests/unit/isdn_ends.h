// SPDX-License-Identifier: GPL-2.0-or-later
// Two ends of a D channel, back to back in memory, each with a table of channels and a diary, for the tests of room
// isdn.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/time.h"
#include "isdn/isdn.h"

namespace hotline::isdn::test {

class End : public Events {
 public:
  End(Loop& loop, std::string name, bool network, DChannel::SendFrame send) : network(network) {
    d = DChannel::create(loop, {std::move(name), network}, std::move(send), *this);
  }

  void on_layer2(bool up) override { layer2.push_back(up); }
  int choose_channel(const Setup& setup) override {
    int channel = full ? 0 : put_on != 0 ? put_on : setup.channel;
    if (channel == 0 || !busy.insert(channel).second) return 0;
    return channel;
  }
  void on_incoming(CallId call, const Setup& setup, int channel) override {
    incoming.push_back({call, setup});
    channel_of[call] = channel;
    if (on_call) on_call(call);
  }
  void on_collecting(CallId call, const Setup& setup, int channel) override {
    collecting[call] = setup.to;
    channel_of[call] = channel;
  }
  void on_digits(CallId call, const std::string& to) override { collecting[call] = to; }
  bool on_moved(CallId call, int channel) override {
    if (!may_move || !busy.insert(channel).second) return false;
    busy.erase(channel_of[call]);
    channel_of[call] = channel;
    return true;
  }
  void on_early(CallId call) override { early.insert(call); }
  void on_connected(CallId call, const std::string& number) override { connected[call] = number; }
  void on_charged(CallId call, const Charge& charge) override { charges.push_back({call, charge}); }
  bool on_tone(CallId call, int cause) override {
    tones[call] = cause;
    return hears_tones;
  }
  void on_restarted(int channel, bool acknowledged) override { restarted.push_back({channel, acknowledged}); }
  void on_restart(int channel) override { far_restarts.push_back(channel); }
  void on_stuck(int channel) override { stuck.push_back(channel); }
  void on_ringing(CallId call) override { ringing.push_back(call); }
  void on_answered(CallId call) override { answered.push_back(call); }
  void on_released(CallId call, int cause, bool by_remote) override {
    busy.erase(channel_of[call]);
    channel_of.erase(call);
    released[call].push_back({cause, by_remote});
  }

  CallId place(int channel, const std::string& from, const std::string& to) {
    Outgoing outgoing;
    outgoing.channel = channel;
    outgoing.from = from;
    outgoing.to = to;
    return place(outgoing);
  }
  CallId place(const Outgoing& outgoing) {
    auto call = d->place(outgoing);
    if (!call) return 0;
    busy.insert(outgoing.channel);
    channel_of[*call] = outgoing.channel;
    return *call;
  }
  bool gone(CallId call) const { return released.count(call) != 0; }
  int cause(CallId call) const { return released.at(call).front().first; }
  bool by_remote(CallId call) const { return released.at(call).front().second; }

  const bool network;
  bool full = false, may_move = true, hears_tones = false;
  int put_on = 0;  ///< the channel for calls that come in, whatever they ask for
  std::function<void(CallId)> on_call;
  std::vector<bool> layer2;
  std::vector<std::pair<CallId, Setup>> incoming;
  std::vector<CallId> ringing, answered;
  std::map<CallId, std::vector<std::pair<int, bool>>> released;  // a second entry would be a fault
  std::set<int> busy;
  std::map<CallId, int> channel_of;
  std::map<CallId, std::string> collecting, connected;
  std::set<CallId> early;
  std::map<CallId, int> tones;
  std::vector<std::pair<CallId, Charge>> charges;
  std::vector<std::pair<int, bool>> restarted;
  std::vector<int> far_restarts, stuck;
  std::unique_ptr<DChannel> d;
};

class Ends {
 public:
  Ends() {
    start_network();
    start_user();
  }
  void start_network() { network = std::make_unique<End>(loop, "network", true, wire(to_user)); }
  void start_user() { user = std::make_unique<End>(loop, "user", false, wire(to_network)); }

  /// Carries frames and runs timers until `done`, at most `patience`; false when that was in vain.
  bool run(const std::function<bool()>& done, milliseconds patience = seconds(10)) {
    const Instant end = monotonic_now() + patience;
    for (;;) {
      carry();
      if (done()) return true;
      if (monotonic_now() > end) return false;
      loop.step(milliseconds(5));
    }
  }
  bool up() {
    return run([&] { return user && network && user->d->up() && network->d->up(); });
  }
  /// Until nothing moves.
  void settle() {
    run([] { return false; }, milliseconds(30));
  }

  Loop loop;
  bool cut = false;  ///< frames are lost
  uint64_t frames = 0;
  std::unique_ptr<End> network, user;

 private:
  using Queue = std::deque<std::vector<uint8_t>>;
  DChannel::SendFrame wire(Queue& queue) {
    return [&queue](std::span<const uint8_t> frame) { queue.emplace_back(frame.begin(), frame.end()); };
  }
  void carry() {
    while (!to_user.empty() || !to_network.empty()) {
      deliver(to_user, user.get());
      deliver(to_network, network.get());
    }
  }
  void deliver(Queue& queue, End* end) {
    if (queue.empty()) return;
    auto frame = std::move(queue.front());
    queue.pop_front();
    frames++;
    if (end && !cut) end->d->receive(frame);
  }
  Queue to_user, to_network;
};

}  // namespace hotline::isdn::test
