// SPDX-License-Identifier: GPL-2.0-or-later
// Room fax: one fax by ITU-T T.30, in audio (V.27ter, V.29, V.17 through SpanDSP) or by T.38, to and from TIFF files.
// Knows the document (document.h), the datagrams of T.38 (udptl.h), and the process of its own that every fax of a
// daemon runs in (process.h, lines.h). Refuses to know lines, phones and calls: it is given A-law, or packets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace hotline::fax {

enum class Direction { send, receive };

/// What bounds a fax, whatever the far end does. The first is ours and not T.30's: its timers, T1 of 35 s, T2 of 7 s and
/// T4 of 3 s with three repetitions, work within these.
struct Bounds {
  milliseconds begin_max{60000};   ///< from the start until both have agreed on how to send
  milliseconds page_max{240000};   ///< for a page, its corrections included
  milliseconds end_max{30000};     ///< from the sign that the last page is over until the end
  milliseconds total_max{3600000};
  int pages_max = 200;
  int64_t bytes_max = 32 << 20;    ///< of the file
};

struct Job {
  Direction direction = Direction::send;
  std::string file;     ///< TIFF; what is received is written under the name part_of(file) until it is whole
  std::string station;  ///< our number as the far end shows it: digits, '+' and blanks, 20 at most
  std::string header;   ///< at the top of every page that is sent, 50 octets at most; "": no line is added
  bool ecm = true;      ///< error correction, where the far end has it too
  int speed_max = 14400;
  Bounds bounds;
};

/// What is known of a fax so far.
struct Facts {
  int pages = 0;        ///< sent and confirmed, or received and confirmed
  int rate = 0;         ///< bits a second of the pages
  bool ecm = false;
  std::string station;  ///< the far end's own number, as it gave it; "" when it did not
  std::string compression;  ///< "T.4 1-D", "T.4 2-D", "T.6"
  int x_dpi = 0, y_dpi = 0, width = 0, length = 0;  ///< of the last page
  int bad_rows = 0;         ///< of the last page
  int repeats = 0;          ///< frames that error correction sent again
};

/// How it ended. `code` and `text` are T.30's completion code and nothing else: 0 alone is success.
struct Outcome {
  int code = 0;
  std::string text;
  std::string timer;  ///< which of our bounds ended it: begin, page, end, total, pages, bytes; "": none
  Facts facts;
  bool ok() const { return code == 0; }
};

/// What T.38 terminals have agreed on.
struct T38Terms {
  int version = 0, max_bit_rate = 14400, max_datagram = 0;
  bool fill_bit_removal = false, local_tcf = false;
};

/// One fax, from its first tone to its end. Reads no clock: time is what audio() and elapse() count. Writes its file as
/// it goes; call deliver() of document.h when it is over.
class Session {
 public:
  struct Told {
    std::function<void(const Facts&)> agreed;  ///< both know how the next pages go; again when that changes
    std::function<void(const Facts&)> page;    ///< one more is confirmed
  };
  /// Sends what T.38's terminal says; `count` times, because it is lost more easily than audio.
  using SendPacket = std::function<void(std::span<const uint8_t> packet, int count)>;

  /// `io` when there is no memory for it. The file of a job to send has been checked (document.h).
  static Result<std::unique_ptr<Session>> begin(const Job& job, Told told);
  virtual ~Session() = default;

  /// As many samples of A-law as came go out.
  virtual void audio(std::span<const uint8_t> heard, std::span<uint8_t> said) = 0;

  /// Begins anew over T.38; what was audio until now is forgotten. Only before pages have begun: false and nothing
  /// done then.
  virtual bool change_to_t38(const T38Terms& terms, SendPacket send) = 0;
  virtual void packet(std::span<const uint8_t> packet, uint16_t number) = 0;
  virtual void elapse(milliseconds time) = 0;  ///< instead of audio() while it is T.38

  virtual void stop() = 0;
  virtual bool over() const = 0;
  virtual Outcome outcome() const = 0;
};

}  // namespace hotline::fax
