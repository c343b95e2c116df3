// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "bus/bus.h"
#include "bus/socket.h"

namespace hotline::bus {

namespace {

constexpr milliseconds kRepeatAfter(500);
constexpr int kRepeatsMax = 6, kRepliesAtOnce = 256;
constexpr size_t kOpenMax = 10000;

/// "run/ccqueue.cmd" is ccqueue's.
std::string daemon_of(const std::string& endpoint) { return std::filesystem::path(endpoint).stem().string(); }

class DealerAsker : public Asker {
 public:
  DealerAsker(Loop& loop, const std::string& endpoint)
      : loop_(loop), daemon_(daemon_of(endpoint)), socket_(Socket::Kind::dealer) {
    socket_.connect(endpoint);
    watch_ = loop_.watch(socket_.fd(), EPOLLIN, [this](uint32_t) { drain(); });
    soon();  // what happened between connect and watch has no edge of its own
  }
  ~DealerAsker() override { *alive_ = false; }

  void ask(const std::string& verb, const wire::Json& body, Answered answered) override {
    std::string text = wire::dump(body);
    if (open_.size() >= kOpenMax)
      return refuse(std::move(answered),
                    {Errc::again, std::to_string(kOpenMax) + " questions to " + daemon_ + " are open"});
    if (text.size() > wire::kMessageBytesMax || !wire::is_verb(verb))
      return refuse(std::move(answered), {Errc::bad_data, "'" + verb + "' is no command or too long for one message"});
    uint64_t id = ++last_id_;
    auto& question = open_[id];
    question.verb = verb;
    question.body = std::move(text);
    question.answered = std::move(answered);
    question.due = monotonic_now() + kRepeatAfter;
    due_.insert({question.due, id});
    if (unsent_.empty())
      send(id, question);
    else
      unsent_.insert(id), soon();  // behind those that wait: commands arrive in the order they were asked
    if (due_.size() == 1) arm();
    if (socket_.readable()) soon();
  }

 private:
  struct Question {
    std::string verb, body;
    Answered answered;
    Instant due;
    int repeats = 0;
  };

  void send(uint64_t id, Question& question) {
    if (socket_.send({wire::kSignature, std::to_string(id), question.verb, question.body}))
      unsent_.erase(id);
    else
      unsent_.insert(id);  // nobody is connected: it goes when somebody is
  }

  void soon() {
    if (!soon_) soon_ = loop_.after(microseconds(0), [this] { soon_.cancel(), drain(); });
  }

  void refuse(Answered answered, Error error) {
    refused_.emplace_back(std::move(answered), std::move(error));
    soon();
  }

  void drain() {
    auto alive = alive_;  // a callback may end us
    for (int i = 0; i < kRepliesAtOnce; ++i) {
      Message message;
      if (!socket_.receive(message)) break;
      take(message);
      if (!*alive) return;
      if (i + 1 == kRepliesAtOnce) soon();
    }
    for (auto refused = std::exchange(refused_, {}); auto& [answered, error] : refused) {
      answered(error);
      if (!*alive) return;
    }
    while (!unsent_.empty() && socket_.writable()) send(*unsent_.begin(), open_.at(*unsent_.begin()));
    if (socket_.readable()) soon();
  }

  void take(const Message& message) {
    const auto& frames = message.frames;  // signature id status body
    if (message.count != 4 || frames[0] != wire::kSignature) return;
    auto id = parse_int(frames[1]);
    auto found = id && *id > 0 ? open_.find(static_cast<uint64_t>(*id)) : open_.end();
    if (found == open_.end()) return;  // answered already: the reply to a repetition
    auto body = wire::parse(frames[3]);
    bool sound = body && body->is_object() && (frames[2] == "ok" || frames[2] == "error");
    auto answered = close(found);
    if (!sound) return answered(Error{Errc::bad_data, daemon_ + " sent a reply that is none"});
    answered(wire::Reply{frames[2] == "ok", std::move(*body)});
  }

  Answered close(std::map<uint64_t, Question>::iterator found) {
    auto answered = std::move(found->second.answered);
    due_.erase({found->second.due, found->first});
    unsent_.erase(found->first);
    open_.erase(found);
    return answered;
  }

  void arm() {
    if (due_.empty()) return timer_.cancel();
    auto wait = std::chrono::duration_cast<microseconds>(due_.begin()->first - monotonic_now());
    timer_ = loop_.after(std::max(wait, microseconds(1000)), [this] { repeat(); });
  }

  void repeat() {
    auto alive = alive_;
    Instant now = monotonic_now();
    while (!due_.empty() && due_.begin()->first <= now) {
      uint64_t id = due_.begin()->second;
      auto found = open_.find(id);
      auto& question = found->second;
      if (++question.repeats > kRepeatsMax) {
        close(found)(Error{Errc::unavailable, "no answer from " + daemon_ + "; is " + daemon_ + " running?"});
        if (!*alive) return;
        continue;
      }
      due_.erase(due_.begin());
      question.due = now + kRepeatAfter;
      due_.insert({question.due, id});
      send(id, question);
    }
    arm();
    if (socket_.readable()) soon();
  }

  Loop& loop_;
  std::string daemon_;
  Socket socket_;
  std::map<uint64_t, Question> open_;
  std::set<std::pair<Instant, uint64_t>> due_;
  std::set<uint64_t> unsent_;
  std::deque<std::pair<Answered, Error>> refused_;
  uint64_t last_id_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Loop::Handle watch_, soon_, timer_;
};

}  // namespace

std::unique_ptr<Asker> Asker::connect(Loop& loop, const std::string& endpoint) {
  return std::make_unique<DealerAsker>(loop, endpoint);
}

Result<wire::Reply> ask(const std::string& endpoint, const std::string& verb, const wire::Json& body,
                        milliseconds patience) {
  Loop loop;
  std::optional<Result<wire::Reply>> answer;
  auto asker = Asker::connect(loop, endpoint);
  auto deadline = loop.after(patience, [&] { loop.stop(); });
  asker->ask(verb, body, [&](Result<wire::Reply> reply) {
    answer = std::move(reply);
    loop.stop();
  });
  loop.run();
  if (answer) return std::move(*answer);
  std::string daemon = daemon_of(endpoint);
  return Error{Errc::unavailable, "no answer from " + daemon + "; is " + daemon + " running?"};
}

}  // namespace hotline::bus
