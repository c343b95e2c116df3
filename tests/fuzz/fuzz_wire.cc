// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base wire journal
// Whatever comes over the bus or stands in a journal: parse, decode_event, and back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/require.h"
#include "base/text.h"
#include "journal/files.h"
#include "wire/wire.h"

using namespace hotline;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto json = wire::parse(text)) {
    auto again = wire::parse(wire::dump(*json));
    require(again);
    // What the room says of a field holds for any value.
    (void)wire::text(*json, "leg");
    (void)wire::integer(*json, "timeout_ms");
    (void)wire::boolean(*json, "loop");
    (void)wire::member(*json, "tags");
    (void)wire::error_of({false, *json});
  }
  if (auto event = wire::decode_event(text)) {
    auto line = wire::encode(*event);
    auto again = wire::decode_event(line);
    require(again);
    require(again->number == event->number && again->from == event->from && again->name == event->name &&
            again->time == event->time && again->call == event->call && again->leg == event->leg &&
            again->fields == event->fields);
    auto hash = journal::line_hash(line);
    require(journal::prev_of(journal::with_prev(line, hash)) == hash);
  }
  (void)journal::prev_of(text);
  (void)wire::is_verb(text);
  return 0;
}
