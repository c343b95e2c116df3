// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of one customer.
#include <algorithm>

#include "base/text.h"
#include "desk/number.h"
#include "verbs.h"

namespace hotline::cccust {

namespace {

std::optional<int64_t> version_of(int64_t version) { return version > 0 ? std::optional(version) : std::nullopt; }

int change(const std::string& as, const std::string& code, int64_t version, const desk::Edit& edit,
           cli::Listing* list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto changed = desk::change_customer(*desk->session, code, version_of(version), edit);
  if (!changed) return cli::fail(changed.error());
  if (!list) return 0;
  print(*changed, *list);
  return list->finish();
}

Result<void> apply(const SetOptions& options, desk::Customer& customer) {
  const auto& fields = options.fields;
  if (fields.name) customer.name = *fields.name;
  if (fields.kind) customer.kind = *fields.kind;
  if (fields.id_number) customer.id_number = *fields.id_number;
  if (fields.note) customer.note = *fields.note;
  if ((fields.address || fields.area) && customer.addresses.empty()) customer.addresses.emplace_back();
  if (fields.address) customer.addresses[0].address = *fields.address;
  if (fields.area) customer.addresses[0].area = *fields.area;
  for (const auto& more : fields.more_addresses) {
    auto bar = more.find('|');
    if (bar == std::string::npos) return Error{Errc::usage, "'" + more + "' is not AREA|ADDRESS"};
    customer.addresses.push_back({more.substr(0, bar), more.substr(bar + 1)});
  }
  for (const auto& tag : fields.tags) customer.tags.push_back(tag);
  for (const auto& tag : options.no_tags) std::erase(customer.tags, tag);
  return {};
}

}  // namespace

int set(const std::string& as, const SetOptions& options, cli::Listing& list) {
  return change(
      as, options.code, options.version, [&](desk::Customer& now) { return apply(options, now); }, &list);
}

int number(const std::string& as, const NumberOptions& options, cli::Listing& list) {
  if (options.add.empty() && options.remove.empty()) return cli::fail(Errc::usage, "--add or --remove which number?");
  auto settings = desk::load_settings(conf::Instance::from_environment());
  if (!settings) return cli::fail(settings.error());
  auto edit = [&](desk::Customer& now) -> Result<void> {
    for (const auto& text : options.remove) {
      const std::string number = desk::canonical_number(text, settings->area_code);
      if (std::erase_if(now.numbers, [&](const auto& had) { return had.number == number; }) == 0)
        return Error{Errc::no, "customer '" + now.code + "' has no number '" + mask_number(text) + "'"};
    }
    for (const auto& text : options.add) {
      auto one = number_of(text);
      one.note = options.note;
      now.numbers.push_back(one);
    }
    return {};
  };
  return change(as, options.code, options.version, edit, &list);
}

int note(const std::string& as, const NoteOptions& options) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto& session = *desk->session;
  const std::string line = local_date(session.now()) + " " + session.actor().name + ": " + options.text;
  auto changed = desk::change_customer(session, options.code, std::nullopt, [&](desk::Customer& now) -> Result<void> {
    now.note += (now.note.empty() ? "" : "\n") + line;
    return {};
  });
  return changed ? 0 : cli::fail(changed.error());
}

int close(const std::string& as, const CodeOptions& options) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto closed = desk::close_customer(*desk->session, options.code, version_of(options.version));
  return closed ? 0 : cli::fail(closed.error());
}

int audit(const std::string& as, const CodeOptions& options, bool frozen) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto done = frozen ? desk::audit_customer(*desk->session, options.code)
                     : desk::unaudit_customer(*desk->session, options.code);
  return done ? 0 : cli::fail(done.error());
}

int merge(const std::string& as, const CodeOptions& options, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto merged = desk::merge_customers(*desk->session, options.code, options.into);
  if (!merged) return cli::fail(merged.error());
  print(*merged, list);
  return list.finish();
}

}  // namespace hotline::cccust
