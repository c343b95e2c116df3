// SPDX-License-Identifier: GPL-2.0-or-later
// Which messages lie in which mailboxes, by the events that told of them. Pure: no clock, no disk, no bus.
//
//     voicemail.left -> new -> heard -> answered -> (deleted: forgotten here)
//     Heard and answered are never taken back; what an event says of a message that is not there is of no account.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "wire/wire.h"

namespace hotline::ccivr {

struct Message {
  std::string file;    ///< below var/: "messages/MAILBOX/SEGMENT.wav"
  std::string number;  ///< what the caller was told; "" of one that was left before messages had numbers
  std::string mailbox, call;
  int64_t left_us = 0;
  std::string state = "new";  ///< new, heard, answered
};

/// "SEGMENT" of "messages/MAILBOX/SEGMENT.wav".
std::string segment_of(const std::string& file);

class MessageBook {
 public:
  /// `draw` gives numbers from 0 to below its argument, each as likely.
  explicit MessageBook(std::function<uint32_t(uint32_t below)> draw) : draw_(std::move(draw)) {}

  void add(Message message);
  /// An event of ccivr's own; others are of no account.
  void apply(const wire::Event& event);

  /// By number, or by the segment of its recording; null when there is none.
  const Message* find(const std::string& id) const;
  const Message* of_file(const std::string& file) const;
  /// Whether a message has that recording, in whatever mailbox.
  bool has_segment(const std::string& segment) const { return segments_.count(segment) > 0; }
  size_t size() const { return messages_.size(); }

  /// The number of the message that is made of this recording: its own when it was left already, else the next that no
  /// message has; the same until a message has it. Eight digits and a check digit (base/check_digit.h): who guesses
  /// finds one of a thousand messages in 90,000 calls.
  std::string number_for(const std::string& file);

  struct Count {
    int64_t fresh = 0, old = 0;
    bool operator==(const Count&) const = default;
  };
  /// New messages of a mailbox, and those that somebody has heard or answered.
  Count count(const std::string& mailbox) const;
  /// Of a mailbox and left before then, the oldest first; `most` at most.
  std::vector<Message> left_before(const std::string& mailbox, Utc then, size_t most) const;

 private:
  void forget(const std::string& file);

  std::function<uint32_t(uint32_t)> draw_;
  std::map<std::string, Message> messages_;      // by file
  std::map<std::string, std::string> numbers_;   // number to file
  std::map<std::string, std::string> segments_;  // segment to file
  std::string next_number_;
};

}  // namespace hotline::ccivr
