// SPDX-License-Identifier: GPL-2.0-or-later
// What ccfax and who started it say to each other: JSON, a line each; see CONTROL in ccfax(1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fax/document.h"
#include "fax/fax.h"
#include "wire/wire.h"

namespace hotline::fax {

/// The arguments with which ccfax does that job: "send", "--station", …, FILE.
std::vector<std::string> arguments_of(const Job& job);

/// "" or what is wrong with a station's number, or a header.
std::string wrong_station(const std::string& station);
std::string wrong_header(const std::string& header);

wire::Json to_json(const Document& document);
wire::Json to_json(const Facts& facts);
wire::Json to_json(const Outcome& outcome);

wire::Json to_json(const T38Terms& terms);
T38Terms t38_terms_of(const wire::Json& json);

/// "finished" of a fax whose process cannot say it: `result` is crashed or stopped.
wire::Json ended_without_words(const std::string& result, const std::string& text);

}  // namespace hotline::fax
