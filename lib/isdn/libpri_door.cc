// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/libpri_door.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "base/time.h"

namespace hotline::isdn {

namespace {

constexpr size_t kFcs = 2;  // libpri's frames end with the two octets of an FCS that it neither makes nor checks

Wire* wire_of(pri* pri) { return pri ? static_cast<Wire*>(pri_get_userdata(pri)) : nullptr; }

// Returns the length with FCS, or 0 for nothing; never -1, which libpri would take for a length.
int read_frame(pri* pri, void* buffer, int size) {
  Wire* wire = wire_of(pri);
  std::vector<uint8_t> frame;
  if (!wire || !wire->read_frame(frame) || frame.size() + kFcs > static_cast<size_t>(size)) return 0;
  std::copy(frame.begin(), frame.end(), static_cast<uint8_t*>(buffer));
  std::memset(static_cast<uint8_t*>(buffer) + frame.size(), 0, kFcs);
  return static_cast<int>(frame.size() + kFcs);
}

// Must return exactly what it was given, or libpri thinks of a short write.
int write_frame(pri* pri, void* buffer, int size) {
  Wire* wire = wire_of(pri);
  if (wire && size > static_cast<int>(kFcs)) wire->write_frame({static_cast<uint8_t*>(buffer), size - kFcs});
  return size;
}

// Its messages are for whoever debugs libpri; a peer that sends nonsense must not fill the log with them.
void log_message(pri* pri, char* text) {
  constexpr int kLinesMax = 20;
  constexpr seconds kPer{10};
  static Instant since{};
  static int lines = 0;
  const Instant now = monotonic_now();
  if (now - since > kPer) {
    since = now;
    lines = 0;
  }
  if (++lines > kLinesMax) return;
  const Wire* wire = wire_of(pri);
  log_info("libpri: span '" + (wire ? wire->wire_name() : std::string("?")) + "': " + std::string(trim(text)));
}

}  // namespace

pri* open_libpri(Wire& wire, bool network_side) {
  pri_set_message(log_message);  // process-wide, like pri_set_error
  pri_set_error(log_message);
  constexpr int kNoDescriptor = -1;
  pri* pri = pri_new_cb(kNoDescriptor, network_side ? PRI_NETWORK : PRI_CPE, PRI_SWITCH_EUROISDN_E1, read_frame,
                        write_frame, &wire);
  require(pri != nullptr);
  // Whether a number is whole is said call by call; otherwise every SETUP of ours would be.
  pri_set_overlapdial(pri, 1);
  // Else causes 34, 44 and 1 after PROCEEDING go out as RELEASE COMPLETE, which is wrong in that state.
  pri_hangup_fix_enable(pri, 1);
  pri_facility_enable(pri);
  pri_aoc_events_enable(pri, 1);
  // In Europe a caller's name stands in the display element of the SETUP (ETSI EN 300 403-1 §4.5.16), which only a
  // network may send.
  pri_display_options_send(pri, network_side ? PRI_DISPLAY_OPTION_NAME_INITIAL : PRI_DISPLAY_OPTION_BLOCK);
  pri_display_options_receive(pri, PRI_DISPLAY_OPTION_NAME_INITIAL);
  return pri;
}

void close_libpri(pri* pri) { pri_set_userdata(pri, nullptr); }

// libpri has no call for it, but says it among its books.
size_t layer3_calls(pri* pri) {
  static constexpr const char* kLine = "Total active-calls:";
  char* books = pri_dump_info_str(pri);
  if (!books) return 0;
  const char* line = std::strstr(books, kLine);
  const auto count = line ? std::strtoul(line + std::strlen(kLine), nullptr, 10) : 0;
  std::free(books);
  return count;
}

}  // namespace hotline::isdn
