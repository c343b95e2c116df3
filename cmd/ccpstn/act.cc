// SPDX-License-Identifier: GPL-2.0-or-later
#include "act.h"

#include <filesystem>

#include "base/text.h"
#include "fax/document.h"
#include "fax/lines.h"

namespace hotline::pstn {

namespace {

constexpr size_t kStepsMax = 64, kKeysMax = 32;
constexpr microseconds kLongest = std::chrono::hours(1);

Result<milliseconds> bounded_duration(const std::string& what, const std::string& text) {
  auto span = parse_duration(text);
  if (!span) return span.error().within(what);
  if (*span < microseconds(0) || *span > kLongest)
    return Error{Errc::bad_data, what + ": '" + text + "' is over an hour"};
  return std::chrono::duration_cast<milliseconds>(*span);
}

std::string absolute(const std::string& path) { return path.empty() ? "" : std::filesystem::absolute(path).string(); }

/// What is received in `folder` by a line is called after the line.
Result<std::optional<fax::Job>> make_fax(const ActSpec& spec) {
  if (spec.fax_send.empty() && spec.fax_receive.empty()) return std::optional<fax::Job>();
  if (!spec.fax_send.empty() && !spec.fax_receive.empty())
    return Error{Errc::usage, "--fax-send or --fax-receive: a call has one fax"};
  fax::Job job;
  job.direction = spec.fax_send.empty() ? fax::Direction::receive : fax::Direction::send;
  job.file = spec.fax_send.empty() ? spec.fax_receive + "/line-%.tif" : spec.fax_send;
  job.station = spec.fax_station;
  job.ecm = spec.fax_ecm;
  if (auto wrong = fax::wrong_station(job.station); !wrong.empty())
    return Error{Errc::bad_data, "--fax-station: " + wrong};
  std::error_code ignored;
  if (!spec.fax_send.empty() && !std::filesystem::is_regular_file(spec.fax_send, ignored))
    return Error{Errc::no_input, "--fax-send: there is no file '" + spec.fax_send + "'"};
  if (!spec.fax_receive.empty() && !std::filesystem::is_directory(spec.fax_receive, ignored))
    return Error{Errc::no_input, "--fax-receive: there is no folder '" + spec.fax_receive + "'"};
  return std::optional(job);
}

}  // namespace

Result<std::vector<Step>> parse_keys(const std::string& text) {
  std::vector<Step> steps;
  if (trim(text).empty()) return steps;
  for (const auto& part : split(text, ',')) {
    const std::string step(trim(part));
    if (steps.size() == kStepsMax) return Error{Errc::bad_data, "--keys: more than 64 steps"};
    if (step.starts_with('w')) {
      auto wait = bounded_duration("--keys: '" + step + "'", step.substr(1));
      if (!wait) return wait.error();
      steps.push_back({*wait, ""});
    } else if (step.empty() || step.size() > kKeysMax ||
               step.find_first_not_of("0123456789*#ABCD") != std::string::npos) {
      return Error{Errc::bad_data, "--keys: '" + step + "' is neither keys (0-9*#A-D) nor a wait such as 'w2s'"};
    } else {
      steps.push_back({milliseconds(0), step});
    }
  }
  return steps;
}

Result<isdn::Charge> parse_charge(const std::string& text) {
  const Error wrong{Errc::bad_data,
                    "--charge: '" + text + "' is neither units, as in '3', nor money, as in '0.35CNY', nor 'free'"};
  isdn::Charge charge;
  charge.free = text == "free";
  if (charge.free) return charge;
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string number = text.substr(0, digits);
  const size_t point = number.find('.');
  const std::string fraction = point == number.npos ? "" : number.substr(point + 1);
  const auto whole = parse_int(number.substr(0, point));
  if (!whole || *whole > 1'000'000 || fraction.size() > 3) return wrong;
  if (digits == text.npos) {
    if (point != number.npos) return wrong;
    charge.units = *whole;
    return charge;
  }
  charge.currency = text.substr(digits);
  const auto thousandths = parse_int((fraction + "000").substr(0, 3));
  if (!thousandths || charge.currency.size() > 10) return wrong;
  charge.thousandths = *whole * 1000 + *thousandths;
  return charge;
}

Result<Act> make_act(const ActSpec& spec) {
  Act act;
  act.once = spec.once;
  act.early = spec.early;
  act.connected = spec.connected;
  if (!spec.connected.empty() && !isdn::is_number(spec.connected))
    return Error{Errc::bad_data, "--connected: '" + spec.connected + "' is no telephone number"};
  if (!spec.charge.empty()) {
    auto charge = parse_charge(spec.charge);
    if (!charge) return charge.error();
    act.charge = std::move(*charge);
  }
  auto fax = make_fax(spec);
  if (!fax) return fax.error();
  act.fax = std::move(*fax);
  act.hear = spec.hear;
  auto steps = parse_keys(spec.keys);
  if (!steps) return steps.error();
  act.steps = std::move(*steps);
  auto stay = bounded_duration("--for", spec.stay);
  if (!stay) return stay.error();
  act.stay = act.patience = *stay;
  if (!spec.patience.empty()) {
    auto patience = bounded_duration("patience", spec.patience);
    if (!patience) return patience.error();
    act.patience = *patience;
  }
  if (!spec.say.empty()) {
    auto sound = media::load_sound(spec.say);
    if (!sound) return sound.error().within("--say");
    act.say = std::move(*sound);
  }
  std::error_code ignored;
  const auto folder = std::filesystem::path(spec.hear).parent_path();
  if (!spec.hear.empty() && !std::filesystem::is_directory(folder, ignored)) {
    return Error{Errc::no_input, "--hear: there is no folder '" + folder.string() + "'"};
  }
  return act;
}

Result<ActSpec> check_act(ActSpec spec) {
  spec.say = absolute(spec.say);
  spec.hear = absolute(spec.hear);
  spec.fax_send = absolute(spec.fax_send);
  spec.fax_receive = absolute(spec.fax_receive);
  // A fax takes its time, and ends by itself.
  if (!(spec.fax_send + spec.fax_receive).empty() && spec.stay == ActSpec().stay) spec.stay = "1h", spec.patience = "60s";
  auto act = make_act(spec);
  if (!act) return act.error();
  if (act->fax && act->fax->direction == fax::Direction::send) {
    auto document = fax::check_document(spec.fax_send, act->fax->bounds.pages_max, act->fax->bounds.bytes_max);
    if (!document) return document.error().within("--fax-send");
  }
  return spec;
}

wire::Json to_json(const ActSpec& spec) {
  return {{"say", spec.say},     {"keys", spec.keys},           {"hear", spec.hear},
          {"for", spec.stay},    {"patience", spec.patience},   {"once", spec.once},
          {"early", spec.early}, {"connected", spec.connected}, {"charge", spec.charge},
          {"fax_send", spec.fax_send}, {"fax_receive", spec.fax_receive}, {"fax_station", spec.fax_station},
          {"fax_ecm", spec.fax_ecm}};
}

ActSpec act_of(const wire::Json& body) {
  ActSpec spec;
  spec.say = wire::text(body, "say");
  spec.keys = wire::text(body, "keys");
  spec.hear = wire::text(body, "hear");
  spec.stay = wire::text(body, "for", spec.stay);
  spec.patience = wire::text(body, "patience");
  spec.once = wire::boolean(body, "once");
  spec.early = wire::boolean(body, "early");
  spec.connected = wire::text(body, "connected");
  spec.charge = wire::text(body, "charge");
  spec.fax_send = wire::text(body, "fax_send");
  spec.fax_receive = wire::text(body, "fax_receive");
  spec.fax_station = wire::text(body, "fax_station");
  spec.fax_ecm = wire::boolean(body, "fax_ecm", true);
  return spec;
}

}  // namespace hotline::pstn
