// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"

namespace hotline::isdn {

/// A capture of a D channel that tshark decodes: pcap, link type 177 (LINUX_LAPD), frames without FCS.
///
/// Each frame is one write(2) to the end of the file, so that a killed program leaves whole frames; a capture that is
/// there already is continued. It ends at 256 MiB, with a word in the log.
class Pcap {
 public:
  /// `network_side`: we are the network. `io` or `denied` when it cannot be written, `bad_data` when the file is
  /// something else.
  static Result<std::unique_ptr<Pcap>> open(const std::string& path, bool network_side);
  void write(std::span<const uint8_t> frame, bool outgoing, Utc time);

 private:
  Pcap(Fd fd, std::string path, bool network_side, uint64_t bytes)
      : fd_(std::move(fd)), path_(std::move(path)), network_side_(network_side), bytes_(bytes) {}
  Fd fd_;
  std::string path_;
  bool network_side_;
  uint64_t bytes_;
  bool ended_ = false;
};

}  // namespace hotline::isdn
