// SPDX-License-Identifier: GPL-2.0-or-later
// A number and its PIN: counted before it is looked at (store/pins.h), compared in a worker.
#include <algorithm>

#include "lookup/pin.h"
#include "lookup/sql_source.h"
#include "store/pins.h"

namespace hotline::lookup {

namespace {

/// Of one question: the account, and the caller unless it is withheld.
struct Subjects {
  store::PinSubject number;
  std::vector<store::PinSubject> all;
  std::optional<store::PinSubject> caller;
};

/// Digits alone: a column of numbers would take "+12", "12.0" and "1.2e1" for 12, each with tries of its own.
bool is_account(const std::string& number) {
  static constexpr size_t kDigitsMax = 32;
  return !number.empty() && number.size() <= kDigitsMax && number.find_first_not_of("0123456789") == std::string::npos;
}

Subjects subjects_of(const PinPart& pin, const Fields& parameters) {
  Subjects subjects;
  subjects.number = {pin.realm, kNumberParameter, counted_number(parameters.at(kNumberParameter)), pin.tries};
  subjects.all.push_back(subjects.number);
  auto caller = parameters.find(kCallerParameter);
  if (caller != parameters.end() && !caller->second.empty()) {
    subjects.caller = store::PinSubject{pin.realm, kCallerParameter, caller->second, pin.caller_tries};
    subjects.all.push_back(*subjects.caller);
  }
  return subjects;
}

Fields told(const store::PinCharge& charge, bool right, int64_t now_us) {
  bool locked = !right && charge.locked_until_us > 0;
  int64_t left_us = locked ? std::max<int64_t>(charge.locked_until_us - now_us, 0) : 0;
  return {{"locked", locked ? "yes" : "no"},
          {"locked-seconds", std::to_string((left_us + 999999) / 1000000)},
          {"tries-left", right ? "" : std::to_string(charge.tries_left)}};
}

/// What is stored of the PIN, and the row's other columns.
struct Stored {
  PinStored how = PinStored::argon2id;
  std::string secret;
  Fields fields;
};

Result<Stored> stored_pin(Workers::Desk& desk, const Definition& definition, const Job& job) {
  auto parameters = job.parameters;
  parameters.erase(kPinParameter);
  auto answer = run_query(desk, definition.sql, parameters, job.stop());
  if (!answer) return answer.error();
  if (answer->rows.size() > 1) return Error{Errc::bad_data, "the query gives more than one row"};
  Stored stored;
  // Read from the statement, so that a number nobody has takes the same way as one that somebody has.
  if (answer->columns.empty() || (answer->columns[0] != "pin_argon2id" && answer->columns[0] != "pin_plain"))
    return Error{Errc::bad_data, "its first column is neither pin_argon2id nor pin_plain"};
  stored.how = answer->columns[0] == "pin_plain" ? PinStored::plain : PinStored::argon2id;
  if (answer->rows.empty()) return stored;
  stored.secret = answer->rows[0].empty() ? "" : answer->rows[0][0];
  stored.fields = fields_of(*answer);
  return stored;
}

class PinClerk {
 public:
  explicit PinClerk(Definition definition) : definition_(std::move(definition)) {}

  Outcome answer(Workers::Desk& desk, const Job& job) const {
    if (!is_account(job.parameters.at(kNumberParameter)))
      return Outcome::failed(Reason::bad_parameter, "'number' is not 1 to 32 digits");
    if (auto opened = open(desk, job); opened.kind == Outcome::Kind::failed) return opened;
    const auto& pin = definition_.pin;
    auto subjects = subjects_of(pin, job.parameters);
    int64_t now_us = to_us(utc_now());
    auto charge = store::charge_attempt(*desk.store, subjects.all, now_us, pin.lock.count());
    if (!charge) return uncounted(desk, charge.error());
    if (charge->locked) return Outcome::none(told(*charge, false, now_us));
    auto stored = stored_pin(desk, definition_, job);
    auto wanted = own_results();
    if (!stored) {  // nothing was examined: no fault of the caller's
      for (const auto& subject : subjects.all) (void)store::pardon_attempt(*desk.store, subject);
      return failed_query(stored.error(), job);
    }
    if (!is_pin(stored->how, stored->secret, job.parameters.at(kPinParameter)))
      return Outcome::none(told(*charge, false, now_us));
    // Should the store refuse now, one attempt too many is counted, and the answer is the same.
    (void)store::clear_attempts(*desk.store, subjects.number);
    if (subjects.caller) (void)store::pardon_attempt(*desk.store, *subjects.caller);
    auto picked = pick(stored->fields, wanted);
    if (!picked) return Outcome::failed(Reason::bad_answer, picked.error().text);
    picked->merge(told(*charge, true, now_us));
    return Outcome::found(*picked);
  }

  Outcome reach(Workers::Desk& desk, const Job& job) const {
    auto opened = open(desk, job);
    return opened.kind == Outcome::Kind::failed ? opened : reach_database(desk, definition_.sql, job);
  }

 private:
  Outcome open(Workers::Desk& desk, const Job& job) const {
    if (!desk.store) {
      auto opened = store::Connection::open(definition_.pin.store, definition_.pin.sql_dir, store::Access::write);
      if (!opened) return Outcome::failed(Reason::unavailable, opened.error().text);
      desk.store = std::move(*opened);
    }
    auto left = std::chrono::duration_cast<milliseconds>(job.deadline - monotonic_now());
    desk.store->set_patience(std::max(left, milliseconds(1)));
    return Outcome::none();
  }

  /// An attempt that cannot be counted is not examined.
  static Outcome uncounted(Workers::Desk& desk, const Error& error) {
    if (error.code != Errc::again) desk.store.reset();
    return Outcome::failed(error.code == Errc::again ? Reason::timeout : Reason::failed,
                           "the attempt could not be counted: " + error.text);
  }

  std::vector<std::string> own_results() const {
    auto names = definition_.results;
    std::erase_if(names, [](const auto& name) { return std::count(kPinResults.begin(), kPinResults.end(), name) > 0; });
    return names;
  }

  Definition definition_;
};

}  // namespace

std::unique_ptr<Source> make_pin_source(Loop& loop, const Definition& definition) {
  auto clerk = std::make_shared<const PinClerk>(definition);
  return std::make_unique<ThreadedSource>(
      loop, static_cast<size_t>(definition.concurrency),
      [clerk](Workers::Desk& desk, const Job& job) { return clerk->answer(desk, job); },
      [clerk](Workers::Desk& desk, const Job& job) { return clerk->reach(desk, job); });
}

}  // namespace hotline::lookup
