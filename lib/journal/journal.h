// SPDX-License-Identifier: GPL-2.0-or-later
// Room journal: the truth about calls, as files: append, number, chain, sync, read, follow. Refuses to know what events
// mean.
//
//     <dir>/<publisher>/<UTC date>.jsonl      one event a line (wire::encode), with "prev" as the last member:
//                                             SHA-256 of the line before it (without its newline), 64 hex digits; the
//                                             very first line of a publisher has 64 zeros
//
// Numbers grow by one from line to line, across files too. A torn last line (power loss) is cut off and set aside in
// <file>.torn when the writer opens; a damaged line elsewhere is reported, never repaired.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "wire/wire.h"

namespace hotline::journal {

/// Appends one publisher's events. write(2) at once, fdatasync in groups by a thread of its own (every 50 ms while
/// there is something to sync). When the disk is full, lines wait in memory (up to 64 MiB) and are written, in order,
/// once there is room: append still succeeds, trouble() says so.
class Writer {
 public:
  static Result<std::unique_ptr<Writer>> open(const std::string& dir, const std::string& publisher);
  virtual ~Writer() = default;  ///< writes and syncs what is left
  /// Gives the event its number and the current time (when it has none), appends it and returns the line that was
  /// written.
  virtual std::string append(wire::Event& event) = 0;
  virtual int64_t last_number() const = 0;
  /// The last event that is on the disk: a power cut cannot take it or those before it any more.
  virtual int64_t synced_number() const = 0;
  /// "" or why lines are waiting: "no space left on device: 312 events wait in memory".
  virtual std::string trouble() const = 0;
  /// Octets of lines that wait in memory, of the 64 MiB that may.
  virtual size_t waiting_bytes() const = 0;
};

/// One line of a journal as read.
struct Entry {
  wire::Event event;
  std::string line, file;
  int64_t line_number = 0;
};

/// Reads a publisher's events in order, from number `first` on, over all its files. A damaged line is given to
/// `on_damage` ("<file>:<line>: …") and passed over. Stops when `on_entry` returns false.
Result<void> read(const std::string& dir, const std::string& publisher, int64_t first,
                  const std::function<bool(const Entry&)>& on_entry,
                  const std::function<void(const std::string&)>& on_damage);

/// Reads on from where it stopped; poll() returns how many whole lines were new. Survives files of the next day.
class Follower {
 public:
  static std::unique_ptr<Follower> open(const std::string& dir, const std::string& publisher, int64_t first);
  virtual ~Follower() = default;
  virtual Result<int64_t> poll(const std::function<void(const Entry&)>& on_entry,
                               const std::function<void(const std::string&)>& on_damage, int64_t entries_max) = 0;
};

/// Walks numbers and chain of a publisher: every fault as "<file>:<line>: what"; empty when whole.
std::vector<std::string> verify(const std::string& dir, const std::string& publisher, int64_t* events);

/// The publishers that have a journal below `dir`, sorted.
std::vector<std::string> publishers(const std::string& dir);

}  // namespace hotline::journal
