// SPDX-License-Identifier: GPL-2.0-or-later
// PINs: what is stored of one, and who is locked.
#include "store/pins.h"

#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "base/time.h"
#include "cli/app.h"
#include "conf/instance.h"
#include "lookup/pin.h"
#include "lookup/values.h"
#include "verbs.h"

namespace hotline::cclookup {

static Result<std::unique_ptr<store::Connection>> open_store() {
  auto instance = conf::Instance::from_environment();
  return store::Connection::open(instance.store_file(), instance.share() + "/sql", store::Access::write);
}

int hash() {
  std::string pin;
  if (!std::getline(std::cin, pin))
    return cli::fail(Errc::no_input, "a PIN is read from standard input, which has ended");
  auto text = lookup::hash_pin(pin);
  if (!text) return cli::fail(text.error());
  std::printf("%s\n", text->c_str());
  return 0;
}

int locked(cli::Listing& listing) {
  auto store = open_store();
  if (!store) return cli::fail(store.error());
  auto asked = store::locked_pins(**store, to_us(utc_now()), [&](const store::PinRow& row) {
    auto last = from_us(row.last_us), until = from_us(row.locked_until_us);
    listing.row(
        {row.realm, row.scope, row.subject, row.failures, format_utc(last), format_utc(until)},
        {row.realm, row.scope, mask_number(row.subject), row.failures, format_local(last), format_local(until)});
  });
  if (!asked) return cli::fail(asked.error());
  return listing.finish();
}

int unlock(const std::string& number, const std::string& realm, bool caller) {
  auto store = open_store();
  if (!store) return cli::fail(store.error());
  store::PinSubject subject{realm, caller ? "caller" : "number", caller ? number : lookup::counted_number(number)};
  auto rows = store::clear_attempts(**store, subject);
  if (!rows) return cli::fail(rows.error());
  if (*rows > 0) return 0;
  return cli::fail(Errc::no, "nothing is counted against it in realm '" + realm + "'");
}

}  // namespace hotline::cclookup
