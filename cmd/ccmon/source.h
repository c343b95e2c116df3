// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "bus/bus.h"
#include "conf/instance.h"
#include "page.h"

namespace hotline::ccmon {

/// Asks both daemons for their snapshots, one question at a time each, and keeps the last answers in the model.
class Asking {
 public:
  Asking(Loop& loop, const conf::Instance& instance, Model& model, std::function<void()> changed);
  /// Asks whoever has no question open. A question nobody answered within `kPatience` marks its source.
  void ask();
  bool waiting() const { return line_.open || queue_.open; }

  static constexpr milliseconds kPatience{1500};

 private:
  struct Line {
    std::unique_ptr<bus::Asker> asker;
    Loop::Handle patience;
    bool open = false;
  };
  void ask(Line& line, Source& source);
  void ask_part(Line& line, Source& source, wire::Json before);

  Loop& loop_;
  Line line_, queue_;
  Model& model_;
  std::function<void()> changed_;
};

}  // namespace hotline::ccmon
