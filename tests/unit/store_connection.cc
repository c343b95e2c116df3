// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "store_fixture.h"

using namespace hotline;
using namespace hotline::store;

TEST_CASE("a new store gets the newest schema, and a second opening changes nothing") {
  StoreFixture fixture;
  CHECK(schema_version(*fixture.open()).value() == kSchemaVersion);
  CHECK(schema_version(*fixture.open()).value() == kSchemaVersion);
}

TEST_CASE("a store newer than the program is refused with the remedy") {
  StoreFixture fixture;
  REQUIRE(fixture.open()->script(fixture.on_sqlite() ? "PRAGMA user_version=99"
                                                     : "UPDATE schema_version SET version = 99"));
  for (auto access : {Access::write, Access::read}) {
    auto opened = Connection::open(fixture.location(), fixture.sql(), access);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::config);
    CHECK(opened.error().text.find("has schema 99, newer than") != std::string::npos);
    CHECK(opened.error().text.find("install the newer Hotline") != std::string::npos);
  }
}

TEST_CASE("a reader does not make a missing store, and says who does") {
  SqliteFixture fixture;
  auto opened = Connection::open(fixture.location(), fixture.sql(), Access::read);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::no_input);
  CHECK(opened.error().text.find("'ccjournal run' makes it") != std::string::npos);
}

TEST_CASE("a reader cannot write") {
  StoreFixture fixture;
  fixture.open();
  auto reader = Connection::open(fixture.location(), fixture.sql(), Access::read);
  REQUIRE(reader);
  CHECK_FALSE((*reader)->execute("DELETE FROM calls"));
}

TEST_CASE("a file that is no store is bad data") {
  SqliteFixture fixture;
  fixture.write("this is a shopping list, long enough to be taken for a page of something else by a careless reader\n");
  auto opened = Connection::open(fixture.location(), fixture.sql(), Access::write);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::bad_data);
}

TEST_CASE("a migration that fails leaves the store as it was") {
  StoreFixture fixture;
  fixture.write_sql("001-half.sql",
                    "CREATE TABLE good (a {{i64}}) {{strict}}; CREATE TABLE bad (a nonsense) {{strict}};");
  fixture.write_sql("999-newest.sql", "");
  auto opened = Connection::open(fixture.location(), fixture.own_sql(), Access::write);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().text.find("001-half.sql") != std::string::npos);
  auto again = fixture.open();  // with the real migrations
  CHECK(schema_version(*again).value() == kSchemaVersion);
  CHECK_FALSE(again->execute("DELETE FROM good"));
}

TEST_CASE("every kind of value comes back as it was bound, whatever the order of placeholders") {
  StoreFixture fixture;
  auto store = fixture.open();
  REQUIRE(store->script(fixture.on_sqlite()
                            ? "CREATE TABLE t (i INTEGER, d REAL, s TEXT, b BLOB, n TEXT) STRICT"
                            : "CREATE TABLE t (i BIGINT, d DOUBLE PRECISION, s TEXT, b BYTEA, n TEXT)"));
  const std::string octets("\0\xff\x01", 3);
  REQUIRE(store->execute("INSERT INTO t (b, s, d, i, n) VALUES ($4, $3, $2, $1, $5)",
                         {int64_t(1) << 62, 0.5, "退款", Blob{octets}, kNull}));
  auto rows = store->query("SELECT i, d, s, b, n FROM t WHERE s = $1", {"退款"}, [&](const Row& row) {
    CHECK(row.integer(0) == int64_t(1) << 62);
    CHECK(row.number(1) == 0.5);
    CHECK(row.text(2) == "退款");
    CHECK(row.blob(3).octets == octets);
    CHECK(row.null(4));
    CHECK_FALSE(row.maybe_integer(4));
  });
  CHECK(rows.value() == 1);
}

TEST_CASE("a row against the schema is a constraint, not a fault") {
  StoreFixture fixture;
  auto store = fixture.open();
  const std::string sql = "INSERT INTO journal_position (publisher, number, time_us) VALUES ($1, $2, $3)";
  REQUIRE(store->execute(sql, {"ccqueue", int64_t(1), int64_t(2)}));
  auto twice = store->execute(sql, {"ccqueue", int64_t(1), int64_t(2)});
  REQUIRE_FALSE(twice);
  CHECK(store->trouble() == Trouble::constraint);
  CHECK_FALSE(store->execute(sql, {kNull, int64_t(1), int64_t(2)}));
  CHECK(store->trouble() == Trouble::constraint);
}

TEST_CASE("a transaction that is not committed leaves no trace") {
  StoreFixture fixture;
  auto store = fixture.open();
  {
    auto tx = store->tx_write();
    REQUIRE(tx);
    REQUIRE(store->execute("INSERT INTO journal_position VALUES ('a', 1, 1)"));
  }
  CHECK(fixture.count(*store, "journal_position") == 0);
  auto tx = store->tx_write();
  REQUIRE(store->execute("INSERT INTO journal_position VALUES ('a', 1, 1)"));
  REQUIRE(tx->commit());
  CHECK(fixture.count(*fixture.open(), "journal_position") == 1);
}

TEST_CASE("a reader in a transaction sees one state while a writer goes on") {
  StoreFixture fixture;
  auto writer = fixture.open();
  auto reader = Connection::open(fixture.location(), fixture.sql(), Access::read);
  auto tx = (*reader)->tx_read();
  CHECK(fixture.count(**reader, "journal_position") == 0);
  REQUIRE(writer->execute("INSERT INTO journal_position VALUES ('a', 1, 1)"));
  CHECK(fixture.count(**reader, "journal_position") == 0);
  REQUIRE(tx->commit());
  CHECK(fixture.count(**reader, "journal_position") == 1);
}

TEST_CASE("four writers at once all get their turn") {
  StoreFixture fixture;
  fixture.open();
  std::vector<std::thread> writers;
  std::atomic<int> failures = 0;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      auto store = fixture.open();
      for (int i = 0; i < 50; ++i) {
        auto tx = store->tx_write();
        bool done = tx && store->execute("INSERT INTO journal_position VALUES ($1, 1, 1)",
                                         {std::to_string(w) + "/" + std::to_string(i)});
        if (!done || !tx->commit()) ++failures;
      }
    });
  for (auto& writer : writers) writer.join();
  CHECK(failures == 0);
  CHECK(fixture.count(*fixture.open(), "journal_position") == 200);
}

TEST_CASE("what was committed survives kill -9 of the writer") {
  StoreFixture fixture;
  fixture.open();
  pid_t child = ::fork();
  if (child == 0) {
    auto store = fixture.open();
    auto tx = store->tx_write();
    (void)store->execute("INSERT INTO journal_position VALUES ('kept', 1, 1)");
    (void)tx->commit();
    auto open_still = store->tx_write();
    (void)store->execute("INSERT INTO journal_position VALUES ('lost', 1, 1)");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(fixture.count(*fixture.open(), "journal_position") == 1);
}

TEST_CASE("migrations without the newest one are refused before anything is changed") {
  StoreFixture fixture;
  fixture.write_sql("001-first.sql", "CREATE TABLE good (a {{i64}}) {{strict}};");
  auto opened = Connection::open(fixture.location(), fixture.own_sql(), Access::write);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::config);
  CHECK(opened.error().text.find("is missing in") != std::string::npos);
  CHECK_FALSE(fixture.open()->execute("DELETE FROM good"));
}

TEST_CASE("an attempt that fails is undone alone, and the transaction goes on") {
  StoreFixture fixture;
  auto store = fixture.open();
  auto tx = store->tx_write();
  REQUIRE(store->execute("INSERT INTO journal_position VALUES ('a', 1, 1)"));
  auto failed = store->attempt([&]() -> Result<void> {
    REQUIRE(store->execute("INSERT INTO journal_position VALUES ('b', 1, 1)"));
    return store->run("INSERT INTO journal_position VALUES ('a', 1, 1)", {});
  });
  REQUIRE_FALSE(failed);
  CHECK(store->trouble() == Trouble::constraint);
  REQUIRE(store->attempt([&] { return store->run("INSERT INTO journal_position VALUES ('c', 1, 1)", {}); }));
  REQUIRE(tx->commit());
  CHECK(fixture.count(*store, "journal_position") == 2);
}

TEST_CASE("tables are replaced by those of an SQLite store, whichever engine the store has") {
  StoreFixture fixture;
  auto store = fixture.open();
  REQUIRE(store->execute("INSERT INTO journal_position VALUES ('old', 1, 1)"));
  auto fresh = Connection::open(fixture.dir() + "/fresh.db", fixture.sql(), Access::write).value();
  REQUIRE(fresh->execute("INSERT INTO journal_position VALUES ('new', $1, 2)", {int64_t(1) << 62}));
  REQUIRE(store->replace_tables(fixture.dir() + "/fresh.db", {"journal_position"}));
  std::string found;
  REQUIRE(store->query("SELECT publisher, number FROM journal_position", {},
                       [&](const Row& row) { found += row.text(0) + " " + std::to_string(row.integer(1)); }));
  CHECK(found == "new 4611686018427387904");
}

TEST_CASE("a number beyond 32 bits comes out of arithmetic whole") {
  StoreFixture fixture;
  auto store = fixture.open();
  int64_t product = 0;
  REQUIRE(store->query("SELECT $1 * 1000", {int64_t(3'000'000)}, [&](const Row& row) { product = row.integer(0); }));
  CHECK(product == 3'000'000'000);
}

TEST_CASE("a server that is not there is told without its password") {
  auto opened = Connection::open("postgresql://clerk:secret@127.0.0.1:1/hotline", "share/sql", Access::write);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::unavailable);
  CHECK(opened.error().text.find("'postgresql://clerk@127.0.0.1:1/hotline'") != std::string::npos);
  CHECK(opened.error().text.find("secret") == std::string::npos);
}
