// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup_bench.h"

namespace hotline::lookup {

TEST_CASE("a definition says all that a flow may ask and use") {
  Bench bench;
  bench.sql("CREATE TABLE bills (number TEXT, balance TEXT, as_of TEXT)");
  auto loaded = bench.load(R"([lookup.balance]
kind = "sql"
store = "sqlite:var/billing.db"
query = "SELECT balance, as_of FROM bills WHERE number = :number -- the last one"
parameters = ["number"]
results = ["balance", "as-of"]
timeout = "1s"
)");
  REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text));
  const auto& one = loaded->at("balance");
  CHECK(one.kind == Kind::sql);
  CHECK(one.timeout == seconds(1));
  CHECK(one.sql.database == bench.home + "/var/billing.db");
  CHECK(wrong_use(*loaded, "balance", {"number"}, {"as-of"}) == "");
  CHECK(wrong_use(*loaded, "balence", {"number"}, {}) == "there is no look-up 'balence'; did you mean 'balance'?");
  CHECK(wrong_use(*loaded, "balance", {}, {}) == "look-up 'balance' needs the parameter 'number'");
  CHECK(wrong_use(*loaded, "balance", {"numbre"}, {}) ==
        "look-up 'balance' has no parameter 'numbre'; did you mean 'number'?");
  CHECK(wrong_use(*loaded, "balance", {"number"}, {"balanc"}) ==
        "look-up 'balance' has no result 'balanc'; did you mean 'balance'?");
}

TEST_CASE("every fault is told at once, with its line and what to do") {
  Bench bench;
  bench.sql("CREATE TABLE bills (number TEXT, balance TEXT)");
  CHECK(bench.complaints(R"([lookup.a]
kind = "sqll"
[lookup.b]
kind = "sql"
store = "postgres://x"
query = ""
tiemout = "1s"
[lookup.c]
kind = "tcp"
address = "localhost"
send = "{numbre}"
parameters = ["number"]
results = ["as_of"]
timeout = "1h"
)") == R"(lookups.toml:2: 'kind' in [a]: 'sqll' is not one of http, pin, program, sql, tcp, udp; did you mean 'sql'?
lookups.toml:5: 'store' in [b]: "sqlite:FILE" is expected, as "sqlite:var/billing.db"; other databases are asked by a program
lookups.toml:6: 'query' in [b]: is needed here and missing
lookups.toml:7: unknown key 'tiemout' in [b]; did you mean 'timeout'?
lookups.toml:13: 'results' in [c]: 'as_of' is no name: small letters, digits and '-', a letter first, at most 32; write 'as-of'
lookups.toml:14: 'timeout' in [c]: a duration from 50ms to 30s is expected, in quotes ("20s")
lookups.toml:10: 'address' in [c]: "HOST:PORT" is expected, an IPv6 address in brackets
lookups.toml:11: 'send' in [c]: '{numbre}' is none of its parameters; did you mean 'number'?)");
}

TEST_CASE("a statement that is no single reading one is refused when it is loaded") {
  Bench bench;
  bench.sql("CREATE TABLE bills (number TEXT, balance TEXT)");
  auto said = [&](const std::string& query, const std::string& more = "") {
    return bench.complaints(
        "[lookup.a]\nkind = \"sql\"\nstore = \"sqlite:var/billing.db\"\nparameters = [\"number\"]\nquery = \"" + query +
        "\"\n" + more);
  };
  std::string read_only = "lookups.toml:5: 'query' in [a]: it may only read (write = true lets it change rows)";
  CHECK(said("SELECT balance FROM bills WHERE number = :number; ") == "");
  CHECK(said("DELETE FROM bills") == read_only);
  CHECK(said("ATTACH '/etc/passwd' AS x") == read_only);
  CHECK(said("PRAGMA query_only=OFF") == read_only);
  CHECK(said("BEGIN") == read_only);
  CHECK(said("SELECT load_extension('x')") ==
        "lookups.toml:5: 'query' in [a]: not authorized to use function: load_extension");
  CHECK(said("SELECT 1; SELECT 2") == "lookups.toml:5: 'query' in [a]: it must be one statement");
  CHECK(said("-- nothing") == "lookups.toml:5: 'query' in [a]: there is no statement");
  CHECK(said("SELECT * FORM bills") == "lookups.toml:5: 'query' in [a]: near \"FORM\": syntax error");
  CHECK(said("SELECT * FROM bils") == "lookups.toml:5: 'query' in [a]: no such table: bils");
  CHECK(said("SELECT 1 WHERE :numbr = 1") ==
        "lookups.toml:5: 'query' in [a]: ':numbr' is none of its parameters; did you mean 'number'?");
  CHECK(said("SELECT 1 WHERE ? = 1") == "lookups.toml:5: 'query' in [a]: parameters are written :name, not '?'");
  CHECK(said("SELECT 1 WHERE $number = 1") ==
        "lookups.toml:5: 'query' in [a]: parameters are written :name, not '$number'");
  CHECK(said("SELECT balance FROM bills", "results = [\"balanc\"]\n") ==
        "lookups.toml:6: 'results' in [a]: the query has no column 'balanc'; did you mean 'balance'?; name it with AS");
  CHECK(said("UPDATE bills SET balance = 1", "write = true\n") == "");
  CHECK(said("DROP TABLE bills", "write = true\n") ==
        "lookups.toml:5: 'query' in [a]: it may only read and change rows");
  CHECK(bench.complaints("[lookup.a]\nkind = \"sql\"\nquery = \"DELETE FROM calls\"\nwrite = true\n") ==
        "lookups.toml:4: 'write' in [a]: the instance's own store has writers of its own; give a store of the site's");
  CHECK(bench.complaints("[lookup.a]\nkind = \"sql\"\nstore = \"sqlite:var/../var/hotline.db\"\nquery = \"DELETE FROM "
                         "calls\"\nwrite = true\n") == "");  // not there: nothing can be said of it
  bench.sql("CREATE TABLE calls (call TEXT)", "hotline.db");
  CHECK(bench.complaints("[lookup.a]\nkind = \"sql\"\nstore = \"sqlite:var/../var/hotline.db\"\nquery = \"DELETE FROM "
                         "calls\"\nwrite = true\n") != "");
}

TEST_CASE("a URL has its parameters where they can do no harm, and no secrets") {
  Bench bench;
  auto said = [&](const std::string& url, const std::string& more = "") {
    return bench.complaints("[lookup.a]\nkind = \"http\"\nparameters = [\"number\"]\nurl = \"" + url + "\"\n" + more);
  };
  CHECK(said("http://127.0.0.1:8080/{number}?n={number}") == "");
  CHECK(said("https://[::1]/") == "");
  std::string host = "lookups.toml:4: 'url' in [a]: a parameter may stand in its path and query, not in its host";
  CHECK(said("http://{number}/") == host);
  CHECK(said("http://x.{number}?a") == host);
  CHECK(said("ftp://x/") == "lookups.toml:4: 'url' in [a]: it begins with http:// or https://");
  CHECK(said("file:///etc/passwd") == "lookups.toml:4: 'url' in [a]: it begins with http:// or https://");
  CHECK(said("http://a:b@x/").find("belong into a file") != std::string::npos);
  CHECK(said("http://x/#{number}").find("a fragment") != std::string::npos);
  CHECK(said("http://x/", "method = \"POST\"\nbody = '{\"n\": {number}}'\n").find("stands outside of quotes") !=
        std::string::npos);
  CHECK(said("http://x/", "body = '{\"n\": \"{number}\"}'\n") == "");
  CHECK(said("http://x/", "method = \"GET\"\nbody = '{}'\n").find("a GET has none") != std::string::npos);
  CHECK(said("http://x/", "headers = { \"X\\r\\nY\" = \"1\" }\n").find("it is no header's name") != std::string::npos);
  CHECK(said("http://x/", "headers = { X = \"1\\r\\nY: 2\" }\n").find("it has a control character") !=
        std::string::npos);
  CHECK(said("http://x/", "results = [\"a\"]\nfields = { b = \"/b\" }\n") ==
        R"(lookups.toml:6: 'b' in [fields]: it is none of the results; did you mean 'a'?
lookups.toml:5: 'results' in [a]: there is no JSON pointer for the result 'a')");
  CHECK(said("http://x/", "verify = \"no\"\n") == "lookups.toml:5: 'verify' in [a]: true or false is expected");
}

TEST_CASE("a secret is in a file that nobody else may read, and is never repeated") {
  Bench bench;
  std::string toml = "[lookup.a]\nkind = \"http\"\nurl = \"http://x/\"\nheader_files = { Authorization = \"token\" }\n";
  CHECK(bench.complaints(toml).find("No such file") != std::string::npos);
  bench.write("etc/token", "Bearer s3cret\n");
  ::chmod((bench.home + "/etc/token").c_str(), 0640);
  CHECK(bench.complaints(toml) ==
        "lookups.toml:4: 'Authorization' in [header_files]: others may read 'token'; chmod 600 it");
  ::chmod((bench.home + "/etc/token").c_str(), 0600);
  CHECK(bench.complaints(toml) == "");
  bench.write("etc/token", "Bearer s3cret\r\nX: y\n");
  CHECK(bench.complaints(toml) ==
        "lookups.toml:4: 'Authorization' in [header_files]: what is in 'token' has a control character");
}

TEST_CASE("a program must be there and may be run") {
  Bench bench;
  std::string toml = "[lookup.a]\nkind = \"program\"\ncommand = [\"programs/x\"]\n";
  CHECK(bench.complaints(toml) ==
        "lookups.toml:3: 'command' in [a]: 'programs/x' is no program that may be run; is its mode 755?");
  bench.program("x", "");
  CHECK(bench.complaints(toml) == "");
  CHECK(bench.complaints("[lookup.a]\nkind = \"program\"\ncommand = \"programs/x\"\n") ==
        "lookups.toml:3: 'command' in [a]: a list of texts is expected: [\"a\", \"b\"]\n"
        "lookups.toml:3: 'command' in [a]: a program and its arguments are needed: [\"programs/balance\"]");
}

TEST_CASE("a PIN's look-up has number and pin, and never hands the PIN to a statement") {
  Bench bench;
  bench.sql("CREATE TABLE accounts (number TEXT, hash TEXT)");
  auto said = [&](const std::string& parameters, const std::string& query) {
    return bench.complaints("[lookup.a]\nkind = \"pin\"\nstore = \"sqlite:var/billing.db\"\nparameters = [" +
                            parameters + "]\nquery = \"" + query + "\"\n");
  };
  CHECK(said("'number', 'pin'", "SELECT hash AS pin_argon2id FROM accounts WHERE number = :number") == "");
  CHECK(said("'number'", "SELECT hash AS pin_argon2id FROM accounts WHERE number = :number") ==
        "lookups.toml:4: 'parameters' in [a]: 'pin' is needed here and missing");
  CHECK(said("'number', 'pin'", "SELECT hash AS pin_argon2id FROM accounts WHERE hash = :pin") ==
        "lookups.toml:5: 'query' in [a]: ':pin' is none of its parameters");
  CHECK(said("'number', 'pin'", "SELECT hash FROM accounts WHERE number = :number") ==
        "lookups.toml:5: 'query' in [a]: its first column must be named pin_argon2id or pin_plain, by what is stored "
        "there (SELECT … AS)");
}

}  // namespace hotline::lookup
