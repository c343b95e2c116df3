// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include "base/log.h"

namespace hotline::ccqueue {

static constexpr seconds kHelloEvery(1);
static constexpr size_t kEarlyMax = 100000, kPartsMax = 1000;

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
  // The parts are there, but not the events between them: they were lost before we followed.
  bool stuck = state_ == State::syncing && complete_ && std::exchange(late_, true);
  if (state_ == State::lost || stuck) return resync();
  int64_t n = wire::integer(reply->body, "n", -1);
  // Events travel on another socket and may be a little before or behind; a second later they are missing.
  bool missing = state_ == State::live && n != number_;
  if (missing && behind_ == number_) return resync();
  behind_ = missing ? number_ : -1;
}

void Sync::resync() {
  state_ = State::syncing;
  early_.clear();
  parts_.clear();
  complete_ = late_ = false;
  ++snapshots_;
  ask_part("");
}

void Sync::ask_part(const std::string& after) {
  wire::Json question = wire::Json::object();
  if (!after.empty()) question["after"] = after;
  asker_->ask("snapshot", question, [this, mine = snapshots_](Result<wire::Reply> reply) {
    if (mine == snapshots_ && state_ == State::syncing) taken(reply);
  });
}

void Sync::taken(const Result<wire::Reply>& reply) {
  if (!reply) return lose();
  if (!reply->ok) {
    log_error("snapshot.refused text='" + wire::text(reply->body, "text") + "'");
    return lose();
  }
  const auto& calls = wire::member(reply->body, "calls");
  bool more = wire::boolean(reply->body, "more") && !calls.empty() && parts_.size() < kPartsMax;
  std::string last = more ? wire::text(calls.back(), "call") : "";
  if (parts_.empty())
    merged_ = reply->body;
  else
    merged_["calls"].insert(merged_["calls"].end(), calls.begin(), calls.end());
  parts_.push_back({last, wire::integer(reply->body, "n", -1)});
  if (more) return ask_part(last);
  complete_ = true;
  settle();
}

/// The events between the first part and the last have all been heard.
bool Sync::covered() const {
  int64_t next = parts_.front().n + 1;
  for (const auto& event : early_)
    if (event.number == next) ++next;
  return next > parts_.back().n;
}

bool Sync::later_than_its_part(const wire::Event& event) const {
  if (event.number > parts_.back().n) return false;  // that one comes as any later event
  if (event.call.empty()) return event.number > parts_.front().n;
  for (const auto& part : parts_)
    if (part.last.empty() || event.call <= part.last) return event.number > part.n;
  return false;
}

void Sync::settle() {
  if (!complete_ || !covered()) return;
  number_ = parts_.back().n;
  behind_ = -1;
  state_ = State::live;
  complete_ = false;
  auto early = std::exchange(early_, {});
  std::vector<wire::Event> since;
  for (const auto& event : early)
    if (later_than_its_part(event)) since.push_back(event);
  ears_.snapshot(std::exchange(merged_, {}), since);
  for (const auto& event : early) heard(event);
}

void Sync::heard(const wire::Event& event) {
  if (state_ == State::syncing) {
    if (early_.size() >= kEarlyMax) return resync();
    early_.push_back(event);
    return settle();
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
