// SPDX-License-Identifier: GPL-2.0-or-later
#include "player.h"

#include "journal/journal.h"

namespace hotline::ccqueue {

Result<void> Player::play(const std::string& journal_dir) {
  auto damaged = [this](const std::string& what) {
    if (damage_.empty()) damage_ = what;
  };
  auto read = journal::read(
      journal_dir, "ccqueue", 1,
      [this](const journal::Entry& entry) {
        hear(entry.event);
        return true;
      },
      damaged);
  if (!read) return read;
  if (!core_)
    return Error{Errc::no_input, journal_dir +
                                     ": the journal of ccqueue has no start in it (acd.input, op start or "
                                     "checkpoint); were its older files put away?"};
  if (!damage_.empty())
    return Error{Errc::bad_data, damage_ + "; what follows from there may not be what was decided then"};
  return {};
}

void Player::watch(bool on) {
  if (watching_ == on) return;
  watching_ = on;
  if (core_) core_->observe(on ? ears_.decision : nullptr);
}

void Player::hear(const wire::Event& event) {
  auto input = inputs_.note(event);
  if (!input) {
    if (damage_.empty()) damage_ = input.error().text;
    return;
  }
  if (*input) return feed(**input, event.time);
  // Before the first start there is nothing to hold it against.
  if (core_ && ears_.recorded)
    if (auto fact = fact_of(event)) ears_.recorded(*fact, event.time);
}

void Player::begin(std::unique_ptr<acd::Core> core) {
  core_ = std::move(core);
  if (watching_) core_->observe(ears_.decision);
  if (ears_.started) ears_.started();
}

void Player::feed(const acd::Input& input, Utc time) {
  if (ears_.input) ears_.input(input);
  acd::Actions out;
  if (input.rules && input.flag) {
    begin(std::make_unique<acd::Core>(*input.rules, input.now));
  } else if (input.saved && !core_) {
    begin(std::make_unique<acd::Core>(*input.saved));
  } else if (input.saved) {
    if (ears_.checked) ears_.checked(core_->saved() == *input.saved, time);
  } else if (!core_) {
    return;  // the tail of a life whose beginning was put away
  } else if (!acd::apply(*core_, input, out) && input.arrival && !core_->queue_rule(input.arrival->queue)) {
    out = failed_visit(*input.arrival);
  }
  if (!input.known && ears_.action)
    for (const auto& action : out) ears_.action(action, time);
  if (ears_.after) ears_.after(input, time);
}

}  // namespace hotline::ccqueue
