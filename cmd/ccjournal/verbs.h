// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "conf/instance.h"
#include "service/service.h"
#include "store/store.h"

namespace hotline {

struct CatOptions {
  std::vector<std::string> from;
  std::optional<std::string> since, until, call;
  std::string event;  ///< prefix of the event's name
};

int run(const service::Options& options, bool once);
int cat(const CatOptions& options);
int verify(const std::vector<std::string>& publishers);
int rebuild();
int status(cli::Listing& list);

/// The publishers that are named, or all; `no_input` for one that has no journal.
Result<std::vector<std::string>> publishers_of(const conf::Instance& instance, const std::vector<std::string>& named);

/// The instance's store, made or migrated when need be.
inline Result<std::unique_ptr<store::Connection>> open_store(const conf::Instance& instance, store::Access access) {
  auto location = instance.store_location();
  if (!location) return location.error();
  return store::Connection::open(*location, instance.share() + "/sql", access);
}

}  // namespace hotline
