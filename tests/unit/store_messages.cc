// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "store/messages.h"
#include "store_fixture.h"

using namespace hotline;
using namespace hotline::store;

namespace {

/// One message in each of two mailboxes, and a second in the first.
struct Letters : StoreFixture {
  std::unique_ptr<Connection> store = open();

  Letters() {
    leave("messages/service/a-r1.wav", "111", "service", 1000);
    leave("messages/director/b-r1.wav", "222", "director", 2000);
    leave("messages/service/c-r1.wav", "333", "service", 3000);
  }
  void leave(const std::string& file, const std::string& number, const std::string& mailbox, int64_t at_us) {
    REQUIRE(apply(*store, MessageLeft{file, number, mailbox, "c", "13800138000", "96116", "leak", "88001234", "yes",
                                      at_us, 4000}));
  }
  std::string find(const MessageFilter& filter) {
    std::string found;
    REQUIRE(find_messages(*store, filter, [&](const MessageRow& row) { found += row.number + " "; }));
    return found;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Letters, "a message is found with all that was left with it") {
  MessageFilter filter;
  filter.id = "222";
  int64_t rows = 0;
  REQUIRE(find_messages(*store, filter, [&](const MessageRow& row) {
    ++rows;
    CHECK(row.file == "messages/director/b-r1.wav");
    CHECK(row.caller == "13800138000");
    CHECK(row.topic + " " + row.reply_to + " " + row.reply == "leak 88001234 yes");
    CHECK(row.state == "new");
    CHECK(row.ms == 4000);
    CHECK_FALSE(row.changed_us);
  }));
  CHECK(rows == 1);
}

TEST_CASE_FIXTURE(Letters, "conditions of a search hold together") {
  CHECK(find({}) == "111 222 333 ");
  CHECK(find({.mailboxes = std::vector<std::string>{"service"}}) == "111 333 ");
  CHECK(find({.mailboxes = std::vector<std::string>{}}).empty());
  CHECK(find({.mailboxes = std::vector<std::string>{"service"}, .id = "222"}).empty());
  CHECK(find({.id = "b-r1"}) == "222 ");
  CHECK(find({.id = "' OR '1'='1"}).empty());
  CHECK(find({.since_us = 2000}) == "222 333 ");
  CHECK(find({.rows_max = 2}) == "222 333 ");
}

TEST_CASE_FIXTURE(Letters, "a message that changed is in its new state, and one that is deleted found when asked for") {
  REQUIRE(apply(*store, MessageChanged{"messages/service/a-r1.wav", "answered", "li", 5000}));
  REQUIRE(apply(*store, MessageChanged{"messages/service/c-r1.wav", "deleted", "keep", 6000}));
  REQUIRE(apply(*store, MessageChanged{"messages/service/none.wav", "heard", "li", 6000}));
  CHECK(find({.state = "new"}) == "222 ");
  CHECK(find({.state = "answered"}) == "111 ");
  CHECK(find({}) == "111 222 ");
  CHECK(find({.deleted = true}) == "111 222 333 ");
}

TEST_CASE_FIXTURE(Letters, "the same file is left once") {
  MessageLeft again;
  again.file = "messages/service/a-r1.wav";
  again.mailbox = "service";
  CHECK_FALSE(apply(*store, again));
  CHECK(store->trouble() == Trouble::constraint);
}
