// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "recording.h"

namespace hotline::ccqueue {

/// Plays a journal of ccqueue through a core once more, from the first start or checkpoint in it.
class Player {
 public:
  struct Ears {
    /// A core begins to live: what the one before it had not done any more is not done.
    std::function<void()> started;
    /// What goes in, before it does; the core may be null.
    std::function<void(const acd::Input&)> input;
    std::function<void(const acd::Action&, Utc)> action;    ///< what the core decides now
    std::function<void(const acd::Action&, Utc)> recorded;  ///< the facts that were written down then
    std::function<void(const acd::Decision&)> decision;     ///< asked for while watch(true)
    std::function<void(const acd::Input&, Utc)> after;
    /// A checkpoint was passed: whether the core knows now what it knew then.
    std::function<void(bool alike, Utc)> checked;
  };
  explicit Player(Ears ears) : ears_(std::move(ears)) {}

  /// `bad_data` when lines are damaged or missing, so that what is decided now may differ from then; the journal is
  /// played to its end all the same. `no_input` when neither is in it.
  Result<void> play(const std::string& journal_dir);
  /// Decisions with all that they rest on, from now on. They cost much more than without.
  void watch(bool on);
  const acd::Core* core() const { return core_.get(); }

 private:
  void hear(const wire::Event& event);
  void begin(std::unique_ptr<acd::Core> core);
  void feed(const acd::Input& input, Utc time);
  Ears ears_;
  Inputs inputs_;
  std::unique_ptr<acd::Core> core_;
  bool watching_ = false;
  std::string damage_;
};

}  // namespace hotline::ccqueue
