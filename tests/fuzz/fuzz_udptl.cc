// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base fax
//
// UDPTL as a stranger may send it, and what comes out of it in a T.38 terminal. Two datagrams an input: their numbers may
// do what they like, yet packets are given in order, once, and lie within the datagram. In order: none is behind the one
// that is expected next, of which half the numbers are ahead.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/require.h"
#include "fax/fax.h"
#include "fax/udptl.h"

using namespace hotline;

namespace {

std::unique_ptr<fax::Session> new_terminal() {
  fax::Job job;
  job.direction = fax::Direction::receive;
  job.file = "/nonexistent/fuzz.tif";
  auto session = fax::Session::begin(job, {});
  require(session);
  require((*session)->change_to_t38({}, [](std::span<const uint8_t>, int) {}));
  return std::move(*session);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::unique_ptr<fax::Session> terminal = new_terminal();
  if (terminal->over()) terminal = new_terminal();
  fax::UdptlReceiver receiver;
  std::optional<uint16_t> last;
  for (auto part : {std::span(data, size / 2), std::span(data, size).subspan(size / 2)}) {
    receiver.take(part, [&](std::span<const uint8_t> packet, uint16_t number) {
      require(packet.data() >= part.data() && packet.data() + packet.size() <= part.data() + part.size());
      require(!last || static_cast<int16_t>(number - (*last + 1)) >= 0);
      last = number;
      terminal->packet(packet, number);
    });
  }
  terminal->elapse(milliseconds(20));
  return 0;
}
