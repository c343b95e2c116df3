// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "desk/customers.h"
#include "desk/people.h"
#include "store_fixture.h"

/// A desk on an empty store, on each engine in turn; the operator sits at it. Its clock stands until it is moved.
class DeskFixture : public StoreFixture {
 public:
  std::unique_ptr<hotline::store::Connection> store = open();
  hotline::Utc clock = hotline::from_us(1'700'000'000'000'000);
  hotline::desk::Settings settings;

  DeskFixture() { settings.area_code = "0756"; }

  hotline::desk::Session as(hotline::desk::Actor actor) {
    return {*store, std::move(actor), settings, [this] { return clock; }};
  }
  hotline::desk::Session boss() { return as({"boss", std::nullopt, std::nullopt, hotline::desk::Rights::all()}); }
  /// Somebody with these rights and no others.
  hotline::desk::Session with(const std::string& block, const std::string& rights) {
    hotline::desk::Actor actor{"clerk", 1, std::nullopt, {}};
    actor.rights.grant(block, hotline::desk::parse_rights(rights).value());
    return as(actor);
  }
  hotline::desk::Customer wang() {
    hotline::desk::Customer one;
    one.name = "王小明";
    one.numbers = {{"138 0013 8000", "mobile", ""}};
    one.addresses = {{"0101", "建设路12号"}};
    one.tags = {"vip"};
    return one;
  }
};
