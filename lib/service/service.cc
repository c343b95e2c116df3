// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/service.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/log.h"

namespace hotline::service {

namespace {

constexpr seconds kTroubleEvery(1);

/// A switch needs a descriptor a telephone's leg; the soft limit of 1024 is for programs that use select(2), we do not.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

class Frame : public Service {
 public:
  Frame(std::string name, const Options& options, conf::Instance instance)
      : name_(std::move(name)), ready_fd_(static_cast<int>(options.ready_fd)), instance_(std::move(instance)) {
    // Signals are blocked before any thread is born, so that every thread inherits it and the loop alone sees them.
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    signals_[0] = loop_.on_signal(SIGTERM, [this] { terminate(); });
    signals_[1] = loop_.on_signal(SIGINT, [this] { terminate(); });
    signals_[2] = loop_.on_signal(SIGHUP, [this] { (void)reload(); });
    trouble_timer_ = loop_.every(kTroubleEvery, [this] { look_for_trouble(); });
  }

  Result<void> open() {
    if (auto made = instance_.prepare(); !made) return made;
    auto lock = lock_file(instance_.run() + "/" + name_ + ".lock");
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    auto journal = journal::Writer::open(instance_.journal_dir(), name_);
    if (!journal) return journal.error();
    journal_ = std::move(*journal);
    auto publisher = bus::Publisher::bind(instance_.event_endpoint(name_));
    if (!publisher) return publisher.error();
    publisher_ = std::move(*publisher);
    auto server = bus::Server::bind_slow(
        loop_, instance_.command_endpoint(name_),
        [this](const std::string& verb, const wire::Json& body, int uid, bus::Server::Later later) {
          return obey(verb, body, uid, std::move(later));
        });
    if (!server) return server.error();
    server_ = std::move(*server);
    return {};
  }

  Loop& loop() override { return loop_; }
  const conf::Instance& instance() const override { return instance_; }

  int64_t emit(wire::Event event) override {
    if (sink_) return last_given_ = sink_(std::move(event));
    int64_t number = record(event);
    look_for_trouble();
    return number;
  }
  int64_t last_number() const override { return journal_ ? journal_->last_number() : last_given_; }
  int64_t synced_number() const override { return journal_ ? journal_->synced_number() : last_given_; }

  size_t waiting_bytes() const override { return journal_ ? journal_->waiting_bytes() : 0; }

  void release(std::function<int64_t(wire::Event)> sink) override {
    last_given_ = last_number();
    sink_ = std::move(sink);
    trouble_timer_.cancel();
    server_.reset();
    publisher_.reset();
    journal_.reset();
    lock_.reset();
  }

  void on_command(bus::Server::Handler handler) override {
    handler_ = [handler = std::move(handler)](const std::string& verb, const wire::Json& body, int uid,
                                              const bus::Server::Later&) {
      return std::optional(handler(verb, body, uid));
    };
  }
  void on_slow_command(bus::Server::SlowHandler handler) override { handler_ = std::move(handler); }
  void on_reload(std::function<Result<std::string>()> reload) override { reload_ = std::move(reload); }
  void on_drain(std::function<void()> drain) override { drain_ = std::move(drain); }
  void done() override { loop_.stop(); }

  int run(std::function<void()> runner) override {
    log_info("ready daemon=" + name_ + " n=" + std::to_string(last_number()));
    if (ready_fd_ >= 0) {
      (void)write_all(ready_fd_, "\n");
      ::close(ready_fd_);
    }
    if (runner)
      runner();
    else
      loop_.run();
    log_info("stopped daemon=" + name_ + " n=" + std::to_string(last_number()));
    return 0;
  }

 private:
  int64_t record(wire::Event& event) {
    event.from = name_;
    std::string line = journal_->append(event);
    publisher_->publish(event.name, event.number, line);
    return event.number;
  }

  std::optional<wire::Reply> obey(const std::string& verb, const wire::Json& body, int uid, bus::Server::Later later) {
    if (verb == "ping") return ping();
    if (verb == "reload") {
      auto result = reload();
      if (!result) return wire::Reply::no(wire::code::kBadRequest, result.error().text);
      return wire::Reply::yes({{"text", *result}});
    }
    if (handler_) return handler_(verb, body, uid, std::move(later));
    return wire::Reply::no(wire::code::kUnknownVerb, name_ + " knows no '" + verb + "'");
  }

  wire::Reply ping() const {
    auto uptime = std::chrono::duration_cast<milliseconds>(monotonic_now() - started_).count();
    return wire::Reply::yes({{"name", name_},
                             {"version", HOTLINE_VERSION},
                             {"wire", cli::kWireVersion},
                             {"pid", ::getpid()},
                             {"n", last_number()},
                             {"uptime_ms", uptime},
                             {"dropped", server_ ? server_->dropped() : 0}});
  }

  Result<std::string> reload() {
    if (!reload_) return std::string("nothing to reload");
    auto result = reload_();
    if (result)
      log_info("reload " + *result);
    else
      log_error("reload kept=old reason=\"" + result.error().text + "\"");
    return result;
  }

  void terminate() {
    if (std::exchange(terminated_, true)) {
      log_warning("stop now: second signal");
      return loop_.stop();
    }
    log_info("stop asked for");
    if (drain_)
      drain_();
    else
      done();
  }

  /// Says once when the journal's disk begins to fail, and once when it is well again.
  void look_for_trouble() {
    std::string text = journal_->trouble();
    if (text.empty() == !in_trouble_) return;
    in_trouble_ = !text.empty();
    wire::Event event;
    event.name = in_trouble_ ? "alarm.set" : "alarm.cleared";
    event.fields = {{"alarm", "journal-disk"}, {"text", in_trouble_ ? text : "all events are written"}};
    if (in_trouble_)
      log_error("alarm=journal-disk text=\"" + text + "\"");
    else
      log_info("alarm=journal-disk cleared");
    (void)record(event);
  }

  std::string name_;
  int ready_fd_;
  conf::Instance instance_;
  Instant started_ = monotonic_now();
  Loop loop_;
  Loop::Handle signals_[3], trouble_timer_;
  Fd lock_;
  std::unique_ptr<journal::Writer> journal_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<bus::Server> server_;
  bus::Server::SlowHandler handler_;
  std::function<int64_t(wire::Event)> sink_;  // after release()
  int64_t last_given_ = 0;
  std::function<Result<std::string>()> reload_;
  std::function<void()> drain_;
  bool terminated_ = false, in_trouble_ = false;
};

}  // namespace

Result<std::unique_ptr<Service>> Service::start(const std::string& name, const Options& options,
                                                const conf::Instance& instance) {
  Level level;
  if (!parse_level(options.log_level, level))
    return Error{Errc::usage, "'" + options.log_level + "' is no log level: debug, info, warning or error"};
  set_log_level(level);
  auto frame = std::make_unique<Frame>(name, options, instance);
  if (auto opened = frame->open(); !opened) return opened.error();
  return std::unique_ptr<Service>(std::move(frame));
}

Result<std::unique_ptr<Service>> Service::start_after(const std::string& name, const Options& options,
                                                      const conf::Instance& instance, milliseconds patience) {
  static constexpr milliseconds kAskAgain{20};
  for (Instant end = monotonic_now() + patience;;) {
    auto service = start(name, options, instance);
    if (service || service.error().code != Errc::again || monotonic_now() >= end) return service;
    std::this_thread::sleep_for(kAskAgain);
  }
}

}  // namespace hotline::service
