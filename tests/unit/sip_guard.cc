// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <set>

#include "sip/guard.h"

using namespace hotline;
using namespace hotline::sip;

static Instant at(double seconds_in) {
  return Instant(std::chrono::nanoseconds(static_cast<int64_t>(seconds_in * 1e9)));
}

TEST_CASE("a nonce is good for its address and its time only") {
  NonceMint mint(seconds(300)), other(seconds(300));
  std::string nonce = mint.make("192.0.2.1", at(1000));
  CHECK(nonce.size() == 64);
  CHECK(mint.check(nonce, "192.0.2.1", at(1299)).verdict == NonceMint::Verdict::good);
  CHECK(mint.check(nonce, "192.0.2.1", at(1301)).verdict == NonceMint::Verdict::stale);
  CHECK(mint.check(nonce, "192.0.2.2", at(1001)).verdict == NonceMint::Verdict::forged);
  CHECK(other.check(nonce, "192.0.2.1", at(1001)).verdict == NonceMint::Verdict::forged);
  for (size_t i = 0; i < nonce.size(); ++i) {
    std::string bent = nonce;
    bent[i] = bent[i] == '0' ? '1' : '0';
    CHECK(mint.check(bent, "192.0.2.1", at(1001)).verdict == NonceMint::Verdict::forged);
  }
  CHECK(mint.check("", "192.0.2.1", at(1001)).verdict == NonceMint::Verdict::forged);
  CHECK(mint.check(nonce + "0", "192.0.2.1", at(1001)).verdict == NonceMint::Verdict::forged);
}

TEST_CASE("no two nonces are alike") {
  NonceMint mint;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(mint.make("192.0.2.1", at(1)));
  CHECK(seen.size() == 1000);
}

TEST_CASE("a count is used once, in rising order, and what is forgotten stays used") {
  NonceLedger ledger;
  CHECK(ledger.use("a", 1, 1));
  CHECK_FALSE(ledger.use("a", 1, 1));
  CHECK(ledger.use("a", 1, 5));
  CHECK_FALSE(ledger.use("a", 1, 4));
  CHECK_FALSE(ledger.use("a", 1, 0));
  for (int i = 2; i <= 40; ++i) CHECK(ledger.use("n" + std::to_string(i), i, 1));
  CHECK_FALSE(ledger.use("a", 1, 6));  // forgotten, and as old as what was forgotten
  CHECK_FALSE(ledger.use("never seen", 3, 1));
  CHECK(ledger.use("newer", 41, 1));
}

TEST_CASE("the digest of RFC 7616 §3.9.1 comes out, by MD5 and by SHA-256") {
  Credentials mufasa;
  mufasa.username = "Mufasa";
  mufasa.realm = "http-auth@example.org";
  mufasa.uri = "/dir/index.html";
  mufasa.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  mufasa.count = "00000001";
  mufasa.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  mufasa.qop = "auth";
  CHECK(digest_response(mufasa, "Circle of Life", "GET") == "8ca523f5e9506fed4657c9700eebdbec");
  mufasa.algorithm = Algorithm::sha256;
  CHECK(digest_response(mufasa, "Circle of Life", "GET") ==
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST_CASE("credentials are read as they are quoted, and not when they are doubtful") {
  const char* good[] = {"username=\"1\\\"0\"", "realm=\"r\"", "nonce=\"n\"",  "uri=\"sip:x\"",     "response=\"f\"",
                        "nc=0000000A",         "qop=auth",    "cnonce=\"c\"", "algorithm=sha-256", nullptr};
  auto read = parse_credentials(good);
  REQUIRE(read);
  CHECK(read->username == "1\"0");
  CHECK(read->nonce_count() == 10);
  CHECK(read->algorithm == Algorithm::sha256);
  const char* twice[] = {"username=a", "username=b", "nonce=n", "uri=u", "response=r", nullptr};
  CHECK_FALSE(parse_credentials(twice));
  const char* missing[] = {"username=a", "nonce=n", "uri=u", nullptr};
  CHECK_FALSE(parse_credentials(missing));
  const char* strange[] = {"username=a", "nonce=n", "uri=u", "response=r", "algorithm=MD5-sess", nullptr};
  CHECK_FALSE(parse_credentials(strange));
  const char* body[] = {"username=a", "nonce=n", "uri=u", "response=r", "qop=auth-int", nullptr};
  CHECK_FALSE(parse_credentials(body));
  std::string long_one = "opaque=\"" + std::string(1024, 'x') + "\"";
  const char* oversized[] = {"username=a", "nonce=n", "uri=u", "response=r", long_one.c_str(), nullptr};
  CHECK_FALSE(parse_credentials(oversized));
  CHECK_FALSE(parse_credentials(nullptr));
}

TEST_CASE("a bucket empties by refusals, fills with time, and is given back what was challenged rightly") {
  Buckets buckets("tries", {.tokens = 3, .tokens_per_second = 1, .addresses_max = 4});
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(buckets.silent("a", at(10)));
    buckets.spend("a", at(10));
  }
  CHECK(buckets.silent("a", at(10)));
  CHECK_FALSE(buckets.silent("b", at(10)));
  CHECK_FALSE(buckets.silent("a", at(11.5)));
  buckets.spend("a", at(11.5));
  CHECK(buckets.silent("a", at(11.6)));
  buckets.refund("a", at(11.6));
  CHECK_FALSE(buckets.silent("a", at(11.6)));
}

TEST_CASE("however many addresses attack, few are remembered, and strangers share a bucket then") {
  Buckets buckets("tries", {.tokens = 2, .tokens_per_second = 0.001, .addresses_max = 4});
  for (int i = 0; i < 100; ++i) buckets.spend("10.0.0." + std::to_string(i), at(10));
  CHECK(buckets.size() <= 5);
  CHECK(buckets.silent("10.9.9.9", at(10)));
  CHECK_FALSE(buckets.silent("10.0.0.1", at(10)));  // has one token left of its own
}

TEST_CASE("guessing runs dry, and a crowd behind one address does not") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}});
  Guard::Limits limits;
  limits.challenges = {.tokens = 3, .tokens_per_second = 0};
  limits.failures = {.tokens = 2, .tokens_per_second = 0.1};
  Guard guard(registrar, "hotline", limits);
  auto answer = [&](const std::string& secret) {
    std::string text = guard.challenge_for("a", Algorithm::md5, false, at(100));
    Credentials mine;
    mine.username = "1001";
    mine.realm = "hotline";
    mine.nonce = text.substr(text.find("nonce=\"") + 7, 64);
    mine.uri = "sip:x";
    mine.response = digest_response(mine, secret, "REGISTER");
    return mine;
  };
  for (int i = 0; i < 3; ++i) CHECK(guard.judge("a", std::nullopt, "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", std::nullopt, "REGISTER", at(100)) == Guard::Verdict::silence);
  CHECK(guard.judge("b", std::nullopt, "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", answer("red"), "REGISTER", at(100)) == Guard::Verdict::pass);
  CHECK(guard.judge("a", std::nullopt, "REGISTER", at(100)) == Guard::Verdict::challenge);
  for (int i = 0; i < 2; ++i) CHECK(guard.judge("a", answer("blue"), "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", answer("blue"), "REGISTER", at(100)) == Guard::Verdict::silence);
  CHECK(guard.judge("a", answer("red"), "REGISTER", at(100)) == Guard::Verdict::silence);
  CHECK(guard.judge("a", answer("red"), "REGISTER", at(111)) == Guard::Verdict::pass);
}

TEST_CASE("the guard lets in who knows the secret, once") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}, {"1002", "", "no secret"}});
  Guard guard(registrar, "hotline");
  auto answer = [&](const std::string& user, const std::string& secret, const std::string& from,
                    const std::string& realm = "hotline") {
    std::string text = guard.challenge_for(from, Algorithm::md5, false, at(100));
    Credentials mine;
    mine.username = user;
    mine.realm = realm;
    mine.nonce = text.substr(text.find("nonce=\"") + 7, 64);
    mine.uri = "sip:x";
    mine.response = digest_response(mine, secret, "REGISTER");
    return mine;
  };
  auto right = answer("1001", "red", "a");
  CHECK(guard.judge("a", std::nullopt, "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("b", right, "REGISTER", at(100)) == Guard::Verdict::stale);
  CHECK(guard.judge("a", right, "INVITE", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", right, "REGISTER", at(100)) == Guard::Verdict::pass);
  CHECK(guard.judge("a", right, "REGISTER", at(101)) == Guard::Verdict::stale);
  CHECK(guard.judge("a", answer("1001", "red", "a"), "REGISTER", at(401)) == Guard::Verdict::stale);
  CHECK(guard.judge("a", answer("1001", "blue", "a"), "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", answer("9999", "red", "a"), "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", answer("1001", "red", "a", "elsewhere"), "REGISTER", at(100)) == Guard::Verdict::challenge);
  CHECK(guard.judge("a", answer("1002", "", "a"), "REGISTER", at(100)) == Guard::Verdict::challenge);
}
