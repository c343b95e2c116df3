// SPDX-License-Identifier: GPL-2.0-or-later
#include "works.h"

#include <utility>

#include "base/log.h"

namespace hotline::ccivr {

using flow::Kind;
using wire::Json;

namespace {

/// Less than that is no message: the breath before somebody hangs up.
constexpr int64_t kMessageMsMin = 500;

/// How often a file of the switch is looked for that is not there yet.
constexpr milliseconds kKeepEvery(50);

/// Q.850: user busy; no user responding; no answer; subscriber absent.
constexpr int64_t kBusy = 17, kNotResponding = 18, kNoAnswer = 19, kAbsent = 20;

int64_t in_ms(microseconds span) { return std::chrono::duration_cast<milliseconds>(span).count(); }

class Common : public Work {
 public:
  Common(Order order, const Doors& doors, Done done)
      : order_(std::move(order)), doors_(doors), done_(std::move(done)) {}

 protected:
  void finish(const std::string& result, const flow::Tags& tags = {}) {
    if (auto done = std::exchange(done_, nullptr)) done(result, tags);
  }
  bool finished() const { return !done_; }

  /// `then` with the reply, unless we were dropped meanwhile.
  template <typename Then>
  Doors::Answered later(Then then) {
    return [weak = weak_from_this(), then](Result<wire::Reply> reply) {
      if (auto self = weak.lock()) then(reply);
    };
  }
  /// Whatever comes of it: events say what became of the leg.
  void tell(const char* verb, const Json& body) {
    doors_.ask(verb, body, [](Result<wire::Reply>) {});
  }
  static bool good(const Result<wire::Reply>& reply) { return reply && reply->ok; }

  Order order_;
  const Doors& doors_;

 private:
  Done done_;
};

class Record : public Common {
 public:
  using Common::Common;
  ~Record() override {
    if (finished()) return;
    if (on_) tell("record", {{"leg", order_.leg}, {"on", false}});
    if (!file_.empty() && doors_.drop) doors_.drop(file_);
  }

  void begin() override {
    const auto& node = *order_.node;
    Json body = {{"leg", order_.leg},
                 {"on", true},
                 {"max_ms", in_ms(node.max)},
                 {"silence_ms", in_ms(node.silence)},
                 {"beep", node.beep}};
    if (!node.end_keys.empty()) body["keys"] = node.end_keys;
    on_ = true;
    doors_.ask("record", body, later([this](const Result<wire::Reply>& reply) {
                 if (!good(reply)) finish("failed");
               }));
  }

  void follow(const wire::Event& event) override {
    if (wire::text(event.fields, "leg", event.leg) != order_.leg) return;
    if (event.name == "record.started" && on_) {
      spool_file_ = wire::text(event.fields, "file");
      keep();
    } else if (event.name == "record.stopped" && on_) {
      stopped(event.fields);
    }
  }

 private:
  /// The switch writes its files in a thread of their own: told of one, we may be there before it is. What cannot be
  /// kept at the end is lost, and the log says why.
  void keep() {
    again_.cancel();
    if (spool_file_.empty()) return;
    auto kept = doors_.keep ? doors_.keep(spool_file_) : Error{Errc::unavailable, "nothing is kept"};
    if (kept)
      file_ = *kept;
    else if (on_)
      again_ = doors_.after(kKeepEvery, [this] { keep(); });
    else
      log_error("message.not-kept call=" + order_.call + " text='" + kept.error().text + "'");
  }
  void stopped(const Json& fields) {
    on_ = false;
    if (file_.empty()) keep();
    std::string reason = wire::text(fields, "reason");
    if (reason == "gone") return;  // call.ended follows
    int64_t ms = wire::integer(fields, "ms");
    int64_t said = ms - wire::integer(fields, "silence_ms");
    bool by_itself = reason == "key" || reason == "silence" || reason == "limit" || reason == "stop";
    if (file_.empty() || !by_itself) return end_without("failed");
    if (said < kMessageMsMin) return end_without("silent");
    finish("recorded", {{"recording", file_}, {"ms", std::to_string(ms)}});
  }
  void end_without(const char* result) {
    if (!file_.empty() && doors_.drop) doors_.drop(file_);
    finish(result);
  }

  bool on_ = false;
  std::string file_, spool_file_;
  Loop::Handle again_;
};

class Transfer : public Common {
 public:
  using Common::Common;
  ~Transfer() override {
    if (!finished() && !party_.empty()) tell("hangup", {{"leg", party_}});
  }

  void begin() override {
    Json body = {{"to", order_.subject},
                 {"call", order_.call},
                 {"role", "party"},
                 {"timeout_ms", in_ms(order_.node->timeout)},
                 {"display", order_.caller}};
    doors_.ask("dial", body, later([this](const Result<wire::Reply>& reply) { dialed(reply); }));
  }
  void resume(const std::string& party, bool talks) {
    party_ = party;
    talks_ = talks;
  }

  void follow(const wire::Event& event) override {
    if (party_.empty() || event.leg != party_) return;
    if (event.name == "leg.answered") {
      join();
    } else if (event.name == "leg.released") {
      party_.clear();
      if (talks_) return finish("ended");
      give_up(wire::integer(event.fields, "cause"));
    }
  }

 private:
  void dialed(const Result<wire::Reply>& reply) {
    if (!good(reply)) {
      int64_t cause = reply ? wire::integer(reply->body, "cause") : 0;
      return give_up(cause);
    }
    party_ = wire::text(reply->body, "leg");
    tell("hear", {{"leg", order_.leg}, {"what", "ringback"}});
  }
  void join() {
    talks_ = true;
    doors_.ask("bridge", {{"legs", {order_.leg, party_}}}, later([this](const Result<wire::Reply>& reply) {
                 if (good(reply)) return;
                 talks_ = false;
                 tell("hangup", {{"leg", party_}});
               }));
  }
  void give_up(int64_t cause) {
    tell("hear", {{"leg", order_.leg}, {"what", "silence"}});
    bool silent = cause == kNotResponding || cause == kNoAnswer || cause == kAbsent;
    finish(cause == kBusy ? "busy" : silent ? "no-answer" : "failed");
  }

  std::string party_;
  bool talks_ = false;
};

class Fax : public Common {
 public:
  using Common::Common;
  ~Fax() override {
    if (!finished() && begun_) tell("fax-stop", {{"leg", order_.leg}});
  }

  void begin() override {
    Json body = {{"leg", order_.leg}};
    bool send = !order_.subject.empty();
    if (send) body["file"] = order_.subject;
    begun_ = true;
    doors_.ask(send ? "fax-send" : "fax-receive", body, later([this](const Result<wire::Reply>& reply) {
                 if (!good(reply)) finish("failed");
               }));
  }

  void follow(const wire::Event& event) override {
    if (event.name != "fax.done" || wire::text(event.fields, "leg", event.leg) != order_.leg) return;
    flow::Tags tags = {{"fax-file", wire::text(event.fields, "file")},
                       {"fax-pages", std::to_string(wire::integer(event.fields, "pages"))}};
    finish(wire::text(event.fields, "result") == "ok" ? "done" : "failed", tags);
  }

 private:
  bool begun_ = false;
};

class Callback : public Common {
 public:
  using Common::Common;
  void begin() override {
    Json body = {{"to", order_.with["number"]}, {"queue", order_.subject}};
    if (order_.node->priority >= 0) body["priority"] = order_.node->priority;
    doors_.ask_queues("call-back", body,
                      later([this](const Result<wire::Reply>& reply) { finish(good(reply) ? "taken" : "failed"); }));
  }
};

class LookUp : public Common {
 public:
  using Common::Common;
  void begin() override {
    asked_ = doors_.look_up(order_.subject, order_.with, order_.node->timeout,
                            [weak = weak_from_this(), this](const std::string& result, const flow::Tags& tags) {
                              if (auto self = weak.lock()) finish(result, tags);
                            });
  }

 private:
  std::shared_ptr<void> asked_;
};

/// Of what this instance does not have.
class Missing : public Common {
 public:
  using Common::Common;
  void begin() override {
    soon_ = doors_.after(microseconds(1), [this] { finish("failed"); });
  }

 private:
  Loop::Handle soon_;
};

}  // namespace

std::shared_ptr<Work> make_work(Order order, const Doors& doors, Work::Done done) {
  switch (order.node->kind) {
    case Kind::record:
    case Kind::voicemail:
      return std::make_shared<Record>(std::move(order), doors, std::move(done));
    case Kind::transfer:
      return std::make_shared<Transfer>(std::move(order), doors, std::move(done));
    case Kind::fax:
      return std::make_shared<Fax>(std::move(order), doors, std::move(done));
    case Kind::callback:
      if (doors.ask_queues) return std::make_shared<Callback>(std::move(order), doors, std::move(done));
      break;
    case Kind::lookup:
      if (doors.look_up) return std::make_shared<LookUp>(std::move(order), doors, std::move(done));
      break;
    default:
      return nullptr;
  }
  return std::make_shared<Missing>(std::move(order), doors, std::move(done));
}

std::shared_ptr<Work> resumed_transfer(Order order, const Doors& doors, Work::Done done, const std::string& party,
                                       bool talks) {
  auto work = std::make_shared<Transfer>(std::move(order), doors, std::move(done));
  work->resume(party, talks);
  return work;
}

}  // namespace hotline::ccivr
