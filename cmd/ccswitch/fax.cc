// SPDX-License-Identifier: GPL-2.0-or-later
// fax: send a file on a leg, receive one, or end that; with --wait until it is over, and its result is the exit status.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "ask.h"
#include "base/loop.h"
#include "base/text.h"
#include "bus/bus.h"
#include "conf/instance.h"

namespace hotline::ccswitch {

namespace {

/// The switch looks at the file first, for 5 s at most.
constexpr milliseconds kPatience{8000};

struct Options {
  std::string action, where, file;
  std::optional<std::string> station, header;
  bool no_t38 = false, wait = false, json = false;
  int64_t speed = 0;
};

/// A leg stays; of a call it is the first that there is.
Result<std::string> leg_of(const std::string& where) {
  if (where.find('-') != std::string::npos) return where;
  Json question = Json::object();
  for (;;) {
    auto body = ask("calls", question);
    if (!body) return body.error();
    const Json& calls = wire::member(*body, "calls");
    for (const Json& call : calls)
      if (wire::text(call, "call") == where && !call["legs"].empty()) return wire::text(call["legs"][0], "leg");
    if (!wire::boolean(*body, "more") || calls.empty()) return Error{Errc::no_input, "no call '" + where + "'"};
    question["after"] = wire::text(calls.back(), "call");
  }
}

std::string text_of(const Json& event, const char* key) { return std::to_string(wire::integer(event, key)); }

/// What people are told of an event; "" for nothing.
std::string line_of(const std::string& name, const Json& event) {
  if (name == "fax.waiting") return "waits: " + text_of(event, "place") + " before it end first";
  if (name == "fax.started") return "begins";
  if (name == "fax.t38") return wire::boolean(event, "on") ? "goes on by T.38" : "stays audio";
  if (name == "fax.agreed") {
    std::string station = wire::text(event, "station");
    return "with '" + station + "', " + text_of(event, "rate") + " bit/s" + (wire::boolean(event, "ecm") ? ", errors corrected" : "");
  }
  if (name == "fax.page") return "page " + text_of(event, "pages");
  if (name != "fax.done") return "";
  std::string text = wire::text(event, "result") + ": " + text_of(event, "pages") + " pages, " + wire::text(event, "text");
  if (wire::text(event, "direction") == "receive" && event.contains("file")) text += ", in " + wire::text(event, "file");
  return text;
}

/// One fax, from the command to its end.
class Watch {
 public:
  explicit Watch(const Options& options) : options_(options), instance_(conf::Instance::from_environment()) {}

  int run(const std::string& verb, const Json& body) {
    follower_ = bus::Follower::connect(
        loop_, {instance_.event_endpoint("ccswitchd")}, "fax.",
        [this](const wire::Event& event, const std::string& line) { hear(event, line); }, [](auto&&...) {});
    asker_ = bus::Asker::connect(loop_, instance_.command_endpoint("ccswitchd"));
    // A subscription takes a moment to reach the switch; a fax takes longer.
    asker_->ask(verb, body, [this](Result<wire::Reply> reply) {
      if (!reply || !reply->ok) return finish(cli::fail(reply ? wire::error_of(*reply) : reply.error()));
      fax_ = wire::text(reply->body, "fax");
      auto early = std::move(early_);
      for (const auto& [event, line] : early) hear(event, line);
    });
    loop_.run();
    return status_;
  }

 private:
  void hear(const wire::Event& event, const std::string& line) {
    static constexpr size_t kEarlyMax = 100;
    if (fax_.empty() && early_.size() < kEarlyMax) early_.emplace_back(event, line);
    if (fax_.empty() || wire::text(event.fields, "fax") != fax_) return;
    std::string text = options_.json ? line : line_of(event.name, event.fields);
    if (!text.empty()) std::printf("%s\n", text.c_str());
    std::fflush(stdout);
    if (event.name == "fax.done") finish(wire::text(event.fields, "result") == "ok" ? 0 : 1);
  }
  void finish(int status) {
    status_ = status;
    loop_.stop();
  }

  const Options& options_;
  conf::Instance instance_;
  Loop loop_;
  std::unique_ptr<bus::Follower> follower_;
  std::unique_ptr<bus::Asker> asker_;
  std::vector<std::pair<wire::Event, std::string>> early_;
  std::string fax_;
  int status_ = 1;
};

int begin(const Options& options, const std::string& leg) {
  bool sends = options.action == "send";
  if (sends && options.file.empty()) return cli::fail(Errc::usage, "send needs a TIFF file");
  if (!sends && (!options.file.empty() || options.header))
    return cli::fail(Errc::usage, "receive takes neither a file nor a header: the switch names what it receives");
  Json body = {{"leg", leg}, {"t38", !options.no_t38}};
  if (sends) body["file"] = std::filesystem::absolute(options.file).string();
  if (options.station) body["station"] = *options.station;
  if (options.header) body["header"] = *options.header;
  if (options.speed) body["speed"] = options.speed;
  std::string verb = "fax-" + options.action;
  if (options.wait) return Watch(options).run(verb, body);
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccswitchd"), verb, body, kPatience);
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  if (options.json)
    std::printf("%s\n", wire::dump(reply->body).c_str());
  else
    std::printf("%s\t%s\n", wire::text(reply->body, "fax").c_str(), wire::text(reply->body, "path").c_str());
  return 0;
}

int fax(const Options& options) {
  static const std::vector<std::string> kActions = {"send", "receive", "stop", "detect"};
  bool known = false;
  for (const auto& one : kActions) known = known || one == options.action;
  if (!known)
    return cli::fail(Errc::usage, "'" + options.action + "' is none of send, receive, stop, detect" +
                                      did_you_mean(options.action, kActions));
  auto leg = leg_of(options.where);
  if (!leg) return cli::fail(leg.error());
  if (options.action == "stop") return perform("fax-stop", {{"leg", *leg}});
  if (options.action == "detect") return perform("fax-detect", {{"leg", *leg}, {"on", true}});
  return begin(options, *leg);
}

}  // namespace

void add_fax(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("fax", "a fax on a leg: send, receive, stop, detect", [options] { return fax(*options); })
      .argument("ACTION", options->action, "send, receive, stop or detect")
      .argument("CALL|LEG", options->where, "whose; of a call its first leg")
      .optional_argument("FILE", options->file, "a TIFF file to send")
      .option("--station", options->station, "our number, as the far end's machine shows it")
      .option("--header", options->header, "text at the top of every page that is sent")
      .option("--speed", options->speed, "bits a second at most")
      .flag("--no-t38", options->no_t38, "in audio, also where T.38 could be")
      .flag("--wait", options->wait, "tell how it goes, until it is over; status 1 when it failed")
      .flag("--json", options->json, "the reply, or with --wait the events, as JSON lines");
}

}  // namespace hotline::ccswitch
