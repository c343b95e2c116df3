// SPDX-License-Identifier: GPL-2.0-or-later
// After a death without last words: what the journal says was open then, and the events that close it. Pure but for
// reading the journal and the heads of spool files.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

/// Folds the events of one run of the switch; what is left is what died with it.
class Remains {
 public:
  void take(const wire::Event& event);

  /// The events that end every call that is left: fax.done (crashed), spy.stopped, bridge.down, record.stopped, leg.released (cause 41,
  /// by "restart"), call.ended (by "restart", lost), in the order of the calls. `recorded` gives the samples that are really in a
  /// spool file, and 0 when there is none. No event is later than the last one that was taken or recorded.
  std::vector<wire::Event> endings(const std::function<int64_t(const std::string& file)>& recorded) const;
  /// Takes out the calls of that list that are open: another ccswitchd still has them.
  Remains without(const std::set<std::string>& calls);
  /// The last event that a ccswitchd which had yielded told, by its own number; 0: none.
  int64_t last_told() const { return last_told_; }
  int64_t lost_calls() const { return static_cast<int64_t>(calls_.size()); }

 private:
  struct OpenLeg {
    Utc answered{};
    bool up = false;
  };
  struct OpenRecording {
    std::string file;
    Utc began{};
  };
  struct OpenBridge {
    wire::Json legs;
    Utc began{};
  };
  struct OpenSpy {
    std::string leg, by, target, mode;
    Utc began{};
  };
  struct OpenFax {
    std::string leg, direction, file;
    int64_t pages = 0;
    Utc began{};  ///< or began to wait
  };
  struct OpenCall {
    Utc began{};
    std::map<std::string, OpenLeg> legs;
    std::map<std::string, OpenBridge> bridges;
    std::map<std::string, OpenRecording> recordings;
    std::vector<OpenSpy> spies;
    std::map<std::string, OpenFax> faxes;
  };
  static void take_fax(OpenCall& call, const wire::Event& event);
  static void take_spy(OpenCall& call, const wire::Event& event);
  std::map<std::string, OpenCall> calls_;
  Utc last_{};
  int64_t last_told_ = 0;
};

/// The member of an event by which one that was told by a ccswitchd that had yielded is known: its number there.
inline constexpr const char* kToldAs = "was_n";

/// Reads the switch's own journal from the start of its last run on. `mark` is the file that says where that is (see
/// set_mark); without it the whole journal is read.
Result<Remains> read_remains(const std::string& journal_dir, const std::string& mark);

/// Notes the number of this run's switch.started.
Result<void> set_mark(const std::string& mark, int64_t number);

}  // namespace hotline::ccswitchd
