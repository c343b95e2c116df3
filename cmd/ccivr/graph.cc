// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "base/fd.h"
#include "cli/app.h"
#include "settings.h"
#include "verbs.h"

namespace hotline::ccivr {

int graph(const std::string& file) {
  auto flow = load_flow(file);
  if (!flow) flow = parse_flow(file);  // a flow that is not finished can be drawn all the same
  if (!flow) return cli::fail(flow.error());
  if (auto written = write_all(STDOUT_FILENO, flow::graph(*flow)); !written) return cli::fail(written.error());
  return 0;
}

}  // namespace hotline::ccivr
