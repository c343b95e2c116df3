// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/lookups.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <vector>

#include "base/log.h"
#include "lookup/circuit.h"
#include "lookup/source.h"

namespace hotline::lookup {

/// A question: waiting, running, or over.
struct Lookups::Handle::Open {
  Fields parameters;
  Answered answered;
  Loop::Handle timer;
  std::unique_ptr<Run> run;
  Instant until;
  bool started = false, over = false, reaching = false;
  std::weak_ptr<Line> line;
};

struct Lookups::State {
  Loop& loop;
  Options options;
  Definitions definitions;
  std::map<std::string, std::shared_ptr<Line>> lines;
  std::vector<std::shared_ptr<Line>> retired;  // replaced, with questions under way
};

/// One look-up: who runs, who waits, and its circuit.
///
///     ask ──► waiting ──► running ──► over      waiting and running end by time-out and cancel, too
class Lookups::Line : public std::enable_shared_from_this<Line> {
 public:
  using Open = Handle::Open;
  using OpenPtr = std::shared_ptr<Open>;

  Line(Loop& loop, const Definition& definition, const Options& options)
      : loop_(loop), definition_(definition), source_(make(loop, definition, options)) {}
  /// Runs go before the source that they came from; who asked may keep his handle longer than us.
  ~Line() {
    waiting_.insert(waiting_.end(), running_.begin(), running_.end());
    for (auto& open : waiting_) {
      open->over = true;
      open->timer.cancel();
      open->run.reset();
    }
    gone_.clear();
  }

  void ask(const OpenPtr& open) {
    open->line = weak_from_this();
    if (auto why = wrong_parameters(open->parameters); !why.empty())
      return later(open, Outcome::failed(Reason::bad_parameter, why));
    if (!circuit_.would_go(monotonic_now())) return later(open, resting());
    if (waiting_.size() >= kWaitingMax) return later(open, Outcome::failed(Reason::busy, "too many wait for it"));
    expire(open);
    waiting_.push_back(open);
    // Never from within ask(): a source may answer at once.
    loop_.post([self = weak_from_this()] {
      if (auto line = self.lock()) line->pump();
    });
  }

  void reach(const OpenPtr& open) {
    open->line = weak_from_this();
    open->reaching = true;
    expire(open);
    loop_.post([self = weak_from_this(), open] {
      if (auto line = self.lock(); line && !open->over) line->start(open);
    });
  }

  /// The caller does not wait any more.
  void cancel(const OpenPtr& open) {
    if (std::exchange(open->over, true)) return;
    if (open->started && !open->reaching) circuit_.given_up();
    leave(open);
    loop_.post([self = weak_from_this()] {
      if (auto line = self.lock()) line->pump();
    });
  }

  size_t open() const { return running_.size() + waiting_.size(); }
  const Definition& definition() const { return definition_; }

 private:
  static std::unique_ptr<Source> make(Loop& loop, const Definition& definition, const Options& options) {
    switch (definition.kind) {
      case Kind::sql:
        return make_sql_source(loop, definition);
      case Kind::pin:
        return make_pin_source(loop, definition);
      case Kind::program:
        return make_program_source(loop, definition, options.show_stderr);
      case Kind::http:
        return make_http_source(loop, definition);
      case Kind::tcp:
        return make_tcp_source(loop, definition);
      case Kind::udp:
        return make_udp_source(loop, definition);
    }
    require(false);
    return nullptr;
  }

  std::string wrong_parameters(const Fields& given) const {
    for (const auto& name : definition_.parameters) {
      auto found = given.find(name);
      if (found == given.end()) return "'" + name + "' is missing";
      if (auto why = wrong_value(found->second); !why.empty()) return "'" + name + "' " + why;
    }
    // Not by its name: what is no parameter's name may be anything.
    return given.size() > definition_.parameters.size() ? "there is one that it does not have" : "";
  }

  Outcome resting() const {
    return Outcome::failed(Reason::resting,
                           "it failed " + std::to_string(Circuit::kFailures) + " times in a row and is left alone");
  }

  Outcome waited_too_long() const {
    return Outcome::failed(Reason::busy, "others had not been answered within " + format_duration(definition_.timeout));
  }

  void expire(const OpenPtr& open) {
    open->until = monotonic_now() + definition_.timeout;
    open->timer = loop_.after(definition_.timeout, [this, weak = std::weak_ptr(open)] {
      auto open = weak.lock();
      if (!open || open->over) return;
      bool asked = open->started;
      finish(open, asked ? Outcome::failed(Reason::timeout, "no answer within " + format_duration(definition_.timeout))
                         : waited_too_long());
    });
  }

  void later(const OpenPtr& open, Outcome outcome) {
    loop_.post([self = weak_from_this(), open, outcome = std::move(outcome)] {
      if (!self.expired() && !std::exchange(open->over, true)) open->answered(outcome);
    });
  }

  void pump() {
    if (pumping_) return;  // a source answered at once
    pumping_ = true;
    while (!waiting_.empty() && running_.size() < static_cast<size_t>(definition_.concurrency)) {
      auto open = waiting_.front();
      waiting_.pop_front();
      if (open->over) continue;
      if (open->until - monotonic_now() < definition_.timeout / kLeastLeft)
        finish(open, waited_too_long());
      else if (!circuit_.goes(monotonic_now()))
        finish(open, resting());
      else
        start(open);
    }
    pumping_ = false;
  }

  void start(const OpenPtr& open) {
    open->started = true;
    running_.push_back(open);
    auto left = std::chrono::duration_cast<microseconds>(open->until - monotonic_now());
    left = std::max(left, microseconds(1000));
    auto done = [self = weak_from_this(), weak = std::weak_ptr(open)](const Outcome& outcome) {
      auto line = self.lock();
      auto open = weak.lock();
      if (line && open && !open->over) line->finish(open, outcome);
    };
    auto run = open->reaching ? source_->reach(left, done) : source_->ask(open->parameters, left, done);
    if (open->over)
      bury(std::move(run));
    else
      open->run = std::move(run);
  }

  void finish(const OpenPtr& open, const Outcome& outcome) {
    open->over = true;
    if (open->started && !open->reaching) judge(outcome);
    leave(open);
    auto self = shared_from_this();  // the answered may replace us
    open->answered(outcome);
    pump();
  }

  /// What it says of the source. One that was never asked says nothing, and nor does a value that could not be sent.
  void judge(const Outcome& outcome) {
    auto about = " name=" + definition_.name;
    switch (outcome.kind == Outcome::Kind::failed ? outcome.reason : Reason::none) {
      case Reason::none:
        if (circuit_.succeeded()) log_info("lookup.answers" + about);
        break;
      case Reason::bad_parameter:
      case Reason::busy:
        circuit_.given_up();
        break;
      default:
        if (circuit_.failed(monotonic_now()))
          log_warning("lookup.resting" + about + " failures=" + std::to_string(Circuit::kFailures) +
                      " for=" + format_duration(Circuit::kRest) + " reason=" + reason_name(outcome.reason) + " text='" +
                      outcome.text + "'");
    }
  }

  void leave(const OpenPtr& open) {
    open->timer.cancel();
    std::erase(running_, open);
    if (!open->started) std::erase(waiting_, open);
    bury(std::move(open->run));
  }

  /// We may be called by the run itself: it goes when the loop comes round.
  void bury(std::unique_ptr<Run> run) {
    if (!run) return;
    gone_.push_back(std::move(run));
    if (gone_.size() > 1) return;
    loop_.post([self = weak_from_this()] {
      if (auto line = self.lock()) std::exchange(line->gone_, {}).clear();
    });
  }

  /// With less than this part of its time left a question is not asked any more: it would be the source's failure.
  static constexpr int kLeastLeft = 20;

  Loop& loop_;
  Definition definition_;
  std::unique_ptr<Source> source_;
  Circuit circuit_;
  std::deque<OpenPtr> waiting_;
  std::vector<OpenPtr> running_;
  std::vector<std::unique_ptr<Run>> gone_;
  bool pumping_ = false;
};

Lookups::Handle& Lookups::Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    cancel();
    open_ = std::move(other.open_);
  }
  return *this;
}

void Lookups::Handle::cancel() {
  auto open = std::exchange(open_, nullptr);
  if (!open) return;
  if (auto line = open->line.lock())
    line->cancel(open);
  else
    open->over = true;
}

Lookups::Lookups(Loop& loop, const Definitions& definitions, Options options)
    : state_(std::make_shared<State>(State{loop, options, {}, {}, {}})) {
  ::signal(SIGPIPE, SIG_IGN);
  replace(definitions);
}

Lookups::~Lookups() = default;

Lookups::Handle Lookups::ask(const std::string& name, const Fields& parameters, Answered answered) {
  auto open = std::make_shared<Handle::Open>();
  open->parameters = parameters;
  open->answered = std::move(answered);
  auto found = state_->lines.find(name);
  if (found != state_->lines.end())
    found->second->ask(open);
  else
    state_->loop.post([open, weak = std::weak_ptr(state_)] {
      if (!weak.expired() && !std::exchange(open->over, true))
        open->answered(Outcome::failed(Reason::unknown, "there is no such look-up"));
    });
  return Handle(open);
}

Lookups::Handle Lookups::reach(const std::string& name, Answered answered) {
  auto found = state_->lines.find(name);
  if (found == state_->lines.end()) return ask(name, {}, std::move(answered));
  auto open = std::make_shared<Handle::Open>();
  open->answered = std::move(answered);
  found->second->reach(open);
  return Handle(open);
}

void Lookups::replace(const Definitions& definitions) {
  auto old = std::exchange(state_->lines, {});
  for (const auto& [name, definition] : definitions) {
    auto kept = old.find(name);
    if (kept != old.end() && kept->second->definition() == definition)
      state_->lines[name] = old.extract(kept).mapped();
    else
      state_->lines[name] = std::make_shared<Line>(state_->loop, definition, state_->options);
  }
  // One of them may be answering just now: they go when the loop comes round.
  for (auto& [name, line] : old) state_->retired.push_back(line);
  state_->loop.post([weak = std::weak_ptr(state_)] {
    if (auto state = weak.lock()) std::erase_if(state->retired, [](const auto& line) { return line->open() == 0; });
  });
  state_->definitions = definitions;
}

const Definitions& Lookups::definitions() const { return state_->definitions; }

size_t Lookups::open() const {
  size_t sum = 0;
  for (const auto& [name, line] : state_->lines) sum += line->open();
  for (const auto& line : state_->retired) sum += line->open();
  return sum;
}

}  // namespace hotline::lookup
