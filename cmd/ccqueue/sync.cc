// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include "base/log.h"

namespace hotline::ccqueue {

static constexpr seconds kHelloEvery(1);
static constexpr size_t kEarlyMax = 100000;

Sync::Sync(Loop& loop, const conf::Instance& instance, Ears ears) : ears_(std::move(ears)) {
  asker_ = bus::Asker::connect(loop, instance.command_endpoint("ccswitchd"));
  follower_ = bus::Follower::connect(
      loop, {instance.event_endpoint("ccswitchd")}, "",
      [this](const wire::Event& event, const std::string&) { heard(event); },
      [this](const std::string&, int64_t, int64_t got) {
        if (state_ == State::live && got > number_) resync();
      });
  hello_ = loop.every(kHelloEvery, [this] { hello(); });
  hello();
}

void Sync::ask(const std::string& verb, const wire::Json& body, bus::Asker::Answered answered) {
  asker_->ask(verb, body, std::move(answered));
}

void Sync::hello() {
  if (std::exchange(greeting_, true)) return;
  asker_->ask("hello", {{"controller", "ccqueue"}}, [this](Result<wire::Reply> reply) {
    greeting_ = false;
    greeted(reply);
  });
}

void Sync::greeted(const Result<wire::Reply>& reply) {
  if (!reply) return lose();
  if (!reply->ok) {
    log_error("hello.refused text='" + wire::text(reply->body, "text") + "'");
    return lose();
  }
  if (state_ == State::lost) return resync();
  int64_t n = wire::integer(reply->body, "n", -1);
  // Events travel on another socket and may be a little before or behind; a second later they are missing.
  bool missing = state_ == State::live && n != number_;
  if (missing && behind_ == number_) return resync();
  behind_ = missing ? number_ : -1;
}

void Sync::resync() {
  state_ = State::syncing;
  early_.clear();
  asker_->ask("snapshot", wire::Json::object(), [this, mine = ++snapshots_](Result<wire::Reply> reply) {
    if (mine == snapshots_ && state_ == State::syncing) taken(reply);
  });
}

void Sync::taken(const Result<wire::Reply>& reply) {
  if (!reply) return lose();
  if (!reply->ok) {
    log_error("snapshot.refused text='" + wire::text(reply->body, "text") + "'");
    return lose();
  }
  number_ = wire::integer(reply->body, "n", -1);
  behind_ = -1;
  state_ = State::live;
  auto early = std::exchange(early_, {});
  ears_.snapshot(reply->body);
  for (const auto& event : early) heard(event);
}

void Sync::heard(const wire::Event& event) {
  if (state_ == State::syncing) {
    if (early_.size() >= kEarlyMax) return resync();
    early_.push_back(event);
    return;
  }
  if (state_ != State::live || event.number <= number_) return;
  bool gap = event.number != number_ + 1;
  if (gap || event.name == "switch.started") return resync();
  number_ = event.number;
  ears_.event(event);
}

void Sync::lose() {
  if (state_ == State::lost) return;
  state_ = State::lost;
  early_.clear();
  ears_.lost();
}

}  // namespace hotline::ccqueue
