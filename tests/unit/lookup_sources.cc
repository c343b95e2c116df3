// SPDX-License-Identifier: GPL-2.0-or-later
// Each kind with the real thing at its other end.
#include "lookup_bench.h"
#include "lookup_server.h"

namespace hotline::lookup {

namespace {

constexpr const char* kBalance = R"([lookup.balance]
kind = "sql"
store = "sqlite:var/billing.db"
query = "SELECT balance, as_of FROM bills WHERE number = :number"
parameters = ["number"]
results = ["balance", "as-of"]
)";
constexpr const char* kBills =
    "CREATE TABLE bills (number TEXT, balance REAL, as_of TEXT);"
    "INSERT INTO bills VALUES ('88001234', 12.5, '2026-11-25'), ('88001235', 0, NULL), ('1', 1, ''), ('1', 2, '')";

std::string program_of(const std::string& name, const std::string& results = "") {
  return "[lookup." + name + "]\nkind = \"program\"\ncommand = [\"programs/" + name +
         "\", \"an argument\"]\nparameters = [\"number\"]\n" + "results = [" + results + "]\n";
}

}  // namespace

TEST_CASE("a statement finds a row, or none, or too many") {
  Bench bench;
  bench.sql(kBills);
  bench.begin(kBalance);
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "found as-of=2026-11-25 balance=12.5");
  CHECK(bench.told("balance", {{"number", "88001235"}}) == "found as-of= balance=0.0");
  CHECK(bench.told("balance", {{"number", "7"}}) == "none");
  CHECK(bench.told("balance", {{"number", "1"}}) == "failed bad-answer");
  CHECK(bench.told("balance", {}) == "failed bad-parameter");
  CHECK(bench.told("balance", {{"number", "1"}, {"x", "2"}}) == "failed bad-parameter");
  CHECK(bench.told("balance", {{"number", "1\n2"}}) == "failed bad-parameter");
  CHECK(bench.told("balances") == "failed unknown");
}

TEST_CASE("a value is never part of a statement") {
  Bench bench;
  bench.sql(kBills);
  bench.begin(kBalance);
  for (const char* number :
       {"' OR '1'='1", "88001234'--", "x'; DROP TABLE bills; --", "\"", "88001234;", "%", ":number", "\\"})
    CHECK(bench.told("balance", {{"number", number}}) == "none");
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "found as-of=2026-11-25 balance=12.5");
}

TEST_CASE(
    "an import that puts a new database in the place of the old one is seen; one that is away is not waited for") {
  Bench bench;
  bench.sql(kBills);
  bench.begin(kBalance);
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "found as-of=2026-11-25 balance=12.5");
  bench.sql(
      "CREATE TABLE bills (number TEXT, balance REAL, as_of TEXT); INSERT INTO bills VALUES ('88001234', 7, "
      "'2026-11-26')",
      "new.db");
  std::filesystem::rename(bench.home + "/var/new.db", bench.home + "/var/billing.db");
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "found as-of=2026-11-26 balance=7.0");
  std::filesystem::remove(bench.home + "/var/billing.db");
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "failed unavailable");
}

TEST_CASE("a statement without end is interrupted, and the next one is answered") {
  Bench bench;
  bench.sql(kBills);
  bench.begin(R"([lookup.slow]
kind = "sql"
store = "sqlite:var/billing.db"
query = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE :long = 'yes' OR n < 3) SELECT count(*) AS n FROM c"
parameters = ["long"]
results = ["n"]
timeout = "200ms"
concurrency = 1
)");
  CHECK(bench.told("slow", {{"long", "yes"}}) == "failed timeout");
  // The one thread is free again: it was interrupted.
  CHECK(bench.told("slow", {{"long", "no"}}) == "found n=3");
}

TEST_CASE("a statement that may write changes rows, and says whether it did") {
  Bench bench;
  bench.sql(kBills);
  bench.begin(R"([lookup.pay]
kind = "sql"
store = "sqlite:var/billing.db"
query = "UPDATE bills SET balance = 0 WHERE number = :number"
write = true
parameters = ["number"]
)");
  CHECK(bench.told("pay", {{"number", "88001234"}}) == "found");
  CHECK(bench.told("pay", {{"number", "7"}}) == "none");
  bench.begin(kBalance);
  CHECK(bench.told("balance", {{"number", "88001234"}}) == "found as-of=2026-11-25 balance=0.0");
}

TEST_CASE("a program gets lines and answers with lines; what it says is held against the protocol") {
  Bench bench;
  bench.program("x", "read -r line; printf 'hello\\t1\\nheard=%s|%s\\n\\n' \"$line\" \"$1\"\n");
  bench.program("none", "printf 'hello\\t1\\n'; exit 1\n");
  bench.program("broken", "exit 1\n");
  bench.program("failing", "printf 'hello\\t1\\n'; exit 2\n");
  bench.program("killed", "kill -9 $$\n");
  bench.program("mute", "exit 0\n");
  bench.program("wrong", "printf 'hello\\t1\\nnonsense\\n'\n");
  bench.program("flood", "printf 'hello\\t1\\n'; while :; do echo a=0123456789012345678901234567890123456789; done\n");
  bench.program("missing", "exec /no/such/program\n");
  std::string toml;
  for (const char* name : {"none", "broken", "failing", "killed", "mute", "wrong", "flood", "missing"})
    toml += program_of(name);
  bench.begin(toml + program_of("x", "\"heard\""));
  Fields number{{"number", "8' ; $(id) \" %"}};
  CHECK(bench.told("x", number) == "found heard=number=8' ; $(id) \" %|an argument");
  CHECK(bench.told("none", number) == "none");
  CHECK(bench.told("broken", number) == "failed bad-answer");
  CHECK(bench.told("failing", number) == "failed failed");
  CHECK(bench.told("killed", number) == "failed failed");
  CHECK(bench.told("mute", number) == "failed bad-answer");
  CHECK(bench.told("wrong", number) == "failed bad-answer");
  CHECK(bench.told("flood", number) == "failed bad-answer");
  CHECK(bench.told("missing", number) == "failed unavailable");
}

TEST_CASE("HTTP: values are encoded, secrets are sent, JSON is read") {
  Server server(http("200 OK", R"({"data":{"balance":"12.50"}})"));
  Bench bench;
  bench.write("etc/token", "Bearer s3cret\n");
  ::chmod((bench.home + "/etc/token").c_str(), 0600);
  bench.begin("[lookup.y]\nkind = \"http\"\nurl = \"" + server.url("/api/{number}?n={number}") +
              "\"\nbody = '{\"n\": \"{number}\"}'\nheader_files = { Authorization = \"token\" }\n" +
              "parameters = [\"number\"]\nresults = [\"balance\"]\nfields = { balance = \"/data/balance\" }\n");
  CHECK(bench.told("y", {{"number", "a/../b&c=\"d\" %0d%0aX: y"}}) == "found balance=12.50");
  std::string heard = server.last_heard();
  std::string sent = "a%2F..%2Fb%26c%3D%22d%22%20%250d%250aX%3A%20y";
  CHECK(heard.starts_with("POST /api/" + sent + "?n=" + sent + " HTTP/1.1\r\n"));
  CHECK(heard.find("\r\nAuthorization: Bearer s3cret\r\n") != std::string::npos);
  CHECK(heard.ends_with("\r\n\r\n{\"n\": \"a/../b&c=\\\"d\\\" %0d%0aX: y\"}"));
  CHECK(bench.told("y", {{"number", ".."}}) == "failed bad-parameter");
  CHECK(bench.told("y", {{"number", ""}}) == "failed bad-parameter");
  CHECK(bench.told("y", {{"number", "1\r\nX: y"}}) == "failed bad-parameter");
  CHECK(server.count() == 1);
}

TEST_CASE("HTTP: what is no good answer is told apart") {
  struct Case {
    const char *status, *body, *headers, *told;
  } const cases[] = {{"404 Not Found", "", "", "none"},
                     {"500 Oops", "", "", "failed failed"},
                     {"302 Found", "", "Location: http://127.0.0.1:1/\r\n", "failed bad-answer"},
                     {"200 OK", "<html>", "", "failed bad-answer"},
                     {"200 OK", "{}", "", "failed bad-answer"}};
  for (const auto& one : cases) {
    Server server(http(one.status, one.body, one.headers));
    Bench bench;
    bench.begin("[lookup.y]\nkind = \"http\"\nurl = \"" + server.url() +
                "\"\nresults = [\"a\"]\nfields = { a = \"/a\" }\n");
    CHECK(bench.told("y") == one.told);
  }
  Server large(http("200 OK", "{\"a\":\"" + std::string(70000, 'x') + "\"}"));
  Server header(http("200 OK", "{}", "X: " + std::string(70000, 'x') + "\r\n"));
  Server nonsense([](const std::string&) { return "nonsense\n"; });
  Bench bench;
  std::string rest = "\nresults = [\"a\"]\nfields = { a = \"/a\" }\n";
  bench.begin("[lookup.large]\nkind = \"http\"\nurl = \"" + large.url() + "\"" + rest +
              "[lookup.header]\nkind = \"http\"\nurl = \"" + header.url() + "\"" + rest +
              "[lookup.nonsense]\nkind = \"http\"\nurl = \"" + nonsense.url() + "\"" + rest +
              "[lookup.closed]\nkind = \"http\"\nurl = \"http://127.0.0.1:1/\"" + rest +
              "[lookup.nowhere]\nkind = \"http\"\nurl = \"http://no-such-host.invalid/\"\ntimeout = \"30s\"" + rest);
  CHECK(bench.told("large") == "failed bad-answer");
  CHECK(bench.told("header") == "failed bad-answer");
  CHECK(bench.told("nonsense") == "failed bad-answer");
  CHECK(bench.told("closed") == "failed refused");
  CHECK(bench.told("nowhere") == "failed unavailable");
}

TEST_CASE("a line over TCP: by lines, by a pattern, refused, hung up, too long") {
  auto at_newline = [](const std::string& answer) {
    return [answer](const std::string& heard) { return heard.ends_with("\n") ? std::optional(answer) : std::nullopt; };
  };
  Server lines(at_newline("a=1\r\nb=2\r\n\r\nrest")), none(at_newline("\n")), pattern(at_newline("OK 12.50\nrest"));
  Server mute(at_newline("")), flood(at_newline(std::string(1 << 20, 'x')));
  Bench bench;
  auto table = [](const std::string& name, const std::string& port, const std::string& more) {
    return "[lookup." + name + "]\nkind = \"tcp\"\naddress = \"127.0.0.1:" + port +
           "\"\nsend = \"GET {number}\\n\"\nparameters = [\"number\"]\n" + more;
  };
  std::string by_pattern = "results = [\"balance\"]\npattern = '^OK (?P<balance>[0-9.]+)$'\n";
  bench.begin(table("lines", lines.port(), "results = [\"a\", \"b\"]\n") +
              table("none", none.port(), "results = [\"a\"]\n") + table("pattern", pattern.port(), by_pattern) +
              table("mute", mute.port(), by_pattern) + table("flood", flood.port(), by_pattern) +
              table("closed", "1", by_pattern));
  Fields number{{"number", "88001234"}};
  CHECK(bench.told("lines", number) == "found a=1 b=2");
  CHECK(lines.last_heard() == "GET 88001234\n");
  CHECK(bench.told("none", number) == "none");
  CHECK(bench.told("pattern", number) == "found balance=12.50");
  CHECK(bench.told("mute", number) == "failed bad-answer");
  CHECK(bench.told("flood", number) == "failed bad-answer");
  CHECK(bench.told("closed", number) == "failed refused");
  CHECK(bench.told("pattern", {{"number", "1; DROP"}}) == "failed bad-parameter");
  CHECK(pattern.count() == 1);
}

TEST_CASE("a datagram that is lost is sent once more at half the time") {
  std::atomic<int> came{0};
  Server server([&](const std::string&) { return ++came == 2 ? std::optional<std::string>("OK 7\n") : std::nullopt; },
                SOCK_DGRAM);
  Bench bench;
  bench.begin("[lookup.z]\nkind = \"udp\"\naddress = \"127.0.0.1:" + server.port() +
              "\"\nsend = \"GET\\n\"\ntimeout = \"400ms\"\nresults = [\"n\"]\npattern = 'OK (?P<n>\\d+)'\n");
  CHECK(bench.told("z") == "found n=7");
  CHECK(came == 2);
  CHECK(bench.told("z") == "failed timeout");
  CHECK(came == 4);  // and not more often
}

TEST_CASE("the name of a host is resolved beside the loop") {
  Server server([](const std::string&) { return "n=7\n\n"; });
  Bench bench;
  bench.begin("[lookup.z]\nkind = \"tcp\"\naddress = \"localhost:" + server.port() +
              "\"\nsend = \"GET\\n\"\ntimeout = \"20s\"\nresults = [\"n\"]\n");
  std::string told = bench.told("z");
  // localhost may be ::1 first, where nobody listens.
  CHECK((told == "found n=7" || told == "failed refused"));
}

}  // namespace hotline::lookup
