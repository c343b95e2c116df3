// SPDX-License-Identifier: GPL-2.0-or-later
// uses: flow
// Any text as a flow: it is refused or it can be checked and drawn; and one that passes the check can be walked at random
// without end or abort.
#include <cstddef>
#include <cstdint>
#include <string>

#include "flow/walk.h"

using namespace hotline;

static void walk_at_random(const flow::Flow& flow, const std::string& choices) {
  flow::Walk walk(flow);
  walk.call();
  size_t steps = 0;
  for (char c : choices) {
    if (++steps > 200) return;
    auto octet = static_cast<uint8_t>(c);
    if (walk.hung_up())
      walk.call();
    else if (!walk.queue().empty())
      walk.queue_result(flow::queue_results()[octet % flow::queue_results().size()]);
    else if (octet % 13 == 12)
      walk.wait();
    else
      walk.key("0123456789*#"[octet % 13]);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16384) return 0;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto flow = flow::parse(text, "fuzz.toml", "fuzz");
  if (!flow) return 0;
  (void)flow::graph(*flow);
  if (flow::check(*flow, {}).empty()) walk_at_random(*flow, text);
  return 0;
}
