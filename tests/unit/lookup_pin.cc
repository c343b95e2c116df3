// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/pin.h"
#include "lookup_bench.h"
#include "store/pins.h"

namespace hotline::lookup {

namespace {

std::string table(const std::string& name, const std::string& query, const std::string& more = "") {
  return "[lookup." + name + "]\nkind = \"pin\"\nstore = \"sqlite:var/billing.db\"\nquery = \"" + query +
         "\"\nparameters = [\"number\", \"pin\", \"caller\"]\nresults = [\"name\"]\ntimeout = \"30s\"\n" + more;
}

const std::string kPlain = "SELECT pin AS pin_plain, name FROM accounts WHERE number = :number";

void accounts(const Bench& bench) {
  bench.sql(
      "CREATE TABLE accounts (number INTEGER, pin TEXT, name TEXT);"
      "INSERT INTO accounts VALUES (1, '1111', 'one'), (2, '2222', 'two'), (3, NULL, 'three')");
}

const std::string kWrong = "none locked=no locked-seconds=0 tries-left=";
const std::string kLocked = "none locked=yes locked-seconds=900 tries-left=0";

}  // namespace

TEST_CASE("a PIN is kept as argon2id and known again") {
  auto text = hash_pin("1234");
  REQUIRE(text);
  CHECK(text->starts_with("$argon2id$"));
  CHECK(*text != *hash_pin("1234"));
  CHECK(is_pin(PinStored::argon2id, *text, "1234"));
  CHECK(!is_pin(PinStored::argon2id, *text, "12345"));
  CHECK(!is_pin(PinStored::argon2id, "", "nobody"));
  CHECK(!is_pin(PinStored::argon2id, "1234", "1234"));
  CHECK(is_pin(PinStored::plain, "1234", "1234"));
  CHECK(!is_pin(PinStored::plain, "1234", "1235"));
  CHECK(!is_pin(PinStored::plain, "", ""));
  CHECK(!hash_pin(""));
  CHECK(!hash_pin("1\n2"));
}

TEST_CASE("three wrong PINs lock the number, for the right one, too, and after a restart") {
  Bench bench;
  accounts(bench);
  bench.begin(table("a", kPlain));
  auto told = [&](const std::string& number, const std::string& pin, const std::string& caller = "") {
    return bench.told("a", {{"number", number}, {"pin", pin}, {"caller", caller}});
  };
  CHECK(told("1", "1111") == "found locked=no locked-seconds=0 name=one tries-left=");
  CHECK(told("1", "0000") == kWrong + "2");
  CHECK(told("1", "' OR 1=1 --") == kWrong + "1");
  CHECK(told("1", "1111") == "found locked=no locked-seconds=0 name=one tries-left=");
  CHECK(told("1", "0000") == kWrong + "2");
  CHECK(told("01", "0000") == kWrong + "1");  // the same account to a column of numbers
  CHECK(told("1", "0000") == kLocked);
  bench.begin(table("a", kPlain));  // another process
  std::string locked = told("1", "1111");
  CHECK((locked.starts_with("none locked=yes locked-seconds=") && locked.ends_with(" tries-left=0")));
  CHECK(told("2", "2222") == "found locked=no locked-seconds=0 name=two tries-left=");
  for (const char* number : {"", "1.0", " 1", "1e0", "+1", "一"}) CHECK(told(number, "1111") == "failed bad-parameter");
}

TEST_CASE("a number that nobody has, or that has no PIN, is answered like a wrong PIN") {
  Bench bench;
  accounts(bench);
  bench.begin(table("a", kPlain));
  for (const char* number : {"99", "3"}) {
    CHECK(bench.told("a", {{"number", number}, {"pin", ""}, {"caller", ""}}) == kWrong + "2");
    CHECK(bench.told("a", {{"number", number}, {"pin", "1"}, {"caller", ""}}) == kWrong + "1");
    CHECK(bench.told("a", {{"number", number}, {"pin", "1"}, {"caller", ""}}) == kLocked);
  }
}

TEST_CASE("a caller who guesses at many numbers is locked, and his own right PIN in between does not help him") {
  Bench bench;
  accounts(bench);
  bench.begin(table("a", kPlain));
  auto told = [&](const std::string& number, const std::string& pin, const std::string& caller) {
    return bench.told("a", {{"number", number}, {"pin", pin}, {"caller", caller}});
  };
  CHECK(told("7", "0", "13800138000") == kWrong + "2");
  CHECK(told("8", "0", "13800138000") == kWrong + "1");
  CHECK(told("1", "1111", "13800138000") == "found locked=no locked-seconds=0 name=one tries-left=");
  CHECK(told("9", "0", "13800138000") == kLocked);
  CHECK(told("1", "1111", "13800138000").starts_with("none locked=yes"));
  CHECK(told("1", "1111", "13900139000") == "found locked=no locked-seconds=0 name=one tries-left=");
}

TEST_CASE("of twenty guesses at once no more than three are examined") {
  Bench bench;
  accounts(bench);
  bench.begin(table("a", kPlain, "concurrency = 20\n"));
  int open = 0, wrong = 0, found = 0;
  std::vector<Lookups::Handle> handles;
  for (int i = 0; i < 20; ++i, ++open)
    handles.push_back(bench.lookups->ask(
        "a", {{"number", "1"}, {"pin", std::to_string(i)}, {"caller", ""}}, [&](const Outcome& outcome) {
          --open;
          wrong += outcome.fields.count("tries-left") && outcome.fields.at("tries-left") != "0";
          found += outcome.kind == Outcome::Kind::found;
        }));
  REQUIRE(bench.until([&] { return open == 0; }));
  CHECK(wrong == 2);  // the third says that it is locked now, as all after it
  CHECK(found == 0);
}

TEST_CASE("an attempt that cannot be counted is not examined, and what cannot be examined is not counted") {
  Bench bench;
  accounts(bench);
  bench.begin(table("a", kPlain));
  Fields right{{"number", "1"}, {"pin", "1111"}, {"caller", ""}};
  CHECK(bench.ask("a", right).kind == Outcome::Kind::found);
  std::filesystem::rename(bench.home + "/var/billing.db", bench.home + "/var/away.db");
  for (int i = 0; i < 4; ++i) CHECK(bench.told("a", right) == "failed unavailable");
  std::filesystem::rename(bench.home + "/var/away.db", bench.home + "/var/billing.db");
  CHECK(bench.ask("a", right).kind == Outcome::Kind::found);
  {
    auto store = store::Connection::open(bench.home + "/var/hotline.db", "share/sql", store::Access::write);
    REQUIRE(store);
    auto writing = (*store)->tx_write();
    REQUIRE(writing);
    std::string toml = table("a", kPlain);
    toml.replace(toml.find("30s"), 3, "300ms");
    bench.begin(toml);
    CHECK(bench.told("a", right) == "failed timeout");
  }
  CHECK(bench.until([&] { return bench.ask("a", right).kind == Outcome::Kind::found; }));
}

TEST_CASE("a lock ends, and old failures are forgotten") {
  Bench bench;
  auto opened = store::Connection::open(bench.home + "/var/hotline.db", "share/sql", store::Access::write);
  REQUIRE(opened);
  auto& store = **opened;
  store::PinSubject one{"pin", "number", "1", 3};
  constexpr int64_t kMinute = 60'000'000, kLock = 15 * kMinute;
  int64_t now = 1'700'000'000'000'000;
  auto charge = [&](int64_t at) { return store::charge_attempt(store, {one}, at, kLock).value(); };
  CHECK(charge(now).tries_left == 2);
  CHECK(charge(now + kLock - 1).tries_left == 1);
  CHECK(charge(now + 2 * kLock).tries_left == 2);  // the last was a lock's length ago
  charge(now + 2 * kLock);
  CHECK(charge(now + 2 * kLock).locked_until_us == now + 3 * kLock);
  CHECK(charge(now + 3 * kLock - 1).locked);
  CHECK(charge(now + 3 * kLock - 1).locked_until_us == now + 3 * kLock);  // asking does not make it longer
  CHECK(!charge(now + 3 * kLock).locked);
  CHECK(charge(now + 3 * kLock).tries_left == 1);
  int64_t rows = store::locked_pins(store, now, [](const auto&) {}).value();
  CHECK(rows == 0);
  charge(now + 3 * kLock);
  CHECK(store::locked_pins(store, now, [](const auto& row) { CHECK(row.subject == "1"); }).value() == 1);
  REQUIRE(store::pardon_attempt(store, one));
  CHECK(store::locked_pins(store, now, [](const auto&) {}).value() == 0);
  CHECK(store::clear_attempts(store, one).value() == 1);
  CHECK(charge(now + 3 * kLock).tries_left == 2);
}

}  // namespace hotline::lookup
