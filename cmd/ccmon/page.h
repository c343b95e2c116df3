// SPDX-License-Identifier: GPL-2.0-or-later
// The page: what a supervisor sees. A function from what is known, the moment and the size of the paper to lines of
// text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "wire/wire.h"

namespace hotline::ccmon {

/// The last snapshot of a daemon and how old it is.
struct Source {
  std::string name;
  std::optional<wire::Json> snapshot;
  Utc taken{};
  bool answers = false;  ///< to the last question
};

struct Model {
  Source line{"ccswitchd", {}, {}, false}, queue{"ccqueue", {}, {}, false};
};

struct Size {
  size_t columns = 80;
  size_t rows = 0;  ///< 0: as many as there is to say
};

/// Lines without newline, none wider than `size.columns`, at most `size.rows`; what has no room is counted in a last
/// line.
std::vector<std::string> page(const Model& model, Utc now, Size size);

/// One JSON object, without newline: format 1, time, and both snapshots with their ages (null when never taken).
std::string json(const Model& model, Utc now);

// The parts, each a heading and its lines; empty when there is nothing to show (page_parts.cc).
using Lines = std::vector<std::string>;
Lines queue_lines(const wire::Json& queue);
Lines agent_lines(const wire::Json& queue, Utc now, size_t columns);
Lines span_lines(const wire::Json& line);
Lines phone_lines(const wire::Json& line);
Lines call_lines(const wire::Json& line, Utc now);

/// "1:05" since an RFC 3339 time; "-" for what is none.
std::string age_text(const std::string& since, Utc now);

/// `text` cut to that many columns, whole characters only.
std::string cut(const std::string& text, size_t columns);

}  // namespace hotline::ccmon
