// SPDX-License-Identifier: GPL-2.0-or-later
// What a report needs, kept from what the core decided: each visit, and each agent's time by state. Entries and spans
// are those that ccreport(1) makes of the store, so that the same events give the same numbers.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "acd/action.h"
#include "report/interval.h"

namespace hotline::ccqueue {

class Book {
 public:
  void hear(const acd::Action& action, Utc at);
  /// Agents' last spans end now, and so do talks for whom only the wrap-up is not over.
  void close(Utc at);

  const std::vector<report::Entry>& entries() const { return entries_; }
  const std::vector<report::StateSpan>& spans() const { return spans_; }

 private:
  void changed(const acd::AgentChanged& changed, Utc at);
  struct Now {
    acd::AgentState state = acd::AgentState::logged_out;
    Utc since{};
    std::string call;
    std::optional<size_t> served;  ///< the entry whose wrap-up it is
  };
  void end_span(const std::string& agent, Now& now, Utc at);

  std::vector<report::Entry> entries_;
  std::vector<report::StateSpan> spans_;
  std::unordered_map<std::string, size_t> last_visit_;  ///< by call
  std::map<std::string, Now> agents_;
};

}  // namespace hotline::ccqueue
