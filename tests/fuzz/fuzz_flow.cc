// SPDX-License-Identifier: GPL-2.0-or-later
// uses: flow
// Any text as a flow: it is refused or it can be checked and drawn; and one that passes the check can be walked at
// random without end or abort.
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
    const auto* work = walk.working();
    if (walk.over()) {
      walk.call();
    } else if (!walk.queue().empty()) {
      walk.result(flow::queue_results()[octet % flow::queue_results().size()]);
    } else if (work && work->kind != flow::Kind::branch) {
      const auto& results = flow::results_of(work->kind);
      walk.result(results[octet % results.size()], {{"recording", choices.substr(0, 9)}, {"x", "105.20"}});
    } else if (octet % 13 == 12) {
      walk.wait();
    } else {
      walk.key("0123456789*#"[octet % 13]);
    }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16384) return 0;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto flow = flow::parse(text, "fuzz.toml", "fuzz");
  if (!flow) return 0;
  // A sub-flow of any name is the same text: it is within itself, or has none.
  auto linked = flow::link(*flow, [&](const std::string& name) { return flow::parse(text, "fuzz.toml", name); });
  if (!linked) return 0;
  (void)flow::graph(*linked);
  if (flow::check(*linked, {}).empty()) walk_at_random(*linked, text);
  return 0;
}
