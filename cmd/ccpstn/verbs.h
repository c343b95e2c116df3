// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccpstn: `run` is the daemon, the others ask it over the bus.
#pragma once

#include <string>

#include "cli/app.h"
#include "exchange.h"
#include "service/service.h"

namespace hotline::pstn {

/// Answers a command to the running exchange.
wire::Reply obey(Exchange& exchange, const service::Service& service, const std::string& verb, const wire::Json& body);

void add_run(cli::App& app);
void add_call(cli::App& app);
void add_take(cli::App& app);
void add_load(cli::App& app);
void add_spans(cli::App& app);

}  // namespace hotline::pstn
