// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "bus/bus.h"
#include "bus/socket.h"

namespace hotline::bus {

namespace {

constexpr int kEventsAtOnce = 256;

class SubFollower : public Follower {
 public:
  SubFollower(Loop& loop, const std::vector<std::string>& endpoints, const std::string& prefix, OnEvent on_event,
              OnGap on_gap)
      : loop_(loop), on_event_(std::move(on_event)), on_gap_(prefix.empty() ? std::move(on_gap) : OnGap()) {
    for (const auto& endpoint : endpoints) {
      sources_.push_back(std::make_unique<Source>(endpoint));
      Source& source = *sources_.back();
      source.socket.subscribe(prefix);
      source.socket.connect(endpoint);
      source.watch = loop_.watch(source.socket.fd(), EPOLLIN, [this, &source](uint32_t) { drain(source); });
      soon(source);
    }
  }
  ~SubFollower() override { *alive_ = false; }

  int64_t dropped() const override { return dropped_; }

 private:
  /// One socket a publisher, so that a gap can be laid at its door.
  struct Source {
    explicit Source(std::string from) : endpoint(std::move(from)), socket(Socket::Kind::sub) {}
    std::string endpoint;
    Socket socket;
    int64_t last = -1;
    Loop::Handle watch, more;
  };

  void soon(Source& source) {
    source.more = loop_.after(microseconds(0), [this, &source] { drain(source); });
  }

  void drain(Source& source) {
    auto alive = alive_;  // a callback may end us
    Message message;
    for (int i = 0; i < kEventsAtOnce; ++i) {
      if (!source.socket.receive(message)) return;
      take(source, message, *alive);
      if (!*alive) return;
    }
    soon(source);
  }

  void take(Source& source, const Message& message, const bool& alive) {
    const auto& frames = message.frames;  // topic number body
    auto event = message.count == 3 ? wire::decode_event(frames[2]) : Result<wire::Event>(Error{});
    if (!event || event->name != frames[0] || parse_int(frames[1]) != event->number) {
      ++dropped_;
      return;
    }
    int64_t expected = source.last + 1;
    bool gap = source.last >= 0 && event->number != expected;
    source.last = event->number;
    if (gap && on_gap_) on_gap_(source.endpoint, expected, event->number);
    if (alive) on_event_(*event, frames[2]);
  }

  Loop& loop_;
  OnEvent on_event_;
  OnGap on_gap_;
  std::vector<std::unique_ptr<Source>> sources_;
  int64_t dropped_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Follower> Follower::connect(Loop& loop, const std::vector<std::string>& endpoints,
                                            const std::string& prefix, OnEvent on_event, OnGap on_gap) {
  return std::make_unique<SubFollower>(loop, endpoints, prefix, std::move(on_event), std::move(on_gap));
}

}  // namespace hotline::bus
