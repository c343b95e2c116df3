// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "calls.h"
#include "cli/app.h"
#include "lookup/lookups.h"
#include "mailroom.h"
#include "shelf.h"
#include "verbs.h"

namespace hotline::ccivr {

namespace {

constexpr const char* kSelf = "ccivr";
constexpr const char* kSwitch = "ccswitchd";
constexpr seconds kHelloEvery(1);

/// "main:1f00…, night:22ab…": what a reload changed, in one line of the log.
std::string versions(const Flows& flows) {
  std::string text;
  for (const auto& [name, flow] : flows) text += (text.empty() ? "" : ", ") + name + ":" + flow->version;
  return text.empty() ? "none" : text;
}

/// The daemon: joins the calls to the bus.
class Daemon {
 public:
  Daemon(service::Service& service, const Settings& settings)
      : service_(service),
        settings_(settings),
        shelf_(service.instance().var() + "/flows"),
        lookups_(service.loop(), settings.lookups),
        asker_(bus::Asker::connect(service.loop(), service.instance().command_endpoint(kSwitch))),
        mailroom_(service, settings.mailboxes,
                  [this](const std::string& verb, const wire::Json& body, Doors::Answered answered) {
                    asker_->ask(verb, body, std::move(answered));
                  }),
        calls_(kSelf, doors()),
        follower_(bus::Follower::connect(
            service.loop(), {service.instance().event_endpoint(kSwitch)}, "",
            [this](const wire::Event& event, const std::string&) { calls_.follow(event); },
            [this](const std::string&, int64_t expected, int64_t got) { gap(expected, got); })) {
    use(settings);
    hello_timer_ = service.loop().every(kHelloEvery, [this] { hello(); });
    hello();
    calls_.heal();
  }

  void use(const Settings& settings) {
    if (!queues_ || settings.queues != settings_.queues)
      queues_ = bus::Asker::connect(service_.loop(), service_.instance().command_endpoint(settings.queues));
    settings_ = settings;
    lookups_.replace(settings.lookups);
    // A voice may be another one now. Who waits for the old one is told by it; it goes at the next change.
    retired_ = std::exchange(speaker_, std::make_shared<tts::Speaker>(service_.loop(), settings.speech));
    mailroom_.use(settings.mailboxes);
    for (const auto& [name, flow] : settings.flows) shelf_.put(*flow);
    calls_.use(settings.flows, settings.queues, settings.language,
               [this](const std::string& name, const std::string& version) { return shelf_.get(name, version); });
  }

 private:
  Doors doors() {
    Doors doors;
    doors.ask = [this](const std::string& verb, const wire::Json& body, Doors::Answered answered) {
      asker_->ask(verb, body, std::move(answered));
    };
    doors.emit = [this](wire::Event event) {
      if (event.name == "voicemail.left") return mailroom_.left(std::move(event));
      service_.emit(std::move(event));
    };
    doors.after = [this](microseconds span, std::function<void()> due) {
      return service_.loop().after(span, std::move(due));
    };
    doors.ask_queues = [this](const std::string& verb, const wire::Json& body, Doors::Answered answered) {
      queues_->ask(verb, body, std::move(answered));
    };
    doors.keep = [this](const std::string& file) { return mailroom_.keep(file); };
    doors.deposit = [this](const std::string& file, const std::string& mailbox) {
      return mailroom_.deposit(file, mailbox);
    };
    doors.drop = [this](const std::string& file) { mailroom_.drop(file); };
    doors.look_up = [this](const std::string& name, const flow::Tags& parameters, microseconds, Doors::Found found) {
      return look_up(name, parameters, std::move(found));
    };
    doors.speak = [this](const std::string& language, const std::string& text,
                         std::function<void(Result<std::string>)> spoken) {
      return speak(language, text, std::move(spoken));
    };
    doors.world = [this] {
      auto world = settings_.world(utc_now());
      world.message_number = [this](const std::string& recording) { return mailroom_.number_for(recording); };
      return world;
    };
    return doors;
  }

  std::shared_ptr<void> look_up(const std::string& name, const flow::Tags& parameters, Doors::Found found) {
    auto answered = [name, found](const lookup::Outcome& outcome) {
      std::string result = outcome.name();
      if (auto locked = outcome.fields.find("locked"); result == "none" && locked != outcome.fields.end())
        if (locked->second == "yes") result = "locked";
      if (outcome.kind == lookup::Outcome::Kind::failed)
        log_warning("lookup.failed lookup=" + name + " reason=" + lookup::reason_name(outcome.reason) + " text='" +
                    outcome.text + "'");
      found(result, flow::Tags(outcome.fields.begin(), outcome.fields.end()));
    };
    return std::make_shared<lookup::Lookups::Handle>(
        lookups_.ask(name, lookup::Fields(parameters.begin(), parameters.end()), answered));
  }

  std::shared_ptr<void> speak(const std::string& language, const std::string& text,
                              std::function<void(Result<std::string>)> spoken) {
    uint64_t ask = speaker_->say(language, text, [spoken](const Result<tts::File>& file) {
      if (!file) log_warning("speech.failed text='" + file.error().text + "'");
      spoken(file ? Result<std::string>(file->name) : Result<std::string>(file.error()));
    });
    // Held for the call that waits: when that has gone, nobody is told.
    return std::shared_ptr<void>(nullptr, [weak = std::weak_ptr(speaker_), ask](void*) {
      if (auto speaker = weak.lock()) speaker->cancel(ask);
    });
  }

  void gap(int64_t expected, int64_t got) {
    log_warning("gap expected=" + std::to_string(expected) + " got=" + std::to_string(got));
    calls_.heal();
  }

  /// One at a time: a switch that is away is asked again by the bus, and not more often for our asking.
  void hello() {
    if (std::exchange(greeting_, true)) return;
    asker_->ask("hello", {{"controller", kSelf}}, [this](Result<wire::Reply> reply) {
      greeting_ = false;
      if (reply && reply->ok) calls_.greeted(wire::integer(reply->body, "n"));
    });
  }

  service::Service& service_;
  bool greeting_ = false;
  Settings settings_;
  Shelf shelf_;
  lookup::Lookups lookups_;
  std::shared_ptr<tts::Speaker> speaker_, retired_;  ///< before calls_, whose asks they have
  std::unique_ptr<bus::Asker> asker_, queues_;
  Mailroom mailroom_;
  Calls calls_;
  std::unique_ptr<bus::Follower> follower_;
  Loop::Handle hello_timer_;
};

}  // namespace

int run(const service::Options& options) {
  auto instance = conf::Instance::from_environment();
  auto settings = load_settings(options.config, instance);
  if (auto status = service::config_status(options, settings ? Result<void>() : Result<void>(settings.error())))
    return *status;
  auto service = service::Service::start(kSelf, options, instance);
  if (!service) return cli::fail(service.error());
  Daemon daemon(**service, *settings);
  (*service)->on_reload([&]() -> Result<std::string> {
    auto fresh = load_settings(options.config, instance);
    if (!fresh) return fresh.error();
    daemon.use(*fresh);
    return "flows " + versions(fresh->flows);
  });
  log_info("flows " + versions(settings->flows));
  return (*service)->run();
}

}  // namespace hotline::ccivr
